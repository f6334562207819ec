"""WooCommerce's product export: simple products, and variations that take from their parent what they do not say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from knowledge.domain import RowProblem
from knowledge.feeds.exported import Cells, cells_of, none_left, own_fields, says_yes
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import text_or_number, time_of
from knowledge.feeds.markup import plain_text
from knowledge.feeds.prices import FREE, is_free, parse_price
from knowledge.feeds.rows import FieldError, JsonRow, RowError, Rows
from knowledge.feeds.tables import column_name
from knowledge.feeds.woo_headings import ATTRIBUTE, MEASURE, woo_name

_COMMA = re.compile(r"(?<!\\),")
_GUARDED = re.compile(r"'(?=[=+\-@])")  # the export writes an apostrophe before what a spreadsheet would calculate
_LINE_END = re.compile(r"(?<!\\)\\n")
_BACKORDER = ("1", "notify", "yes")
_LINKS = {"upsells": "similar_to", "cross_sells": "goes_with"}
_HTML = ("name", "short", "description")
_INHERITED = {"short", "description", "categories", "brand", "images", "upsells", "cross_sells"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What one pass over the file learns for the next: ids by SKU and `id:100`, variable products by our id, and the
    first variation of each."""

    ids: dict[str, str] = field(default_factory=dict)
    parents: dict[str, Cells] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def id_of(self, reference: str) -> str:
        return self.ids.get(reference, reference.removeprefix("id:"))

    def linked(self, reference: str) -> str:
        """The product that a link means: of one with variations its first."""
        product_id = self.id_of(reference)
        return self.first.get(product_id, product_id)


def woocommerce_rows(file: Path, settings: FeedSettings) -> Rows:
    """Products on sale as rows of ours, their prices in the shop's currency; drafts and hidden ones are passed over.

    The file is read twice, since links and parents may stand below what names them; between the passes the memory
    holds ids and the variable products. Raises FeedError.
    """
    known = _known(file, settings.columns)
    for row in cells_of(file, woo_name, settings.columns, _HTML):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, cells = row
        try:
            product_id = _own_id(cells)
            parent_id = known.id_of(cells["parent"]) if _is(cells, "variation") and "parent" in cells else ""
            parent = known.parents.get(parent_id, {})
            if _is(cells, "variation") and not parent_id:
                raise RowError("is a variation and names no Parent; export it with that column, or name it in [feeds]")
            if parent_id and not parent:
                raise RowError(f"Parent {cells['parent']!r} is not in the file; export it with its variations")
            if product_id in known.first or not _is_shown(cells) or (parent and not _is_shown(parent)):
                continue
            yield number, _row(product_id, parent_id, _inherited(cells, parent), known, settings)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _known(file: Path, columns: Mapping[str, str]) -> _Known:
    known = _Known()
    for row in cells_of(file, woo_name, columns, _HTML):
        if isinstance(row, RowProblem):
            continue
        cells = row[1]
        if not (product_id := cells.get("sku") or cells.get("id")):
            continue
        for reference in (cells.get("sku"), f"id:{cells.get('id')}"):
            known.ids.setdefault(reference or product_id, product_id)
        if _is(cells, "variable"):
            known.parents[product_id] = cells
        elif _is(cells, "variation") and _is_shown(cells):
            known.first.setdefault(cells.get("parent", ""), product_id)
    # A parent may be named by its SKU and by its ID; of the two the variation that stands first counts.
    first = {known.id_of(parent): variation for parent, variation in reversed(known.first.items())}
    return _Known(known.ids, known.parents, first)


def _own_id(cells: Cells) -> str:
    if product_id := cells.get("sku") or cells.get("id"):
        return product_id
    raise RowError("SKU and ID are both empty; give one")


def _is(cells: Cells, kind: str) -> bool:
    return cells.get("type", "").partition(",")[0].strip().lower() == kind


def _is_shown(cells: Cells) -> bool:
    return cells.get("published", "1") == "1" and cells.get("visibility", "").lower() != "hidden"


def _inherited(cells: Cells, parent: Cells) -> Cells:
    if not parent:
        return cells
    taken = {name: text for name, text in parent.items() if name in _INHERITED or name.startswith(MEASURE)}
    if "description" in cells:
        taken.pop("short", None)
    if "name" not in cells:
        options = [text for name, text in cells.items() if name.startswith(ATTRIBUTE) and name.endswith(" value")]
        taken["name"] = ", ".join([parent.get("name", ""), *options])
    joined = taken | cells
    if joined.get("stock") == "parent":
        joined["stock"] = parent.get("stock", "")
    return _with_attributes(joined, parent)


def _with_attributes(cells: Cells, parent: Cells) -> Cells:
    """A variation's attributes behind its parent's, under numbers that no column has."""
    own = {cells[name].lower() for name in cells if name.startswith(ATTRIBUTE) and name.endswith(" name")}
    for name, label in parent.items():
        if name.startswith(ATTRIBUTE) and name.endswith(" name") and label.lower() not in own:
            cells[f"{ATTRIBUTE}parent {name}"] = label
            cells[f"{ATTRIBUTE}parent {name.removesuffix('name')}value"] = parent.get(f"{name[:-4]}value", "")
    return cells


def _row(product_id: str, parent_id: str, cells: Cells, known: _Known, settings: FeedSettings) -> JsonRow:
    attributes = _attributes(cells)
    links = {kind: _targets(cells.get(name, ""), product_id, known) for name, kind in _LINKS.items()}
    return {
        "product_id": product_id,
        "title": plain_text(_unguarded(cells.get("name", ""))),
        "brand": next(iter(_values(cells.get("brand", ""))), None) or attributes.pop("brand", None),
        "category": _category(cells.get("categories", "")),
        "description": "\n\n".join(filter(None, (_prose(cells, "short"), _prose(cells, "description")))),
        "url": cells.get("url"),
        "image": next(iter(_values(cells.get("images", ""))), None),
        "parent_id": parent_id or None,
        "attributes": attributes,
        "links": {kind: ids for kind, ids in links.items() if ids},
        **_prices(cells, settings),
        **_stock(cells),
        **own_fields(cells),
    }


def _prose(cells: Cells, name: str) -> str:
    """A description; the export writes \n for its line breaks."""
    text = _unguarded(cells.get(name, ""))
    return plain_text(_LINE_END.sub("\n", text).replace("\\\\n", "\\n") if "\\n" in text else text)


def _unguarded(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def _values(text: str) -> list[str]:
    r"""The values of a list that commas part; a comma within one is written \,."""
    parts = _COMMA.split(text) if "," in text else [text]
    return [value for part in parts if (value := _unguarded(part.strip().replace("\\,", ",")))]


def _category(text: str) -> str:
    """The path with the most levels, of equals the first."""
    return max(_values(text), key=lambda path: path.count(">"), default="")


def _attributes(cells: Cells) -> dict[str, str | float]:
    attributes: dict[str, str | float] = {}
    for name, text in cells.items():
        if name.startswith(MEASURE):
            attributes[name.removeprefix(MEASURE)] = _measure(text)
        elif name.startswith(ATTRIBUTE) and name.endswith(" name"):
            if values := _values(cells.get(f"{name[:-4]}value", "")):
                attributes[column_name(text)] = text_or_number(", ".join(values))
        elif name == "gtin":
            attributes["gtin"] = text
    return attributes


def _measure(text: str) -> str | float:
    """WooCommerce writes no thousands apart, so that a comma is always decimal."""
    return text_or_number(text.replace(",", "."))


def _targets(text: str, product_id: str, known: _Known) -> list[str]:
    ids = dict.fromkeys(known.linked(reference) for reference in _values(text))
    return [target for target in ids if target != product_id]


def _prices(cells: Mapping[str, str], settings: FeedSettings) -> JsonRow:
    price = parse_price(cells["price"], "regular price", dot_is_decimal=True)[0] if "price" in cells else None
    paid = FREE if is_free(cells.get("price")) else price
    usual: JsonRow = {"price": paid, "currency": settings.currency} if price is not None else {}
    try:
        sale = parse_price(cells["sale_price"], "sale price", dot_is_decimal=True)[0] if "sale_price" in cells else None
        if sale and (price is None or sale < price) and _in_force(cells, settings):
            return {"price": sale, "list_price": price, "currency": settings.currency}
    except RowError as error:
        return {**usual, "sale_price": FieldError("sale_price", str(error))}
    return usual


def _in_force(cells: Mapping[str, str], settings: FeedSettings) -> bool:
    starts, ends = time_of(cells, "sale_starts"), time_of(cells, "sale_ends")
    if ends and len(cells["sale_ends"]) <= len("2026-11-08"):
        ends += timedelta(days=1, microseconds=-1)
    return not (starts or ends) or settings.is_on(starts, ends)


def _stock(cells: Mapping[str, str]) -> JsonRow:
    """The count where it is kept and decides; a product that is sold on when there is none left can be bought."""
    stock, said = cells.get("stock", ""), cells.get("in_stock", "").lower()
    sold_on = cells.get("backorders", "").lower() in _BACKORDER or said == "backorder"
    if stock and not (sold_on and none_left(stock)):
        return {"stock": text_or_number(stock)}
    return {"available": True if sold_on else says_yes(said) if said else None}
