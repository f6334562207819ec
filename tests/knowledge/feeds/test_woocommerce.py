import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.domain import Product, RowProblem
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import recognise
from knowledge.feeds.product_feeds import read_products

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
LAMP = {
    "ID": "100",
    "Type": "simple",
    "SKU": "L-1",
    "GTIN, UPC, EAN, or ISBN": "0123456789012",
    "Name": "Lamp",
    "Published": "1",
    "Is featured?": "0",
    "Visibility in catalog": "visible",
    "Short description": "Bright.",
    "Description": "<strong>Warm</strong> light.\\nTwo steps.\\n\\nC:\\\\new",
    "In stock?": "1",
    "Stock": "4",
    "Backorders allowed?": "0",
    "Weight (kg)": "1,25",
    "Length (cm)": "40.5",
    "Regular price": "49,90",
    "Sale price": "39,90",
    "Categories": "Sale, Home > Lamps > Desk, Rugs\\, mats > All",
    "Tags": "new, bf-2025",
    "Images": "a.jpg, b.jpg",
    "Brands": "Lumo",
    "Attribute 1 name": "Material",
    "Attribute 1 value(s)": "Steel, Oak\\, oiled",
    "Attribute 2 name": "Power W",
    "Attribute 2 value(s)": "12",
    "Meta: _internal": "never shown",
}
SHIRT = {
    "ID": "7",
    "Type": "variable",
    "SKU": "S",
    "Name": "Shirt",
    "Published": "1",
    "Description": "Soft.",
    "Categories": "",
}
NAVY = {
    "ID": "8",
    "Type": "variation",
    "SKU": "S-N",
    "Name": "Shirt - Navy",
    "Published": "1",
    "Parent": "S",
    "Attribute 1 name": "Color",
    "Attribute 1 value(s)": "Navy",
}


def export(folder: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    file = folder / "wc-product-export.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, dict.fromkeys(name for row in rows for name in row), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


def read(folder: Path, *rows: Mapping[str, str]) -> list[Product]:
    products = list(read_products(export(folder, rows), FeedSettings("EUR", now=NOW)))
    assert [one for one in products if isinstance(one, RowProblem)] == []
    return [one for one in products if isinstance(one, Product)]


def test_a_simple_product_is_read_with_its_units(tmp_path: Path) -> None:
    (lamp,) = read(tmp_path, LAMP)

    assert (lamp.product_id, lamp.title, lamp.brand, lamp.image) == ("L-1", "Lamp", "Lumo", "a.jpg")
    assert lamp.description == "Bright.\n\nWarm light.\nTwo steps.\n\nC:\\new"
    assert lamp.category == ("Home", "Lamps", "Desk")
    assert (lamp.price, lamp.list_price, lamp.currency, lamp.stock) == (39.9, 49.9, "EUR", 4)
    assert lamp.attributes == {
        "gtin": "0123456789012",
        "weight_kg": 1.25,
        "length_cm": 40.5,
        "material": "Steel, Oak, oiled",
        "power_w": 12.0,
    }


def test_a_variation_takes_from_its_parent_what_it_does_not_say(tmp_path: Path) -> None:
    parent = SHIRT | {
        "Categories": "Clothes",
        "Brands": "Acme",
        "Images": "s.jpg",
        "Stock": "9",
        "Weight (g)": "200",
        "Attribute 1 name": "Fit",
        "Attribute 1 value(s)": "Slim",
        "Attribute 2 name": "Color",
        "Attribute 2 value(s)": "Navy, Red",
    }
    red = NAVY | {"ID": "9", "SKU": "", "Parent": "id:7", "Stock": "parent", "Attribute 1 value(s)": "Red", "Name": ""}

    gone = NAVY | {"ID": "11", "SKU": "S-G", "In stock?": "0"}

    first, second, third = read(
        tmp_path, NAVY | {"Description": "Deep blue.", "Stock": "2", "Images": "n.jpg"}, red, gone, parent
    )

    assert (first.product_id, first.parent_id, first.title) == ("S-N", "S", "Shirt - Navy")
    assert (first.description, first.stock, first.image) == ("Deep blue.", 2, "n.jpg")
    assert (first.brand, first.category) == ("Acme", ("Clothes",))
    assert first.attributes == {"color": "Navy", "fit": "Slim", "weight_g": 200.0}
    assert (second.product_id, second.parent_id, second.title) == ("9", "S", "Shirt, Red")
    assert (second.description, second.stock, second.image) == ("Soft.", 9, "s.jpg")
    assert second.attributes["color"] == "Red"
    assert (third.stock, third.available) == (None, False)


def test_a_link_goes_to_the_first_variation_whichever_way_each_names_its_parent(tmp_path: Path) -> None:
    red = NAVY | {"ID": "9", "SKU": "S-R", "Parent": "id:7"}

    lamp, *_ = read(tmp_path, LAMP | {"Cross-sells": "S"}, SHIRT, NAVY, red)

    assert lamp.links == {"goes_with": ("S-N",)}


def test_a_variable_product_is_a_product_only_without_variations(tmp_path: Path) -> None:
    assert [product.product_id for product in read(tmp_path, SHIRT, NAVY)] == ["S-N"]
    assert [product.product_id for product in read(tmp_path, SHIRT)] == ["S"]


def test_a_variation_without_its_parent_is_told(tmp_path: Path) -> None:
    lamp, problem = read_products(export(tmp_path, [LAMP, NAVY]))

    assert isinstance(lamp, Product)
    assert isinstance(problem, RowProblem)
    assert (problem.line, "Parent 'S' is not in the file" in problem.message) == (3, True)


def test_links_name_products_by_sku_or_id_wherever_they_stand(tmp_path: Path) -> None:
    lamp = LAMP | {"Upsells": "id:200, S", "Cross-sells": "id:7, OUT\\,SIDE, L-1, id:999"}
    bulb = {"ID": "200", "Type": "simple", "SKU": "B-1", "Name": "Bulb", "Published": "1", "Cross-sells": "id:100"}

    first, *_, last = read(tmp_path, lamp, SHIRT, NAVY, bulb)

    assert first.links == {"similar_to": ("B-1", "S-N"), "goes_with": ("S-N", "OUT,SIDE", "999")}
    assert last.links == {"goes_with": ("L-1",)}


@pytest.mark.parametrize(
    ("starts", "ends", "on"),
    [
        ("", "", True),
        ("2026-11-01", "2026-11-05", True),
        ("2026-11-06", "", False),
        ("", "2026-11-04", False),
        ("2026-11-05T13:00:00", "", False),
    ],
)
def test_a_sale_price_counts_in_its_dates(tmp_path: Path, starts: str, ends: str, on: bool) -> None:
    (lamp,) = read(tmp_path, LAMP | {"Date sale price starts": starts, "Date sale price ends": ends})

    assert (lamp.price, lamp.list_price) == ((39.9, 49.9) if on else (49.9, None))


@pytest.mark.parametrize(
    ("cells", "stock", "available"),
    [
        ({"Stock": "", "In stock?": "1"}, None, True),
        ({"Stock": "", "In stock?": "0"}, None, False),
        ({"Stock": "", "In stock?": "backorder"}, None, True),
        ({"Stock": "", "In stock?": ""}, None, None),
        ({"Stock": "0", "In stock?": "0"}, 0, None),
        ({"Stock": "4.000"}, 4, None),
        ({"Stock": "-3", "Backorders allowed?": "notify"}, None, True),
    ],
)
def test_stock_and_backorders_say_what_can_be_bought(
    tmp_path: Path, cells: dict[str, str], stock: int | None, available: bool | None
) -> None:
    (lamp,) = read(tmp_path, LAMP | cells)

    assert (lamp.stock, lamp.available) == (stock, available)


@pytest.mark.parametrize("cells", [{"Published": "0"}, {"Published": "-1"}, {"Visibility in catalog": "hidden"}])
def test_what_is_not_shown_is_left_out_with_its_variations(tmp_path: Path, cells: dict[str, str]) -> None:
    assert read(tmp_path, LAMP | cells, SHIRT | cells, NAVY) == []


def test_an_apostrophe_that_guards_a_spreadsheet_is_taken_off(tmp_path: Path) -> None:
    (lamp,) = read(tmp_path, LAMP | {"Name": "'+1 Lamp", "Description": "'=SUM(A1)", "Short description": "'tis"})

    assert (lamp.title, lamp.description) == ("+1 Lamp", "'tis\n\n=SUM(A1)")


def test_an_external_product_has_its_address(tmp_path: Path) -> None:
    (lamp,) = read(tmp_path, LAMP | {"Type": "external", "External URL": "https://x.example/l"})

    assert lamp.url == "https://x.example/l"


@pytest.mark.parametrize(
    "headings",
    [
        "ID,Typ,Artikelnummer,Name,Veröffentlicht,Beschreibung,Vorrätig?,Bestand,Gewicht (kg),Regulärer Preis,"
        "Kategorien,Attribut 1 Name,Attribut 1 Wert(e)",
        "ID,Type,UGS,Nom,Publié,Description,En stock ?,Stock,Poids (kg),Tarif régulier,Catégories,"
        "Nom de l\u2019attribut 1,Valeur(s) de l\u2019attribut 1 ",
        "ID,Tipo,SKU,Nombre,Publicado,Descripción,¿En inventario?,Inventario,Peso (kg),Precio normal,Categorías,"
        "Nombre del atributo 1,Valor(es) del atributo 1",
        "ID,类型,SKU,名称,已发布,描述,有货？,库存,重量(公斤),常规售价,分类,属性 1 名称,属性 1 值",
    ],
    ids=["de", "fr", "es", "zh"],
)
def test_headings_may_be_translated(tmp_path: Path, headings: str) -> None:
    file = tmp_path / "export.csv"
    file.write_text(headings + '\n1,simple,L-1,Lamp,1,Warm.,1,3,"0,5","49,90",Home > Lamps,Farbe,rot\n', "utf-8")

    (lamp,) = read_products(file)

    assert recognise(file).name == "WooCommerce"
    assert isinstance(lamp, Product)
    assert (lamp.product_id, lamp.title, lamp.description, lamp.stock, lamp.price) == ("L-1", "Lamp", "Warm.", 3, 49.9)
    assert (lamp.category, lamp.attributes) == (("Home", "Lamps"), {"weight_kg": 0.5, "farbe": "rot"})
