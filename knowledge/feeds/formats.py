"""The formats of feeds: how each is recognised by the beginning of a file, and how its rows are read."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from knowledge.domain import FeedKind, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.jsonld import is_html, looks_like_jsonld
from knowledge.feeds.ld_products import has_products, ld_product_rows
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.questions import question_column
from knowledge.feeds.rows import JsonRow, RowError, Rows, column_name, first_line, json_rows, named_cells, parse_object

_MARKDOWN = (".md", ".markdown")


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
    header, or its object where it is one of JSON. Saved pages and JSON-LD are known by their beginning alone."""

    file: Path
    suffix: str
    line: str = ""
    columns: frozenset[str] = frozenset()
    row: JsonRow = field(default_factory=dict)
    is_page: bool = False
    is_linked: bool = False


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
    if head.is_page or head.is_linked:
        return ld_product_rows(file)
    return _json_products(file, reading) if head.line.lstrip()[0] in "{[<" else _merchant_table(file, reading)


def _head(file: Path) -> Head:
    suffix = file.suffix.lower()
    if suffix in _MARKDOWN:
        return Head(file, suffix)
    if is_html(file) or looks_like_jsonld(file):
        return Head(file, suffix, is_page=is_html(file), is_linked=not is_html(file))
    line = first_line(file).strip()
    if line.startswith("{"):
        try:
            return Head(file, suffix, line, row=parse_object(line))
        except RowError:
            return Head(file, suffix, line)
    return Head(file, suffix, line, frozenset(column_name(cell.strip('"')) for cell in re.split("[,\t]", line)))


def _json_products(file: Path, _: Reading) -> Rows:
    return json_rows(file)


def _linked_products(file: Path, _: Reading) -> Rows:
    return ld_product_rows(file)


def _is_question_table(head: Head) -> bool:
    return {"question", "answer"} <= {question_column(name) for name in head.columns}


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


FORMATS = (
    Format("Markdown", "knowledge", lambda head: head.suffix in _MARKDOWN),
    Format(
        "products in saved pages", "catalogue", lambda head: head.is_page and has_products(head.file), _linked_products
    ),
    Format("help page as HTML", "knowledge", lambda head: head.is_page),
    Format(
        "products as JSON-LD", "catalogue", lambda head: head.is_linked and has_products(head.file), _linked_products
    ),
    Format("questions or return policy as JSON-LD", "knowledge", lambda head: head.is_linked),
    Format("questions as JSONL", "knowledge", lambda head: "question" in head.row),
    Format("questions as a table", "knowledge", _is_question_table),
    Format("orders as JSONL", "orders", lambda head: "order_id" in head.row),
    Format(
        "products as JSONL", "catalogue", lambda head: not {"product_id", "id"}.isdisjoint(head.row), _json_products
    ),
    Format("utterances", "intents", lambda head: head.columns >= {"text", "label"}),
    Format("Google Merchant table", "catalogue", lambda head: head.columns >= {"id", "title"}, _merchant_table),
)
