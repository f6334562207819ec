"""Products that a text names by words of their titles, and the names in it that no product of the catalogue has."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Protocol

from assistant.dialogue import content_words
from assistant.masking import without_marks
from knowledge.catalogue import Catalogue, texts
from knowledge.domain import Found, Language, Product, Wish
from knowledge.wording import field_name
from retrieval.tokens import tokenize

COMPARES = re.compile(
    r"\b(?:compar\w*|differen\w*|vs|versus|against)\b|对比|比较|比一比|区别|差别|不同|哪里不一样", re.IGNORECASE
)
_SPLIT = re.compile(r"\b(?:or|and|with|to|than)\b|[,，、/:：;；。?？!！]|还是|還是|和|跟|与|與|比", re.IGNORECASE)
_PLAIN = re.compile(
    r"\b(?:between|better|best|worse|choose|buy|get|go|top|most|one|two|three|four|five)\b|什么|怎么样?|哪个?|请问|帮我|一下|更|吗",
    re.IGNORECASE,
)
_WHAT_FOR = re.compile(r"\b(?:for|in|at|on|from|by|under|below|over|about|if|when|because)\b.*", re.IGNORECASE)
_LATIN = r"[^\W\d_\u4e00-\u9fff]"
_WORD = re.compile(rf"{_LATIN}(?:{_LATIN}|[\d'’+-])*|\d(?:{_LATIN}|[\d.+-])*|[\u4e00-\u9fff]+")
_QUANTITY = re.compile(
    r"(?<!\d)\d{1,9}(?:[.,]\d{1,9})?\s?(?:[gtm]b|k?g|[cm]?m|m?l|w|hz|mp|mah|in|inch(?:es)?|usd|h)\b", re.IGNORECASE
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_GOES_WITH = re.compile(r"\b(?:for|fits)\b|适用|适配", re.IGNORECASE)
MAX_NAMES = 4
MAX_WORDS = 8
"""Of one name. Each word is looked for in the catalogue."""
_ALIKE = 0.85
"""How like the right word a misspelt one is, as difflib counts."""


class Search(Protocol):
    def search(self, wish: Wish, k: int) -> Found: ...


@dataclass(frozen=True, slots=True)
class Names:
    """Finds what is named, by search."""

    catalogue: Catalogue
    search: Search

    def product(self, text: str, language: Language, least: int = 2) -> Product | None:
        """The product that a text names by words of its title, `least` at least; None when none is."""
        words = _words(text)
        if len(words) < least:
            return None
        best: tuple[int, int, int, Product] | None = None
        tokens = set(tokenize(text, language))
        for product in self._near(text, language):
            titles = product.title, texts(product, language).title
            n_shared = len(words & _words(" ".join(titles)))
            # "Case for K5" has the words of the K5 too, but behind what it is.
            n_own = len(words & _words(" ".join(_GOES_WITH.split(title)[0] for title in titles)))
            n_tokens = len(tokens.intersection(tokenize(" ".join(titles), language)))
            if n_shared >= least and (best is None or (n_shared, n_own, n_tokens) > best[:3]):
                best = (n_shared, n_own, n_tokens, product)
        return best[3] if best else None

    def only(self, words: str, language: Language) -> Product | None:
        """The one product whose titles have all the words; None where several have, or none."""
        wanted = set(tokenize(words, language))
        titles = ((p, f"{p.title} {texts(p, language).title}") for p in self._near(words, language))
        having = [product for product, title in titles if wanted <= set(tokenize(title, language))]
        return having[0] if len(having) == 1 else None

    def each(self, utterance: str, language: Language, *, plain: bool) -> tuple[list[Product], tuple[str, ...]]:
        """The products that the parts of an utterance name, and the names of which there is no product.

        A name is written as one: with a capital letter within a sentence, or letters and figures. With `plain` any
        word counts that does not steer the conversation. An address or a telephone number is no name, and after
        MAX_NAMES no more are looked for.
        """
        utterance = without_marks(utterance)
        known: list[Product] = []
        unknown: list[str] = []
        for part in islice(filter(_WORD.search, self._parts(utterance)), 2 * MAX_NAMES):
            if len(known) + len(unknown) == MAX_NAMES:
                break
            spoken = (match for match in _WORD.finditer(_PLAIN.sub(_blank, part)) if _says_something(match.group()))
            words = list(islice(spoken, MAX_WORDS))
            counted = _QUANTITY.sub(_blank, part)
            told = [re.sub("['’]s$", "", match.group()) for match in words if counted[match.start()] != " "]
            names = [word for word in told if _is_written_as_name(word, utterance)]
            if any(not self._holds(word, language) for word in (told if plain else names)):
                unknown.append(part[words[0].start() : words[-1].end()])
                continue
            by_one = any(name not in self.catalogue.brands for name in names)
            product = self.product(part, language, 1 if by_one else 2)
            if product and product not in known:
                known.append(product)
        return known, tuple(dict.fromkeys(unknown))

    def _parts(self, utterance: str) -> Iterator[str]:
        """The parts of an utterance, less what things are for; a brand may begin like that, "Under Canvas"."""
        for part in map(str.strip, _SPLIT.split(COMPARES.sub(",", utterance))):
            brand = max((b for b in self.catalogue.brands if _begins_with(part, b)), key=len, default="")
            yield part[: len(brand)] + _WHAT_FOR.sub("", part[len(brand) :])

    def _holds(self, name: str, language: Language) -> bool:
        """Whether some product says the word, or half the pairs of a run of Chinese; a slip of the pen is forgiven."""
        if self.catalogue.get(name.upper()):
            return True
        said: set[str] = set()
        for product in self._near(name, language):
            said.update(tokenize(" ".join(_all_said(product, language)), language))
        if _HAN.search(name):
            pairs = [a + b for piece in content_words(name).split() for a, b in pairwise(piece)]
            return 2 * sum(pair in said for pair in pairs) >= len(pairs)
        return all(token in said or _is_like(token, said) for token in tokenize(name, language))

    def _near(self, text: str, language: Language) -> Iterator[Product]:
        for candidate in self.search.search(Wish(text, language), 5).candidates:
            if product := self.catalogue.get(candidate.product_id):
                yield product


def _begins_with(text: str, words: str) -> bool:
    return bool(words) and text[: len(words)].casefold() == words.casefold() and not text[len(words) :][:1].isalnum()


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _says_something(word: str) -> bool:
    has_figures = any(map(str.isdigit, word))
    return len(word if has_figures else content_words(word.removesuffix("'s"))) > 1


def _is_written_as_name(word: str, utterance: str) -> bool:
    if _HAN.search(word):
        return False
    if any(map(str.isdigit, word)) and any(map(str.isalpha, word)):
        return True
    begins = re.search(rf"(?:^|[.!?]\s+){re.escape(word)}", utterance)
    return word[1:] != word[1:].lower() or (word[:1].isupper() and not begins)


def _is_like(token: str, said: set[str]) -> bool:
    near = [word for word in said if word[0] == token[0]]
    return token.isalpha() and bool(difflib.get_close_matches(token, near, n=1, cutoff=_ALIKE))


def _all_said(product: Product, language: Language) -> Iterator[str]:
    own, told = texts(product, "en"), texts(product, language)
    for text in (own, told):
        yield from (text.title, text.description, *text.category, *text.attributes.values())
    yield from (product.title, product.brand, *(field_name(name, language) for name in product.attributes))


def _words(text: str) -> set[str]:
    return {w for w in re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]{2,}", text.lower()) if len(w) > 1 or w.isdigit()}
