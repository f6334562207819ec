"""TF-IDF of words and character n-grams, for both languages, in numpy alone."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge.language import simplify

_CJK = "\u3400-\u4dbf\u4e00-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_CJK_SIZES = (1, 2, 3)
_OTHER_SIZES = (2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Rows:
    """Sparse rows: those of row i are columns[starts[i]:starts[i + 1]], with a value each."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, i: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        part = slice(self.starts[i], self.starts[i + 1])
        return self.columns[part], self.values[part]

    def times(self, weight: NDArray[np.float32]) -> NDArray[np.float32]:
        """The product with a matrix of shape (columns, m): (rows, m)."""
        product = np.zeros((len(self), weight.shape[1]), np.float32)
        for i in range(len(self)):
            columns, values = self.row(i)
            product[i] = values @ weight[columns]
        return product


class Words:
    """A vocabulary with inverse document frequencies (smoothed), and texts as rows of length 1 over it.

    Words with their bigrams, and character n-grams (within a word; in a run of Chinese of 1 to 3), weigh alike;
    counts are damped as 1 + log(count). What the vocabulary does not hold counts as nothing.
    """

    def __init__(self, vocabulary: Sequence[str], idf: NDArray[np.float32]) -> None:
        self.vocabulary = tuple(vocabulary)
        self.idf = idf
        self._columns = {term: i for i, term in enumerate(self.vocabulary)}

    @classmethod
    def fit(cls, texts: Sequence[str], *, limit: int = 20_000) -> "Words":
        """The `limit` most frequent terms of the texts, ties by spelling."""
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update({*_words(tokens := _tokens(text)), *_characters(tokens)})
        terms = sorted(sorted(seen), key=lambda term: -seen[term])[:limit]
        frequency = np.array([seen[term] for term in terms], np.float64)
        return cls(terms, (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32))

    def rows(self, texts: Sequence[str]) -> Rows:
        rows = [self._row(text) for text in texts]
        return Rows(
            starts=np.concatenate([[0], np.cumsum([len(columns) for columns, _ in rows])]).astype(np.int64),
            columns=np.concatenate([np.empty(0, np.int32), *(columns for columns, _ in rows)]),
            values=np.concatenate([np.empty(0, np.float32), *(values for _, values in rows)]),
        )

    def _row(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        tokens = _tokens(text)
        blocks = [self._block(_words(tokens)), self._block(_characters(tokens))]
        blocks = [block for block in blocks if len(block[0])]
        if not blocks:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        share = np.float32(np.sqrt(len(blocks)))
        return np.concatenate([block[0] for block in blocks]), np.concatenate([block[1] / share for block in blocks])

    def _block(self, terms: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        counts = Counter(terms)
        known = [term for term in counts if term in self._columns]
        columns = np.array([self._columns[term] for term in known], np.int32)
        values = (1 + np.log(np.array([counts[term] for term in known], np.float32))) * self.idf[columns]
        norm = np.float32(np.linalg.norm(values))
        return columns, values / norm if len(known) else values


class Neighbours:
    """Rows of length 1, by column, to find the nearest one's cosine."""

    def __init__(self, rows: Rows, n_columns: int) -> None:
        order = np.argsort(rows.columns, kind="stable")
        owners = np.repeat(np.arange(len(rows), dtype=np.int32), np.diff(rows.starts))
        self._n_rows = len(rows)
        self._starts = np.searchsorted(rows.columns[order], np.arange(n_columns + 1))
        self._owners = owners[order]
        self._values = rows.values[order]

    def cosines(self, columns: NDArray[np.int32], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The cosine of one sparse row with each row, shape (rows,)."""
        cosines = np.zeros(self._n_rows, np.float32)
        for column, value in zip(columns, values, strict=True):
            part = slice(self._starts[column], self._starts[column + 1])
            cosines[self._owners[part]] += value * self._values[part]
        return cosines


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(simplify(unicodedata.normalize("NFKC", text)).lower())


def _words(tokens: Sequence[str]) -> list[str]:
    words = [token for token in tokens if not _is_cjk(token)]
    return [f"w:{word}" for word in words] + [f"w:{a} {b}" for a, b in pairwise(words)]


def _characters(tokens: Sequence[str]) -> list[str]:
    grams: list[str] = []
    for token in tokens:
        run, sizes = (token, _CJK_SIZES) if _is_cjk(token) else (f" {token} ", _OTHER_SIZES)
        grams += [f"c:{run[i : i + size]}" for size in sizes for i in range(len(run) - size + 1)]
    return grams


def _is_cjk(token: str) -> bool:
    return "\u3400" <= token[0] <= "\u9fff"
