"""The formats of feeds: how each is recognised by the beginning of a file, and how its rows are read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from knowledge.domain import FeedKind, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.columns import (
    NEVER_CUT,
    PRODUCT_FIELDS,
    UTTERANCE_FIELDS,
    Column,
    columns_of,
    columns_of_object,
    doubled,
    fields_of,
    missing_columns,
    only_own,
    product_row,
    renamed,
)
from knowledge.feeds.currencies import writes_commas
from knowledge.feeds.encodings import first_line
from knowledge.feeds.jsonld import is_html, looks_like_jsonld
from knowledge.feeds.ld_products import has_products, ld_product_rows
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.prices import Notation
from knowledge.feeds.questions import question_column
from knowledge.feeds.rows import JsonRow, RowError, Rows, json_rows, parse_object, refuse_document
from knowledge.feeds.tables import column_name, layout_of, named_cells, table_rows

_MARKDOWN = (".md", ".markdown")
_ROWS = (".csv", ".tsv", ".jsonl")
"""A page under such a name is what a server sent in a feed's place: a login, an error."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a shop says of its feeds: the currency of its prices, and which columns stand for which fields.

    `now` decides whether a sale with dates is on, and `region` which mark stands before cents.
    """

    currency: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    region: str = ""

    @property
    def notation(self) -> Notation:
        return Notation(self.currency, frozenset(",") if writes_commas(self.currency, self.region) else frozenset())


@dataclass(frozen=True, slots=True)
class Head:
    """What a file shows before it is read: its ending, its first line, and that line's cells where it is a table's
    header, or its object where it is one of JSON; the fields of products and utterances that these stand for; and the
    names of the columns as they are written."""

    file: Path
    suffix: str
    line: str = ""
    columns: frozenset[str] = frozenset()
    row: JsonRow = field(default_factory=dict)
    products: frozenset[str] = frozenset()
    utterances: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    is_page: bool = False
    is_linked: bool = False


class Format(NamedTuple):
    """A way to write a feed. `rows` gives rows of ours; pages are read elsewhere and have none."""

    name: str
    kind: FeedKind
    is_of: Callable[[Head], bool]
    rows: Callable[[Path, Reading], Rows] | None = None


_MERCHANT_ONLY = {"link", "image_link", "item_group_id", "google_product_category"}
_NEEDED = {"product_id", "title"}


def recognise(file: Path, reading: Reading | None = None) -> Format:
    """The first format that the beginning of the file fits. Raises FeedError when none does."""
    reading = reading or Reading()
    head = _head(file, reading)
    for known in FORMATS:
        if known.is_of(head):
            return known
    if head.line[:1] in ("[", "<"):
        refuse_document(file, head.line[0])
    hint = (
        missing_columns(head.names, columns_of(head.names, PRODUCT_FIELDS, reading.columns))
        if len(head.names) > 1
        else ""
    )
    raise FeedError(
        f"{file}: neither its ending nor its first line tell what it holds; say so with --kind"
        + (f"; if these are products, {hint}" if hint else "")
    )


def product_rows(file: Path, reading: Reading) -> Rows:
    """The rows of a file that is taken for a product feed, whether its beginning looks like one or not."""
    head = _head(file, reading)
    known = next((f for f in FORMATS if f.kind == "catalogue" and f.is_of(head)), None)
    if known and known.rows:
        return known.rows(file, reading)
    if head.is_page or head.is_linked:
        return ld_product_rows(file)
    return _json_products(file, reading) if head.line.lstrip()[0] in "{[<" else _product_table(file, reading)


def _head(file: Path, reading: Reading) -> Head:
    suffix = file.suffix.lower()
    if suffix in _MARKDOWN:
        return Head(file, suffix)
    if suffix not in _ROWS and (is_html(file) or looks_like_jsonld(file)):
        return Head(file, suffix, is_page=is_html(file), is_linked=not is_html(file))
    line = first_line(file).strip()
    if line[0] in "[<":
        return Head(file, suffix, line)
    if line.startswith("{"):
        try:
            return Head(
                file,
                suffix,
                line,
                row=(row := parse_object(line)),
                products=fields_of(columns_of(tuple(row), PRODUCT_FIELDS, reading.columns)),
            )
        except RowError:
            return Head(file, suffix, line)
    names = layout_of(file).columns
    return Head(
        file,
        suffix,
        line,
        frozenset(column_name(name) for name in names),
        products=fields_of(columns_of(names, PRODUCT_FIELDS, reading.columns)),
        utterances=fields_of(columns_of(names, UTTERANCE_FIELDS, reading.columns)),
        names=names,
    )


def _json_products(file: Path, reading: Reading) -> Rows:
    @lru_cache(maxsize=1024)
    def columns(*names: str) -> tuple[Column, ...]:
        return columns_of_object(names, reading.columns)

    for row in json_rows(file):
        yield row if isinstance(row, RowProblem) else (row[0], renamed(row[1], columns(*row[1])))


def _linked_products(file: Path, _: Reading) -> Rows:
    return ld_product_rows(file)


def _is_question_table(head: Head) -> bool:
    return {"question", "answer"} <= {question_column(name) for name in head.columns}


def _product_table(file: Path, reading: Reading) -> Rows:
    layout = layout_of(file)
    columns = columns_of(layout.columns, PRODUCT_FIELDS, reading.columns)
    if missing := missing_columns(layout.columns, columns):
        raise FeedError(f"{file}, line {layout.line}: {missing}")
    for name in doubled(layout.columns, columns):
        message = f"column {name!r} says again what one before it says; of two that are filled the first one counts"
        yield RowProblem(str(file), layout.line, message, kept=True)
    least = 1 + max(place for place, column in enumerate(columns) if column.field in NEVER_CUT)
    for row in table_rows(file, layout, least):
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            yield row[0], product_row(columns, row[1])
        except RowError as error:
            yield RowProblem(str(file), row[0], str(error))


def _merchant_table(file: Path, reading: Reading) -> Rows:
    own: Sequence[Column] = ()
    notation = reading.notation
    for row in named_cells(file, ("id", "title")):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, names, fields = row
        own = own or only_own(columns_of(names, PRODUCT_FIELDS, reading.columns))
        try:
            yield number, _row_as_said(merchant_row(names, _unsaid(own, fields), reading.now, notation), own, fields)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _unsaid(own: Sequence[Column], fields: Sequence[str]) -> list[str]:
    """The fields without those of which the shop says what they stand for."""
    return ["" if column.is_own else field for column, field in zip(own, fields, strict=True)]


def _row_as_said(row: JsonRow, own: Sequence[Column], fields: Sequence[str]) -> JsonRow:
    ours = product_row(own, fields)
    attributes = ours.pop("attributes", None)
    return {**row, **ours, **(attributes if isinstance(attributes, dict) else {})}


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
        "products as JSONL",
        "catalogue",
        lambda head: bool(head.row) and ("product_id" in head.products or "id" in head.row),
        _json_products,
    ),
    Format(
        "Google Merchant table",
        "catalogue",
        lambda head: head.columns >= {"id", "title"} and not head.columns.isdisjoint(_MERCHANT_ONLY),
        _merchant_table,
    ),
    Format("table of products", "catalogue", lambda head: not head.row and head.products >= _NEEDED, _product_table),
    Format("utterances", "intents", lambda head: head.utterances >= {"text", "label"}),
)
