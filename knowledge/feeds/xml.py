"""Product feeds as XML: Google Merchant's as RSS 2.0 or Atom, and plain lists of products with named elements.

Items are cut out of the text one after the other, and each is parsed alone: what is broken in one touches no other, its
line is known, and the memory holds no more than one. No DTD ever comes before the parser.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, TextIO

from lxml import etree  # type: ignore[import-untyped]

from knowledge.domain import RowProblem
from knowledge.errors import FeedError, refusal
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.markup import plain_text
from knowledge.feeds.merchant import merchant_row
from knowledge.feeds.rows import JsonRow, RowError, Rows
from knowledge.feeds.tables import column_name

_CHUNK = 2**18  # characters that are read at once
_HEAD = 2**20  # characters in which the first item must end for its elements to be known
_MARK = 500  # characters within which a tag's name ends
_LONGEST = 2**24  # characters after which an item counts as not closed
# What begins and does not end takes the rest, and what is read is never given back: the time stays linear.
_TAG = re.compile(
    r"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<\?(?:.*?\?>|.*)|<!DOCTYPE[^>\[]*+(?P<subset>\[)?"
    r"|<!(?P<declared>ENTITY)|<(?P<end>/?)(?P<name>[^\W\d][\w:.-]*+)(?P<rest>[^<>]*+)>",
    re.DOTALL,
)
_NAMESPACE = re.compile(r"""\s(xmlns(?::[\w.-]+)?)\s*=\s*("[^"<&]*"|'[^'<&]*')""")
_ITEMS = {"rss": "item", "rdf": "item", "feed": "entry"}
# A second opening before the end shows that the first was never closed.
_SHUT = {"<!--": re.compile("-->|<!--"), "<![CDATA[": re.compile(r"\]\]>|<!\[CDATA\[")}
_CLOSED = re.compile("[<>]")
_CUT = "the file ends in the middle of this product, which is left out; fetch it anew"
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BARE_UTF16 = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)""")
_ENCODINGS = re.compile(r"utf-?(?:8|16).*|us-ascii|iso-8859-\d+|windows-\d+|gb\w+|big5.*|euc-\w+|shift_jis|koi8-\w")
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030"}
_STANDS_FOR = {"summary": "description", "content": "description"}
_PROSE = ("title", "description")


@dataclass(frozen=True, slots=True)
class XmlLayout:
    """How a feed is built: its root, the name of its items, the fields that they hold, and the namespaces in force."""

    root: str
    item: str
    columns: frozenset[str]
    namespaces: str


class _Element(NamedTuple):
    depth: int
    parent: str
    name: str
    attributes: str


def xml_layout(file: Path) -> XmlLayout | None:
    """How a file of XML is built, None where it holds none.

    Raises FeedError for a DTD that declares anything, and for an encoding that is not known.
    """
    with file.open("rb") as raw:
        if not raw.read(64).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
            return None
    with _opened(file) as handle:
        text = handle.read(_HEAD)
    elements = list(_elements(file, text))
    root = elements[0].name if elements else ""
    children = Counter(element.name for element in elements if element.depth == 1)
    commonest = next((_local(name) for name, _ in children.most_common(1)), "")
    item = _ITEMS.get(_local(root).lower(), commonest)
    columns = frozenset(column_name(_local(element.name)) for element in elements if _local(element.parent) == item)
    return XmlLayout(root, item, columns, _namespaces(takewhile(lambda one: _local(one.name) != item, elements)))


def xml_rows(file: Path, settings: FeedSettings) -> Rows:
    """The items of a feed as rows of ours; one that is broken or cut off is told by its line. Raises FeedError."""
    layout = xml_layout(file)
    if layout is None or not layout.item:
        raise FeedError(f"{file}: holds no elements; is it XML?")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    empty = True
    with _opened(file) as handle:
        for line, text, fault in _Text(handle, layout).items():
            empty = empty and not text
            try:
                if fault:
                    raise RowError(fault)
                yield line, _row(_parsed(text, line, layout.namespaces, parser), settings)
            except RowError as error:
                yield RowProblem(str(file), line, str(error))
    if empty:
        raise FeedError(f"{file}: holds no <{layout.item}>; nothing was read")


def _elements(file: Path, text: str) -> Iterator[_Element]:
    opened: list[str] = []
    for tag in _TAG.finditer(text):
        if tag["subset"] or tag["declared"]:
            line = 1 + text.count("\n", 0, tag.start())
            raise FeedError(f"{file}, line {line}: declares entities or other parts of a DTD; leave the DOCTYPE out")
        if tag["end"]:
            del opened[-1:]
        elif tag["name"]:
            yield _Element(len(opened), opened[-1] if opened else "", tag["name"], tag["rest"])
            if not tag["rest"].endswith("/"):
                opened.append(tag["name"])


def _namespaces(elements: Iterable[_Element]) -> str:
    """The declarations around the items, as they stand in a tag; `g` is always among them."""
    declared = {"xmlns:g": '"http://base.google.com/ns/1.0"'}
    for element in elements:
        declared |= _NAMESPACE.findall(element.attributes)
    return " ".join(f"{name}={address}" for name, address in declared.items())


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _parsed(text: str, line: int, namespaces: str, parser: etree.XMLParser) -> etree._Element:
    """The item, parsed alone, with nothing but the namespaces of its file. Raises RowError."""
    try:
        wrapped = f"<feed {namespaces}>{text}</feed>".encode()
        return etree.fromstring(wrapped, parser)[0]
    except UnicodeEncodeError:
        raise RowError("holds bytes that the file's encoding does not know; name the right one at its top") from None
    except etree.XMLSyntaxError as error:
        what = (error.msg or "").partition(", line")[0]
        raise RowError(
            f"is no valid XML in line {line + (error.lineno or 1) - 1} ({what}); write & as &amp; and < as &lt;, "
            "and close each element"
        ) from None


def _row(product: etree._Element, settings: FeedSettings) -> JsonRow:
    names: list[str] = []
    fields: list[str] = []
    details: list[str] = []
    # Google's own elements come before those of RSS and Atom that mean nearly the same.
    for element in sorted(product, key=lambda element: "base.google.com" not in element.tag):
        name = _field_of(element.tag)
        if name == "product_detail" and len(element):
            details.append(":".join((part.text or "").strip() for part in element))
        elif text := _content(element, name):
            names.append(name)
            fields.append(text)
    if "product_id" in names and "id" not in names:
        return {name: plain_text(field) if name in _PROSE else field for name, field in zip(names, fields, strict=True)}
    return merchant_row(names, fields, settings, details)


@lru_cache(maxsize=1024)
def _field_of(tag: str) -> str:
    name = column_name(tag.rpartition("}")[2])
    return _STANDS_FOR.get(name, name)


def _content(element: etree._Element, name: str) -> str:
    if name == "link" and element.get("href"):
        return str(element.get("href")) if element.get("rel", "alternate") == "alternate" else ""
    if not len(element):
        return (element.text or "").strip()
    return etree.tostring(element, encoding="unicode", method="html") if name in _PROSE else ""


# ------------------------------------------------------------------ text


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """The decoded text. A byte that its encoding does not know becomes half a surrogate pair, which no parser takes."""
    try:
        with file.open("rb") as raw:
            encoding = _encoding_of(file, raw.read(1024))
        with file.open(encoding=encoding, errors="surrogateescape") as text:
            yield text
    except UnicodeError as error:
        raise FeedError(f"{file}: is not in the encoding that it names ({error}); save the file as UTF-8") from error
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {refusal(error)}") from error


def _encoding_of(file: Path, head: bytes) -> str:
    for start, encoding in (_BOMS | _BARE_UTF16).items():
        if head.startswith(start):
            return encoding
    declared = _ENCODING.match(head)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if not _ENCODINGS.fullmatch(name):
        raise FeedError(f"{file}, line 1: encoding {name!r} is not known; save the file as UTF-8")
    try:
        return codecs.lookup(_WIDER.get(name, name)).name
    except LookupError:
        raise FeedError(f"{file}, line 1: encoding {name!r} is not known; save the file as UTF-8") from None


class _Text:
    """The text of a feed, as much of it as an item needs. `line` is that of `start`, and all before it is let go."""

    def __init__(self, handle: TextIO, layout: XmlLayout) -> None:
        self._handle = handle
        self._layout = layout
        self._marks = re.compile(rf"<!--|<!\[CDATA\[|<(/?)(?:[\w.-]+:)?{re.escape(layout.item)}(?=[\s/>])")
        self._root_end = re.compile(rf"</{re.escape(layout.root)}\s*>")
        self._closed = False
        self._text = ""
        self._start = 0
        self._at = 0
        self._line = 1
        self._ended = False

    def items(self) -> Iterator[tuple[int, str, str]]:
        """Line, text and fault of each item, and a last fault where the file ends before its root does."""
        fault = ""
        while (mark := self._find(self._marks)) or not self._ended:
            if mark is None:
                half = self._text.rfind("<", max(self._at, len(self._text) - _MARK))
                self._leave(half if half >= 0 else len(self._text))
                continue
            self._leave(mark.start())
            if mark[0] in _SHUT or mark[1]:
                self._pass(mark)
            else:
                text, fault = self._item(mark)
                yield self._line, text, fault
            self._begin(self._at)
        self._leave(len(self._text))
        if fault != _CUT and not self._closed:
            yield self._line, "", f"the file ends before </{self._layout.root}>; products may be missing: fetch it anew"

    def _item(self, opening: re.Match[str]) -> tuple[str, str]:
        """Text and fault of the item that begins here; where it goes wrong the next one is looked for."""
        if self._pass(opening) and self._text[self._at - 2] == "/":
            return self._text[self._start : self._at], ""
        while mark := self._find(self._marks):
            if not mark[1] and mark[0] not in _SHUT:
                self._at = mark.start()
                return "", f"<{self._layout.item}> is not closed before the next one begins; close it"
            if not self._pass(mark) and not mark[1]:
                return "", f"{mark[0]} is opened in this product and not closed; close it"
            if mark[1]:
                return self._text[self._start : self._at], ""
        if self._ended:
            return "", _CUT
        return "", f"<{self._layout.item}> is not closed within {_LONGEST:,} characters; close it"

    def _pass(self, mark: re.Match[str]) -> bool:
        """Whether what the mark opens is closed too; reading goes on behind it, else behind the mark."""
        self._at = mark.end()
        closing = self._find(_SHUT.get(mark[0], _CLOSED))
        if closing is None or not closing[0].endswith(">"):
            return False
        self._at = closing.end()
        return True

    def _find(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The next place from here; None where the text ends or grows too long before it."""
        while not (found := pattern.search(self._text, self._at)):
            kept = self._text[self._start :]
            if len(kept) > _LONGEST:
                return None
            chunk = self._handle.read(max(_CHUNK, len(kept)))  # as much again, so that time stays linear
            self._text, self._at, self._start = kept + chunk, self._at - self._start, 0
            if not chunk:
                self._ended = True
                return None
        return found

    def _leave(self, at: int) -> None:
        """Lets go what stands around items, comments and CDATA: there alone the root ends."""
        self._closed = self._closed or bool(self._root_end.search(self._text, self._start, at))
        self._begin(at)

    def _begin(self, at: int) -> None:
        self._line += self._text.count("\n", self._start, at)
        self._start = self._at = at
