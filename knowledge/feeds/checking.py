"""From the rows of a file to what they hold: each bad row and each repeated id told by file and line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from knowledge.domain import RowProblem
from knowledge.feeds.rows import JsonRow, RowError, Rows

_T = TypeVar("_T")


def checked(
    file: Path,
    rows: Rows,
    from_row: Callable[[JsonRow], _T],
    id_of: Callable[[_T], str],
    id_name: str,
    doubt: Callable[[_T, JsonRow], str] = lambda *_: "",
) -> Iterator[_T | RowProblem]:
    """What rows hold; behind one that is in doubt a problem that says why."""
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
            if said := doubt(value, cells):
                yield RowProblem(str(file), number, said, kept=True)
