import json
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue, texts
from knowledge.domain import Product, ProductId, Translation
from knowledge.errors import FeedError

LAMP = Product(
    ProductId("2"),
    "Lamp",
    brand="Lumo",
    category=("Home", "Lamps"),
    description="Bright.",
    attributes={"colour": "black", "power_w": 12.0, "reach_m": 0.5},
    translations={"zh": Translation(title="台灯", category=("家居", "台灯"), attributes={"colour": "黑色"})},
)


def test_products_are_found_by_id_and_kept_in_order() -> None:
    mug = Product(ProductId("1"), "Mug", brand="Arno", category=("Kitchen",))

    catalogue = Catalogue([LAMP, mug])

    assert [product.product_id for product in catalogue] == ["2", "1"]
    assert catalogue.get("1") is mug
    assert catalogue.get("3") is None
    assert "2" in catalogue
    assert len(catalogue) == 2
    assert catalogue.categories == (("Home", "Lamps"), ("Kitchen",))
    assert catalogue.brands == ("Arno", "Lumo")


def test_the_shops_own_file_must_be_whole(tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl"
    file.write_text(json.dumps({"product_id": "1", "title": "x"}) + "\n{\n", "utf-8")

    with pytest.raises(FeedError, match=r"products\.jsonl, line 2: not valid JSON"):
        Catalogue.load(file)


def test_a_product_speaks_its_own_language_where_it_is_not_translated() -> None:
    zh, en = texts(LAMP, "zh"), texts(LAMP, "en")

    assert (zh.title, zh.description, zh.category) == ("台灯", "Bright.", ("家居", "台灯"))
    assert zh.attributes == {"colour": "黑色", "power_w": "12", "reach_m": "0.5"}
    assert (en.title, en.attributes["colour"]) == ("Lamp", "black")


def test_a_price_is_comparable_in_the_shops_currency_alone(tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl"
    rows = ({"product_id": key, "title": key, "price": key} for key in ("15", "20 USD", "120 CNY"))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    products = list(Catalogue.load(file, "USD"))

    assert [(p.price, p.currency, p.comparable_price) for p in products] == [
        (15.0, "USD", 15.0),
        (20.0, "USD", 20.0),
        (120.0, "CNY", None),
    ]
