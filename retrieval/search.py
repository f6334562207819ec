"""Product search: constraints first, then words and meaning, joined by rank."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.domain import Candidate, Found, Language, Product, Wish
from knowledge.errors import NotBuiltError
from knowledge.lexicon import ACCESSORY_NOUNS
from knowledge.settings import Settings
from retrieval.constraints import ConstraintFilter, Mask, as_number, field_value
from retrieval.dense import Vectors
from retrieval.fusion import reciprocal_ranks
from retrieval.index import LanguageIndex, TextEncoder
from retrieval.relaxation import Relaxation, relax
from retrieval.tokens import query_tokens, tokenize

MAX_VARIANTS = 2
"""Variants of one product in a list."""

LIKE = 0.7
"""A product is of like relevance when its words score at least this share of the other's."""

_QUERY_TOKENS = 128
_PRIOR_RATINGS = 10
_N_EXAMPLES = 20
_N_ANCHORS = 3
_WORDS = re.compile(r"[a-z\d]+")
_ACCESSORIES = {noun.removesuffix("s") for noun in ACCESSORY_NOUNS}

Ranked = list[tuple[int, float]]
"""Rows of the catalogue with a stage's score, best first."""

Direction = Literal["asc", "desc"]


class ProductSearch:
    """Search over one generation. Rows are the products in the order of the catalogue."""

    def __init__(
        self,
        catalogue: Catalogue,
        indexes: Mapping[Language, LanguageIndex],
        encoders: Mapping[Language, TextEncoder],
        settings: Settings,
    ) -> None:
        """Raises NotBuiltError where an index is of other products, or of another encoder."""
        self._products: tuple[Product, ...] = tuple(catalogue)
        self._indexes = dict(indexes)
        self._encoders = dict(encoders)
        self._depth = settings.search.depth
        ids = tuple(str(product.product_id) for product in self._products)
        for language, index in self._indexes.items():
            encoder = self._encoders.get(language)
            if index.product_ids != ids:
                raise NotBuiltError(f"the index for {language!r} is not of this catalogue; run build")
            if encoder is not None and encoder.fingerprint != index.encoder:
                raise NotBuiltError(f"the index for {language!r} was built with another encoder; run build")
        if not self._indexes:
            raise NotBuiltError("there is no product index; run build")
        self._filter = ConstraintFilter(self._products)
        self._row_of = {name: row for row, name in enumerate(ids)}
        self._place_of_id = np.argsort(np.argsort(np.array(ids, dtype=np.str_), kind="stable"), kind="stable")
        self._in_stock = np.array([product.in_stock for product in self._products], np.bool_)
        self._popularity = _popularity(self._products)

    @property
    def engine(self) -> str:
        """How vectors are searched, for each language: "en: chroma; zh: exact: …"."""
        return "; ".join(f"{language}: {index.dense.engine}" for language, index in self._indexes.items())

    def search(self, wish: Wish, k: int, *, vector: Vectors | None = None) -> Found:
        """Up to k products, best first; ties by id.

        Constraints are filters. When nothing passes, the least important ones are given up and stated in `relaxed`
        (see `relax`). Products in stock stand before sold-out ones of like relevance, and at most two variants of
        one product are in the list. `vector` is the text's, by the encoder of the wish's language, if known.
        """
        within = np.ones(len(self._products), np.bool_)
        within[[self._row_of[name] for name in wish.exclude if name in self._row_of]] = False
        relaxation = relax(wish.constraints, self._filter, within)
        allowed = relaxation.mask
        n_passing = int(allowed.sum())
        if not n_passing:
            return Found((), relaxation.given_up, 0)
        index = self._index(wish.language)
        sort = wish.sort or _nearest_first(relaxation)
        if query_tokens(wish.text, index.language):
            stages, fused = self._fused(wish, index, allowed, max(self._depth, k), vector)
        else:
            stages, fused = {}, {int(row): 0.0 for row in np.flatnonzero(allowed)}
        if sort:
            ranked = self._sorted(wish, sort, index, allowed, stages, fused)
        else:
            ranked = sorted(fused, key=lambda row: (-fused[row], -self._popularity[row], self._place_of_id[row]))
            ranked = self._stock_first(ranked, stages, window=4 * k)
            ranked = self._accessories_last(ranked, wish)
        named = any(constraint.field == "product_id" for constraint in wish.constraints)
        shown = ranked[:k] if named else list(self._few_variants(ranked, k))
        return Found(tuple(self._candidate(row, stages, fused) for row in shown), relaxation.given_up, n_passing)

    def words(self, text: str, language: Language, depth: int, allowed: Mask | None = None) -> Ranked:
        """The stage that goes by words, alone."""
        return self._index(language).lexical.search(text, depth, allowed)

    def dense(
        self, text: str, language: Language, depth: int, allowed: Mask | None = None, vector: Vectors | None = None
    ) -> Ranked:
        """The stage that goes by meaning, alone; nothing without an encoder for the language."""
        index = self._index(language)
        if vector is None:
            encoder = self._encoders.get(index.language)
            if encoder is None:
                return []
            vector = encoder.encode([text], kind="query", max_tokens=_QUERY_TOKENS)[0]
        return index.dense.search(vector, depth, allowed)

    def product(self, row: int) -> Product:
        return self._products[row]

    def _index(self, language: Language) -> LanguageIndex:
        return self._indexes.get(language) or next(iter(self._indexes.values()))

    def _fused(
        self, wish: Wish, index: LanguageIndex, allowed: Mask, depth: int, vector: Vectors | None
    ) -> tuple[dict[str, dict[int, float]], dict[int, float]]:
        """Each stage's scores by row, and the joined ones."""
        mask = None if allowed.all() else allowed
        words = self.words(wish.text, index.language, depth, mask)
        dense = self.dense(wish.text, index.language, depth, mask, vector)
        rankings = [[row for row, _ in words], [row for row, _ in dense]]
        if wish.constraints and not self._open_words(wish, index, allowed):
            pool = sorted({row for ranking in rankings for row in ranking})
            rankings.append(sorted(pool, key=lambda row: (-self._popularity[row], self._place_of_id[row])))
        return {"words": dict(words), "dense": dict(dense)}, reciprocal_ranks(rankings)

    def _open_words(self, wish: Wish, index: LanguageIndex, allowed: Mask) -> list[str]:
        """The words that some product which passes has, and that the constraints have not already taken up."""
        taken: set[str] = set()
        numbers: set[float] = set()
        rows = np.flatnonzero(allowed)[:_N_EXAMPLES]
        for constraint in wish.constraints:
            taken.update(tokenize(constraint.field.replace("_", " "), index.language))
            taken.update(tokenize(_as_text(constraint.value), index.language))
            taken.update(t for row in rows for t in self._field_tokens(row, constraint.field, index.language))
            if isinstance(constraint.value, float | int):
                numbers.add(float(constraint.value))
        return [
            token
            for token in query_tokens(wish.text, index.language)
            if token not in taken
            and _leading_number(token) not in numbers
            and allowed[index.lexical.rows_with(token)].any()
        ]

    def _field_tokens(self, row: int, field: str, language: Language) -> list[str]:
        value = field_value(self._products[row], field)
        if not isinstance(value, tuple):
            return []
        said = [part if isinstance(part, str) else " ".join(part) for part in value]
        return [token for text in said for token in tokenize(text, language)]

    def _sorted(
        self,
        wish: Wish,
        sort: tuple[str, Direction],
        index: LanguageIndex,
        allowed: Mask,
        stages: Mapping[str, Mapping[int, float]],
        fused: Mapping[int, float],
    ) -> list[int]:
        """What is relevant, by a field: in stock first, then those that hold the field, then by its value."""
        field, direction = sort
        sign = -1.0 if direction == "desc" else 1.0

        def key(row: int) -> tuple[bool, bool, float, float, int]:
            number = _sortable(self._products[row], field)
            at = 0.0 if number is None else sign * number
            return not self._in_stock[row], number is None, at, -fused.get(row, 0.0), int(self._place_of_id[row])

        return sorted(self._relevant(wish, index, allowed, stages, fused), key=key)

    def _relevant(
        self,
        wish: Wish,
        index: LanguageIndex,
        allowed: Mask,
        stages: Mapping[str, Mapping[int, float]],
        fused: Mapping[int, float],
    ) -> list[int]:
        """The rows that are what the shopper means, so that the cheapest of them is no accessory.

        With a category all that passes, or of it those whose title holds the words that no constraint has taken up;
        without one, those of like relevance in the categories of the best.
        """
        if any(c.field == "category" and c.op != "ne" for c in wish.constraints) or not stages:
            rows = [int(row) for row in np.flatnonzero(allowed)]
            narrower = self._with_title_words(rows, self._open_words(wish, index, allowed), index) if stages else []
            return narrower or rows
        ranked = sorted(fused, key=lambda row: (-fused[row], self._place_of_id[row]))
        relevance = _relevance(stages)
        ranked = self._accessories_last(ranked, wish)
        anchors = {self._products[row].category for row in ranked[:_N_ANCHORS]}
        if not stages.get("words"):  # nothing but meaning to go by, which does not tell where likeness ends
            return ranked[: 2 * _N_ANCHORS]
        best = max((relevance.get(row, 0.0) for row in ranked[:_N_ANCHORS]), default=0.0)
        return [
            row for row in ranked if self._products[row].category in anchors and relevance.get(row, 0.0) >= LIKE * best
        ]

    def _with_title_words(self, rows: Sequence[int], words: Sequence[str], index: LanguageIndex) -> list[int]:
        """The rows that hold in their titles all of those words that any of their titles holds."""
        kept = set(rows)
        for word in words:
            holding = kept.intersection(int(row) for row in index.lexical.rows_with(word))
            titled = {row for row in holding if word in self._title_tokens(row, index.language)}
            kept = titled or kept
        return [row for row in rows if row in kept] if len(kept) < len(rows) else []

    def _title_tokens(self, row: int, language: Language) -> list[str]:
        product = self._products[row]
        translation = product.translations.get(language)
        return tokenize(f"{product.title} {translation.title if translation else ''}", language)

    def _stock_first(self, ranked: list[int], stages: Mapping[str, Mapping[int, float]], window: int) -> list[int]:
        """Moves sold-out rows behind those in stock of like relevance, among the first `window`."""
        head, tail = ranked[:window], ranked[window:]
        waiting = [row for row in head if not self._in_stock[row]]
        if not waiting:
            return ranked
        relevance = _relevance(stages)
        place = {row: i for i, row in enumerate(head)}
        stocked = [row for row in head if self._in_stock[row]]
        merged: list[int] = []
        for row in waiting:
            enough = LIKE * relevance.get(row, 0.0)
            before = [i for i, o in enumerate(stocked) if place[o] < place[row] or relevance.get(o, 0.0) >= enough]
            n_before = before[-1] + 1 if before else 0
            merged += [*stocked[:n_before], row]
            stocked = stocked[n_before:]
        return merged + stocked + tail

    def _accessories_last(self, ranked: list[int], wish: Wish) -> list[int]:
        """Products for the thing named stand behind it, since a laptop sleeve is no laptop.

        Only under limits, which cheap things for it pass more easily, and where no category keeps them out.
        """
        asked = {word.removesuffix("s") for word in _WORDS.findall(wish.text.lower())}
        is_open = not any(c.field == "category" for c in wish.constraints)
        if not (is_open and (wish.constraints or wish.sort)) or asked & _ACCESSORIES:
            return ranked
        return sorted(ranked, key=lambda row: self._is_for(row, asked))

    def _is_for(self, row: int, asked: Set[str]) -> bool:
        """Whether the title goes on from a word of the wish with that of an accessory."""
        words = [word.removesuffix("s") for word in _WORDS.findall(self._products[row].title.lower())]
        return any(first in asked and then in _ACCESSORIES for first, then in pairwise(words))

    def _few_variants(self, ranked: Sequence[int], k: int) -> Iterator[int]:
        seen: Counter[str] = Counter()
        n_given = 0
        for row in ranked:
            product = self._products[row]
            family = str(product.parent_id or product.product_id)
            if n_given == k:
                return
            if seen[family] < MAX_VARIANTS:
                seen[family] += 1
                n_given += 1
                yield row

    def _candidate(self, row: int, stages: Mapping[str, Mapping[int, float]], fused: Mapping[int, float]) -> Candidate:
        scores = {stage: by_row[row] for stage, by_row in stages.items() if row in by_row}
        return Candidate(self._products[row].product_id, fused.get(row, 0.0), scores)


def _relevance(stages: Mapping[str, Mapping[int, float]]) -> Mapping[int, float]:
    """By words, since their scores tell a name from its neighbours; by meaning where no word hits."""
    return stages.get("words") or stages.get("dense") or {}


def _nearest_first(relaxation: Relaxation) -> tuple[str, Direction] | None:
    """When a limit had to be dropped: what comes nearest to it."""
    for constraint in relaxation.dropped:
        if isinstance(constraint.value, float | int) and constraint.op in ("le", "lt"):
            return constraint.field, "asc"
        if isinstance(constraint.value, float | int) and constraint.op in ("ge", "gt"):
            return constraint.field, "desc"
    return None


def _popularity(products: Sequence[Product]) -> NDArray[np.float64]:
    """Mean ratings drawn towards the mean of all by ten ratings' weight (a Bayesian average); 0 without any."""
    rated = [product.rating for product in products if product.rating is not None]
    prior = sum(rated) / len(rated) if rated else 0.0

    def average(product: Product) -> float:
        if product.rating is None:
            return prior
        n = product.n_ratings if product.n_ratings is not None else 1
        return (n * product.rating + _PRIOR_RATINGS * prior) / (n + _PRIOR_RATINGS)

    return np.array([average(product) for product in products], np.float64)


def _sortable(product: Product, field: str) -> float | None:
    """The field as a number; a date counts by its digits."""
    if field == "released":
        digits = "".join(char for char in product.released if char.isdigit())
        return float(digits.ljust(8, "0")[:8]) if digits else None
    return as_number(field_value(product, field))


def _as_text(value: object) -> str:
    return " ".join(value) if isinstance(value, tuple) else str(value)


def _leading_number(token: str) -> float | None:
    digits = token.rstrip("abcdefghijklmnopqrstuvwxyz")
    try:
        return float(digits.replace(",", ""))
    except ValueError:
        return None
