"""What the vocabulary takes from a catalogue, and what it refuses to take."""

from dataclasses import replace

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Product, ProductId, Translation
from knowledge.vocabulary import Vocabulary

SHOES = ("Sport", "Running Shoes")


def shop(*products: Product) -> Vocabulary:
    return Vocabulary.from_catalogue(Catalogue(products), ("en", "zh"))


def product(n: int, **fields: object) -> Product:
    return replace(Product(ProductId(f"p-{n}"), f"Thing {n}"), **fields)  # type: ignore[arg-type]


def found(vocabulary: Vocabulary, text: str, category: tuple[str, ...] = ()) -> list[tuple[str, str, object]]:
    return [(m.kind, text[m.start : m.end], m.value) for m in vocabulary.mentions(text, "en", category)]


def test_a_mention_stands_at_its_place_in_the_text() -> None:
    vocabulary = shop(product(1, brand="Aurel", category=SHOES))

    assert found(vocabulary, "The AUREL running-shoe!") == [
        ("brand", "AUREL", "Aurel"),
        ("category", "running-shoe", "Sport > Running Shoes"),
    ]


@pytest.mark.parametrize("text", ["running shoes", "running shoe", "RunningShoes", "shoes", "跑鞋", "跑步鞋"])
def test_a_category_is_known_by_number_head_and_translation(text: str) -> None:
    zh = Translation(category=("运动", "跑鞋"))
    vocabulary = shop(product(1, category=SHOES, translations={"zh": zh}))

    assert [value for _, _, value in found(vocabulary, text)] == ["Sport > Running Shoes"]


def test_the_longest_phrase_wins() -> None:
    vocabulary = shop(product(1, category=("Phones",)), product(2, category=("Phone Cases",)))

    assert found(vocabulary, "phone cases") == [("category", "phone cases", "Phone Cases")]


@pytest.mark.parametrize("text", ["laptop stand", "laptop bags", "笔记本支架", "笔记本电脑包"])
def test_an_accessory_is_not_the_product(text: str) -> None:
    vocabulary = shop(product(1, category=("Laptops",)))

    assert found(vocabulary, text) == []


@pytest.mark.parametrize("brand", ["One", "It", "Home", "X", "42", "Case"])
def test_an_ordinary_word_is_not_plainly_a_brand(brand: str) -> None:
    vocabulary = shop(product(1, brand=brand))

    mentions = vocabulary.mentions(f"can i have {brand.lower()} please", "en")

    assert all(m.weak for m in mentions)


def test_a_brand_that_others_write_in_lower_case_is_weak() -> None:
    others = [product(n, brand="Aurel", description="with a vivid picture") for n in range(2, 6)]
    vocabulary = shop(product(1, brand="Vivid"), *others)

    assert [m.weak for m in vocabulary.mentions("vivid", "en")] == [True]


def test_a_company_is_known_without_its_ending() -> None:
    vocabulary = shop(product(1, brand="Kestova Technology"))

    assert found(vocabulary, "kestova ram") == [("brand", "kestova", "Kestova Technology")]


def test_a_value_needs_its_category() -> None:
    vocabulary = shop(product(1, category=SHOES, attributes={"terrain": "trail"}), product(2, category=("Tents",)))

    assert found(vocabulary, "trail") == []
    assert found(vocabulary, "trail", SHOES) == [("value", "trail", "trail")]
    assert found(vocabulary, "trail", ("Tents",)) == []


def test_a_value_of_several_fields_stays_in_the_words() -> None:
    vocabulary = shop(product(1, category=SHOES, attributes={"upper": "knit", "lining": "knit"}))

    assert found(vocabulary, "knit", SHOES) == []


def test_a_value_that_few_products_state_is_no_filter_in_a_shop_without_categories() -> None:
    plain = [product(n) for n in range(2, 9)]
    vocabulary = shop(product(1, attributes={"terrain": "trail", "noise_cancelling": "yes"}), *plain)

    assert found(vocabulary, "noise cancelling trail shoes") == []


def test_a_part_of_a_list_is_a_value() -> None:
    vocabulary = shop(product(1, category=SHOES, attributes={"ports": "hdmi, usb-c"}))

    assert found(vocabulary, "with USB C", SHOES) == [("value", "USB C", "usb-c")]


def test_a_chinese_value_is_given_as_the_catalogue_writes_it() -> None:
    zh = Translation(category=("运动", "跑鞋"), attributes={"terrain": "越野"})
    vocabulary = shop(product(1, category=SHOES, attributes={"terrain": "trail"}, translations={"zh": zh}))

    assert found(vocabulary, "越野跑鞋")[0] == ("category", "跑鞋", "Sport > Running Shoes") or found(
        vocabulary, "越野跑鞋", SHOES
    ) == [("value", "越野", "trail"), ("category", "跑鞋", "Sport > Running Shoes")]


def test_yes_and_no_are_no_values_but_their_attribute_is_known_by_name() -> None:
    vocabulary = shop(
        product(1, category=SHOES, attributes={"noise_cancelling": "yes"}),
        product(2, category=SHOES, attributes={"noise_cancelling": "no"}),
    )

    assert found(vocabulary, "yes, noise canceling", SHOES) == [("flag", "noise canceling", "yes")]
    assert found(vocabulary, "降噪", SHOES) == [("flag", "降噪", "yes")]


def test_a_colour_is_known_in_every_spelling_as_the_catalogue_writes_it() -> None:
    vocabulary = shop(product(1, category=SHOES, attributes={"color": "Grey"}))

    for text in ("grey", "gray", "灰色", "灰的"):
        assert [(k, v) for k, _, v in found(vocabulary, text, SHOES)] == [("colour", "Grey")]


def test_a_colour_that_another_field_holds_as_often_is_unclear() -> None:
    held = {"colour": "black", "ink_colour": "black"}
    vocabulary = shop(product(1, category=SHOES, attributes=held), product(2, category=SHOES, attributes=held))

    assert found(vocabulary, "black", SHOES) == []


def test_numbers_are_known_with_their_unit_even_as_text() -> None:
    vocabulary = shop(
        product(1, category=SHOES, attributes={"weight_g": 250.0, "memory": "16 GB", "size": "42"}),
        product(2, category=SHOES, attributes={"weight_g": 300.0, "memory": "32 GB", "size": "43"}),
    )

    assert {(f.name, f.unit, f.values) for f in vocabulary.number_fields} == {
        ("weight_g", "g", frozenset({250.0, 300.0})),
        ("memory", "gb", frozenset({16.0, 32.0})),
        ("size", "eu", frozenset({42.0, 43.0})),
    }


def test_an_area_of_the_shop_is_meant_only_when_it_is_named_as_one() -> None:
    vocabulary = shop(product(1, category=("Kitchen", "Kettles")))

    assert found(vocabulary, "for the kitchen table") == []
    assert found(vocabulary, "kitchen products") == [("category", "kitchen", "Kitchen")]


def test_an_empty_catalogue_mentions_nothing() -> None:
    assert shop().mentions("black Aurel 耳机 under 100", "en") == []


def test_a_colour_is_known_by_the_shops_own_translation() -> None:
    zh = Translation(attributes={"colour": "透明"})
    clear = product(1, category=SHOES, attributes={"colour": "clear"}, translations={"zh": zh})
    vocabulary = shop(clear, product(2, category=SHOES, attributes={"colour": "black"}))

    assert found(vocabulary, "透明的", SHOES) == [("colour", "透明", "clear")]
    assert found(vocabulary, "transparent", SHOES) == [("colour", "transparent", "clear")]
    assert found(vocabulary, "clear instructions", SHOES) == []


@pytest.mark.parametrize("text", ["oolong", "Oolong tea", "乌龙茶", "moss oolong"])
def test_the_words_of_titles_name_goods(text: str) -> None:
    tea = Translation(title="苔藓乌龙茶")

    assert shop(product(1, title="Moss Oolong Tea", translations={"zh": tea})).names_goods(text)


@pytest.mark.parametrize(
    "text", ["hello", "tea for the weather in Paris", "", "茶馆几点开门", "the", "12", "a moss joke"]
)
def test_other_words_do_not(text: str) -> None:
    tea = Translation(title="苔藓乌龙茶")

    assert not shop(product(1, title="The Moss Oolong Tea", translations={"zh": tea})).names_goods(text)


@pytest.mark.parametrize("text", ["charger", "car charger", "olive oil", "olive oil extra virgin"])
def test_goods_are_named_by_what_they_are(text: str) -> None:
    vocabulary = shop(product(1, title="Dash Car Charger, Black"), product(2, title="Olive Oil Extra Virgin 500 ml"))

    assert vocabulary.names_kind(text)


@pytest.mark.parametrize("text", ["car", "dash", "black", "virgin charger", "car oil"])
def test_words_beside_them_in_titles_name_no_goods(text: str) -> None:
    vocabulary = shop(product(1, title="Dash Car Charger, Black"), product(2, title="Olive Oil Extra Virgin 500 ml"))

    assert not vocabulary.names_kind(text)


def test_an_attribute_that_feeds_spell_in_two_ways_is_one() -> None:
    vocabulary = shop(
        product(1, category=("Shirts",), attributes={"color": "Navy"}),
        product(2, category=("Shirts",), attributes={"color": "Black"}),
        product(3, category=("Belts",), attributes={"Colour": "Brown"}),
    )

    read = [(m.kind, m.field, m.value) for m in vocabulary.mentions("brown", "en", ("Belts",))]

    assert read == [("colour", "color", "Brown")]
    assert vocabulary.usual("color", ("Belts",))
