"""Product search: constraints first, then words and meaning, joined by rank."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.catalogue import Catalogue
from knowledge.domain import Candidate, Constraint, Found, Language, Product, Wish
from knowledge.errors import NotBuiltError
from knowledge.settings import Settings
from retrieval.constraints import ConstraintFilter, Mask, as_number, field_value
from retrieval.dense import DenseIndex, Vectors
from retrieval.fusion import reciprocal_ranks
from retrieval.index import LanguageIndex, TextEncoder
from retrieval.kinds import Kind, read_kind
from retrieval.lexical import best_rows
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
_N_KINDS = 256
_TELLING = 0.1
_N_ROUNDS = 5

Ranked = list[tuple[int, float]]
"""Rows of the catalogue with a stage's score, best first."""

Direction = Literal["asc", "desc"]


@dataclass(frozen=True, slots=True)
class _OfKind:
    """The rows that are of a kind, and those that are for it."""

    kind: Kind
    rows: Mask
    made_for: Mask


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
        self._offer(catalogue)
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
        self._row_of = {name: row for row, name in enumerate(ids)}
        self._place_of_id = np.argsort(np.argsort(np.array(ids, dtype=np.str_), kind="stable"), kind="stable")
        paths = {product.category for product in self._products}
        self._parents = {" > ".join(path[:level]) for path in paths for level in range(1, len(path))}
        self._kinds: dict[tuple[Kind, Language], _OfKind | None] = {}

    def offering(self, catalogue: Catalogue) -> "ProductSearch":
        """The same search over the same products at other prices, stock and ratings; both go on being used."""
        search = copy(self)
        search._offer(catalogue)
        return search

    def _offer(self, catalogue: Catalogue) -> None:
        self._products: tuple[Product, ...] = tuple(catalogue)
        self._filter = ConstraintFilter(self._products)
        self._in_stock = np.array([product.in_stock for product in self._products], np.bool_)
        self._popularity = _popularity(self._products)

    @property
    def engine(self) -> str:
        """How vectors are searched, for each language: "en: chroma; zh: exact: …"."""
        return "; ".join(f"{language}: {index.dense.engine}" for language, index in self._indexes.items())

    def search(self, wish: Wish, k: int, *, vector: Vectors | None = None) -> Found:
        """Up to k products, best first; ties by id.

        Constraints are filters. When nothing passes, the least important ones are given up and stated in `relaxed`
        (see `relax`), but not when all that passes was excluded: then nothing is left. Products in stock stand before
        sold-out ones of like relevance, and at most two variants of one product are in the list. `vector` is the
        text's, by the encoder of the wish's language, if known.
        """
        within = np.ones(len(self._products), np.bool_)
        within[[self._row_of[name] for name in wish.exclude if name in self._row_of]] = False
        if wish.exclude:
            fitting = self._filter.allowed(wish.constraints)
            if fitting.any() and not (fitting & within).any():
                return Found((), (), 0)
        relaxation = relax(wish.constraints, self._filter, within)
        allowed = relaxation.mask
        n_passing = int(allowed.sum())
        if not n_passing:
            return Found((), relaxation.given_up, 0)
        index = self._index(wish.language)
        sort = wish.sort or _nearest_first(relaxation)
        kind = self._kind(wish, index)
        if query_tokens(wish.text, index.language):
            stages, fused = self._fused(wish, index, allowed, max(self._depth, k), vector, kind)
        else:
            stages, fused = {}, {int(row): 0.0 for row in np.flatnonzero(allowed)}
        if sort:
            ranked = self._sorted(wish, sort, index, allowed, stages, fused, kind)
        else:
            ranked = sorted(fused, key=lambda row: (-fused[row], -self._popularity[row], self._place_of_id[row]))
            ranked = self._stock_first(ranked, stages, window=4 * k)
            ranked = _kind_first(ranked, kind) if wish.constraints else ranked
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
            vector = self._encode(text, index)
        return [] if vector is None else index.dense.search(vector, depth, allowed)

    def product(self, row: int) -> Product:
        return self._products[row]

    def _index(self, language: Language) -> LanguageIndex:
        return self._indexes.get(language) or next(iter(self._indexes.values()))

    def _encode(self, text: str, index: LanguageIndex) -> Vectors | None:
        encoder = self._encoders.get(index.language)
        return encoder.encode([text], kind="query", max_tokens=_QUERY_TOKENS)[0] if encoder else None

    def _kind(self, wish: Wish, index: LanguageIndex) -> _OfKind | None:
        """What the wish asks for by name, where no category says it already: phones are more than smartphones."""
        if any(c.field == "product_id" or self._is_narrow(c) for c in wish.constraints):
            return None
        kind = read_kind(wish.text)
        if kind is None:
            return None
        key = kind, index.language
        if key not in self._kinds:
            if len(self._kinds) >= _N_KINDS:
                self._kinds.clear()
            self._kinds[key] = self._look_for_kind(kind, index.language)
        return self._kinds[key]  # still there: one thread runs all turns

    def _is_narrow(self, constraint: Constraint) -> bool:
        return constraint.field == "category" and constraint.op != "ne" and constraint.value not in self._parents

    def _look_for_kind(self, kind: Kind, language: Language) -> _OfKind | None:
        """None where the shop has none, or where the word mostly says what other things are for ("hdmi")."""
        held: set[int] = set()
        for name in kind.names:
            rows = [set(map(int, self._indexes[language].lexical.rows_with(t))) for t in tokenize(name, language)]
            held |= set.intersection(*rows) if rows else set()
        found = _OfKind(kind, np.zeros(len(self._products), np.bool_), np.zeros(len(self._products), np.bool_))
        for row in held:
            product = self._products[row]
            if kind.is_of(product):
                found.rows[row] = True
            elif kind.is_what_it_is_for(product.title):
                found.made_for[row] = True
        n_of, n_for = int(found.rows.sum()), int(found.made_for.sum())
        if not n_of or (not kind.usual and n_of < n_for):
            return None
        _tell_apart(found, self._indexes[language].dense)
        return found

    def _fused(
        self,
        wish: Wish,
        index: LanguageIndex,
        allowed: Mask,
        depth: int,
        vector: Vectors | None,
        kind: _OfKind | None,
    ) -> tuple[dict[str, dict[int, float]], dict[int, float]]:
        """Each stage's scores by row, and the joined ones. What is of the kind that is asked for has a vote of its own,
        since what is for it shares its words and is near in meaning."""
        scores = index.lexical.scores(wish.text)
        vector = self._encode(wish.text, index) if vector is None else vector

        def stages_within(rows: Mask) -> tuple[Ranked, Ranked]:
            by_meaning = [] if vector is None else index.dense.search(vector, depth, None if rows.all() else rows)
            return best_rows(scores, depth, rows), by_meaning

        words, dense = stages_within(allowed)
        rankings = [_rows(words), _rows(dense)]
        if kind and kind.kind.usual:
            own_words, own_dense = stages_within(allowed & kind.rows)
            votes = reciprocal_ranks([_rows(own_words), _rows(own_dense)])
            rankings.append(sorted(votes, key=lambda row: (-votes[row], self._place_of_id[row])))
            words, dense = words + own_words, dense + own_dense
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
        kind: _OfKind | None,
    ) -> list[int]:
        """What is relevant, by a field: in stock first, then those that hold the field, then by its value."""
        field, direction = sort
        sign = -1.0 if direction == "desc" else 1.0

        def key(row: int) -> tuple[bool, bool, float, float, int]:
            number = _sortable(self._products[row], field)
            at = 0.0 if number is None else sign * number
            return not self._in_stock[row], number is None, at, -fused.get(row, 0.0), int(self._place_of_id[row])

        return sorted(self._relevant(wish, index, allowed, stages, fused, kind), key=key)

    def _relevant(
        self,
        wish: Wish,
        index: LanguageIndex,
        allowed: Mask,
        stages: Mapping[str, Mapping[int, float]],
        fused: Mapping[int, float],
        kind: _OfKind | None,
    ) -> list[int]:
        """The rows that are what the shopper means, so that the cheapest of them is no accessory.

        With a category or a kind all that passes, or of it those whose title holds the words that no constraint has
        taken up; without either, those of like relevance in the categories of the best.
        """
        within = allowed & kind.rows if kind else allowed
        if (
            any(c.field == "category" and c.op != "ne" for c in wish.constraints)
            or not stages
            or (kind and within.any())
        ):
            rows = [int(row) for row in np.flatnonzero(within)]
            names = {token for name in kind.kind.names for token in tokenize(name, index.language)} if kind else set()
            words = [word for word in self._open_words(wish, index, allowed) if word not in names]
            narrower = self._with_title_words(rows, words, index) if stages else []
            return narrower or rows
        ranked = _kind_first(sorted(fused, key=lambda row: (-fused[row], self._place_of_id[row])), kind)
        relevance = _relevance(stages)
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


def _rows(ranked: Ranked) -> list[int]:
    return [row for row, _ in ranked]


def _tell_apart(found: _OfKind, dense: DenseIndex) -> None:
    """Moves rows that only seem to be of the kind to those that are for it, by which of both means they are nearer to.

    Titles label them, with errors, and each round's nearest means (Rocchio 1971) mend some: few titles of power cords
    are among those of laptops, and they are nearer to what else is for laptops.
    """
    rows = np.flatnonzero(found.rows)
    if found.made_for.sum() < _TELLING * len(rows):
        return
    for _ in range(_N_ROUNDS):
        kind_mean, other_mean = dense.mean(np.flatnonzero(found.rows)), dense.mean(np.flatnonzero(found.made_for))
        towards = kind_mean - other_mean
        is_kind = dense.scores(towards, rows) >= (kind_mean + other_mean) @ towards / 2
        if not is_kind.any():
            return
        found.rows[rows], found.made_for[rows] = is_kind, ~is_kind


def _kind_first(ranked: list[int], kind: _OfKind | None) -> list[int]:
    """What is of the kind stands before what may be, and that before what is for it: cheap things pass a limit."""
    if kind is None:
        return ranked
    return sorted(ranked, key=lambda row: (kind.kind.usual and not kind.rows[row], bool(kind.made_for[row])))


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
