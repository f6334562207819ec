"""The formats of feeds: how each is recognised by the beginning of a file, and how its rows are read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from knowledge.domain import FeedKind, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.exported import headings_of
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.rows import JsonRow, RowError, Rows, column_name, first_line, json_rows, named_cells, parse_object
from knowledge.feeds.shopify import is_shopify, shopify_rows
from knowledge.feeds.woo_headings import is_woo
from knowledge.feeds.woocommerce import woocommerce_rows
from knowledge.feeds.xml import xml_layout, xml_rows


@dataclass(frozen=True, slots=True)
class Reading:
    """What a shop says of its feeds: the currency of its prices, and which columns stand for which fields.

    `now` decides whether a sale with dates is on.
    """

    currency: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Head:
    """What a file shows before it is read: its ending, its first line, and that line's cells where it is a table's
    header, its object where it is one of JSON, or the elements of the first item where it is XML."""

    suffix: str
    line: str
    columns: frozenset[str]
    row: JsonRow
    elements: frozenset[str] = frozenset()


class Format(NamedTuple):
    """A way to write a feed. `rows` gives rows of ours; pages are read elsewhere and have none."""

    name: str
    kind: FeedKind
    is_of: Callable[[Head], bool]
    rows: Callable[[Path, Reading], Rows] | None = None


def recognise(file: Path) -> Format:
    """The first format that the beginning of the file fits. Raises FeedError when none does."""
    head = _head(file)
    for known in FORMATS:
        if known.is_of(head):
            return known
    raise FeedError(f"{file}: neither its ending nor its first line tell what it holds; say so with --kind")


def product_rows(file: Path, reading: Reading) -> Rows:
    """The rows of a file that is taken for a product feed, whether its beginning looks like one or not."""
    head = _head(file)
    known = next((f for f in FORMATS if f.kind == "catalogue" and f.is_of(head)), None)
    if known and known.rows:
        return known.rows(file, reading)
    if head.line.startswith("<"):
        return _product_xml(file, reading)
    return _json_products(file, reading) if head.line.lstrip()[0] in "{[" else _merchant_table(file, reading)


def _head(file: Path) -> Head:
    suffix = file.suffix.lower()
    if suffix in (".md", ".markdown"):
        return Head(suffix, "", frozenset(), {})
    if layout := xml_layout(file):
        return Head(suffix, "<", frozenset(), {}, layout.columns)
    line = first_line(file).strip()
    if line.startswith("{"):
        try:
            return Head(suffix, line, frozenset(), parse_object(line))
        except RowError:
            return Head(suffix, line, frozenset(), {})
    return Head(suffix, line, frozenset(column_name(cell.strip('"')) for cell in re.split("[,\t]", line)), {})


def _json_products(file: Path, _: Reading) -> Rows:
    return json_rows(file)


def _product_xml(file: Path, reading: Reading) -> Rows:
    return xml_rows(file, reading.now)


def _shopify(file: Path, reading: Reading) -> Rows:
    return shopify_rows(file, reading.currency, reading.columns)


def _woocommerce(file: Path, reading: Reading) -> Rows:
    return woocommerce_rows(file, reading.currency, reading.columns, reading.now)


def _is_product_xml(head: Head) -> bool:
    own = head.elements >= {"product_id", "title"}
    return own or (head.elements >= {"id", "title"} and not head.elements.isdisjoint(_SOLD))


def _merchant_table(file: Path, reading: Reading) -> Iterator[tuple[int, JsonRow] | RowProblem]:
    for row in named_cells(file, ("id", "title")):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, columns, fields = row
        try:
            yield number, merchant_row(columns, fields, reading.now)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


_SOLD = {"price", "availability", "brand", "condition", "image_link"}  # blogs in RSS and Atom have ids and titles too

FORMATS = (
    Format("Markdown", "knowledge", lambda head: head.suffix in (".md", ".markdown")),
    Format("orders as JSONL", "orders", lambda head: "order_id" in head.row),
    Format(
        "products as JSONL", "catalogue", lambda head: not {"product_id", "id"}.isdisjoint(head.row), _json_products
    ),
    Format("product XML", "catalogue", _is_product_xml, _product_xml),
    Format("Shopify", "catalogue", lambda head: is_shopify(headings_of(head.line)), _shopify),
    Format("WooCommerce", "catalogue", lambda head: is_woo(headings_of(head.line)), _woocommerce),
    Format("utterances", "intents", lambda head: head.columns >= {"text", "label"}),
    Format("Google Merchant table", "catalogue", lambda head: head.columns >= {"id", "title"}, _merchant_table),
)
