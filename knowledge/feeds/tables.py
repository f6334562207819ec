"""From a file to the records of a table: the delimiter is found, quoted fields may hold it and line breaks."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import Line, feed_lines, is_ended
from knowledge.feeds.rows import ANEW, CUT

Record: TypeAlias = tuple[int, list[str]]
"""The fields of a record, with the line on which it begins."""

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "pipe"}

_LOOKAHEAD = 200  # lines that one quoted field may span before its quote counts as never closed
_LOOKED_AT = 20  # lines that tell the delimiter
_SEPARATOR = re.compile(r'"?sep=([^"\w])"?\s*', re.IGNORECASE)
_LONGEST = csv.field_size_limit()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table is written: between its fields stands `delimiter`; its header, on the lines `line` to `end`, names
    the `columns`."""

    delimiter: str
    columns: tuple[str, ...]
    line: int
    end: int


def layout_of(file: Path) -> Layout:
    """Finds the delimiter that the header has and that most of the first rows have as often as the header.

    A first line `sep=;`, which Excel writes, says it outright. Raises FeedError when the file is empty.
    """
    lines = list(islice((line for line in feed_lines(file) if line.text.strip()), _LOOKED_AT))
    delimiters = "".join(DELIMITERS)
    if lines and (said := _SEPARATOR.fullmatch(lines[0].text)):
        delimiters, lines = said[1], lines[1:]
    if not lines:
        raise FeedError(f"{file}: is empty; nothing was read")
    return max((_layout(lines, delimiter) for delimiter in delimiters), key=lambda fitting: fitting[0])[1]


def table_rows(file: Path, layout: Layout, least: int = 0) -> Iterator[Record | RowProblem]:
    """The records below the header. Of each at least `least` fields must be there, without it all of them.

    Raises FeedError when there is no row below the header.
    """
    n_columns = len(layout.columns)
    lines = feed_lines(file)
    waiting: deque[Line] = deque()
    n_rows = 0
    while entry := waiting.popleft() if waiting else next(lines, None):
        number, line, fault = entry
        if number <= layout.end or not line.strip():
            continue
        n_rows += 1
        if '"' in line:
            fields, wrong = _quoted_record(entry, layout, lines, waiting)
        else:
            fields, wrong = line.split(layout.delimiter), fault and fault + ANEW
        if len(fields) == n_columns and not wrong:
            yield number, fields
            continue
        if not waiting:
            waiting.extend(islice(lines, 1))
        is_cut = not waiting and not is_ended(file)
        enough = n_columns if is_cut else least or n_columns
        if not wrong and (len(fields) < enough or any(field.strip() for field in fields[n_columns:])):
            wrong = _columns_message(len(fields), layout)
        yield RowProblem(str(file), number, wrong + CUT if is_cut else wrong) if wrong else (number, fields[:n_columns])
    if not n_rows:
        raise FeedError(f"{file}: has a header and no rows; nothing was read")


def named_cells(file: Path, required: Sequence[str]) -> Iterator[tuple[int, list[str], list[str]] | RowProblem]:
    """Each row below the header: line, columns, fields. Raises FeedError when a required column is missing."""
    layout = layout_of(file)
    columns = [column_name(column) for column in layout.columns]
    if missing := [name for name in required if name not in columns]:
        raise FeedError(
            f"{file}, line {layout.line}: column {', '.join(missing)} is missing; the first line must name the "
            f"columns, and it reads: {', '.join(columns)[:200]}"
        )
    for row in table_rows(file, layout):
        yield row if isinstance(row, RowProblem) else (row[0], columns, row[1])


def column_name(header: str) -> str:
    """A column's name as the formats know it: "g:Image Link" and "image link (url)" are image_link."""
    name = re.sub(r"[(（].*[)）]$", "", header[:200].strip().lower().removeprefix("g:"))
    return re.sub(r"[\s\-]+", "_", name.strip())


def _layout(lines: Sequence[Line], delimiter: str) -> tuple[tuple[bool, float, int], Layout]:
    """How well a delimiter fits: whether the header has it, the share of the rows with as many fields, their number."""
    reader = csv.reader((line.text[:_LONGEST] + "\n" for line in lines), delimiter=delimiter)
    header, end = lines[0].text.split(delimiter), lines[0].number
    n_fields: list[int] = []
    # A quote that stays open up to the last of these lines may take more than a field can hold.
    with suppress(csv.Error):
        record = next(reader)
        if reader.line_num < len(lines) or len(lines) == 1:
            header, end = record, lines[reader.line_num - 1].number
        n_fields.extend(len(record) for record in reader)
    share = n_fields.count(len(header)) / len(n_fields) if n_fields else 0.0
    return (len(header) > 1, share, len(header)), Layout(delimiter, tuple(header), lines[0].number, end)


def _quoted_record(first: Line, layout: Layout, lines: Iterator[Line], waiting: deque[Line]) -> tuple[list[str], str]:
    """The fields of a record that holds quotes, and why it cannot be read, or "". Takes further lines while a quote is
    open."""
    record = first.text
    wrong = 'a quote (") is opened and not closed, or text follows it; write "" for a quote'
    for n_taken in range(_LOOKAHEAD):
        # Only a line with a quote can close the open one.
        if n_taken == 0 or '"' in waiting[n_taken - 1].text:
            try:
                fields = next(csv.reader([record], delimiter=layout.delimiter, strict=True))
            except csv.Error as error:
                if "field larger" in str(error):
                    wrong = f"a field is longer than {_LONGEST} characters; shorten it"
                if "unexpected end" not in str(error):
                    break
            else:
                if n_taken and len(fields) != len(layout.columns):
                    break
                faults = [first.fault, *(waiting.popleft().fault for _ in range(n_taken))]
                return fields, next((fault + ANEW for fault in faults if fault), "")
        if n_taken == len(waiting):
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        record += "\n" + waiting[n_taken].text
    # Tab-separated feeds often hold bare quotes ("Best" mug, 15" screen): tabs alone decide there.
    plain = first.text.split(layout.delimiter)
    if layout.delimiter == "\t" and len(plain) == len(layout.columns):
        return plain, first.fault and first.fault + ANEW
    return [], wrong


def _columns_message(n_fields: int, layout: Layout) -> str:
    mark = DELIMITERS.get(layout.delimiter, repr(layout.delimiter))
    return (
        f"has {n_fields} columns where the header has {len(layout.columns)}; a {mark} or a line break inside a field "
        'must stand between quotes ("...")'
    )
