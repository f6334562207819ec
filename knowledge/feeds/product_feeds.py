"""Products, read from a feed of any format."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from knowledge.domain import Product, RowProblem
from knowledge.feeds.checking import Numbered, checked, once_each
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.fields import is_given
from knowledge.feeds.formats import product_rows
from knowledge.feeds.prices import LOOKED_AT, Notation, cents_after, is_free
from knowledge.feeds.products import product_from_row
from knowledge.feeds.rows import FieldError, JsonRow, Rows


def read_products(file: Path, settings: FeedSettings | None = None) -> Iterator[Product | RowProblem]:
    """Products of a feed in its order; the later of two equal ids is a problem. Raises FeedError."""
    return once_each(file, numbered_products(file, settings), lambda product: product.product_id, "product_id")


def numbered_products(file: Path, settings: FeedSettings | None = None) -> Numbered[Product]:
    """The same with the line on which each stands, and with those whose id stood there before.

    A price in another currency than the shop's is told, and what a product lacks since it cannot be read. Raises
    FeedError when the file cannot be read as a feed.
    """
    settings = settings or FeedSettings()
    currency = settings.currency
    rows, notation = _with_notation(product_rows(file, settings), settings)

    def from_row(row: JsonRow) -> Product:
        try:
            product = product_from_row(row, notation)
        except FieldError as error:
            row[error.field] = error
            return from_row(row)
        # What comes from a shop's other systems at 0 has mostly no price there.
        is_open = product.price == 0 and not is_free(row.get("price"))
        return replace(product, price=None) if is_open else product

    def doubts(product: Product, row: JsonRow) -> Iterator[str]:
        for value in row.values():
            if isinstance(value, FieldError):
                yield f"{value.field} is left out of this product: {value}"
        if product.price is None and is_given(row.get("price")):
            yield f"price {row['price']!r} is read as not known; write free if that is meant"
        if product.price is not None and currency and product.currency not in ("", currency):
            yield (
                f"price is in {product.currency} and the shop's are in {currency}, so no limit on prices finds "
                f"it; give its price in {currency}"
            )

    return checked(file, rows, from_row, doubts)


def _with_notation(rows: Rows, settings: FeedSettings) -> tuple[Rows, Notation]:
    """The same rows, and how their prices are written: as the first of them show, else as in the shop's region."""
    first = list(islice(rows, LOOKED_AT))
    cells = (row[1] for row in first if not isinstance(row, RowProblem))
    seen = cents_after(row.get(field) for row in cells for field in ("price", "list_price", "sale_price"))
    return chain(first, rows), replace(settings.notation, cents_after=seen or settings.notation.cents_after)
