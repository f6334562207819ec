"""How the names and values of a catalogue are said: folding, singular and plural, heads, parts of lists."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from knowledge.language import simplify
from knowledge.lexicon import NO, ORDINARY, PRODUCT_NOUNS, YES

MAX_VALUE_CHARS = 30
MAX_VALUE_WORDS = 4
TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+(?:\.\d+)?")
HAN = re.compile(r"[\u3400-\u9fff]")
HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
PARTS = re.compile(r"\s*[,/;|、，；]\s*")
_COMPANY_ENDS = frozenset(
    ["com", "inc", "ltd", "llc", "co", "corp", "corporation", "gmbh", "technology", "technologies", "international"]
)
_GENERIC_HEADS = frozenset(
    [
        "maker",
        "makers",
        "machine",
        "machines",
        "set",
        "sets",
        "kit",
        "kits",
        "accessory",
        "accessories",
        "part",
        "parts",
        "product",
        "products",
        "item",
        "items",
        "device",
        "devices",
        "supply",
        "supplies",
        "equipment",
        "case",
        "cases",
        "cover",
        "covers",
        "bag",
        "bags",
        "system",
        "bank",
        "banks",
        "care",
        "systems",
    ]
)


def normalise(text: str) -> str:
    """Lower case, half width, simplified characters; every character stays at its place."""
    if text.isascii():
        return text.lower()
    plain = "".join(map(_plain_char, text))
    simple = simplify(plain)
    return simple if len(simple) == len(plain) else plain


@lru_cache(maxsize=8192)
def _plain_char(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).lower()
    return plain if len(plain) == 1 else char


def forms(name: str) -> set[str]:
    """A noun phrase in singular and plural, lower case. Chinese has one form."""
    plain = " ".join(TOKEN.findall(normalise(name))) if not HAN.search(name) else normalise(name)
    if HAN.search(plain) or not plain:
        return {plain} - {""}
    *before, last = plain.split(" ")
    return {" ".join([*before, form]) for form in (last, _singular(last), _plural(last))}


def _singular(word: str) -> str:
    if len(word) < 4 or word.endswith(("ss", "us", "is")) or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "xes", "sses", "zes")) else word[:-1]


def _plural(word: str) -> str:
    if word.endswith("s") or not word.isalpha():
        return word
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("ch", "sh", "x", "z")) else "s")


_SPELLINGS = {**dict.fromkeys(("color", "colors", "colours", "颜色"), "colour"), "product color": "product colour"}


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """An attribute's name in one spelling: feeds write color and Colour, screen-size and screen_size."""
    plain = " ".join(normalise(name).replace("_", " ").replace("-", " ").split())
    return _SPELLINGS.get(plain, plain)


def names_a_product(name: str) -> bool:
    if HAN.search(name):
        return any(normalise(name) in group for group in PRODUCT_NOUNS)
    last = name.lower().split(" ")[-1]
    return _singular(last) != last


def category_phrases(name: str) -> Iterator[tuple[str, bool]]:
    """The phrases that name a category, and whether it is its whole name rather than its head noun."""
    for form in forms(name):
        yield form, True
        if form.count(" ") == 1 and len(form) > 6:
            yield form.replace(" ", ""), True
    if not HAN.search(name):
        for whole in re.split(r"\s*(?:&|\band\b|,|/)\s*", name.lower()):
            words = TOKEN.findall(whole)
            if whole != name.lower() and len(words) > 0 and " ".join(words) not in ORDINARY:
                yield from ((form, True) for form in forms(" ".join(words)))
            if len(words) > 1 and words[-1] not in _GENERIC_HEADS:
                yield from ((form, False) for form in forms(words[-1]))


def joined_names(parent: str, names: Iterable[str]) -> Iterator[str]:
    """ "phone case" for Cases below Phones."""
    parents = [form for form in forms(parent) if not HAN.search(form)]
    for name in names:
        if not HAN.search(name):
            yield from (f"{p} {n}" for p in parents for n in forms(name) if not n.startswith(p) and " " not in p)


def brand_phrases(brand: str, tokens: Sequence[str]) -> Iterator[str]:
    yield brand
    if not tokens or HAN.search(brand):
        return
    rest = list(tokens)
    while len(rest) > 1 and rest[-1] in _COMPANY_ENDS:
        rest.pop()
    if len(rest) < len(tokens) and (len(rest) > 1 or (len(rest[0]) > 3 and rest[0] not in ORDINARY)):
        yield " ".join(rest)
    if len(tokens) == 2 and all(len(t) > 1 for t in tokens):
        yield "".join(tokens)


def value_key(value: str) -> str:
    return " ".join(normalise(value).split())


@lru_cache(maxsize=65536)
def parts_of(value: str) -> tuple[str, ...]:
    """The parts of a list in a value, as its record writes them; prose has none."""
    return tuple(PARTS.split(value)) if len(value) <= 4 * MAX_VALUE_CHARS else ()


def is_distinctive(value: str) -> bool:
    plain = value_key(value)
    if not plain or len(plain) > MAX_VALUE_CHARS or plain in YES or plain in NO:
        return False
    if HAN.search(plain):
        return len(plain) > 1 and plain not in YES | NO
    words = TOKEN.findall(plain)
    if not words or len(words) > MAX_VALUE_WORDS or (len(words) == 1 and len(words[0]) < 2):
        return False
    if all(w.isdigit() or len(w) == 1 for w in words):
        return False
    return not all(w in ORDINARY or w.isdigit() for w in words)


def aligned(chinese: str, own: str) -> Iterator[tuple[str, str]]:
    """The parts of two lists beside each other; the whole texts when they are of different length."""
    left, right = PARTS.split(chinese), PARTS.split(own)
    return zip(left, right, strict=True) if len(left) == len(right) else iter([(chinese, own)])
