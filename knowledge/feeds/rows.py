"""From a file to its rows as JSON objects, each with its line number."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NoReturn, TypeAlias

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import feed_lines, is_ended

JsonRow: TypeAlias = dict[str, object]
Rows: TypeAlias = Iterator[tuple[int, JsonRow] | RowProblem]
"""Rows of ours, each with its line, and those that cannot be read. A FieldError stands in the place of its field."""

ANEW = "; write this line anew"
CUT = "; the file ends in the middle of this line, as if it were cut off: export it again"
OPENED = re.compile(r'\{\s*(?:"[^"]*"\s*:\s*[\[{]\s*)?')
"""The first line of an object that goes over several."""


class RowError(ValueError):
    """A row is not what it should be; the message says what and how to mend it."""


class FieldError(RowError):
    """One field is not what it should be, and the row is worth reading without it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def json_rows(file: Path) -> Iterator[tuple[int, JsonRow] | RowProblem]:
    """The objects of a JSONL file. Raises FeedError when it is empty or one large JSON document."""
    empty, is_open = True, False
    broken: RowProblem | None = None
    for number, line, fault in feed_lines(file):
        if not line or line.isspace():
            continue
        if is_open:
            refuse_document(file, "{")
        if broken:
            yield broken
            broken = None
        if empty and line.lstrip()[0] in "[<":
            refuse_document(file, line.lstrip()[0])
        is_open = empty and OPENED.fullmatch(line.strip()) is not None
        empty = False
        if fault:
            yield RowProblem(str(file), number, fault + ANEW)
            continue
        try:
            yield number, parse_object(line)
        except RowError as error:
            broken = RowProblem(str(file), number, str(error))
    if broken:
        yield broken if is_ended(file) else replace(broken, message=broken.message + CUT)
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


def refuse_document(file: Path, first: str) -> NoReturn:
    """Says what a file is that is one document and no rows. Raises FeedError."""
    if first == "[":
        raise FeedError(f"{file}: is one JSON list; write one object a line, for instance with 'jq -c .[] {file.name}'")
    if first == "{":
        raise FeedError(
            f"{file}: is JSON over many lines; write one object a line, for instance with 'jq -c .products[] "
            f"{file.name}' where products is what its list is called, or 'jq -c . {file.name}' where it has none"
        )
    raise FeedError(f"{file}: is XML or HTML; export the feed as JSONL or TSV")


def _refuse_half_characters(row: JsonRow) -> None:
    try:
        json.dumps(row, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise RowError("holds half of a surrogate pair (\\ud800 to \\udfff); write the character itself") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number; leave the field out")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
