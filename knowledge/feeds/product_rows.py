"""Rows of products out of JSON lines, tables with any names of columns, and Google Merchant tables."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.columns import (
    NEVER_CUT,
    PRODUCT_FIELDS,
    Column,
    columns_of,
    columns_of_object,
    doubled,
    missing_columns,
    misspelt,
    only_own,
    product_row,
    renamed,
)
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.prices import LOOKED_AT, cents_after
from knowledge.feeds.rows import JsonRow, RowError, Rows, json_rows
from knowledge.feeds.tables import layout_of, named_cells, table_rows


def json_product_rows(file: Path, settings: FeedSettings) -> Rows:
    @lru_cache(maxsize=1024)
    def columns(*names: str) -> tuple[Column, ...]:
        return columns_of_object(names, settings.columns)

    for row in json_rows(file):
        yield row if isinstance(row, RowProblem) else (row[0], renamed(row[1], columns(*row[1])))


def product_table_rows(file: Path, settings: FeedSettings) -> Rows:
    layout = layout_of(file)
    columns = columns_of(layout.columns, PRODUCT_FIELDS, settings.columns)
    if missing := missing_columns(layout.columns, columns):
        raise FeedError(f"{file}, line {layout.line}: {missing}")
    for name in doubled(layout.columns, columns):
        message = f"column {name!r} says again what one before it says; of two that are filled the first one counts"
        yield RowProblem(str(file), layout.line, message, kept=True)
    for name, field in misspelt(columns):
        message = (
            f"[feeds.columns] in shop.toml makes an attribute {name!r} of a column; if the field {field!r} is meant, "
            "write that, else another name"
        )
        yield RowProblem(str(file), layout.line, message, kept=True)
    least = 1 + max(place for place, column in enumerate(columns) if column.field in NEVER_CUT)
    rows = table_rows(file, layout, least)
    first = list(islice(rows, LOOKED_AT))
    columns = _with_marks(columns, [row[1] for row in first if not isinstance(row, RowProblem)], settings)
    for row in chain(first, rows):
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            yield row[0], product_row(columns, row[1])
        except RowError as error:
            yield RowProblem(str(file), row[0], str(error))


def _with_marks(
    columns: Sequence[Column], records: Sequence[Sequence[str]], settings: FeedSettings
) -> tuple[Column, ...]:
    """The columns with the marks before decimals: in measures as they show, else as prices do, else the region's.

    Others hold what people typed as well, beside the figures of a system: both the prices' marks and the region's.
    """
    usual = settings.notation.cents_after
    measures, prices = (
        cents_after(cell for record in records for cell, is_one in zip(record, told, strict=False) if is_one)
        for told in ([one.is_measure for one in columns], [one.is_price for one in columns])
    )
    return tuple(
        replace(one, marks=(measures or prices or usual) if one.is_measure else prices | usual) for one in columns
    )


def merchant_table_rows(file: Path, settings: FeedSettings) -> Rows:
    own: Sequence[Column] = ()
    for row in named_cells(file, ("id", "title")):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, names, fields = row
        own = own or only_own(columns_of(names, PRODUCT_FIELDS, settings.columns))
        try:
            yield number, _row_as_said(merchant_row(names, _unsaid(own, fields), settings), own, fields)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))


def _unsaid(own: Sequence[Column], fields: Sequence[str]) -> list[str]:
    """The fields without those of which the shop says what they stand for."""
    return ["" if column.is_own else field for column, field in zip(own, fields, strict=True)]


def _row_as_said(row: JsonRow, own: Sequence[Column], fields: Sequence[str]) -> JsonRow:
    ours = product_row(own, fields)
    attributes = ours.pop("attributes", None)
    return {**row, **ours, **(attributes if isinstance(attributes, dict) else {})}
