import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from knowledge.domain import Product, RowProblem
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import recognise
from knowledge.feeds.product_feeds import read_products

SHIRT = {
    "Handle": "linen-shirt",
    "Title": "Linen Shirt",
    "Body (HTML)": "<p>Cool.</p><p>Made of <b>linen</b>.</p><script>x()</script>",
    "Vendor": "Acme",
    "Product Category": "Apparel > Shirts",
    "Type": "Shirt",
    "Tags": "summer, bf-2025",
    "Published": "true",
    "Option1 Name": "Color",
    "Option1 Value": "Navy",
    "Option2 Name": "Size",
    "Option2 Value": "M",
    "Variant SKU": "LS-N-M",
    "Variant Grams": "240",
    "Variant Inventory Tracker": "shopify",
    "Variant Inventory Qty": "4",
    "Variant Inventory Policy": "deny",
    "Variant Price": "39.00",
    "Variant Compare At Price": "49.00",
    "Variant Barcode": "'0123456789012",
    "Image Src": "shirt.jpg",
    "Google Shopping / Gender": "male",
    "Color (product.metafields.shopify.color-pattern)": "blue",
    "Care (product.metafields.custom.wash_c)": "40",
    "Notes (product.metafields.custom.notes)": '{"type": "root"}',
    "Fits (product.metafields.custom.fits)": '["slim", "tall"]',
    "Status": "active",
    "Wholesale note": "never shown",
}
SAME = {"Handle": "linen-shirt"}


def export(folder: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    file = folder / "products_export.csv"
    with file.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, dict.fromkeys(name for row in rows for name in row), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return file


def read(folder: Path, *rows: Mapping[str, str]) -> list[Product]:
    products = list(read_products(export(folder, rows), FeedSettings("EUR")))
    assert [one for one in products if isinstance(one, RowProblem)] == []
    return [one for one in products if isinstance(one, Product)]


def test_a_variant_is_a_product_of_its_handle(tmp_path: Path) -> None:
    small = SAME | {"Option1 Value": "Navy", "Option2 Value": "S", "Variant SKU": "LS-N-S", "Variant Price": "39"}
    image = SAME | {"Image Src": "back.jpg"}

    first, second = read(tmp_path, SHIRT, image, small)

    assert first.description == "Cool.\n\nMade of linen."
    assert (first.product_id, first.title, first.parent_id) == ("LS-N-M", "Linen Shirt, Navy, M", "linen-shirt")
    assert (first.brand, first.category, first.image) == ("Acme", ("Apparel", "Shirts"), "shirt.jpg")
    assert (first.price, first.list_price, first.currency, first.stock) == (39.0, 49.0, "EUR", 4)
    assert first.attributes == {
        "gender": "male",
        "type": "Shirt",
        "wash_c": 40.0,
        "fits": "slim, tall",
        "color": "Navy",
        "size": "M",
        "weight_g": 240.0,
        "gtin": "0123456789012",
    }
    assert (second.product_id, second.title, second.image) == ("LS-N-S", "Linen Shirt, Navy, S", "shirt.jpg")
    assert (second.list_price, second.stock, second.available) == (None, None, True)


def test_a_product_without_variants_has_no_options(tmp_path: Path) -> None:
    (product,) = read(
        tmp_path,
        {"Handle": "mug", "Title": "Mug", "Option1 Name": "Title", "Option1 Value": "Default Title", "Variant SKU": ""},
    )

    assert (product.product_id, product.title, product.parent_id) == ("mug", "Mug", None)
    assert product.attributes == {}


def test_a_variant_without_a_sku_is_known_by_handle_and_options(tmp_path: Path) -> None:
    first, second = read(
        tmp_path,
        SHIRT | {"Variant SKU": ""},
        SAME | {"Option1 Value": "Écru / 2", "Option2 Value": "10.5", "Variant Price": "1"},
    )

    assert (first.product_id, second.product_id) == ("linen-shirt-navy-m", "linen-shirt-écru-2-10-5")


@pytest.mark.parametrize(
    ("cells", "stock", "available"),
    [
        ({"Variant Inventory Tracker": ""}, None, True),
        ({"Variant Inventory Qty": "0"}, 0, None),
        ({"Variant Inventory Qty": "-2"}, 0, None),
        ({"Variant Inventory Qty": "0", "Variant Inventory Policy": "continue"}, None, True),
        ({"Variant Inventory Qty": "-2", "Variant Inventory Policy": "continue"}, None, True),
        ({"Variant Inventory Qty": "3", "Variant Inventory Policy": "continue"}, 3, None),
        ({"Variant Inventory Qty": "3.000"}, 3, None),
    ],
)
def test_stock_counts_where_it_is_tracked_and_decides(
    tmp_path: Path, cells: dict[str, str], stock: int | None, available: bool | None
) -> None:
    (product,) = read(tmp_path, SHIRT | cells)

    assert (product.stock, product.available) == (stock, available)


@pytest.mark.parametrize("cells", [{"Status": "draft"}, {"Status": "Archived"}, {"Published": "FALSE"}])
def test_what_is_not_on_sale_is_left_out_with_its_variants(tmp_path: Path, cells: dict[str, str]) -> None:
    variant = SAME | {"Option1 Value": "Red", "Variant SKU": "LS-R", "Variant Price": "1"}

    products = read(tmp_path, SHIRT | cells, variant, {"Handle": "mug", "Title": "Mug", "Status": "active"})

    assert [product.product_id for product in products] == ["mug"]


def test_a_compare_at_price_that_is_not_above_the_price_is_none(tmp_path: Path) -> None:
    (product,) = read(tmp_path, SHIRT | {"Variant Compare At Price": "39.00"})

    assert (product.price, product.list_price) == (39.0, None)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4.5", 4.5),
        ('{"scale_min": "1.0", "scale_max": "5.0", "value": "4.5"}', 4.5),
        ('{"scale_min": "1.0", "scale_max": "10.0", "value": "9"}', None),
        ('{"value"', None),
    ],
)
def test_a_rating_may_name_its_scale(tmp_path: Path, text: str, rating: float | None) -> None:
    (product,) = read(tmp_path, SHIRT | {"Rating (product.metafields.reviews.rating)": text})

    assert product.rating == rating


def test_rows_that_stand_apart_from_their_product_are_told(tmp_path: Path) -> None:
    apart = SAME | {"Option1 Value": "Red", "Variant SKU": "LS-R", "Variant Price": "1"}
    file = export(tmp_path, [SHIRT, {"Handle": "mug", "Title": "Mug"}, apart, SHIRT | {"Variant SKU": "Z"}])

    _, mug, problem, last = read_products(file)

    assert isinstance(problem, RowProblem)
    assert problem.line == 4
    assert "the row of 'linen-shirt' stands apart from its product's first row" in problem.message
    assert [one.product_id for one in (mug, last) if isinstance(one, Product)] == ["mug", "Z"]


def test_a_column_may_stand_for_any_field_that_the_shop_says(tmp_path: Path) -> None:
    file = export(tmp_path, [SHIRT | {"Page": "https://x.example/shirt"}])

    (product,) = read_products(file, FeedSettings("EUR", {"PAGE": "url", "Vendor": "maker"}))

    assert isinstance(product, Product)
    assert (product.url, product.brand, product.attributes["maker"]) == ("https://x.example/shirt", "", "Acme")


def test_a_title_on_every_row_makes_no_new_product(tmp_path: Path) -> None:
    again = SAME | {"Title": "Linen Shirt", "Option1 Value": "Red", "Option2 Value": "S", "Variant SKU": "LS-R"}

    _, second = read(tmp_path, SHIRT, again, SAME | {"Title": "Linen Shirt", "Image Src": "back.jpg"})

    assert (second.title, second.attributes["color"], second.brand) == ("Linen Shirt, Red, S", "Red", "Acme")


@pytest.mark.parametrize(
    "header",
    [
        "Handle,Title,Body (HTML),Vendor,Variant Price",
        '"TITLE","URL HANDLE",Description,Price',
        "Wholesale;Price;Title;URL handle",
        "Handle\tTitle\tVariant SKU",
    ],
)
def test_an_export_is_known_by_its_headings(tmp_path: Path, header: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(header + "\n", "utf-8")

    assert recognise(file).name == "Shopify"
