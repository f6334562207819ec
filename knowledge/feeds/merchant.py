"""Rows of a Google Merchant feed (support.google.com/merchants/answer/7052112) as rows of ours."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import text_or_number
from knowledge.feeds.markup import plain_text, unescaped
from knowledge.feeds.prices import FREE, is_free, parse_price
from knowledge.feeds.rows import FieldError, JsonRow, RowError
from knowledge.feeds.tables import column_name

_ATTRIBUTES = (
    "color",
    "size",
    "size_type",
    "size_system",
    "material",
    "pattern",
    "gender",
    "age_group",
    "gtin",
    "mpn",
    "energy_efficiency_class",
    "multipack",
    "is_bundle",
    "availability_date",
)
_HTML = ("title", "description", "product_highlight")
_MEASURES = ("product_length", "product_width", "product_height", "product_weight")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?) ?(cm|in|g|kg|lb|oz)")
# A detail is section:attribute:value, and a value may hold commas: only a comma before two colons parts details.
_NEXT_DETAIL = re.compile(r",(?=[^,:]*:[^,:]*:)")


def merchant_row(
    columns: Sequence[str], fields: Sequence[str], settings: FeedSettings, own_details: Iterable[str] = ()
) -> JsonRow:
    """One of our rows from one record. A sale price counts while it is in its dates. Raises RowError.

    `own_details` stand each alone, where a field may hold several.
    """
    cells: dict[str, str] = {}
    details = list(own_details)
    highlights: list[str] = []
    for name, field in zip(columns, fields, strict=True):
        text = field.strip() if name in _HTML else unescaped(field.strip())
        if not text:
            continue
        if name == "product_detail":
            details += _NEXT_DETAIL.split(text)
        elif name == "product_highlight":
            highlights.append(text)
        else:
            cells.setdefault(name, text)
    return {
        "product_id": cells.get("id"),
        "title": plain_text(cells.get("title", "")),
        "description": "\n".join(plain_text(text) for text in (cells.get("description", ""), *highlights)).strip(),
        "brand": cells.get("brand"),
        "category": cells.get("product_type") or _google_category(cells),
        "available": cells.get("availability"),
        "url": cells.get("link"),
        "image": cells.get("image_link"),
        "parent_id": cells.get("item_group_id"),
        "attributes": _attributes(cells, details),
        **_prices(cells, settings),
    }


def _google_category(cells: dict[str, str]) -> str:
    return re.sub(r"^\d+\s*(?:-\s*)?", "", cells.get("google_product_category", ""))


def _prices(cells: dict[str, str], settings: FeedSettings) -> JsonRow:
    if "price" not in cells:
        if "sale_price" in cells:
            raise RowError(f"sale_price {cells['sale_price']!r} stands without a price; give the usual one in price")
        return {}
    if is_free(cells["price"]):
        return {"price": FREE}
    price, currency = parse_price(cells["price"], "price", dot_is_decimal=True, notation=settings.notation)
    usual: JsonRow = {"price": price, "currency": currency}
    try:
        if "sale_price" not in cells or not _in_force(cells.get("sale_price_effective_date", ""), settings):
            return usual
        sale_price, sale_currency = parse_price(
            cells["sale_price"], "sale_price", dot_is_decimal=True, notation=settings.notation
        )
    except RowError as error:
        return {**usual, "sale_price": FieldError("sale_price", str(error))}
    if not sale_price:
        return usual
    if sale_currency != currency:
        raise RowError(f"price is in {currency or 'no currency'}, sale_price in {sale_currency or 'none'}; use one")
    if sale_price > price:
        raise RowError(f"sale_price {sale_price:g} is above price {price:g}; are the two columns swapped?")
    return {"price": sale_price, "list_price": price, "currency": currency}


def _in_force(interval: str, settings: FeedSettings) -> bool:
    if not interval:
        return True
    start, _, end = interval.partition("/")
    try:
        return settings.is_on(datetime.fromisoformat(start.strip()), datetime.fromisoformat(end.strip()))
    except ValueError:
        raise RowError(
            f"sale_price_effective_date {interval!r} is not two dates; write 2026-11-01T00:00Z/2026-11-08T00:00Z"
        ) from None


def _attributes(cells: dict[str, str], details: Iterable[str]) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {name: cells[name] for name in _ATTRIBUTES if name in cells}
    condition = cells.get("condition", "").lower()
    if condition and condition != "new":
        attributes["condition"] = condition
    availability = column_name(cells.get("availability", ""))
    if availability in ("preorder", "backorder"):
        attributes["availability"] = availability
    for name in _MEASURES:
        if found := _MEASURE.fullmatch(cells.get(name, "")):
            attributes[f"{name.removeprefix('product_')}_{found[2]}"] = float(found[1])
    for detail in details:
        parts = [part.strip() for part in detail.split(":", 2)]
        if len(parts) != 3 or not parts[1] or not parts[2]:
            raise RowError(f"product_detail {detail!r} is not section:attribute:value; the section may be empty")
        attributes[column_name(parts[1])] = text_or_number(parts[2])
    return attributes
