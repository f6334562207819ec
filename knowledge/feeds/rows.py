"""From a file to its rows: decoded lines, JSON objects, and records of a table, each with its line number."""

import codecs
import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NoReturn, TypeAlias

from knowledge.domain import RowProblem
from knowledge.errors import FeedError, refusal

JsonRow: TypeAlias = dict[str, object]
Rows: TypeAlias = Iterator[tuple[int, JsonRow] | RowProblem]
"""Rows of ours, each with its line, and those that cannot be read."""

_LOOKAHEAD = 200  # lines that one quoted field may span before its quote counts as never closed
_NOT_TEXT = {
    b"PK\x03\x04": "a spreadsheet or a zip file; export it as CSV, TSV or JSONL",
    b"\x1f\x8b": "compressed; unpack it first",
    b"%PDF": "a PDF; write its text into a Markdown file",
    b"SQLite": "a database; export it as CSV, TSV or JSONL",
}


class RowError(ValueError):
    """A row is not what it should be; the message says what and how to mend it."""


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file, or of a UTF-16 one with a byte order mark, without their ends, from line 1.

    Raises FeedError, naming line and byte, for anything else: an encoding is never guessed.
    """
    try:
        with file.open("rb") as handle:
            head = handle.read(4)
            handle.seek(0)
            for magic, what in _NOT_TEXT.items():
                if head.startswith(magic[:4]):
                    raise FeedError(f"{file}: this is {what}")
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                yield from _utf16_lines(file, handle)
            else:
                yield from _utf8_lines(file, handle)
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {refusal(error)}") from error


def has_rows(file: Path, n: int = 1) -> bool:
    """Whether there is such a file, with `n` lines that are not blank. Raises FeedError when it is not text."""
    return file.exists() and len(list(islice((line for _, line in read_lines(file) if line.strip()), n))) == n


def first_line(file: Path) -> str:
    """The first line that is not blank. Raises FeedError when there is none."""
    for _, line in read_lines(file):
        if line.strip():
            return line
    raise FeedError(f"{file}: is empty; nothing was read")


def json_rows(file: Path) -> Iterator[tuple[int, JsonRow] | RowProblem]:
    """The objects of a JSONL file. Raises FeedError when it is empty or one large JSON document."""
    empty = True
    for number, line in read_lines(file):
        if not line or line.isspace():
            continue
        if empty and line.lstrip()[0] in "[<":
            _refuse_document(file, line.lstrip()[0])
        empty = False
        try:
            yield number, parse_object(line)
        except RowError as error:
            yield RowProblem(str(file), number, str(error))
    if empty:
        raise FeedError(f"{file}: is empty; nothing was read")


def parse_object(text: str) -> JsonRow:
    """A JSON object from one line. Raises RowError."""
    try:
        row = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RowError(
            f"not valid JSON at column {error.colno} ({error.msg}); each line must be one whole object"
        ) from None
    except (ValueError, RecursionError) as error:
        raise RowError(f"not readable JSON: {error}") from None
    if not isinstance(row, dict):
        raise RowError(f"a JSON {type(row).__name__} where an object is expected; write {{...}} on each line")
    if "\\ud" in text or "\\uD" in text:
        _refuse_half_characters(row)
    return row


def table_rows(file: Path, delimiter: str) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """The records of a table, header first. A quoted field may hold delimiters and line breaks.

    Raises FeedError when the file is empty or has no row below its header.
    """
    lines = read_lines(file)
    waiting: deque[tuple[int, str]] = deque()
    n_columns = 0
    n_rows = 0
    while entry := waiting.popleft() if waiting else next(lines, None):
        number, line = entry
        if not line.strip():
            continue
        fields = _quoted_record(line, delimiter, n_columns, lines, waiting) if '"' in line else line.split(delimiter)
        n_rows += 1
        if fields is None:
            yield RowProblem(
                str(file), number, 'a quote (") is opened and not closed, or text follows it; write "" for a quote'
            )
        elif n_columns and len(fields) != n_columns:
            yield RowProblem(str(file), number, _columns_message(len(fields), n_columns, delimiter))
        else:
            n_columns = n_columns or len(fields)
            yield number, fields
    if n_rows < 2:
        raise FeedError(f"{file}: {'has a header and no rows' if n_rows else 'is empty'}; nothing was read")


def table_columns(file: Path, header: Sequence[str], required: Sequence[str]) -> None:
    """Raises FeedError, naming what is there, when a required column is missing."""
    missing = [name for name in required if name not in header]
    if missing:
        raise FeedError(
            f"{file}, line 1: column {', '.join(missing)} is missing; the first line must name the columns, "
            f"and it reads: {', '.join(header)[:200]}"
        )


def _utf8_lines(file: Path, handle: io.BufferedReader) -> Iterator[tuple[int, str]]:
    offset = 0
    for number, raw in enumerate(handle, start=1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        try:
            yield number, line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            byte = offset + len(raw) - len(line) + error.start
            value = line[error.start]
            raise FeedError(
                f"{file}, line {number}: byte {byte} (0x{value:02x}) is not UTF-8; save the file as UTF-8, for "
                f"instance with 'iconv -f GB18030 -t UTF-8' or '-f WINDOWS-1252' if it was written so"
            ) from None
        if b"\0" in raw and number == 1:
            raise FeedError(
                f"{file}, line 1: holds zero bytes; it may be UTF-16 without a byte order mark: save it as UTF-8"
            )
        offset += len(raw)


def _utf16_lines(file: Path, handle: io.BufferedReader) -> Iterator[tuple[int, str]]:
    number = 0
    with io.TextIOWrapper(handle, encoding="utf-16", newline="\n") as text:
        try:
            for number, line in enumerate(text, start=1):
                yield number, line.rstrip("\r\n")
        except UnicodeError as error:
            raise FeedError(f"{file}: not valid UTF-16 after line {number} ({error}); save the file as UTF-8") from None


def _refuse_document(file: Path, first: str) -> NoReturn:
    if first == "[":
        raise FeedError(f"{file}: is one JSON list; write one object a line, for instance with 'jq -c .[] {file.name}'")
    raise FeedError(f"{file}: is XML or HTML; export the feed as JSONL or TSV")


def _refuse_half_characters(row: JsonRow) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise RowError("holds half of a surrogate pair (\\ud800 to \\udfff); write the character itself") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number; leave the field out")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _quoted_record(
    line: str, delimiter: str, n_columns: int, lines: Iterator[tuple[int, str]], waiting: deque[tuple[int, str]]
) -> list[str] | None:
    """A record that holds quotes; None when it cannot be read. Takes further lines while a quote is open."""
    record = line
    for n_taken in range(_LOOKAHEAD):
        # Only a line with a quote can close the open one.
        if n_taken == 0 or '"' in waiting[n_taken - 1][1]:
            try:
                fields = next(csv.reader([record], delimiter=delimiter, strict=True))
            except csv.Error as error:
                if "unexpected end of data" not in str(error):
                    break
            else:
                if n_taken and n_columns and len(fields) != n_columns:
                    break
                for _ in range(n_taken):
                    waiting.popleft()
                return fields
        if n_taken == len(waiting):
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        record += "\n" + waiting[n_taken][1]
    # Tab-separated feeds often hold bare quotes ("Best" mug, 15" screen): tabs alone decide there.
    plain = line.split(delimiter)
    return plain if delimiter == "\t" and len(plain) == n_columns else None


def _columns_message(n_fields: int, n_columns: int, delimiter: str) -> str:
    name = "tab" if delimiter == "\t" else "comma"
    return (
        f"has {n_fields} columns where the header has {n_columns}; a {name} or a line break inside a field "
        f'must stand between quotes ("...")'
    )


def named_cells(file: Path, required: Sequence[str]) -> Iterator[tuple[int, list[str], list[str]] | RowProblem]:
    """Each row of a table below its header: line, columns, fields."""
    columns: list[str] = []
    for row in table_rows(file, "\t" if "\t" in first_line(file) else ","):
        if isinstance(row, RowProblem):
            yield row
        elif columns:
            yield row[0], columns, row[1]
        else:
            columns = [column_name(field) for field in row[1]]
            table_columns(file, columns, required)


def column_name(header: str) -> str:
    """A column's name as the format knows it: "g:Image Link" and "image link" are image_link."""
    name = re.sub(r"\(.*\)$", "", header.strip().lower().removeprefix("g:"))
    return re.sub(r"[\s\-]+", "_", name.strip())
