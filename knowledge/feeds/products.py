"""Products, as rows of the shop's own format and read from a feed of any."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from knowledge.domain import Place, Product, ProductId, RowProblem
from knowledge.feeds.checking import Numbered, checked, once_each
from knowledge.feeds.fields import (
    attributes_of,
    category_of,
    count_of,
    currency_of,
    filled,
    identifier,
    is_available,
    is_given,
    links_of,
    places_of,
    price_of,
    prose_of,
    rating_of,
    required_text,
    short_number,
    text_of,
    translations_of,
)
from knowledge.feeds.formats import Reading, product_rows
from knowledge.feeds.rows import JsonRow, json_rows

_PRODUCT_FIELDS = {
    "product_id",
    "title",
    "brand",
    "category",
    "description",
    "price",
    "list_price",
    "currency",
    "available",
    "stock",
    "rating",
    "n_ratings",
    "released",
    "url",
    "image",
    "attributes",
    "parent_id",
    "links",
    "translations",
    "found",
}
_OTHER_NAMES = {
    "id": "product_id",
    "link": "url",
    "image_link": "image",
    "availability": "available",
    "item_group_id": "parent_id",
    "product_type": "category",
}


def read_products(file: Path, reading: Reading | None = None) -> Iterator[Product | RowProblem]:
    """Products of a feed in its order; the later of two equal ids is a problem. Raises FeedError."""
    return once_each(file, numbered_products(file, reading), lambda product: product.product_id, "product_id")


def numbered_products(file: Path, reading: Reading | None = None) -> Numbered[Product]:
    """The same with the line on which each stands, and with those whose id stood there before.

    A price in another currency than the shop's is told. Raises FeedError when the file cannot be read as a feed.
    """
    reading = reading or Reading()

    def doubt(product: Product) -> str:
        if product.price is None or not reading.currency or product.currency in ("", reading.currency):
            return ""
        return (
            f"price is in {product.currency} and the shop's are in {reading.currency}, so no limit on prices finds "
            f"it; give its price in {reading.currency}"
        )

    return checked(file, product_rows(file, reading), product_from_row, doubt)


def read_held_products(file: Path) -> Iterator[Product | RowProblem]:
    """Products of the shop's own file, with what was found in their texts. Raises FeedError when it cannot be read."""
    return once_each(file, checked(file, json_rows(file), held_product), lambda p: p.product_id, "product_id")


def held_product(row: Mapping[str, object]) -> Product:
    """A product from a row that the shop wrote itself: `found` counts here, and in a feed it does not.

    Raises RowError.
    """
    product = product_from_row(row)
    places = places_of(row.get("found"))
    held = {name: place for name, place in places.items() if name in product.attributes or name == "brand"}
    return replace(product, found=held) if held else product


def product_from_row(row: Mapping[str, object]) -> Product:
    """A product from a row of the format. Unknown fields with a plain value become attributes. Raises RowError."""
    cells: dict[str, object] = {}
    others: dict[str, object] = {}
    for name, value in row.items():
        if name in _PRODUCT_FIELDS:
            cells[name] = value
        elif name in _OTHER_NAMES:
            cells.setdefault(_OTHER_NAMES[name], value)
        elif isinstance(value, str | int | float) and (key := name.strip()):
            others[key] = value
    currency = currency_of(cells)
    price, currency = price_of(cells, "price", currency)
    list_price, currency = price_of(cells, "list_price", currency)
    return Product(
        product_id=ProductId(identifier(cells, "product_id")),
        title=required_text(cells, "title"),
        brand=text_of(cells, "brand"),
        category=category_of(cells.get("category")),
        description=prose_of(cells, "description"),
        price=price,
        list_price=list_price,
        currency=currency,
        available=is_available(cells.get("available")),
        stock=count_of(cells, "stock"),
        rating=rating_of(cells.get("rating")),
        n_ratings=count_of(cells, "n_ratings"),
        released=text_of(cells, "released"),
        url=text_of(cells, "url"),
        image=text_of(cells, "image"),
        attributes=attributes_of(others, "") | attributes_of(cells.get("attributes"), "attributes"),
        parent_id=ProductId(identifier(cells, "parent_id")) if is_given(cells.get("parent_id")) else None,
        links=links_of(cells.get("links")),
        translations=translations_of(cells.get("translations")),
    )


def product_to_row(product: Product) -> JsonRow:
    """The row from which `held_product` makes this product again; what the product does not say is left out."""
    row: JsonRow = {
        "product_id": product.product_id,
        "title": product.title,
        "brand": product.brand,
        "category": " > ".join(product.category),
        "description": product.description,
        "price": product.price,
        "list_price": product.list_price,
        "currency": product.currency,
        "available": product.available,
        "stock": product.stock,
        "rating": product.rating,
        "n_ratings": product.n_ratings,
        "released": product.released,
        "url": product.url,
        "image": product.image,
        "attributes": {name: short_number(value) for name, value in product.attributes.items()},
        "parent_id": product.parent_id,
        "links": {kind: list(ids) for kind, ids in product.links.items()},
        "translations": {
            language: filled(
                {
                    "title": translation.title,
                    "description": translation.description,
                    "category": " > ".join(translation.category),
                    "attributes": dict(translation.attributes),
                }
            )
            for language, translation in product.translations.items()
        },
        "found": {name: _place_row(place) for name, place in product.found.items()},
    }
    return filled(row)


def _place_row(place: Place) -> JsonRow:
    return {"field": place.field, "words": place.words, "language": place.language}
