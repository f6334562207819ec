"""Products, as rows of the shop's own format."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from knowledge.domain import Place, Product, ProductId, RowProblem
from knowledge.feeds.checking import checked, once_each
from knowledge.feeds.fields import (
    attributes_of,
    available_by_word,
    category_of,
    comes_later,
    count_of,
    currency_of,
    dispensable,
    filled,
    identifier,
    is_available,
    is_given,
    iso_date,
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
from knowledge.feeds.prices import AS_WRITTEN, Notation
from knowledge.feeds.rows import JsonRow, RowError, json_rows

_PRODUCT_FIELDS = {
    "product_id",
    "title",
    "brand",
    "category",
    "description",
    "price",
    "list_price",
    "sale_price",
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


def product_as_written(row: Mapping[str, Any]) -> Product:
    """A product from a row that `product_to_row` has just made, which is not checked again: five times as fast."""
    category = row.get("category")
    return Product(
        **{
            **row,
            "category": tuple(category.split(" > ")) if category else (),
            "attributes": {n: float(v) if type(v) is int else v for n, v in row.get("attributes", {}).items()},
            "links": {kind: tuple(ids) for kind, ids in row.get("links", {}).items()},
            "translations": translations_of(row.get("translations")),
            "found": places_of(row.get("found")),
        }
    )


def product_from_row(row: Mapping[str, object], notation: Notation = AS_WRITTEN) -> Product:
    """A product from a row of the format. Unknown fields with a plain value become attributes.

    Raises RowError, and FieldError where the product would be whole without the field; what holds one is passed over.
    """
    cells: dict[str, object] = {}
    others: dict[str, object] = {}
    for name, value in row.items():
        if name in _PRODUCT_FIELDS:
            cells[name] = value
        elif name in _OTHER_NAMES:
            cells.setdefault(_OTHER_NAMES[name], value)
        elif isinstance(value, str | int | float) and (key := name.strip()):
            others[key] = value
    if available_by_word(cells.get("stock")) is not None:
        word = cells.pop("stock")  # 有货 where others write a count
        cells["available"] = cells["available"] if is_given(cells.get("available")) else word
    price, list_price, currency = _prices(cells, notation)
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
        stock=dispensable("stock", count_of, cells, "stock", notation),
        rating=dispensable("rating", rating_of, cells.get("rating")),
        n_ratings=dispensable("n_ratings", count_of, cells, "n_ratings", notation),
        released=iso_date(text_of(cells, "released")),
        url=text_of(cells, "url"),
        image=text_of(cells, "image"),
        attributes=attributes_of(others, "")
        | comes_later(cells.get("available"))
        | attributes_of(cells.get("attributes"), "attributes"),
        parent_id=ProductId(identifier(cells, "parent_id")) if is_given(cells.get("parent_id")) else None,
        links=links_of(cells.get("links")),
        translations=translations_of(cells.get("translations")),
    )


def _prices(cells: Mapping[str, object], notation: Notation) -> tuple[float | None, float | None, str]:
    """What a shopper pays, the usual price, and their currency. A sale price of 0 or none is no sale."""
    price, currency = price_of(cells, "price", currency_of(cells, notation.currency), notation)
    list_price, currency = price_of(cells, "list_price", currency, notation)
    sale_price, currency = price_of(cells, "sale_price", currency, notation)
    if sale_price:
        if price and sale_price > price:
            raise RowError(f"sale_price {sale_price:g} is above price {price:g}; are the two columns swapped?")
        price, list_price = sale_price, list_price or price
    return price, list_price or None, currency


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
