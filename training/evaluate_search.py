"""How good product search is on judged queries: each stage alone, and the whole."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from knowledge.domain import Wish
from knowledge.language import detect_language
from retrieval.search import ProductSearch
from training.judgements import Query
from training.ranking_measures import (
    PerQuery,
    Qrels,
    Run,
    answerable,
    interval,
    judged,
    mean,
    ndcg,
    ndcg_judged,
    recall,
)

DEPTH = 50
"""How much of each list is measured: R@50 looks deepest."""

MEASURES: Mapping[str, Callable[[Qrels, Run], PerQuery]] = {
    "nDCG@10": ndcg,
    "nDCG@10_judged": ndcg_judged,
    "R@50": recall,
    "judged@10": judged,
}

System = Callable[[Wish], list[str]]
"""A search: the ids found, best first."""


@dataclass(frozen=True, slots=True)
class SystemReport:
    """Means over queries and their 95 % intervals by measure, and the median time of a query."""

    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    per_query: Mapping[str, PerQuery]
    p50_ms: float


@dataclass(frozen=True, slots=True)
class SearchReport:
    """`folds` is 0 where nothing was fitted on judgements."""

    n_queries: int
    folds: int
    systems: Mapping[str, SystemReport]

    def to_json(self) -> dict[str, object]:
        """As in the command line's contract; what cannot be computed is null."""
        return {
            "n_queries": self.n_queries,
            "folds": self.folds,
            "systems": {
                name: {
                    **{measure: _number(value) for measure, value in system.means.items()},
                    "p50_ms": _number(system.p50_ms, 2),
                    "intervals": {m: [_number(low), _number(high)] for m, (low, high) in system.intervals.items()},
                }
                for name, system in self.systems.items()
            },
        }


def evaluate_search(
    search: ProductSearch,
    queries: Sequence[Query],
    qrels: Qrels,
    *,
    wish_of: Callable[[str], Wish] | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> SearchReport:
    """Runs the systems "words", "dense" and "default", the whole pipeline, on the queries that can be answered.

    A query counts if some product has grade 2 or 3. `wish_of` reads constraints for the whole pipeline; without it
    the text alone is searched. Judgements of queries that are not in `queries` are left out.
    """
    counted = answerable(qrels)
    texts = {query.query_id: query.text for query in queries if query.query_id in counted}
    counted = {query: counted[query] for query in texts}
    systems: dict[str, System] = {
        "words": lambda wish: _ids(search, search.words(wish.text, wish.language, DEPTH)),
        "dense": lambda wish: _ids(search, search.dense(wish.text, wish.language, DEPTH)),
        "default": lambda wish: [str(found.product_id) for found in search.search(wish, DEPTH).candidates],
    }
    reports: dict[str, SystemReport] = {}
    for name, system in systems.items():
        read = wish_of if wish_of is not None and name == "default" else _plain_wish
        run, times = _timed(name, system, read, texts, progress)
        per_query = {measure: compute(counted, run) for measure, compute in MEASURES.items()}
        reports[name] = SystemReport(
            means={measure: mean(values.values()) for measure, values in per_query.items()},
            intervals={measure: interval(values.values(), seed=seed) for measure, values in per_query.items()},
            per_query=per_query,
            p50_ms=statistics.median(times) if times else math.nan,
        )
    return SearchReport(n_queries=len(counted), folds=0, systems=reports)


def _timed(
    name: str,
    system: System,
    read: Callable[[str], Wish],
    texts: Mapping[str, str],
    progress: Callable[[str, int, int], None] | None,
) -> tuple[dict[str, list[str]], list[float]]:
    """What the system finds for each query, and how many milliseconds each took; reading the wish counts."""
    run: dict[str, list[str]] = {}
    times: list[float] = []
    for text in list(texts.values())[:1]:
        system(read(text))  # what is loaded at the first search is no time of a query
    for n_done, (query, text) in enumerate(texts.items(), 1):
        started = time.perf_counter()
        run[query] = system(read(text))
        times.append(1000 * (time.perf_counter() - started))
        if progress:
            progress(name, n_done, len(texts))
    return run, times


def _plain_wish(text: str) -> Wish:
    return Wish(text, detect_language(text))


def _ids(search: ProductSearch, ranked: Sequence[tuple[int, float]]) -> list[str]:
    return [str(search.product(row).product_id) for row, _ in ranked]


def _number(value: float, digits: int = 4) -> float | None:
    return None if math.isnan(value) else round(value, digits)
