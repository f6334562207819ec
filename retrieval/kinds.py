"""What kind of product a text names: a laptop sleeve is a sleeve, and a sleeve for laptops too.

English names the thing last ("laptop sleeve") and what it goes with behind a preposition ("sleeve for laptops");
Chinese has it last as well (笔记本电脑包). A shop without categories tells its kinds by titles alone.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from knowledge.domain import Product
from knowledge.lexicon import ACCESSORY_NOUNS, ACCESSORY_NOUNS_ZH, ORDINARY, PRODUCT_NOUNS
from knowledge.phrases import HAN, forms, normalise

_LOOK_AHEAD = 3
"""Words behind a name that may make it another thing's: "monitor extension cable"."""

_GOES_WITH = re.compile(
    r"\s(?:for|with|w/|fits|to|from|by|in|on|under|below|over|above|around|without|compatible|suitable|that|which|if)\b"
)
_WORD = re.compile(r"[a-z][a-z\d]+")
_NEXT = re.compile(r"[ /-]([a-z]+)")


@dataclass(frozen=True)
class Kind:
    """A kind of product by its names in both languages, lower case.

    `usual` marks one of the lexicon's; others are a wish's last word, which may be no product at all.
    """

    nouns: tuple[str, ...]
    usual: bool

    @cached_property
    def names(self) -> frozenset[str]:
        """The nouns in singular and plural."""
        return frozenset(form for noun in self.nouns for form in forms(noun))

    def is_named_by(self, text: str) -> bool:
        """Whether the text names such a product, and not something for it."""
        return bool(self.places(_before_what_it_goes_with(text)))

    def places(self, plain: str) -> list[tuple[int, int]]:
        """Start and end of the kind's names in a normalised text, where they do not name something for it."""
        spans = (match.span() for match in self._pattern.finditer(plain))
        return [(start, end) for start, end in spans if not _names_another(plain, end)]

    def is_what_it_is_for(self, title: str) -> bool:
        """Whether the text names something for such a product."""
        plain = normalise(title)
        return bool(self._pattern.search(plain)) and not self.is_named_by(title)

    def is_of(self, product: Product) -> bool:
        """Whether the product is one, by its title in any language or by an attribute that says its type."""
        titles = (product.title, *(texts.title for texts in product.translations.values()))
        if any(self.is_named_by(title) for title in titles):
            return True
        types = (value for name, value in product.attributes.items() if name.endswith("type"))
        return any(isinstance(value, str) and normalise(value) in self.names for value in types)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        latin = sorted((name for name in self.names if not HAN.search(name)), key=len, reverse=True)
        han = sorted((name for name in self.names if HAN.search(name)), key=len, reverse=True)
        words = [rf"(?<![a-z\d])(?:{'|'.join(map(re.escape, latin))})(?![a-z\d])"] if latin else []
        return re.compile("|".join([*words, *map(re.escape, han)]))


@lru_cache(maxsize=1024)
def read_kind(text: str) -> Kind | None:
    """The kind of product that a wish asks for; None where its words name none.

    Of several usual names the last one that is a thing of its own counts ("a computer with a monitor" is a computer).
    """
    plain = _before_what_it_goes_with(text)
    named = [(end, -start, kind) for kind in _usual_kinds() for start, end in kind.places(plain)]
    if named:
        return max(named, key=lambda found: found[:2])[2]
    words = _WORD.findall(plain)
    if not words or words[-1] in ORDINARY or len(words[-1]) < 3 or HAN.search(plain):
        return None
    return Kind((words[-1],), usual=False)


def _before_what_it_goes_with(text: str) -> str:
    plain = normalise(text)
    behind = _GOES_WITH.search(plain)
    return plain[: behind.start()] if behind else plain


@lru_cache(maxsize=1)
def _usual_kinds() -> tuple[Kind, ...]:
    return tuple(Kind(group, usual=True) for group in PRODUCT_NOUNS)


def _names_another(plain: str, end: int) -> bool:
    """Whether the words behind a name, up to a number or a mark, make it the name of something else."""
    if plain.startswith(ACCESSORY_NOUNS_ZH, end):
        return True
    for _ in range(_LOOK_AHEAD):
        match = _NEXT.match(plain, end)
        if match is None:
            return False
        if match[1] in ACCESSORY_NOUNS:
            return True
        end = match.end()
    return False
