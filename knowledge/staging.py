"""Rows of a feed on their way into the shop folder, kept on disk: a feed of any length takes the same memory."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

from knowledge.errors import ShopError

State = Literal["new", "changed", "offered", "unchanged"]
"""What a row is beside those that are held; where only its price or stock is another, it is `offered`."""


_BATCH = 1000
_FEW = 10_000
"""So many keys are known by heart as well, since most rows of a shop are none of a short feed's."""


class Staged(NamedTuple):
    """A row by its key, the line where it stands in its file, and as it is written into the shop's."""

    key: str
    number: int
    text: str


class Staging:
    """The rows of one feed by their keys, in the feed's order, each with what it is beside the rows that are held."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._few: set[str] | None = set()
        self._n_rows = 0
        connection.execute(
            "CREATE TABLE staged (key TEXT UNIQUE, number INTEGER, text TEXT, state TEXT NOT NULL DEFAULT 'new', "
            "placed INTEGER NOT NULL DEFAULT 0)"
        )
        connection.execute("BEGIN")

    def __len__(self) -> int:
        return self._n_rows

    def add(self, row: Staged) -> Staged | None:
        """Takes a row in, or gives back the one that has its key already."""
        done = self._connection.execute("INSERT OR IGNORE INTO staged (key, number, text) VALUES (?, ?, ?)", row)
        if not done.rowcount:
            return self.get(row.key)
        self._n_rows += 1
        if self._few is not None:
            self._few.add(row.key)
            if len(self._few) > _FEW:
                self._few = None
        return None

    def get(self, key: str) -> Staged | None:
        if self._few is not None and key not in self._few:
            return None
        found = self._connection.execute("SELECT key, number, text FROM staged WHERE key = ?", (key,)).fetchone()
        return Staged(*found) if found else None

    def settle(self, key: str, state: State, text: str) -> None:
        """Says what a row is, and how it is to be written after all."""
        self._connection.execute("UPDATE staged SET state = ?, text = ? WHERE key = ?", (state, text, key))

    def place(self, key: str) -> bool:
        """Marks a row as written; False when it was before."""
        done = self._connection.execute("UPDATE staged SET placed = 1 WHERE key = ? AND NOT placed", (key,))
        return bool(done.rowcount)

    def count(self, state: State) -> int:
        return int(self._connection.execute("SELECT count(*) FROM staged WHERE state = ?", (state,)).fetchone()[0])

    def rewrite(self, states: Sequence[State], rewritten: Callable[[str], str]) -> None:
        """Replaces the text of each row of these states."""
        marks = ", ".join("?" * len(states))
        last = 0
        while rows := self._connection.execute(
            f"SELECT rowid, text FROM staged WHERE rowid > ? AND state IN ({marks}) ORDER BY rowid LIMIT {_BATCH}",
            (last, *states),
        ).fetchall():
            texts = [(rewritten(text), row) for row, text in rows]
            self._connection.executemany("UPDATE staged SET text = ? WHERE rowid = ?", texts)
            last = rows[-1][0]

    def of_state(self, state: State) -> Iterator[Staged]:
        """The rows of a state, in the feed's order."""
        found = self._connection.execute(
            "SELECT key, number, text FROM staged WHERE state = ? ORDER BY rowid", (state,)
        )
        yield from map(Staged._make, found)


@contextmanager
def staging() -> Iterator[Staging]:
    """An empty one, gone at the end, also of a process that is killed. Raises ShopError when there is no room."""
    connection = sqlite3.connect("", isolation_level=None)  # "" is a file without a name, spilled to when memory ends
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA cache_size = -16384")
        yield Staging(connection)
    except sqlite3.Error as error:
        raise ShopError(f"the rows of the feed cannot be kept in the folder for temporary files: {error}") from error
    finally:
        connection.close()
