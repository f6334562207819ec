"""What the exports of shop systems have in common: rows of cells by name, and texts that say yes."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from knowledge.domain import RowProblem
from knowledge.feeds.fields import text_or_number
from knowledge.feeds.markup import unescaped
from knowledge.feeds.rows import JsonRow
from knowledge.feeds.tables import layout_of, table_rows

Cells = dict[str, str]

_OWN = "own "
_YES = {"1", "true", "yes"}


def cells_of(
    file: Path, name_of: Callable[[str], str], columns: Mapping[str, str], html: tuple[str, ...]
) -> Iterator[tuple[int, Cells] | RowProblem]:
    """Each row below the header as its filled cells, by the name that `name_of` gives a heading; "" is passed over.

    What the shop says of its `columns` comes first, and `own_fields` gives it back. Of columns with one name the first
    that is filled counts. Character references are read, but not where a name begins with one of `html`, whose text is
    still markup. Raises FeedError when the file cannot be read.
    """
    told = {heading(column): _OWN + field for column, field in columns.items()}
    layout = layout_of(file)
    names = [told.get(text, "") or name_of(text) for text in map(heading, layout.columns)]
    for row in table_rows(file, layout):
        if isinstance(row, RowProblem):
            yield row
            continue
        cells: Cells = {}
        for name, cell in zip(names, row[1], strict=True):
            if cell and name and (text := cell.strip()):
                cells.setdefault(name, text if name.startswith(html) else unescaped(text))
        yield row[0], cells


def own_fields(cells: Cells) -> JsonRow:
    """The fields that the shop's own columns stand for."""
    return {name.removeprefix(_OWN): text for name, text in cells.items() if name.startswith(_OWN)}


def heading(text: str) -> str:
    """A column's heading in small letters, with plain apostrophes and single blanks."""
    return " ".join(text.replace("\u2019", "'").replace("\ufeff", "").lower().split())


def says_yes(text: str) -> bool:
    return text.strip().lower() in _YES


def none_left(count: str) -> bool:
    """Whether a count of pieces is 0 or below."""
    number = text_or_number(count)
    return isinstance(number, float) and number <= 0


def slug(text: str) -> str:
    """Letters and digits in small letters, anything else as a hyphen: "Navy / 10.5" is navy-10-5."""
    return re.sub(r"[^\w]+|_+", "-", text.lower()).strip("-")
