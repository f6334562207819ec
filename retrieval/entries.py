"""Finding the entry that answers a question, by its known wordings and its passages, by vectors and by words."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from knowledge.domain import Language
from retrieval.tokens import tokenize

if TYPE_CHECKING:
    from retrieval.encoder import Kind

Floats = npt.NDArray[np.float32]

# Shares of passages and of words that are tried when fitting; the first of each is the choice without evidence.
PASSAGE_SHARES = (0.3, 0.0, 0.1, 0.2, 0.4, 0.5)
WORD_SHARES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
BATCH = 128  # texts encoded between two reports of progress
FITTED_ON = 2000  # questions at most; more would cost memory, not change the choice

Progress = Callable[[int, int], None]


class SentenceEncoder(Protocol):
    """What answers need of an encoder; retrieval.encoder.Encoder is one."""

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str], *, kind: "Kind" = "query") -> Floats: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that answers questions: its known wordings (at least one) and the passages that answer."""

    entry_id: str
    questions: tuple[str, ...]
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """How a score is mixed: passages against questions, and words against vectors, each 0 to 1."""

    passages: float = PASSAGE_SHARES[0]
    words: float = WORD_SHARES[0]


class WordIndex:
    """TF-IDF cosines (Salton and Buckley 1988, ltc.ltc) of texts, through an inverted index."""

    def __init__(self, texts: Sequence[str], language: Language) -> None:
        self._language: Language = language
        self._n = len(texts)
        counts = [Counter(tokenize(text, language)) for text in texts]
        n_with = Counter(token for count in counts for token in count)
        self._idf = {token: float(np.log(1 + self._n / n)) for token, n in n_with.items()}
        rows: dict[str, list[int]] = {}
        weights: dict[str, list[float]] = {}
        for row, count in enumerate(counts):
            weighed = self._weigh(count)
            for token, weight in weighed.items():
                rows.setdefault(token, []).append(row)
                weights.setdefault(token, []).append(weight)
        self._postings = {token: (np.array(rows[token]), np.array(weights[token], np.float32)) for token in rows}

    def cosines(self, text: str) -> Floats:
        """The cosine of a text with each indexed one."""
        scores = np.zeros(self._n, np.float32)
        for token, weight in self._weigh(Counter(tokenize(text, self._language))).items():
            if token in self._postings:
                rows, weights = self._postings[token]
                scores[rows] += weight * weights
        return scores

    def _weigh(self, count: Counter[str]) -> dict[str, float]:
        unseen = float(np.log(1 + self._n))
        weighed = {token: (1 + float(np.log(n))) * self._idf.get(token, unseen) for token, n in count.items()}
        norm = float(np.sqrt(sum(weight * weight for weight in weighed.values())))
        return {token: weight / norm for token, weight in weighed.items()} if norm else {}


@dataclass(frozen=True, slots=True)
class Signals:
    """What one question has in common with each entry (n,), the best of its wordings and of its passages."""

    question_vectors: Floats
    passage_vectors: Floats
    question_words: Floats
    passage_words: Floats

    def mix(self, shares: Shares) -> Floats:
        """The score of each entry."""
        vectors = (1 - shares.passages) * self.question_vectors + shares.passages * self.passage_vectors
        words = (1 - shares.passages) * self.question_words + shares.passages * self.passage_words
        return np.asarray((1 - shares.words) * vectors + shares.words * words, np.float32)


class EntryIndex:
    """Entries of one language with their vectors: questions (n_q, d) and passages (n_p, d), in the entries' order.

    Without vectors (d = 0) only the words count.
    """

    def __init__(
        self, entries: Sequence[Entry], language: Language, question_vectors: Floats, passage_vectors: Floats
    ) -> None:
        self.entries = tuple(entries)
        self.questions = [text for entry in entries for text in entry.questions]
        self.passages = [text for entry in entries for text in entry.passages]
        if (len(self.questions), len(self.passages)) != (len(question_vectors), len(passage_vectors)):
            raise ValueError("each question and each passage needs one vector")
        self._question_vectors = question_vectors
        self._passage_vectors = passage_vectors
        self.owners = np.repeat(np.arange(len(entries)), [len(entry.questions) for entry in entries])
        self.passage_owners = np.repeat(np.arange(len(entries)), [len(entry.passages) for entry in entries])
        self._question_words = WordIndex(self.questions, language)
        self._passage_words = WordIndex(self.passages, language)

    @classmethod
    def of(cls, entries: Sequence[Entry], language: Language, vectors: Floats) -> "EntryIndex":
        """From the vectors of `entry_texts`, in their order."""
        n_questions = sum(len(entry.questions) for entry in entries)
        return cls(entries, language, vectors[:n_questions], vectors[n_questions:])

    def signals(self, text: str, vector: Floats | None, *, without: int = -1) -> Signals:
        """Compares a question with all entries, as if the known question in row `without` were not there."""
        question_vectors, passage_vectors = self._cosines(vector)
        question_words = self._question_words.cosines(text)
        if without >= 0:
            question_vectors[without] = question_words[without] = -1.0
        return Signals(
            self._best(question_vectors, self.owners),
            self._best(passage_vectors, self.passage_owners),
            self._best(question_words, self.owners),
            self._best(self._passage_words.cosines(text), self.passage_owners),
        )

    def question_vector(self, row: int) -> Floats:
        """The vector of a known question."""
        return np.asarray(self._question_vectors[row], np.float32)

    def best_passage(self, entry: int, text: str, vector: Floats | None, shares: Shares) -> str:
        """The passage of an entry that is nearest to a question."""
        rows = np.flatnonzero(self.passage_owners == entry)
        if not len(rows):
            return ""
        _, vectors = self._cosines(vector)
        words = self._passage_words.cosines(text)
        return self.passages[int(rows[np.argmax((1 - shares.words) * vectors[rows] + shares.words * words[rows])])]

    def nearest_question(self, entry: int, text: str, vector: Floats | None, shares: Shares) -> str:
        """The wording of an entry that is nearest to a question."""
        rows = np.flatnonzero(self.owners == entry)
        vectors, _ = self._cosines(vector)
        words = self._question_words.cosines(text)
        return self.questions[int(rows[np.argmax((1 - shares.words) * vectors[rows] + shares.words * words[rows])])]

    def _cosines(self, vector: Floats | None) -> tuple[Floats, Floats]:
        if vector is None or not vector.size:
            return np.zeros(len(self.questions), np.float32), np.zeros(len(self.passages), np.float32)
        return self._question_vectors @ vector, self._passage_vectors @ vector

    def _best(self, values: Floats, owners: npt.NDArray[np.int64]) -> Floats:
        best = np.full(len(self.entries), -1.0, np.float32)
        np.maximum.at(best, owners, values)
        return best


def entry_texts(entries: Sequence[Entry]) -> "list[tuple[Kind, str]]":
    """All texts with how they are encoded: the questions, then the passages."""
    questions: list[tuple[Kind, str]] = [("query", text) for entry in entries for text in entry.questions]
    return questions + [("passage", text) for entry in entries for text in entry.passages]


def encode_entries(
    entries: Sequence[Entry],
    keys: Sequence[str],
    encoder: SentenceEncoder | None,
    known: Mapping[str, Floats],
    progress: Progress = lambda done, of: None,
) -> Floats:
    """The vectors of `entry_texts`, a row each, without columns where there is no encoder.

    `keys` name the texts; what `known` holds by key is not encoded again.
    """
    texts = entry_texts(entries)
    if encoder is None or not texts:
        return np.zeros((len(texts), 0), np.float32)
    vectors = {key: known[key] for key in keys if key in known}
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
    n_missing = len(missing)
    kinds: tuple[Kind, ...] = ("query", "passage")
    for kind in kinds:
        waiting = [(key, text) for key, (own, text) in missing.items() if own == kind]
        for start in range(0, len(waiting), BATCH):
            batch = waiting[start : start + BATCH]
            rows = encoder.encode([text for _, text in batch], kind=kind)
            vectors.update((key, row) for (key, _), row in zip(batch, rows, strict=True))
            progress(n_missing - sum(key not in vectors for key in missing), n_missing)
    return np.stack([vectors[key] for key in keys])


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Known questions, each asked as if it were not known: signals, and the entry it belongs to."""

    signals: tuple[Signals, ...]
    owners: npt.NDArray[np.int64]


def leave_out(index: EntryIndex, *, seed: int = 0) -> LeftOut:
    """Asks each known question whose entry has others, at most FITTED_ON of them drawn by `seed`."""
    n_questions = np.bincount(index.owners, minlength=len(index.entries))
    rows = np.flatnonzero(n_questions[index.owners] > 1)
    if len(rows) > FITTED_ON:
        rows = np.sort(np.random.default_rng(seed).choice(rows, FITTED_ON, replace=False))
    signals = [index.signals(index.questions[row], index.question_vector(row), without=row) for row in rows.tolist()]
    return LeftOut(tuple(signals), index.owners[rows])


def fit_shares(left_out: LeftOut) -> Shares:
    """The shares with the best mean reciprocal rank of the right entry; the choice without evidence unless another
    one is better by more than the standard error of the paired difference (after Breiman 1984)."""
    default = Shares()
    if not len(left_out.owners):
        return default
    base = _reciprocal_ranks(left_out, default)
    best, best_gain = default, 0.0
    for passages in PASSAGE_SHARES:
        for words in WORD_SHARES:
            gains = _reciprocal_ranks(left_out, Shares(passages, words)) - base
            gain = float(gains.mean())
            error = float(gains.std() / np.sqrt(len(gains)))
            if gain > max(error, best_gain):
                best, best_gain = Shares(passages, words), gain
    return best


def fit_threshold(inside: Floats, outside: Floats) -> float:
    """The score between known and unknown with the best mean of both sides' hit rates; the middle of a gap.

    Without outside scores it is the lowest tenth of the inside ones, without any 0.
    """
    if not len(inside):
        return 0.0
    if not len(outside):
        return float(np.quantile(inside, 0.1))
    scores = np.unique(np.concatenate([inside, outside]))
    cuts = np.concatenate([scores[:1], (scores[1:] + scores[:-1]) / 2])
    known = (inside[:, None] >= cuts).mean(0)
    unknown = (outside[:, None] < cuts).mean(0)
    return float(cuts[np.argmax(known + unknown)])


def _reciprocal_ranks(left_out: LeftOut, shares: Shares) -> npt.NDArray[np.float64]:
    ranks = []
    for signals, owner in zip(left_out.signals, left_out.owners, strict=True):
        scores = signals.mix(shares)
        ranks.append(1 / (1 + int((scores > scores[owner]).sum())))
    return np.array(ranks)
