"""The formats of feeds: how each is recognised by the beginning of a file, and how its rows are read."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from knowledge.domain import FeedKind
from knowledge.errors import FeedError
from knowledge.feeds.columns import PRODUCT_FIELDS, UTTERANCE_FIELDS, columns_of, fields_of, missing_columns
from knowledge.feeds.encodings import ENCODINGS, encoding_of, feed_lines, first_line
from knowledge.feeds.exported import heading
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.jsonld import is_html, looks_like_jsonld
from knowledge.feeds.ld_products import has_products, ld_product_rows
from knowledge.feeds.product_rows import json_product_rows, merchant_table_rows, product_table_rows
from knowledge.feeds.questions import question_column
from knowledge.feeds.rows import OPENED, JsonRow, RowError, Rows, parse_object, refuse_document
from knowledge.feeds.shopify import is_shopify, shopify_rows
from knowledge.feeds.tables import column_name, layout_of
from knowledge.feeds.woo_headings import is_woo
from knowledge.feeds.woocommerce import woocommerce_rows
from knowledge.feeds.xml import xml_layout, xml_rows

_MARKDOWN = (".md", ".markdown")
_ROWS = (".csv", ".tsv", ".jsonl")
"""A page under such a name is what a server sent in a feed's place: a login, an error."""

_LOOKED_AT = 20  # lines of JSON, of which one should be whole
_MERCHANT_ONLY = {"link", "image_link", "item_group_id", "google_product_category", "sale_price_effective_date"}
_NEEDED = {"product_id", "title"}
_SOLD = {"price", "availability", "brand", "condition", "image_link"}
"""Blogs in RSS and Atom have ids and titles too."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a file shows before it is read: its ending and its first line.

    Of a table the columns, as the formats name them and as they are written; of JSON the first object; of both the
    fields of products and utterances that they stand for. Of XML the elements of the first product. Saved pages and
    JSON-LD are known by their beginning alone.
    """

    file: Path
    suffix: str
    line: str = ""
    columns: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    row: JsonRow = field(default_factory=dict)
    products: frozenset[str] = frozenset()
    utterances: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    is_xml: bool = False
    is_page: bool = False
    is_linked: bool = False

    @property
    def says_its_encoding(self) -> bool:
        """Whether it says itself, or by its format, in which encoding it is."""
        return self.is_page or self.is_linked or self.is_xml


class Format(NamedTuple):
    """A way to write a feed. `rows` gives rows of ours; pages are read elsewhere and have none."""

    name: str
    kind: FeedKind
    is_of: Callable[[Head], bool]
    rows: Callable[[Path, FeedSettings], Rows] | None = None


def recognise(file: Path, settings: FeedSettings | None = None) -> Format:
    """The first format that the beginning of the file fits. Raises FeedError when none does."""
    settings = settings or FeedSettings()
    head = _head(file, settings)
    for known in FORMATS:
        if known.is_of(head):
            return known
    if head.line[:1] == "[" or OPENED.fullmatch(head.line):
        refuse_document(file, head.line[0])
    if head.is_xml:
        raise FeedError(
            f"{file}: is XML or HTML and holds no product by its elements; export the feed again, or say what it holds "
            "with --kind"
        )
    hint = (
        missing_columns(head.names, columns_of(head.names, PRODUCT_FIELDS, settings.columns))
        if len(head.names) > 1
        else ""
    )
    raise FeedError(
        f"{file}: neither its ending nor its first line tell what it holds; say so with --kind"
        + (f"; if these are products, {hint}" if hint else "")
    )


def product_rows(file: Path, settings: FeedSettings) -> Rows:
    """The rows of a file that is taken for a product feed, whether its beginning looks like one or not."""
    head = _head(file, settings)
    known = next((f for f in FORMATS if f.kind == "catalogue" and f.is_of(head)), None)
    if known and known.rows:
        return known.rows(file, settings)
    if head.is_page or head.is_linked:
        return ld_product_rows(file, settings)
    if head.is_xml:
        return xml_rows(file, settings)
    if not head.line:
        raise FeedError(f"{file}: is a page of Markdown and holds no products; import it with --kind knowledge")
    return (json_product_rows if head.line[0] in "{[" else product_table_rows)(file, settings)


def encoding_found(file: Path) -> str:
    """The name of the encoding that a file's bytes show, "" where the file says it itself. Raises FeedError."""
    return "" if _head(file, FeedSettings()).says_its_encoding else ENCODINGS[encoding_of(file)]


def _head(file: Path, settings: FeedSettings) -> Head:
    suffix = file.suffix.lower()
    if suffix in _MARKDOWN:
        return Head(file, suffix)
    if suffix not in _ROWS and (is_html(file) or looks_like_jsonld(file)):
        return Head(file, suffix, is_page=is_html(file), is_linked=not is_html(file))
    if layout := xml_layout(file):
        return Head(file, suffix, elements=layout.columns, is_xml=True)
    line = first_line(file).strip()
    if line.startswith("{"):
        row = _first_object(file)
        return Head(
            file, suffix, line, row=row, products=fields_of(columns_of(tuple(row), PRODUCT_FIELDS, settings.columns))
        )
    if line.startswith("["):
        return Head(file, suffix, line)
    names = layout_of(file).columns
    return Head(
        file,
        suffix,
        line,
        columns=frozenset(column_name(name) for name in names),
        names=names,
        products=fields_of(columns_of(names, PRODUCT_FIELDS, settings.columns)),
        utterances=fields_of(columns_of(names, UTTERANCE_FIELDS, settings.columns)),
    )


def _first_object(file: Path) -> JsonRow:
    """The first of the file's lines, among a few, that is a whole object: a broken one does not hide the format."""
    for line in islice(feed_lines(file), _LOOKED_AT):
        with suppress(RowError):
            return parse_object(line.text)
    return {}


def _headings(head: Head) -> frozenset[str]:
    return frozenset(heading(name) for name in head.names)


def _is_question_table(head: Head) -> bool:
    return {"question", "answer"} <= {question_column(name) for name in head.columns}


def _is_product_xml(head: Head) -> bool:
    own = head.elements >= {"product_id", "title"}
    return own or (head.elements >= {"id", "title"} and not head.elements.isdisjoint(_SOLD))


def _is_merchant_table(head: Head) -> bool:
    return head.columns >= {"id", "title"} and not head.columns.isdisjoint(_MERCHANT_ONLY)


def _is_product_table(head: Head) -> bool:
    return not head.row and head.products >= _NEEDED


def _is_product_json(head: Head) -> bool:
    return bool(head.row) and ("product_id" in head.products or "id" in head.row)


FORMATS = (
    Format("Markdown", "knowledge", lambda head: head.suffix in _MARKDOWN),
    Format(
        "products in saved pages", "catalogue", lambda head: head.is_page and has_products(head.file), ld_product_rows
    ),
    Format("help page as HTML", "knowledge", lambda head: head.is_page),
    Format(
        "products as JSON-LD", "catalogue", lambda head: head.is_linked and has_products(head.file), ld_product_rows
    ),
    Format("questions or return policy as JSON-LD", "knowledge", lambda head: head.is_linked),
    Format("questions as JSONL", "knowledge", lambda head: "question" in head.row),
    Format("questions as a table", "knowledge", _is_question_table),
    Format("orders as JSONL", "orders", lambda head: "order_id" in head.row),
    Format("products as JSONL", "catalogue", _is_product_json, json_product_rows),
    Format("product XML", "catalogue", _is_product_xml, xml_rows),
    Format("Shopify", "catalogue", lambda head: is_shopify(_headings(head)), shopify_rows),
    Format("WooCommerce", "catalogue", lambda head: is_woo(_headings(head)), woocommerce_rows),
    Format("Google Merchant table", "catalogue", _is_merchant_table, merchant_table_rows),
    Format("table of products", "catalogue", _is_product_table, product_table_rows),
    Format("utterances", "intents", lambda head: head.utterances >= {"text", "label"}),
)
