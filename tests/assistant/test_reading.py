"""What the reader makes of an utterance within a conversation."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from assistant.attributes import asked_about
from assistant.reading import Reader
from assistant.references import read_pick
from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint, IntentReading, Language, Product, ProductId, SessionState, Wish
from knowledge.vocabulary import Vocabulary

LAPTOPS = ("Computers > Laptops", "SM-101", "SM-102", "SM-103")
HEADPHONES = ("Audio > Headphones", "SM-106", "SM-107", "SM-108", "SM-109")


class OneIntent:
    def read(self, text: str) -> IntentReading:
        return IntentReading("find_product", 0.9, True, 1.0)


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(Path(__file__).parent / "small_shop.jsonl")


@cache
def reader(*languages: Language) -> Reader:
    spoken = languages or ("en", "zh")
    vocabulary = Vocabulary.from_catalogue(catalogue(), spoken)
    return Reader(OneIntent(), vocabulary, dict.fromkeys(spoken, "encoder"), "USD")


def shown(ids: tuple[str, ...]) -> tuple[Product, ...]:
    return tuple(product for i in ids if (product := catalogue().get(i)) is not None)


def state(named: tuple[str, ...], language: Language = "en") -> SessionState:
    category, *ids = named
    wish = Wish("", language, (Constraint("category", "eq", category),))
    products = shown(tuple(ids))
    path = tuple(category.split(" > "))
    return SessionState(wish, tuple(p.product_id for p in products), path, language=language)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("the second one", [2]),
        ("how about the 3rd?", [3]),
        ("the last one please", [4]),
        ("compare the first two", [1, 2]),
        ("the last two", [3, 4]),
        ("the first and the third", [1, 3]),
        ("which is better, the first or the second?", [1, 2]),
        ("more like number 3", [3]),
        ("#2 looks nice", [2]),
        ("both", [1, 2]),
        ("compare these three", [1, 2, 3]),
        ("A or B for commuting", [1, 2]),
        ("第二个", [2]),
        ("第一个和第三个有啥区别啊", [1, 3]),
        ("前两个哪个好", [1, 2]),
        ("最后一个多重", [4]),
        ("这两个哪个好", [1, 2]),
        ("A款和B款呢", [1, 2]),
        ("第十个", []),
        ("SM-107 vs SM-109", [2, 4]),
        ("tell me about the Hush", [1]),
        ("那款静谧怎么样", [1]),
        ("is the white one in stock", [2]),
        ("the Bexley one", [3]),
        ("my first order", []),
        ("for the first time", []),
        ("wait a second", []),
        ("a second pair of hands", []),
        ("black headphones under 100", []),
        ("headphones from Sorrel", []),
        ("第一次买", []),
        ("show me more", []),
    ],
)
def test_places_and_names_point_to_what_was_shown(text: str, places: list[int]) -> None:
    reading = reader().read(text, state(HEADPHONES), shown(HEADPHONES[1:]))

    assert list(reading.references) == [HEADPHONES[place] for place in places]


def test_this_is_the_one_product_that_is_shown() -> None:
    reading = reader().read("how heavy is it", state(HEADPHONES[:2]), shown(HEADPHONES[1:2]))

    assert reading.references == ("SM-106",)


def test_this_is_nothing_where_several_are_shown() -> None:
    reading = reader().read("how heavy is it", state(HEADPHONES), shown(HEADPHONES[1:]))

    assert reading.references == ()


def test_without_products_shown_a_place_points_nowhere() -> None:
    assert reader().read("the second one", SessionState(), ()).references == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anything cheaper?", Constraint("price", "lt", 899.0)),
        ("便宜点的有吗", Constraint("price", "lt", 899.0)),
        ("太贵了", Constraint("price", "lt", 899.0)),
        ("half that price", Constraint("price", "le", 449.5)),
        ("Too heavy. Lighter ones?", Constraint("weight_kg", "lt", 1.1)),
        ("轻一点的", Constraint("weight_kg", "lt", 1.1)),
        ("a bigger one", Constraint("screen_size_in", "gt", 14.0)),
        ("再大一点", Constraint("screen_size_in", "gt", 14.0)),
        ("with longer battery life", Constraint("battery_life_h", "gt", 15.0)),
        ("better rated", Constraint("rating", "gt", 4.6)),
        ("at least 16 GB", Constraint("memory_gb", "ge", 16.0)),
    ],
)
def test_a_comparative_is_read_against_the_first_shown(text: str, expected: Constraint) -> None:
    reading = reader().read(text, state(LAPTOPS), shown(LAPTOPS[1:]))

    assert reading.wish.constraints == (expected,)


def test_a_price_that_is_named_wins_over_cheaper() -> None:
    reading = reader().read("anything cheaper, under 600", state(LAPTOPS), shown(LAPTOPS[1:]))

    assert reading.wish.constraints == (Constraint("price", "lt", 600.0),)


def test_cheaper_than_a_price_in_another_currency_is_an_order() -> None:
    (laptop,) = shown(LAPTOPS[1:2])

    reading = reader().read("anything cheaper?", state(LAPTOPS), [replace(laptop, shop_currency="EUR")])

    assert "price" not in {c.field for c in reading.wish.constraints}
    assert reading.wish.sort == ("price", "asc")


def test_cheaper_with_nothing_shown_is_an_order() -> None:
    reading = reader().read("a cheaper kettle", SessionState(), ())

    assert reading.wish.sort == ("price", "asc")


@pytest.mark.parametrize(
    "text", ["which one's lighter", "is it cheaper in the shop", "can I return it for a bigger one"]
)
def test_a_question_with_a_comparative_is_no_wish(text: str) -> None:
    assert reader().read(text, state(LAPTOPS), shown(LAPTOPS[1:])).wish.constraints == ()


@pytest.mark.parametrize(("text", "language"), [("32", "zh"), ("???", "zh"), ("更大的", "zh"), ("bigger ones", "en")])
def test_a_text_without_letters_keeps_the_language(text: str, language: Language) -> None:
    assert reader().read(text, state(LAPTOPS, "zh"), ()).language == language


def test_a_language_that_the_shop_does_not_speak_is_read_as_its_first() -> None:
    assert reader("en").read("耳机", SessionState(), ()).language == "en"


def test_the_words_keep_the_product_and_lose_the_price() -> None:
    reading = reader().read("I want noise cancelling headphones for the office under 150", SessionState(), ())

    assert reading.wish.text == "noise cancelling headphones for the office"


@pytest.mark.parametrize(
    ("text", "place"), [("the cheaper one please", 0), ("贵的那个", 1), ("the better rated one", 1)]
)
def test_one_of_the_products_shown_is_pointed_to_by_what_sets_it_apart(text: str, place: int) -> None:
    two = [
        Product(ProductId("A"), "Aurel One", price=10.0, rating=3.0),
        Product(ProductId("B"), "Bexley Two", price=20.0, rating=4.0),
    ]

    assert read_pick(text, two) == two[place].product_id
    assert read_pick(text, two[:1]) == ""
    assert read_pick("is there a cheaper one with a handle", two) == ""


@pytest.mark.parametrize(
    "text", ["how much is the Aurel Feather laptop?", "price of the aurel feather", "笔记本电脑多少钱"]
)
def test_what_is_asked_about_may_be_named_by_titles(text: str) -> None:
    assert reader("en", "zh").read(text, SessionState(), ()).about_goods


@pytest.mark.parametrize(
    "text",
    ["how much is a haircut", "what does it cost", "price of the feather", "price of the feather boa", "天气怎样"],
)
def test_what_no_title_names_is_not_of_the_goods(text: str) -> None:
    assert not reader("en", "zh").read(text, SessionState(), ()).about_goods


def test_a_word_that_only_begins_like_one_that_asks_is_what_is_asked_about() -> None:
    assert asked_about("how much is the costume") == "costume"
