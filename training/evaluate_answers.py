"""How well questions find the entry that answers them, on judged questions, beside words and vectors alone."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from knowledge.domain import Language
from knowledge.errors import FeedError
from knowledge.graph import ShopGraph
from knowledge.language import detect_language
from knowledge.shop import Shop
from retrieval.answers import Answerer
from retrieval.entries import (
    Entry,
    EntryIndex,
    SentenceEncoder,
    Shares,
    encode_entries,
    entry_texts,
    fit_shares,
    leave_out,
)
from training.judgements import Query, read_objects
from training.measures import auroc, bootstrap
from training.ranking_measures import PerQuery, Qrels, Run, hit, interval, mean, reciprocal_rank

Progress = Callable[[str, int, int], None]
MEASURES: Mapping[str, Callable[[Qrels, Run], PerQuery]] = {
    "hit@1": lambda qrels, run: hit(qrels, run, 1),
    "hit@5": lambda qrels, run: hit(qrels, run, 5),
    "mrr": reciprocal_rank,
}
OTHER_SYSTEMS: Mapping[str, Shares] = {
    "words": Shares(passages=0.5, words=1.0),
    "vectors": Shares(passages=0.0, words=0.0),
}


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A question with its answers and other ways to ask it."""

    faq_id: str
    question: str
    answers: tuple[str, ...]
    paraphrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerSystem:
    """Means over judged queries with their 95 % intervals; nan where they cannot be computed.

    `unknown_auroc` is the chance that a query with an answer scores above one without.
    """

    means: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    unknown_auroc: float
    unknown_interval: tuple[float, float]
    p50_ms: float


@dataclass(frozen=True, slots=True)
class AnswersReport:
    """The system `default` ranks as the answerer does where no topic is known, and chooses no rule; `shares` are how it
    mixed its score in each language.
    """

    n_queries: int
    n_unknown: int
    n_entries: int
    systems: Mapping[str, AnswerSystem]
    shares: Mapping[Language, Shares]

    def to_json(self) -> dict[str, object]:
        """As in the command line's contract; what cannot be computed is null."""
        return {
            **_plain(self.systems["default"]),
            "n_queries": self.n_queries,
            "n_unknown": self.n_unknown,
            "n_entries": self.n_entries,
            "shares": {language: {"passages": s.passages, "words": s.words} for language, s in self.shares.items()},
            "systems": {name: _plain(system) for name, system in self.systems.items()},
        }


@dataclass(frozen=True, slots=True)
class _Ready:
    """What answers in one language, and the ids that judgements know its entries by: a page's may stand repeatedly."""

    index: EntryIndex
    shares: Shares
    encoder: SentenceEncoder
    ids: tuple[str, ...]


def evaluate_answers(
    shop: Shop,
    faq: Path | None,
    queries: Sequence[Query],
    qrels: Qrels,
    encoders: Mapping[Language, SentenceEncoder],
    progress: Progress = lambda stage, done, of: None,
) -> AnswersReport:
    """Measures on the entries of `faq`, or else on the sections of the shop's generation in use.

    Nothing is fitted on the judgements. A section is judged as "page_id:number", numbers from 1, or by its page alone
    as "page_id". Queries without a grade of at least 1 have no answer, and should score low. Raises ShopError.
    """
    languages = {query.query_id: _language(query.text, encoders) for query in queries}
    asked: list[Language] = [language for language in encoders if language in languages.values()]
    if faq is not None:
        ready = _from_faq(read_faq(faq), {language: encoders[language] for language in asked}, progress)
    else:
        by_page = all(":" not in found for grades in qrels.values() for found in grades)
        ready = _from_shop(shop, encoders, asked, by_page)
    systems = {"default": {language: part.shares for language, part in ready.items()}} | {
        name: dict.fromkeys(asked, shares) for name, shares in OTHER_SYSTEMS.items()
    }
    measured = {
        name: _measure(queries, languages, qrels, ready, shares, partial(progress, name))
        for name, shares in systems.items()
    }
    n_known = sum(_has_answer(qrels, query) for query in queries)
    n_entries = max((len(part.ids) for part in ready.values()), default=0)
    return AnswersReport(len(queries), len(queries) - n_known, n_entries, measured, systems["default"])


def read_faq(file: Path) -> list[FaqEntry]:
    """Reads JSONL with `faq_id`, `question`, `answer` or `answers`, and `paraphrases` if there are any.

    Raises FeedError, naming file, line and remedy.
    """
    entries: dict[str, FaqEntry] = {}
    for number, row in read_objects(file):
        try:
            entry = _faq_entry(row)
        except (KeyError, TypeError) as error:
            raise FeedError(
                f"{file}, line {number}: not a question with its answer ({error}); "
                'write {"faq_id": "f1", "question": "…", "answer": "…"}'
            ) from None
        if entry.faq_id in entries:
            raise FeedError(f"{file}, line {number}: faq_id {entry.faq_id!r} stands twice; make ids unique")
        entries[entry.faq_id] = entry
    return list(entries.values())


def _faq_entry(row: Mapping[str, object]) -> FaqEntry:
    answers = row.get("answers", row.get("answer", ""))
    return FaqEntry(
        faq_id=str(row["faq_id"]),
        question=_text(row["question"]),
        answers=tuple(_text(a) for a in (answers if isinstance(answers, list) else [answers]) if a),
        paraphrases=tuple(_text(p) for p in _list(row.get("paraphrases") or [])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _language(text: str, encoders: Mapping[Language, SentenceEncoder]) -> Language:
    """The query's language, or one that there is an encoder for."""
    language = detect_language(text)
    return language if language in encoders else next(iter(encoders))


def _from_faq(
    faq: Sequence[FaqEntry], encoders: Mapping[Language, SentenceEncoder], progress: Progress
) -> dict[Language, _Ready]:
    entries = [Entry(e.faq_id, tuple(dict.fromkeys((e.question, *e.paraphrases))), e.answers) for e in faq]
    keys = [f"{kind}\0{text}" for kind, text in entry_texts(entries)]
    ready: dict[Language, _Ready] = {}
    for language, encoder in encoders.items():
        vectors = encode_entries(entries, keys, encoder, {}, lambda done, of: progress("entries", done, of))
        index = EntryIndex.of(entries, language, vectors)
        ready[language] = _Ready(index, fit_shares(leave_out(index)), encoder, tuple(e.entry_id for e in entries))
    return ready


def _from_shop(
    shop: Shop, encoders: Mapping[Language, SentenceEncoder], languages: Sequence[Language], by_page: bool
) -> dict[Language, _Ready]:
    generation = shop.generation().folder
    graph = ShopGraph.load(generation / "graph.json")
    answerer = Answerer.load(generation / "answers", graph, encoders, languages)
    ready: dict[Language, _Ready] = {}
    for language in languages:
        index, shares = answerer.entries(language)
        sections = graph.sections(language)
        ids = tuple(s.page_id if by_page else f"{s.page_id}:{s.number + 1}" for s in sections)
        ready[language] = _Ready(index, shares, encoders[language], ids)
    return ready


def _measure(
    queries: Sequence[Query],
    languages: Mapping[str, Language],
    qrels: Qrels,
    ready: Mapping[Language, _Ready],
    shares: Mapping[Language, Shares],
    progress: Callable[[int, int], None],
) -> AnswerSystem:
    run: dict[str, list[str]] = {}
    scores: list[float] = []
    milliseconds: list[float] = []
    for done, query in enumerate(queries, 1):
        part, mix = ready[languages[query.query_id]], shares[languages[query.query_id]]
        start = time.perf_counter()
        vector = part.encoder.encode([query.text])[0] if mix.words < 1 else None
        scored = part.index.signals(query.text, vector).mix(mix)
        order = np.argsort(-scored, kind="stable")
        milliseconds.append((time.perf_counter() - start) * 1000)
        scores.append(float(scored[order[0]]) if len(order) else -math.inf)
        run[query.query_id] = list(dict.fromkeys(part.ids[row] for row in order.tolist()))
        progress(done, len(queries))
    answered = {q.query_id: qrels[q.query_id] for q in queries if _has_answer(qrels, q)}
    per_query = {name: measure(answered, run) for name, measure in MEASURES.items()}
    known, score = np.array([_has_answer(qrels, q) for q in queries], bool), np.array(scores)
    return AnswerSystem(
        means={name: mean(values.values()) for name, values in per_query.items()},
        intervals={name: interval(values.values()) for name, values in per_query.items()},
        unknown_auroc=auroc(known, score),
        unknown_interval=bootstrap(lambda rows: auroc(known[rows], score[rows]), len(queries)),
        p50_ms=statistics.median(milliseconds) if milliseconds else math.nan,
    )


def _has_answer(qrels: Qrels, query: Query) -> bool:
    return any(grade >= 1 for grade in qrels.get(query.query_id, {}).values())


def _plain(system: AnswerSystem) -> dict[str, object]:
    return {
        **{name: _number(value) for name, value in system.means.items()},
        "unknown_auroc": _number(system.unknown_auroc),
        "p50_ms": _number(system.p50_ms, 2),
        "intervals": {
            **{name: [_number(low), _number(high)] for name, (low, high) in system.intervals.items()},
            "unknown_auroc": [_number(end) for end in system.unknown_interval],
        },
    }


def _number(value: float, digits: int = 4) -> float | None:
    return round(value, digits) if math.isfinite(value) else None
