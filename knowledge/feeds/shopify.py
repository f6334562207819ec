"""Shopify's product export: a row for each variant, the first of a handle with what all of them share."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from knowledge.domain import RowProblem
from knowledge.feeds.exported import Cells, cells_of, none_left, own_fields, says_yes, slug
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import text_or_number
from knowledge.feeds.markup import plain_text
from knowledge.feeds.prices import FREE, is_free, parse_price
from knowledge.feeds.rows import FieldError, JsonRow, RowError, Rows
from knowledge.feeds.tables import column_name

# Headings of the export as it was until 2024 and as it is now, both in small letters.
_NAMES = {
    "url handle": "handle",
    "body (html)": "description",
    "product category": "category",
    "published on online store": "published",
    "variant sku": "sku",
    "variant price": "price",
    "variant compare at price": "list_price",
    "compare-at price": "list_price",
    "variant inventory tracker": "tracker",
    "inventory tracker": "tracker",
    "variant inventory qty": "quantity",
    "inventory quantity": "quantity",
    "variant inventory policy": "policy",
    "continue selling when out of stock": "policy",
    "variant grams": "grams",
    "weight value (grams)": "grams",
    "variant weight unit": "weight_unit",
    "weight unit for display": "weight_unit",
    "variant barcode": "barcode",
    "image src": "image",
    "product image url": "image",
    "variant image": "variant_image",
    "variant image url": "variant_image",
    "google shopping / google product category": "google_category",
    "google shopping / gender": "gender",
    "google shopping / age group": "age_group",
    "google shopping / mpn": "mpn",
    "google shopping / condition": "condition",
}
_SAME = {"handle", "title", "description", "vendor", "type", "published", "status", "sku", "price", "barcode"}
_OPTION = re.compile(r"option([123]) (name|value)")
_METAFIELD = re.compile(r"(.*) \((product|variant)\.metafields\.([^.]+)\.(.+)\)")
_META = "meta "
_HTML = ("title", "description", _META)
_RATINGS = {"reviews.rating": "rating", "reviews.rating_count": "n_ratings"}
_NO_NAME = "title"  # Shopify's own name for the option of a product that has none


@dataclass(slots=True)
class _Shared:
    """What the first row of a handle says for all its variants."""

    handle: str
    cells: Cells
    on_sale: bool
    options: list[str]
    attributes: dict[str, str | float] = field(default_factory=dict)


def is_shopify(headings: frozenset[str]) -> bool:
    """Whether a table's headings are those of Shopify's export, old or new."""
    return "title" in headings and (
        "url handle" in headings or ("handle" in headings and not headings.isdisjoint(_NAMES))
    )


def shopify_rows(file: Path, settings: FeedSettings) -> Rows:
    """The variants on sale as rows of ours, their prices in the shop's currency; drafts are passed over.

    Rows of a handle must stand together, as in an export: others are told. Raises FeedError.
    """
    shared: _Shared | None = None
    for row in cells_of(file, _name_of, settings.columns, _HTML):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, cells = row
        try:
            if not (handle := cells.get("handle")):
                raise RowError("Handle is empty; give the product's")
            if shared is None or handle != shared.handle:
                shared = _shared(handle, cells)
            elif not cells.keys() & {"sku", "price", "option1 value"}:
                continue  # one more image
            if shared.on_sale:
                yield number, _variant(shared, cells, settings.currency)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _name_of(heading: str) -> str:
    if heading in _SAME or _OPTION.fullmatch(heading):
        return heading
    if found := _METAFIELD.fullmatch(heading):
        label, _, space, key = found.groups()
        # The keys of Shopify's own metafields are technical (color-pattern), those of the shop name a unit.
        return _RATINGS.get(f"{space}.{key}", _META + column_name(label if space == "shopify" else key))
    return _NAMES.get(heading, "")


def _shared(handle: str, cells: Cells) -> _Shared:
    if "title" not in cells:
        raise RowError(f"the row of {handle!r} stands apart from its product's first row; sort the file by Handle")
    attributes: dict[str, str | float] = {}
    for name in ("gender", "age_group", "mpn"):
        if name in cells:
            attributes[name] = cells[name]
    if (condition := cells.get("condition", "").lower()) not in ("", "new"):
        attributes["condition"] = condition
    if "type" in cells and "category" in cells:
        attributes["type"] = cells["type"]
    on_sale = cells.get("status", "active").lower() == "active" and says_yes(cells.get("published", "true"))
    options = [cells.get(f"option{n} name", "") for n in (1, 2, 3)]
    return _Shared(handle, cells, on_sale, options, attributes | _metafields(cells))


def _metafields(cells: Cells) -> dict[str, str | float]:
    values = {name.removeprefix(_META): _plain(text) for name, text in cells.items() if name.startswith(_META)}
    return {name: text_or_number(text) for name, text in values.items() if text}


def _plain(text: str) -> str:
    """A metafield's value; lists are JSON, and so is formatted text, which is left out."""
    if text.startswith("{"):
        return ""
    if text.startswith("["):
        try:
            return ", ".join(plain_text(str(part)) for part in json.loads(text))
        except (ValueError, RecursionError):
            return text
    return plain_text(text)


def _rating(text: str) -> object:
    """A rating as a number, or as Shopify's object of value and scale; on another scale than 0 to 5 it is left out."""
    if not text.startswith("{"):
        return text
    try:
        rating = json.loads(text)
        return rating["value"] if float(rating["scale_max"]) == 5 else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _variant(shared: _Shared, cells: Cells, currency: str) -> JsonRow:
    values = [cells.get(f"option{n} value", "") for n in (1, 2, 3)]
    values = [value for value in values if value and value != "Default Title"]
    first = shared.cells
    return {
        "product_id": cells.get("sku") or slug(" ".join([shared.handle, *values])),
        "title": ", ".join([plain_text(first["title"]), *values]),
        "brand": first.get("vendor"),
        "category": first.get("category") or first.get("type") or first.get("google_category"),
        "description": plain_text(first.get("description", "")),
        "image": cells.get("variant_image") or first.get("image"),
        "rating": _rating(first.get("rating", "")),
        "n_ratings": first.get("n_ratings"),
        "parent_id": shared.handle if values else None,
        "attributes": shared.attributes | _own_attributes(shared, cells),
        **_prices(cells, currency),
        **_stock(cells),
        **own_fields(first),
        **own_fields(cells),
    }


def _own_attributes(shared: _Shared, cells: Cells) -> dict[str, str | float]:
    attributes = _metafields(cells)
    for n, option in enumerate(shared.options, start=1):
        value = cells.get(f"option{n} value", "")
        if value and option and option.lower() != _NO_NAME:
            attributes[column_name(option)] = text_or_number(value)
    grams = text_or_number(cells.get("grams", ""))
    if isinstance(grams, float) and grams > 0:
        kilos = cells.get("weight_unit", "").lower() == "kg"
        attributes["weight_kg" if kilos else "weight_g"] = round(grams / 1000, 6) if kilos else grams
    if "barcode" in cells:
        attributes["gtin"] = cells["barcode"].lstrip("'")
    return attributes


def _prices(cells: Cells, currency: str) -> JsonRow:
    if "price" not in cells:
        return {}
    if is_free(cells["price"]):
        return {"price": FREE, "currency": currency}
    price, _ = parse_price(cells["price"], "price", dot_is_decimal=True)
    usual: JsonRow = {"price": price, "currency": currency}
    try:
        before, _ = parse_price(cells.get("list_price", "0"), "compare-at price", dot_is_decimal=True)
    except RowError as error:
        return {**usual, "list_price": FieldError("list_price", str(error))}
    return {**usual, "list_price": before if before > price else None}


def _stock(cells: Cells) -> JsonRow:
    """A product whose stock is not counted can be bought, and so can one that is sold on when there is none left."""
    sold_on = cells.get("policy", "").lower() in ("continue", "true")
    if "tracker" in cells and "quantity" in cells and not (sold_on and none_left(cells["quantity"])):
        return {"stock": text_or_number(cells["quantity"])}
    return {"available": True} if sold_on or "tracker" not in cells else {}
