"""What is found in titles and descriptions, and what must not be."""

from dataclasses import replace

import pytest

from knowledge.catalogue import without_found
from knowledge.domain import Place, Product, ProductId
from knowledge.extraction.extractor import Extractor

NOTHING_KNOWN = Extractor.from_products([])


def product(title: str, description: str = "", **fields: object) -> Product:
    return replace(Product(ProductId("1"), title, description=description), **fields)  # type: ignore[arg-type]


def found(title: str, description: str = "") -> dict[str, str | float]:
    return dict(NOTHING_KNOWN.extract(product(title, description)).attributes)


@pytest.mark.parametrize(
    ("title", "name", "value"),
    [
        ("Kettle 1.7 L, Black", "colour", "black"),
        ("Kettle 1.7 L, Black", "capacity_l", 1.7),
        ("Mug, Dark Grey", "colour", "dark grey"),
        ("Headphones Black, Silver", "colour", "black, silver"),
        ("Boots, EU 44", "size_eu", 44.0),
        ("Rain Jacket, Blue, XL", "size", "XL"),
        ('Monitor 68.6 cm (27") 2560 x 1440 pixels', "screen_size_in", 27.0),
        ("Monitor 2560 x 1440 pixels", "resolution", "2560 x 1440"),
        ("Notebook 16 GB DDR4 512 GB SSD", "memory_gb", 16.0),
        ("Notebook 16 GB DDR4 512 GB SSD", "storage_gb", 512.0),
        ("Portable SSD 2 TB", "storage_gb", 2000.0),
        ("Power Bank 10000 mAh", "battery_mah", 10000.0),
        ("Charger 65W", "power_w", 65.0),
        ("USB Cable 6 ft", "length_m", 1.829),
        ("Waste Bags, Pack of 120", "pack_size", 120.0),
        ("Leather Wallet", "material", "leather"),
        ("Leather Notebook A5", "material", "leather"),
        ("Walnut TV Unit", "material", "walnut"),
        ("Copper Wire Lights", "material", "copper"),
        ("Canvas Roll-Top Backpack", "material", "canvas"),
        ("Plastic Storage Box", "material", "plastic"),
        ("Burgundy Dress", "colour", "burgundy"),
        ("Olive Cargo Pants", "colour", "olive"),
        ("Men's Hoodie Charcoal XL", "colour", "charcoal"),
        ("Rose Gold Necklace", "colour", "rose gold"),
        ("Set of White Plates", "colour", "white"),
        ("The Black Backpack", "colour", "black"),
        ("White Apple iPhone 13", "colour", "white"),
        ("Phone Redmi Note 13 108MP", "camera_mp", 108.0),
        ("Samsung SSD 970 250GB", "storage_gb", 250.0),
        ("Shampoo 7 250 ml", "capacity_ml", 250.0),
        ("Chanel No. 5 Eau de Parfum 100ml", "capacity_ml", 100.0),
        ("跑鞋 42码", "size_eu", 42.0),
        ("乐高积木 500粒", "piece_count", 500.0),
        ("Jigsaw, 1000 pieces", "piece_count", 1000.0),
        ("Ink 2-pack Black 2 pc(s)", "pack_size", 2.0),
        ("Case for Kuvandel K5 Mini", "compatible_with", "Kuvandel K5 Mini"),
        ("Case for iPhone 15 Pro Black", "compatible_with", "iPhone 15 Pro"),
        ("Toner compatible with Ollumo P4014, P4015/4515, black", "compatible_with", "Ollumo P4014, P4015/4515"),
        ("Tray for B6500 550 sheets", "compatible_with", "B6500"),
        ("Adapter for SV231 & SV431", "compatible_with", "SV231, SV431"),
        ("保温水杯 500毫升 蓝色", "capacity_ml", 500.0),
        ("保温水杯 500毫升 蓝色", "colour", "蓝色"),
        ("纯棉T恤 白色 M码", "material", "纯棉"),
        ("纯棉T恤 白色 M码", "size", "M"),
        ("小米手机 8GB+256GB 6.7英寸", "screen_size_in", 6.7),
        ("小米手机 8GB+256GB 6.7英寸", "storage_gb", 256.0),
        ("小米手机 8GB+256GB 6.7英寸", "memory_gb", 8.0),
        ("不锈钢保温杯", "material", "不锈钢"),
        ("手机壳 适用于iPhone 15 黑色", "compatible_with", "iPhone 15"),
        ("手机壳 适用于iPhone 15 黑色", "colour", "黑色"),
    ],
)
def test_a_title_says_what_a_feed_left_out(title: str, name: str, value: str | float) -> None:
    assert found(title)[name] == value


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Sleeve that fits 15 inch laptops", "screen_size_in"),
        ('Laptop backpack 15.6"', "screen_size_in"),
        ("Case for black Kuvandel K5", "colour"),
        ("Card reader for 64 GB SD cards", "storage_gb"),
        ("Bag without leather", "material"),
        ("Leather cleaner", "material"),
        ("Golden Glamour Lipstick", "colour"),
        ("White noise machine", "colour"),
        ("Green tea, 50 bags", "colour"),
        ("Blueberry jam", "colour"),
        ("Bluetooth speaker", "colour"),
        ("Rich Face Cream", "colour"),
        ("Black bowl with white saucer", "colour"),
        ("Phone 5G", "weight_g"),
        ("Router 802.11g", "weight_g"),
        ("Adapter 100-240V", "voltage_v"),
        ("4 in 1 remote control", "screen_size_in"),
        ("Audio cable (M/M)", "size"),
        ("手机壳 适用于黑色手机", "colour"),
        ("不含皮革 背包", "material"),
        ("Olive oil 750 ml", "colour"),
        ("Steel blue dress", "material"),
        ("Red wine glasses", "colour"),
        ("Wool wash 1 L", "material"),
        ("Plastic surgery book", "material"),
        ("Navy SEAL knife", "colour"),
        ("Toner for C7000 series printers", "compatible_with"),
        ("Track Set for Ages 3 and Up", "compatible_with"),
        ("Gift for 5 Year Old Boys", "compatible_with"),
        ("Tent for 4 Persons", "compatible_with"),
        ("Box for 12 Eggs", "compatible_with"),
        ("Diapers for 4-9 kg", "compatible_with"),
        ("Sheets for 90x200 Mattress", "compatible_with"),
        ("积木 适用于 3岁以上", "compatible_with"),
        ("床品 适用于 1.8米床", "compatible_with"),
        ("Turquoise Dream Earrings", "colour"),
        ("Fifty Shades of Grey", "colour"),
        ("Chinos 32W 32L", "power_w"),
        ("Chinos 32W 32L", "capacity_l"),
        ("牛仔裤 32码", "size_eu"),
        ("Socks EU 39-42", "size_eu"),
        ("Red Onion", "colour"),
        ('Wall Mount for 32"-60" Screen', "compatible_with"),
        ('Filter for 17" Standard Monitor', "compatible_with"),
        ("Canvas Go! memory card 256 GB", "material"),
        ("Smart TV 42.5 inch Grey, Titanium", "material"),
        ("Rack cabinet w/ glass door", "material"),
        ("Aluminium Collection Blender", "material"),
        ("Kuvandel 8730w Notebook", "power_w"),
        ("UPS battery cabinet 48V", "voltage_v"),
        ("Lunch box, 500 ml bottle not included", "capacity_ml"),
        ("Lamp shade, max. 60W", "power_w"),
        ("黑色星期五特惠 杯子", "colour"),
        ("英雄钢笔", "material"),
        ("羊毛洗衣液", "material"),
    ],
)
def test_another_things_value_is_not_taken(title: str, name: str) -> None:
    assert name not in found(title)


@pytest.mark.parametrize("title", ["Heater 2.000 W", "Vacuum cleaner 1 400 W", "Juice 1.000 ml"])
def test_a_number_that_may_mean_two_is_not_taken(title: str) -> None:
    assert found(title) == {}


def test_ten_thousands_of_pixels_are_counted_in_millions() -> None:
    assert found("网络摄像头 200万像素") == {"camera_mp": 2.0}


def test_a_description_is_read_where_it_speaks_of_the_product() -> None:
    told = found("Expedition Backpack", "This durable beige backpack has black straps. Made of canvas.")

    assert told == {"colour": "beige", "material": "canvas"}


@pytest.mark.parametrize(
    "description",
    [
        "Material: no leather.",
        "It is 100% leather free.",
        "The lining is made of polyester.",
        "Comes in a gift box made of wood.",
        "Colour: black or blue.",
    ],
)
def test_a_part_that_is_made_of_something_and_a_denial_are_not_taken(description: str) -> None:
    assert found("Backpack", description) == {}


def test_a_books_title_says_no_colour() -> None:
    book = product("The Green Mile", category=("Media", "Books"))

    camera = product("Minolta, Black", category=("Film Cameras",))

    assert NOTHING_KNOWN.extract(book) == book
    assert NOTHING_KNOWN.extract(camera).attributes == {"colour": "black"}


@pytest.mark.parametrize("description", ["Goes well with black jeans.", "Also available in blue and green."])
def test_another_things_colour_denies_no_title(description: str) -> None:
    assert found("Cotton T-Shirt Red", description)["colour"] == "red"


def test_a_label_in_a_description_is_read() -> None:
    assert found("Kettle", "Colour: dark red; Material: stainless steel") == {
        "colour": "dark red",
        "material": "stainless steel",
    }


def test_what_the_feed_gives_is_never_replaced() -> None:
    given = product("Mug, Black", attributes={"color": "white"}, brand="Ollumo")

    extracted = NOTHING_KNOWN.extract(given)

    assert extracted == given


def test_a_found_value_names_its_words_and_its_text() -> None:
    extracted = NOTHING_KNOWN.extract(product("Mug, DARK Grey"))

    assert extracted.found == {"colour": Place("title", "DARK Grey", "en")}


def test_without_what_was_found_a_product_is_as_its_feed_gave_it() -> None:
    given = product("Mug, Black 0.3 L", attributes={"origin": "china"})

    extracted = NOTHING_KNOWN.extract(given)

    assert extracted != given
    assert without_found(extracted) == given
    assert NOTHING_KNOWN.extract(extracted) == extracted


def mugs(name: str, values: dict[str, str | float]) -> list[Product]:
    return [
        Product(ProductId(f"{n}"), f"Ollumo Mug {n} {text}", "Ollumo", ("Mugs",), attributes={name: value})
        for n, (text, value) in enumerate([*values.items()] * 12)
    ]


def test_a_brand_that_the_feeds_titles_begin_with_is_found() -> None:
    extractor = Extractor.from_products(mugs("colour", {"": "x"}))

    extracted = extractor.extract(product("Ollumo Bowl"))

    assert extracted.brand == "Ollumo"
    assert extracted.found["brand"] == Place("title", "Ollumo", "en")


def test_an_accessory_that_begins_with_a_brand_is_not_of_it() -> None:
    extractor = Extractor.from_products(mugs("colour", {"": "x"}))

    assert extractor.extract(product("Ollumo Watch strap")).brand == ""


def test_a_found_value_takes_the_name_and_spelling_that_the_feed_uses() -> None:
    extractor = Extractor.from_products(mugs("Farbe", {"black": "Black", "blue": "Blue", "grey": "Grey"}))

    extracted = extractor.extract(product("Ollumo Mug gray", brand="Ollumo", category=("Mugs",)))

    assert extracted.attributes == {"Farbe": "Grey"}


def test_a_number_takes_the_unit_that_the_feed_counts_in() -> None:
    extractor = Extractor.from_products(mugs("volume", {"0.3 L": 300.0, "0.5 L": 500.0, "1 L": 1000.0}))

    extracted = extractor.extract(product("Ollumo Mug 0.7 L", brand="Ollumo", category=("Mugs",)))

    assert extracted.attributes == {"volume": 700.0}


def test_a_number_is_written_as_a_text_where_the_feed_writes_texts() -> None:
    extractor = Extractor.from_products(mugs("content", {"0.3 L": "300 ml", "0.5 L": "500 ml"}))

    extracted = extractor.extract(product("Ollumo Mug 0.7 L", brand="Ollumo", category=("Mugs",)))

    assert extracted.attributes == {"content": "700 ml"}


def test_a_word_means_an_attribute_only_where_the_feed_agrees_with_it() -> None:
    agreeing = mugs("finish", {"matte": "matte", "glossy": "glossy"})
    doubtful = [replace(p, attributes={"finish": "glossy"}) for p in agreeing]

    sure = Extractor.from_products(agreeing * 3).extract(product("Ollumo Mug matte", category=("Mugs",)))
    unsure = Extractor.from_products(doubtful * 3).extract(product("Ollumo Mug matte", category=("Mugs",)))

    assert sure.attributes.get("finish") == "matte"
    assert "finish" not in unsure.attributes


def test_what_was_found_before_teaches_nothing() -> None:
    rows = [replace(p, found={"finish": Place("title", "matte", "en")}) for p in mugs("finish", {"matte": "matte"}) * 3]

    extracted = Extractor.from_products(rows).extract(product("Ollumo Mug matte", category=("Mugs",)))

    assert "finish" not in extracted.attributes


@pytest.mark.parametrize(
    "text", ["1 " * 500_000, "black " * 300_000, "9" * 1_000_000, "for " * 300_000, "黑色" * 500_000]
)
def test_an_endless_text_is_cut(text: str) -> None:
    extracted = NOTHING_KNOWN.extract(product(text, text))

    assert all(len(place.words) < 2_000 for place in extracted.found.values())
