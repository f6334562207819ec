"""Saved HTML pages as text and as a tree: their encoding, and bounds for what no page of a shop needs."""

import codecs
import re
from pathlib import Path
from typing import Any, TypeAlias

from lxml import etree, html  # type: ignore[import-untyped]

from knowledge.errors import FeedError, refusal

Element: TypeAlias = Any  # lxml tells no types

HTML_SUFFIXES = (".html", ".htm", ".xhtml")
MOST_BYTES = 32 * 2**20  # a page saved whole holds its pictures

_HEAD = 4096  # bytes; a browser puts a comment above the page that it saves
_CHARSET = re.compile(rb"""<(?:meta\b[^>]*?charset|\?xml\b[^>]*?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
# What browsers read a label as (encoding.spec.whatwg.org): the larger set of the same family.
_MEANT = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
}
_MOST_UNREAD = 0.01  # share of characters
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def looks_like_html(head: bytes) -> bool:
    """Whether a file begins as a page does."""
    start = head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip()[:512].lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        start.startswith((b"<?xml", b"<!--")) and b"<html" in start
    )


def read_html(file: Path) -> str:
    """A page's text by its byte order mark, else by the charset that it names, else as UTF-8.

    Raises FeedError where it cannot be read, is no text in that encoding, or is larger than `MOST_BYTES`.
    """
    raw = read_bytes(file)
    if raw.startswith(b"PK\x03\x04") or raw.startswith(b"%PDF"):
        raise FeedError(f"{file}: is no page but an archive or a PDF; save the page as HTML")
    named = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "")
    if not named:
        found = _CHARSET.search(raw[:_HEAD])
        named = found[1].decode("ascii").lower() if found else "utf-8"
    try:
        text = raw.decode(_MEANT.get(named, named), errors="replace").removeprefix("\ufeff")
    except (LookupError, UnicodeError):
        raise FeedError(f"{file}: names the charset {named!r}, which is unknown; save the page as UTF-8") from None
    if text.count("\ufffd") > _MOST_UNREAD * len(text):
        told = "which it says it is" if found_in(raw) else "and it names no other charset"
        raise FeedError(
            f"{file}: is not {named}, {told}; save the page as UTF-8, or name its charset in <meta charset>"
        )
    return text


def found_in(raw: bytes) -> bool:
    """Whether a page names its charset."""
    return bool(_CHARSET.search(raw[:_HEAD]))


def read_bytes(file: Path) -> bytes:
    """A file's content. Raises FeedError when it cannot be read or is larger than `MOST_BYTES`."""
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise FeedError(
                f"{file}: has {size / 2**20:.0f} MB, over {MOST_BYTES // 2**20}; save the page without its pictures, "
                "or a catalogue as JSONL"
            )
        return file.read_bytes()
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {refusal(error)}") from error


def parse_html(text: str) -> tuple[Element | None, bool]:
    """The tree of a page, None where it holds no element, and whether it was cut: it is nested absurdly deep."""
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, recover=True
    )
    plain = _CONTROL.sub(lambda found: "\n" if found.group() == "\r" else "", text.replace("\r\n", "\n"))
    try:
        root = html.document_fromstring(plain.encode("utf-8", errors="replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None, False
    return root, any("depth" in entry.message for entry in parser.error_log)
