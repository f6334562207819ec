"""JSON-LD of schema.org, in saved pages and in files of its own: its nodes, and the values of their properties."""

import html
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from knowledge.domain import RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.html_text import HTML_SUFFIXES, Element, looks_like_html, parse_html, read_bytes, read_html
from knowledge.feeds.rows import JsonRow, RowError, parse_object

_SCHEMA = re.compile(r"(?:https?://(?:www\.)?schema\.org/|schema:)")
_OPENING = re.compile(r"(?://|/\*)?\s{0,9}<!(?:\[CDATA\[|--)\s{0,9}(?:\*/)?")
_CLOSING = re.compile(r"(?:(?://|/\*)\s{0,9})?(?:\]\]|--)>\s{0,9}(?:\*/)?$")
_MARKS = re.compile(rb'"@(?:context|type|graph|id)"')
_HEAD = 4096  # bytes
_NO_TYPES: frozenset[str] = frozenset()
_DEEPEST = 5  # lists and objects around a text


@dataclass(frozen=True, slots=True)
class Node:
    """An object of JSON-LD: its line, properties and types, the property of which object it is, and all types above."""

    line: int
    values: JsonRow
    types: frozenset[str]
    key: str = ""
    owner: frozenset[str] = frozenset()
    under: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Block:
    line: int
    text: str


def looks_like_jsonld(file: Path) -> bool:
    """Whether a file begins as JSON-LD does. Raises FeedError when it cannot be read."""
    head = _head(file)
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and bool(_MARKS.search(head))


def is_html(file: Path) -> bool:
    """Whether a file is a saved page, by its ending or its beginning. Raises FeedError when it cannot be read."""
    return file.suffix.lower() in HTML_SUFFIXES or looks_like_html(_head(file))


def read_nodes(file: Path) -> tuple[list[Node], list[RowProblem]]:
    """The nodes of a saved page or of a JSON-LD file, the outer ones first, and the blocks that are broken.

    Raises FeedError when the file cannot be read.
    """
    if is_html(file):
        return nodes_in_page(parse_html(read_html(file))[0], file)
    return _nodes(_file_blocks(file), file)


def nodes_in_page(root: Element | None, file: Path) -> tuple[list[Node], list[RowProblem]]:
    """The nodes of a parsed page's blocks, and the blocks that are broken."""
    blocks: list[_Block] = []
    for script in root.iter("script") if root is not None else ():
        if "ld+json" in (script.get("type") or "").lower() and (script.text or "").strip():
            blocks.append(_Block(script.sourceline or 1, script.text))
    return _nodes(blocks, file)


def listed(value: object) -> list[object]:
    """A property's values: JSON-LD writes one by itself and several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: object) -> list[JsonRow]:
    """A property's values that are objects."""
    return [one for one in listed(value) if isinstance(one, dict)]


def said(value: object) -> str:
    """A property's first value as text: of an object its value or name."""
    for _ in range(_DEEPEST):
        if isinstance(value, list):
            value = value[0] if value else ""
        elif isinstance(value, dict):
            value = _naming(value)
        else:
            break
    if isinstance(value, str):
        return (html.unescape(value) if "&" in value else value).strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def term(value: object) -> str:
    """A value that is a word of schema.org, without its address: InStock."""
    return _SCHEMA.sub("", said(value))


def types_of(values: JsonRow) -> frozenset[str]:
    """The types of an object, without the address of schema.org."""
    given = values.get("@type")
    if given is None:
        return _NO_TYPES
    return frozenset(_SCHEMA.sub("", name) for name in listed(given) if isinstance(name, str))


def _naming(value: JsonRow) -> object:
    return next((value[key] for key in ("@value", "name", "@id") if value.get(key) is not None), "")


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            return handle.read(_HEAD)
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {error.strerror}; check the path") from error


def _file_blocks(file: Path) -> list[_Block]:
    """A file is one document, or one a line."""
    raw = read_bytes(file)
    try:
        text = raw.decode("utf-16" if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise FeedError(f"{file}, line {line}: is not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    lines = [_Block(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > 1 and _is_document(lines[0].text) and _is_document(lines[1].text):
        return lines
    return [_Block(1, text)]


def _is_document(line: str) -> bool:
    try:
        return isinstance(parse_object(line), dict)
    except RowError:
        return False


def _nodes(blocks: list[_Block], file: Path) -> tuple[list[Node], list[RowProblem]]:
    problems: list[RowProblem] = []
    documents: list[tuple[int, object]] = []
    for block in blocks:
        text = _unwrapped(block.text)
        skipped = block.text.count("\n", 0, block.text.find(text[:40]))
        try:
            # Line ends within a text are common where a shop system fills in a template.
            documents.append((block.line, json.loads(text, strict=False)))
        except json.JSONDecodeError as error:
            message = f"JSON-LD that is not valid JSON at column {error.colno} ({error.msg}); this block was left out"
            problems.append(RowProblem(str(file), block.line + skipped + error.lineno - 1, message))
        except (ValueError, RecursionError) as error:
            problems.append(RowProblem(str(file), block.line, f"JSON-LD that cannot be read: {error}; left out"))
    known: dict[object, JsonRow] = {}
    if any('"@id"' in block.text for block in blocks):
        known = {node.values["@id"]: node.values for node in _walk(documents, {}) if _is_named(node.values)}
    return list(_walk(documents, known)), problems


def _unwrapped(text: str) -> str:
    """A block without the comment or CDATA marks that shop systems put around it."""
    text = text.strip()
    if opening := _OPENING.match(text):
        text = text[opening.end() :].lstrip()
    if closing := _CLOSING.search(text[-40:]):
        text = text[: len(text) - len(closing[0])]
    return text.rstrip().rstrip(";")


def _is_named(values: JsonRow) -> bool:
    return len(values) > 1 and isinstance(values.get("@id"), str)


def _walk(documents: list[tuple[int, object]], known: dict[object, JsonRow]) -> Iterator[Node]:
    """Each object once, the outer ones first. Mere references are put in place of what they refer to."""
    waiting = deque((line, document, "", _NO_TYPES, _NO_TYPES) for line, document in documents)
    seen: set[int] = set()
    while waiting:
        line, value, key, owner, under = waiting.popleft()
        if isinstance(value, list):
            value[:] = [_meant(one, known) for one in value]
            waiting.extend((line, one, key, owner, under) for one in value if isinstance(one, dict | list))
        elif isinstance(value, dict) and id(value) not in seen:
            seen.add(id(value))
            types = types_of(value)
            yield Node(line, value, types, key, owner, under)
            below = under | types if types else under
            for name, held in value.items():
                if isinstance(held, dict | list):
                    value[name] = meant = _meant(held, known)
                    waiting.append((line, meant, name, types, below))


def _meant(value: object, known: dict[object, JsonRow]) -> object:
    if known and isinstance(value, dict) and len(value) == 1 and isinstance(value.get("@id"), str):
        return known.get(value["@id"], value)
    return value
