"""From the rows of a file to what they hold: each bad row and each repeated id told by file and line."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeAlias, TypeVar

from knowledge.domain import RowProblem
from knowledge.feeds.rows import JsonRow, RowError, Rows

_T = TypeVar("_T")

Numbered: TypeAlias = Iterator[tuple[int, _T] | RowProblem]
"""What each row holds with its line, and the rows that hold nothing that can be read."""


def checked(
    file: Path,
    rows: Rows,
    from_row: Callable[[JsonRow], _T],
    doubts: Callable[[_T, JsonRow], Iterable[str]] = lambda *_: (),
) -> Numbered[_T]:
    """What rows hold; behind one that is in doubt a problem for each reason. An id may stand there twice."""
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
        yield number, value
        for said in doubts(value, cells):
            yield RowProblem(str(file), number, said, kept=True)


def once_each(
    file: Path, rows: Iterable[tuple[int, _T] | RowProblem], id_of: Callable[[_T], str], id_name: str
) -> Iterator[_T | RowProblem]:
    """The same without lines; the later of two equal ids is a problem."""
    lines: dict[str, int] = {}
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        number, value = row
        before = lines.setdefault(id_of(value), number)
        yield value if before == number else repeated(file, number, id_name, id_of(value), before)


def repeated(file: Path, number: int, id_name: str, key: str, before: int) -> RowProblem:
    """That an id stands in an earlier line already."""
    return RowProblem(
        str(file), number, f"{id_name} {key!r} stands in line {before} already, which is kept; give each its own"
    )
