"""The demo's catalogue, written as each shop system exports it and read again."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

import pytest

from knowledge.domain import Product, ProductId, RowProblem
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import short_number
from knowledge.feeds.formats import recognise
from knowledge.feeds.product_feeds import read_products
from tests.knowledge.feeds import exports
from tests.knowledge.feeds.exports import NEW, OLD, PARENT, common_title, families, options, shared

ROOT = Path(__file__).parents[3]
Family = Sequence[Product]
Rule = Callable[[Product, Family], object]

SPARSE = (
    Product(ProductId("S-1"), "A thing"),
    Product(ProductId("S-2"), "Not to be had", available=False, price=5.0, currency="USD"),
    Product(ProductId("S-3"), "5 < 6 & more", description="One.\n\nTwo & three.\n\nFour: a, b; c", stock=0),
)


def _pieces(product: Product, _: Family) -> int | None:
    return 0 if product.stock is None and product.available is False else product.stock


def _options(product: Product, family: Family) -> dict[str, str | float]:
    own = [name for name in ("weight_g", "weight_kg") if name in product.attributes]
    return shared(family) | {name: product.attributes[name] for name in [*options(family), *own]}


def _optioned(product: Product, family: Family) -> str:
    names = options(family) if product.parent_id else []
    return ", ".join([common_title(family), *(f"{short_number(product.attributes[name])}" for name in names)])


# Field → Merchant, Shopify, WooCommerce: what docs/feeds.md says of it and, where that is not "yes", what comes back.
Carried = tuple[str, Rule | None]
YES: Carried = ("yes", None)
NO: Carried = ("no", None)
CARRIED: Mapping[str, tuple[Carried, Carried, Carried]] = {
    "product_id": (YES, YES, YES),
    "title": (YES, ("the product's and the variant's options", _optioned), YES),
    "brand": (YES, YES, YES),
    "category": (YES, YES, YES),
    "description": (YES, ("one for all variants", lambda _, family: family[0].description), YES),
    "price": (YES, YES, YES),
    "list_price": (YES, YES, YES),
    "currency": (YES, ("the shop's", None), ("the shop's", None)),
    "available": (
        ("yes or no", lambda product, _: product.in_stock if exports.availability(product) else None),
        ("yes where pieces are not counted", lambda p, family: True if _pieces(p, family) is None else None),
        ("where pieces are not counted", lambda product, _: product.available if product.stock is None else None),
    ),
    "stock": (NO, ("0 where there is none", _pieces), YES),
    "rating": (NO, ("one for all variants", lambda _, family: family[0].rating), NO),
    "n_ratings": (NO, ("one for all variants", lambda _, family: family[0].n_ratings), NO),
    "released": (NO, NO, NO),
    "url": (YES, NO, ("of external products", lambda *_: "")),
    "image": (YES, YES, YES),
    "attributes": (YES, ("those that variants share, three options, and the weight", _options), YES),
    "parent_id": (
        YES,
        YES,
        ("the parent's SKU or ID", lambda product, _: product.parent_id + PARENT if product.parent_id else None),
    ),
    "links": (
        NO,
        NO,
        (
            "`goes_with`, `similar_to`",
            lambda product, _: {k: product.links[k] for k in product.links if k in ("goes_with", "similar_to")},
        ),
    ),
    "translations": (NO, NO, NO),
}
FORMATS: Mapping[str, tuple[int, str, Callable[[Sequence[Product]], str]]] = {
    "Google Merchant table": (0, "feed.tsv", exports.merchant_tsv),
    "Google Merchant as RSS": (0, "feed.xml", exports.merchant_rss),
    "Google Merchant as Atom": (0, "feed.xml", exports.merchant_atom),
    "Shopify, old": (1, "products_export.csv", lambda products: exports.shopify_csv(products, OLD)),
    "Shopify, new": (1, "products_export.csv", lambda products: exports.shopify_csv(products, NEW)),
    "WooCommerce": (2, "wc-product-export.csv", exports.woocommerce_csv),
}


def _catalogue() -> list[Product]:
    read = list(read_products(ROOT / "demo/catalogue/products.jsonl"))
    return [product for product in read if isinstance(product, Product)] + list(SPARSE)


def _expected(product: Product, family: Family, column: int) -> dict[str, object]:
    blank = Product(product.product_id, product.title)
    values = {}
    for name, carried in CARRIED.items():
        told, rule = carried[column]
        if told == "no":
            values[name] = getattr(blank, name)
        else:
            values[name] = rule(product, family) if rule else getattr(product, name)
    return values


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_format_carries_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    column, file_name, export = FORMATS[name]
    catalogue = _catalogue()
    family_of = families(catalogue)
    file = tmp_path / file_name
    file.write_text(export(catalogue), "utf-8")

    read = list(read_products(file, FeedSettings("USD")))

    assert [row for row in read if isinstance(row, RowProblem)] == []
    assert recognise(file).kind == "catalogue"
    by_id = {product.product_id: product for product in read if isinstance(product, Product)}
    assert by_id.keys() == {product.product_id for product in catalogue}
    for product in catalogue:
        expected = _expected(product, family_of[product.parent_id or product.product_id], column)
        assert {field: getattr(by_id[product.product_id], field) for field in expected} == expected


def test_the_table_of_fields_is_complete() -> None:
    assert [*CARRIED, "shop_currency", "found"] == sorted(
        (field.name for field in fields(Product)), key=[*CARRIED, "shop_currency", "found"].index
    )


def test_the_page_on_feeds_has_the_same_table() -> None:
    page = (ROOT / "docs/feeds.md").read_text("utf-8")

    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", page.split("## What each format carries")[1], re.M)

    assert rows == [(name, *(told for told, _ in carried)) for name, carried in CARRIED.items()]
