"""Feeds: products, orders and labelled utterances, read as a stream with each bad row told by file and line."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from knowledge.domain import (
    FeedKind,
    Order,
    OrderItem,
    Product,
    ProductId,
    RowProblem,
    Utterance,
)
from knowledge.errors import FeedError
from knowledge.fields import (
    attributes_of,
    category_of,
    count_of,
    currency_of,
    filled,
    identifier,
    is_available,
    is_given,
    language_of,
    price_of,
    prose_of,
    rating_of,
    required_text,
    short_number,
    text_of,
    time_of,
    translations_of,
)
from knowledge.language import detect_language
from knowledge.merchant import column_name, merchant_row
from knowledge.rows import JsonRow, RowError, first_line, json_rows, parse_object, table_columns, table_rows

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
    "translations",
}
_OTHER_NAMES = {
    "id": "product_id",
    "link": "url",
    "image_link": "image",
    "availability": "available",
    "item_group_id": "parent_id",
    "product_type": "category",
}
_T = TypeVar("_T")


# ------------------------------------------------------------------ files


def recognise(file: Path) -> FeedKind:
    """What a file holds, by its ending and first line. Raises FeedError when neither tells."""
    if file.suffix.lower() in (".md", ".markdown"):
        return "knowledge"
    line = first_line(file).strip()
    if line.startswith("{"):
        try:
            row = parse_object(line)
        except RowError as error:
            raise FeedError(f"{file}, line 1: {error}; say what the file holds with --kind") from None
        if "order_id" in row:
            return "orders"
        if "product_id" in row or "id" in row:
            return "catalogue"
    else:
        columns = {column_name(cell.strip('"')) for cell in re.split("[,\t]", line)}
        if {"text", "label"} <= columns:
            return "intents"
        if {"id", "title"} <= columns:
            return "catalogue"
    raise FeedError(f"{file}: neither its ending nor its first line tell what it holds; say so with --kind")


def read_products(file: Path, *, now: datetime | None = None) -> Iterator[Product | RowProblem]:
    """Products of a JSONL or Google Merchant feed in its order; the later of two equal ids is a problem.

    `now` decides whether a sale with dates is on. Raises FeedError when the file cannot be read as a feed.
    """
    rows = json_rows(file) if first_line(file).lstrip()[0] in "{[<" else _merchant_rows(file, now or datetime.now(UTC))
    return _checked(file, rows, product_from_row, lambda product: product.product_id, "product_id")


def read_orders(file: Path) -> Iterator[Order | RowProblem]:
    """Orders of a JSONL feed in its order; the later of two equal ids is a problem. Raises FeedError."""
    return _checked(file, json_rows(file), order_from_row, lambda order: order.order_id, "order_id")


def read_utterances(file: Path) -> Iterator[Utterance | RowProblem]:
    """Utterances of a CSV file with the columns text, label and perhaps language. Raises FeedError.

    A text that stands there twice is given twice: what that means depends on whether it is for fitting or measuring.
    """
    for row in numbered_utterances(file):
        yield row if isinstance(row, RowProblem) else row[1]


def numbered_utterances(file: Path) -> Iterator[tuple[int, Utterance] | RowProblem]:
    """The same with the line on which each stands."""
    for row in _named_cells(file, ("text", "label")):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, columns, fields = row
        try:
            yield number, _utterance(dict(zip(columns, fields, strict=True)))
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _merchant_rows(file: Path, now: datetime) -> Iterator[tuple[int, JsonRow] | RowProblem]:
    for row in _named_cells(file, ("id", "title")):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, columns, fields = row
        try:
            yield number, merchant_row(columns, fields, now)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _named_cells(file: Path, required: Sequence[str]) -> Iterator[tuple[int, list[str], list[str]] | RowProblem]:
    """Each row of a table below its header: line, columns, fields."""
    columns: list[str] = []
    for row in table_rows(file, "\t" if "\t" in first_line(file) else ","):
        if isinstance(row, RowProblem):
            yield row
        elif columns:
            yield row[0], columns, row[1]
        else:
            columns = [column_name(field) for field in row[1]]
            table_columns(file, columns, required)


def _checked(
    file: Path,
    rows: Iterable[tuple[int, JsonRow] | RowProblem],
    from_row: Callable[[JsonRow], _T],
    id_of: Callable[[_T], str],
    id_name: str,
) -> Iterator[_T | RowProblem]:
    lines: dict[str, int] = {}
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        number, cells = row
        try:
            value = from_row(cells)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))
            continue
        before = lines.setdefault(id_of(value), number)
        if before != number:
            message = f"{id_name} {id_of(value)!r} stands in line {before} already, which is kept; give each its own"
            yield RowProblem(str(file), number, message)
        else:
            yield value


# ------------------------------------------------------------------ products


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
        translations=translations_of(cells.get("translations")),
    )


def product_to_row(product: Product) -> JsonRow:
    """The row from which `product_from_row` makes this product again; what the product does not say is left out."""
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
    }
    return filled(row)


def content_hash(product: Product) -> str:
    """SHA-256 of everything that the product says, independent of the order in which it says it."""
    text = json.dumps(
        product_to_row(product), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


# ------------------------------------------------------------------ orders and utterances


def order_from_row(row: Mapping[str, object]) -> Order:
    """An order from a row of the format. Raises RowError."""
    email = text_of(row, "email")
    postcode = text_of(row, "postcode")
    if not email and not postcode:
        raise RowError("has neither email nor postcode, by which a shopper proves that it is theirs; give one")
    placed_at, delivered_at = time_of(row, "placed_at"), time_of(row, "delivered_at")
    if placed_at and delivered_at and delivered_at < placed_at:
        raise RowError(f"delivered_at {delivered_at.isoformat()} is before placed_at {placed_at.isoformat()}")
    return Order(
        order_id=identifier(row, "order_id"),
        customer_id=text_of(row, "customer_id"),
        email=email,
        postcode=postcode,
        state=required_text(row, "state").lower(),
        placed_at=placed_at,
        delivered_at=delivered_at,
        currency=currency_of(row),
        items=_items(row.get("items")),
        carrier=text_of(row, "carrier"),
        tracking=text_of(row, "tracking"),
    )


def order_to_row(order: Order) -> JsonRow:
    """The row from which `order_from_row` makes this order again."""
    return filled(
        {
            "order_id": order.order_id,
            "customer_id": order.customer_id,
            "email": order.email,
            "postcode": order.postcode,
            "state": order.state,
            "placed_at": order.placed_at.isoformat() if order.placed_at else None,
            "delivered_at": order.delivered_at.isoformat() if order.delivered_at else None,
            "currency": order.currency,
            "items": [
                filled({"product_id": item.product_id, "quantity": item.quantity, "price": item.price})
                for item in order.items
            ],
            "carrier": order.carrier,
            "tracking": order.tracking,
        }
    )


def utterances_to_csv(utterances: Iterable[Utterance]) -> str:
    """A CSV file with the columns text, label and language."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("text", "label", "language"))
    writer.writerows((utterance.text, utterance.label, utterance.language) for utterance in utterances)
    return table.getvalue()


def _utterance(cells: Mapping[str, str]) -> Utterance:
    text = text_of(cells, "text")
    label = text_of(cells, "label")
    if not text or not label:
        raise RowError(f"{'label' if text else 'text'} is empty; write both, the label oos for out of scope")
    language = cells.get("language", "").strip()
    return Utterance(text=text, label=label, language=language_of(language) if language else detect_language(text))


def _items(value: object) -> tuple[OrderItem, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise RowError(f'items is {type(value).__name__}; write a list of {{"product_id", "quantity", "price"}}')
    items = []
    for position, cells in enumerate(value, start=1):
        if not isinstance(cells, dict):
            raise RowError(f'item {position} is {type(cells).__name__}; write {{"product_id", "quantity", "price"}}')
        quantity = count_of(cells, "quantity")
        if quantity == 0:
            raise RowError(f"item {position} has quantity 0; leave it out")
        product_id = ProductId(identifier(cells, "product_id"))
        items.append(OrderItem(product_id, quantity or 1, price_of(cells, "price", "")[0]))
    return tuple(items)
