"""Titles and descriptions made ready for finding, and what is found in them."""

import re
from collections.abc import Container, Iterator
from typing import Literal, NamedTuple

from knowledge.domain import Language, Product
from knowledge.extraction.traits import squeezed
from knowledge.language import detect_language
from knowledge.phrases import MAX_VALUE_WORDS, TOKEN, normalise

_MOST_KINDS = 10
_WORD = re.compile(r"[^\s,;|/()]+")
Field = Literal["title", "description"]

MAX_CHARS = 2_000
"""A longer text is read up to here."""


class Find(NamedTuple):
    """A value that a text holds. `cue` says how it was found: "=colour" is a trait, "t:gb" a number with this unit in
    a title, "t~original" a word. `value` is in `unit`, `words` are those of the text.
    """

    cue: str
    value: str | float
    words: str
    field: Field
    language: Language
    unit: str = ""


class Text(NamedTuple):
    """A title or description made ready: `plain` is in one form, `words` are its tokens, `others` the places where it
    speaks of another thing or says what is not so."""

    raw: str
    plain: str
    field: Field
    language: Language
    tokens: tuple[str, ...]
    words: frozenset[str]
    others: tuple[tuple[int, int], ...]

    def is_own(self, start: int) -> bool:
        """Whether the text speaks of the product itself at this place."""
        return not self.others or not any(low <= start < high for low, high in self.others)

    def said(self, match: re.Match[str]) -> str:
        """The words of a match in `plain`, as they are written."""
        return self.raw[match.start() : match.end()]


_OTHER = re.compile(
    r"\b(?:for|fits?|replaces|replacement for|compatible with|works with|suitable for|supports?|up to|max(?:imum)?"
    r"|without|w/o|no|not|non|never|instead of|unlike|than|like|matching|matches)\b(?:(?<=max)\.)?[^,;.()\n|–]*"
    r"|(?:适用于?|兼容|适配|支持|适合|没有|无(?!线|绳|烟)|非|不(?!锈|粘|沾|倒)|最大|最高|可达)"
    r"(?:[^,;.()\n|，。；（） ]| (?![\u3400-\u9fff]))*"
)


_OTHER_WORDS = """
    for fit fits replaces replacement compatible works suitable support supports up max maximum without w no not non
    never instead unlike than like matching matches separately
"""
_OTHER_KEYS = frozenset(_OTHER_WORDS.split())


_LEFT_OUT = re.compile(r"\b(?:not included|sold separately)\b")
_LEFT_OUT_KEYS = frozenset(["included", "separately"])
_ENDS = ",;.()\n|–"


def _part_before(plain: str, end: int) -> int:
    """Where the part of a sentence begins that ends here: what is not included stands before these words."""
    return 1 + max(plain.rfind(mark, max(0, end - 60), end) for mark in _ENDS)


def text_of(raw: str, field: Field, language: Language) -> Text:
    """A text as it is searched."""
    raw = raw[:MAX_CHARS]
    plain = normalise(raw)
    tokens = tuple(TOKEN.findall(plain))
    words = frozenset(tokens)
    speaks = not _OTHER_KEYS.isdisjoint(words) or not plain.isascii()
    others = [match.span() for match in _OTHER.finditer(plain)] if speaks else []
    if speaks and not _LEFT_OUT_KEYS.isdisjoint(words):
        others += [(_part_before(plain, match.start()), match.end()) for match in _LEFT_OUT.finditer(plain)]
    return Text(raw, plain, field, language, tokens, words, tuple(others))


def texts_of(product: Product) -> Iterator[Text]:
    """The title, the description where it says more, and translated titles."""
    language = detect_language(product.title)
    yield text_of(product.title, "title", language)
    if product.description and product.description not in product.title:
        yield text_of(product.description, "description", language)
    for other, translation in product.translations.items():
        if translation.title and other != language:
            yield text_of(translation.title, "title", other)


def kinds_of(product: Product, title: Text) -> tuple[str, ...]:
    """What kind of product it is: its category, and the words of its title."""
    category = (f"> {' > '.join(product.category)}",) if product.category else ()
    words = [word for word in title.tokens if len(word) > 2 and word.isalpha()]
    return (*category, *dict.fromkeys(words[:_MOST_KINDS]))


def phrases_in(
    text: Text, wanted: Container[str] | None = None, starts: Container[str] = ""
) -> Iterator[tuple[str, str]]:
    """The runs of words, squeezed, with the words themselves; of those `wanted`, whose first letters are `starts`."""
    words = [(match.start(), match.end(), squeezed(match.group())) for match in _WORD.finditer(text.plain)]
    for first, (start, _, word) in enumerate(words):
        if wanted is not None and len(word) > 2 and word[:3] not in starts:
            continue
        if not text.is_own(start):
            continue
        joined = ""
        for _, end, more in words[first : first + MAX_VALUE_WORDS]:
            joined += more
            if len(joined) > 1 and (wanted is None or joined in wanted):
                yield joined, text.raw[start:end]
