"""From a file to its lines, whatever encoding it was saved in: found by its bytes, read as a stream."""

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from knowledge.errors import FeedError, refusal

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
    "big5": "Big5",
}

_SAMPLE = 65_536  # bytes of lines beyond ASCII that decide on an encoding
_HEAD = 4096  # bytes that tell UTF-16 without a mark
_SURE = 0.9  # share of the characters that must look usual in an encoding
_NOT_TEXT = {
    b"PK\x03\x04": "a spreadsheet or a zip file; export it as CSV, TSV or JSONL",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet; export it as CSV, TSV or JSONL",
    b"\x1f\x8b": "compressed; unpack it first",
    b"%PDF": "a PDF; write its text into a Markdown file",
    b"SQLi": "a database; export it as CSV, TSV or JSONL",
}
_CHINESE = re.compile(rb"[\x81-\xfe]\d[\x81-\xfe]\d|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]")
# The rows of punctuation and of the 3,755 commonest characters of GB 2312; of Big5, its 5,401 commonest.
_USUAL_GB = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
_USUAL_BIG5 = re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
# EUC-KR has its syllables where GB 2312 has the first half of its commonest characters; no Chinese text is all there.
_AFTER_HANGUL = b"\xc9"
_MANY = 20
_WESTERN = re.compile(r"([a-zA-Z]?)([^\x00-\x7f]+)(?=([a-zA-Z]?))")
_SIGNS = "€£¥§©®°±²³µ·¼½¾×÷™–—‘’“”„‚‹›«»…•¡¿\xa0\xad"
_RUN = re.compile(f"([{_SIGNS}]*)([^\\W\\d_þÞðÐ]{{0,3}})([{_SIGNS}]*)")
_WITHIN_WORDS = ("", "’", "·", "\xad")


class Line(NamedTuple):
    """A line without its end, from number 1. `fault` says which byte could not be read, and stands as U+FFFD."""

    number: int
    text: str
    fault: str = ""


def encoding_of(file: Path) -> str:
    """The encoding of a feed, one of ENCODINGS. Raises FeedError when it is none of them, or no text.

    UTF-8 with some broken bytes is UTF-8. Of the older ones the one counts in which most characters are usual.
    """
    try:
        with file.open("rb") as handle:
            head = handle.read(_HEAD)
            _refuse_binary(file, head)
            if found := _marked(head) or _unmarked_utf16(head):
                return found
            handle.seek(0)
            sample = _beyond_ascii(handle)
    except OSError as error:
        raise _unreadable(file, error) from error
    if not sample or _is_utf8(sample):
        return "utf-8"
    share, found = max(_shares(sample), key=lambda pair: pair[0])
    if share < _SURE:
        raise FeedError(
            f"{file}: is in none of the encodings {', '.join(dict.fromkeys(ENCODINGS.values()))}; save it as UTF-8, "
            "for instance with 'iconv -f WINDOWS-1251 -t UTF-8' if it was written so"
        )
    return found


def feed_lines(file: Path) -> Iterator[Line]:
    """The lines of a feed in the encoding that it is found to have. Raises FeedError as `encoding_of` does."""
    return _lines(file, encoding_of(file))


def read_lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of one of the shop's own files: UTF-8, or UTF-16 with a byte order mark.

    Raises FeedError, naming line and byte, for anything else: what the shop holds is never guessed.
    """
    try:
        with file.open("rb") as handle:
            head = handle.read(4)
    except OSError as error:
        raise _unreadable(file, error) from error
    _refuse_binary(file, head)
    encoding = _marked(head) or "utf-8"
    for number, text, fault in _lines(file, encoding):
        if fault:
            raise FeedError(
                f"{file}, line {number}: {fault}; save the file as UTF-8, for instance with "
                "'iconv -f GB18030 -t UTF-8' or '-f WINDOWS-1252' if it was written so"
            )
        if number == 1 and "\0" in text:
            raise FeedError(
                f"{file}, line 1: holds zero bytes; it may be UTF-16 without a byte order mark: save it as UTF-8"
            )
        yield number, text


def has_rows(file: Path, n: int = 1) -> bool:
    """Whether there is such a file, with `n` lines that are not blank. Raises FeedError when it is not text."""
    return file.exists() and len(list(islice((line for _, line in read_lines(file) if line.strip()), n))) == n


def first_line(file: Path) -> str:
    """The first line of a feed that is not blank. Raises FeedError when there is none."""
    for line in feed_lines(file):
        if line.text.strip():
            return line.text
    raise FeedError(f"{file}: is empty; nothing was read")


def is_ended(file: Path) -> bool:
    """Whether the last line has an end. Where it has none, a broken last line may be half of one."""
    with file.open("rb") as handle:
        handle.seek(max(0, handle.seek(0, io.SEEK_END) - 2))
        end = handle.read()
        return b"\n" in end or end.endswith(b"\r")


def _unreadable(file: Path, error: OSError) -> FeedError:
    return FeedError(f"{file}: cannot be read: {refusal(error)}")


def _refuse_binary(file: Path, head: bytes) -> None:
    for magic, what in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FeedError(f"{file}: this is {what}")


# ------------------------------------------------------------------ what is it


def _marked(head: bytes) -> str:
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    return "utf-8" if head.startswith(codecs.BOM_UTF8) else ""


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 by its zero bytes: those of ASCII all stand on the same side of their pairs."""
    high_first, low_first = head[::2].count(0), head[1::2].count(0)
    most, least = max(high_first, low_first), min(high_first, low_first)
    if most < len(head) / 20 or least > most / 10:
        return ""
    return "utf-16-le" if low_first > high_first else "utf-16-be"


def _beyond_ascii(handle: io.BufferedReader) -> bytes:
    sample = bytearray()
    for raw in handle:
        if not raw.isascii():
            sample += raw
            if len(sample) >= _SAMPLE:
                break
    return bytes(sample)


def _is_utf8(sample: bytes) -> bool:
    text = sample.decode("utf-8", "replace")
    n_broken = text.count("\ufffd") - sample.count("\ufffd".encode())
    n_whole = len(text) - len(text.encode("ascii", "ignore")) - n_broken
    return not n_broken or n_whole > n_broken


def _shares(sample: bytes) -> Iterator[tuple[float, str]]:
    """How usual the sample's characters are in each of the older encodings; of equals the first one counts."""
    pairs = _CHINESE.findall(sample)
    usual = sum(_USUAL_GB.fullmatch(pair) is not None for pair in pairs)
    is_korean = len(pairs) >= _MANY and max(pairs) < _AFTER_HANGUL
    yield 0.0 if is_korean else usual / len(pairs), "gb18030"
    runs = _WESTERN.findall(sample.decode("cp1252", "replace"))
    yield (
        sum(len(run) for before, run, after in runs if _is_western(before, run, after))
        / sum(len(run) for _, run, _ in runs),
        "cp1252",
    )
    yield sum(_USUAL_BIG5.fullmatch(pair) is not None for pair in pairs) / len(pairs), "big5"


def _is_western(before: str, run: str, after: str) -> bool:
    """Whether characters beyond ASCII are at most three letters in a row, as small as those before, signs around."""
    found = _RUN.fullmatch(run)
    if not found:
        return False
    signs, letters, closing = found.groups()
    if not letters:
        return not (before and after) or run in _WITHIN_WORDS
    if (before and signs not in _WITHIN_WORDS) or (after and closing not in _WITHIN_WORDS):
        return False
    return letters.islower() or (letters.isupper() and (signs != "" or not before.islower())) or letters in "ªº"


# ------------------------------------------------------------------ its lines


def _lines(file: Path, encoding: str) -> Iterator[Line]:
    try:
        with file.open("rb") as handle:
            yield from (
                _wide_lines(handle, encoding) if encoding.startswith("utf-16") else _narrow_lines(handle, encoding)
            )
    except OSError as error:
        raise _unreadable(file, error) from error


def _narrow_lines(handle: io.BufferedReader, encoding: str) -> Iterator[Line]:
    """Lines of an encoding in which a byte 0x0A is a line's end and nothing else. Without any, 0x0D is one, as in the
    tables of old Macs."""
    offset = 0
    first = handle.readline()
    lines = [first] if first.endswith(b"\n") else first.splitlines(keepends=True)
    for number, raw in enumerate(chain(lines, handle), start=1):
        line = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
        try:
            yield Line(number, line.decode(encoding).rstrip("\r\n"))
        except UnicodeDecodeError as error:
            byte = offset + len(raw) - len(line) + error.start
            fault = f"byte {byte} (0x{line[error.start]:02x}) is not {ENCODINGS[encoding]}"
            yield Line(number, line.decode(encoding, "replace").rstrip("\r\n"), fault)
        offset += len(raw)


def _wide_lines(handle: io.BufferedReader, encoding: str) -> Iterator[Line]:
    with io.TextIOWrapper(handle, encoding=encoding, errors="replace", newline="\n") as text:
        for number, line in enumerate(text, start=1):
            fault = "holds a character that is not valid UTF-16" if "\ufffd" in line else ""
            yield Line(number, (line.removeprefix("\ufeff") if number == 1 else line).rstrip("\r\n"), fault)
