"""Search by words: BM25 over all texts of a product, by bm25s."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_lowercase

import bm25s  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

from knowledge.disk import write_atomically
from knowledge.domain import Language
from knowledge.errors import NotBuiltError
from retrieval.tokens import query_tokens, tokenize, with_compounds

TITLE_WEIGHT = 3
"""How often a title counts beside the other texts."""

CORRECTED = range(5, 25)
"""Letters of a word in which a slip is forgiven: shorter ones have too many neighbours, longer ones are no words."""

_LANGUAGE_FILE = "language.json"


class LexicalIndex:
    """BM25 (the formula of Lucene, k1 1.5, b 0.75) over rows in the order in which they were given."""

    def __init__(self, index: bm25s.BM25, n_rows: int, language: Language) -> None:
        self._index = index
        self._n_rows = n_rows
        self._language: Language = language

    @classmethod
    def build(cls, texts: Sequence[tuple[str, str]], language: Language) -> "LexicalIndex":
        """Of each product the title and all its other text."""
        titles = [tokenize(title, language) for title, _ in texts]
        others = [tokenize(other, language) for _, other in texts]
        vocabulary = {token for tokens in (*titles, *others) for token in tokens}
        index = bm25s.BM25(method="lucene")
        if vocabulary:
            documents = [
                with_compounds(title, vocabulary) * TITLE_WEIGHT + other
                for title, other in zip(titles, others, strict=True)
            ]
            index.index(documents, show_progress=False)
        return cls(index, len(texts), language)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._has_words:
            self._index.save(folder, show_progress=False)
        write_atomically(folder / _LANGUAGE_FILE, json.dumps({"language": self._language, "n_rows": self._n_rows}))

    @classmethod
    def load(cls, folder: Path) -> "LexicalIndex":
        """Maps the index into memory. Raises NotBuiltError where it is missing or damaged."""
        try:
            about = json.loads((folder / _LANGUAGE_FILE).read_text("utf-8"))
            index = bm25s.BM25(method="lucene")
            if (folder / "params.index.json").exists():
                index = bm25s.BM25.load(folder, mmap=True)
            return cls(index, int(about["n_rows"]), about["language"])
        except (OSError, ValueError, KeyError) as error:
            raise NotBuiltError(f"{folder}: the index of words cannot be read ({error}); run build again") from error

    def scores(self, query: str) -> NDArray[np.float32]:
        """The score of every row, 0 where no word is shared."""
        if not self._has_words:
            return np.zeros(self._n_rows, np.float32)
        tokens = with_compounds(query_tokens(query, self._language), self._index.vocab_dict)
        tokens = [self._as_known(token) for token in tokens]
        ids = self._index.get_tokens_ids(tokens)
        if not ids:
            return np.zeros(self._n_rows, np.float32)
        return np.asarray(self._index.get_scores_from_ids(ids), np.float32)

    def search(self, query: str, depth: int, allowed: NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """Up to `depth` rows that share a word with the query and are allowed, best first, ties in order of rows."""
        return best_rows(self.scores(query), depth, allowed)

    def rows_with(self, token: str) -> NDArray[np.int32]:
        """The rows that hold a token."""
        column = self._index.vocab_dict.get(token) if self._has_words else None
        if column is None:
            return np.empty(0, np.int32)
        starts = self._index.scores["indptr"]
        return np.asarray(self._index.scores["indices"][starts[column] : starts[column + 1]], np.int32)

    def _as_known(self, token: str) -> str:
        """A longer word that no product holds, as the commonest one that is one slip of a key away, if there is any."""
        if token in self._index.vocab_dict or len(token) not in CORRECTED or not (token.isascii() and token.isalpha()):
            return token
        near = {other for other in _one_slip_away(token) if other in self._index.vocab_dict}
        return min(near, key=lambda other: (-len(self.rows_with(other)), other), default=token)

    @property
    def _has_words(self) -> bool:
        return hasattr(self._index, "vocab_dict")


def _one_slip_away(word: str) -> Iterator[str]:
    """All words with a letter left out, swapped, changed or put in (Damerau 1964), but for the first letter."""
    for i in range(1, len(word) + 1):
        head, tail = word[:i], word[i:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail[1:]
            yield head + letter + tail


def best_rows(
    scores: NDArray[np.float32], depth: int, allowed: NDArray[np.bool_] | None = None
) -> list[tuple[int, float]]:
    """Up to `depth` allowed rows with a score above 0, best first, ties in order of rows."""
    positive = scores > 0
    rows = np.flatnonzero(positive if allowed is None else positive & allowed)
    if len(rows) > depth:
        floor = np.partition(scores[rows], len(rows) - depth)[len(rows) - depth]
        rows = rows[scores[rows] >= floor]
    ordered = rows[np.argsort(-scores[rows], kind="stable")][:depth]
    return [(int(row), float(scores[row])) for row in ordered]
