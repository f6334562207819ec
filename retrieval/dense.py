"""Search by meaning: vectors in a file, that is scanned exactly, and the same in a Chroma collection.

Chroma answers searches over the whole catalogue. A filtered search takes the rows that pass and scores them exactly:
graph search (HNSW) loses over half of what it should find when a filter is narrow.
"""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.disk import hold
from knowledge.errors import BusyError, NotBuiltError

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client

Vectors = NDArray[np.float32]
Engine = Literal["chroma", "exact"]
Progress = Callable[[int, int], None]

VECTORS_FILE = "vectors.npy"
_FOLDER = "chroma"
_LOCK_FILE = "chroma.lock"
_COLLECTION = "products"
_BATCH = 1000


class DenseIndex:
    """Unit vectors by row, the order of the catalogue; scores are cosines.

    `engine` says how a search over the whole catalogue is answered: "chroma", or "exact" with the cause.
    Close it (or leave its `with` block) to give the Chroma folder to another process.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._collection: Collection | None = None
        self._held = ExitStack()
        self.engine = "exact"

    @classmethod
    def load(cls, folder: Path, engine: Engine = "chroma") -> "DenseIndex":
        """Maps the vectors into memory, and takes the Chroma folder if no other process has it.

        Raises NotBuiltError where the vectors are missing or damaged. Whatever is wrong with Chroma only changes
        the engine.
        """
        try:
            vectors = np.load(folder / VECTORS_FILE, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise NotBuiltError(f"{folder / VECTORS_FILE} cannot be read ({error}); run build again") from error
        index = cls(vectors)
        if engine == "chroma" and len(vectors):
            index._open_chroma(folder)
        return index

    def search(self, vector: Vectors, depth: int, allowed: NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """The `depth` nearest rows that are allowed, best first, ties in order of rows. `vector`: (dimension,)."""
        if allowed is not None:
            return self._nearest(vector, depth, np.flatnonzero(allowed))
        if self._collection is not None and depth < len(self._vectors):
            rows = self._ask_chroma(self._collection, vector, depth)
            if rows is not None:
                return self._nearest(vector, depth, rows)
        return self._nearest(vector, depth, None)

    def scores(self, vector: Vectors, rows: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float32]:
        """The dot product with each of the rows: of a unit vector the cosine."""
        return np.asarray(self._vectors[np.asarray(rows, np.intp)] @ vector, np.float32)

    def vector(self, row: int) -> Vectors:
        """A product's own vector, as to find what is like it."""
        return np.array(self._vectors[row], np.float32)

    def mean(self, rows: NDArray[np.intp]) -> Vectors:
        """The mean of the rows' vectors, (dimension,)."""
        return np.asarray(self._vectors[rows].mean(axis=0), np.float32)

    def close(self) -> None:
        self._collection = None
        self._held.close()
        if self.engine == "chroma":
            self.engine = "exact: closed"

    def __enter__(self) -> "DenseIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._vectors)

    def _nearest(self, vector: Vectors, depth: int, rows: NDArray[np.intp] | None) -> list[tuple[int, float]]:
        if rows is None:
            rows = np.arange(len(self._vectors))
            scores = self._vectors @ vector
        else:
            scores = self._vectors[rows] @ vector
        if len(rows) > depth:
            floor = np.partition(scores, len(rows) - depth)[len(rows) - depth]
            kept = scores >= floor
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:depth]
        return [(int(rows[i]), float(scores[i])) for i in order]

    def _open_chroma(self, folder: Path) -> None:
        if not (folder / _FOLDER / "chroma.sqlite3").is_file():
            self.engine = "exact: the Chroma folder is missing; build makes it again"
            return
        try:
            from chromadb.errors import ChromaError
        except (ImportError, RuntimeError) as error:  # RuntimeError: the machine's SQLite is too old for Chroma
            self.engine = f"exact: Chroma cannot be loaded ({error})"
            return
        try:
            self._held.enter_context(hold(folder / _LOCK_FILE, f"{folder / _FOLDER} is held", "search"))
        except (BusyError, OSError) as error:
            self.engine = f"exact: {error}"
            return
        try:
            collection = _client(folder / _FOLDER, self._held).get_collection(_COLLECTION, embedding_function=None)
            n_held = collection.count()
        # AttributeError: Chroma keeps what it could not open, and fails on that when it opens the folder again.
        except (ChromaError, sqlite3.Error, ValueError, OSError, RuntimeError, AttributeError) as error:
            self._give_up(error)
            return
        if n_held != len(self._vectors):
            self._give_up(ValueError(f"it holds {n_held} of {len(self._vectors)} products"))
            return
        self._collection = collection
        self.engine = "chroma"

    def _ask_chroma(self, collection: "Collection", vector: Vectors, depth: int) -> NDArray[np.intp] | None:
        from chromadb.errors import ChromaError

        try:
            found = collection.query(query_embeddings=vector[None, :], n_results=depth, include=[])
        except (ChromaError, sqlite3.Error, ValueError, OSError, RuntimeError) as error:
            self._give_up(error)
            return None
        return np.array([int(name) for name in found["ids"][0]], np.intp)

    def _give_up(self, error: BaseException) -> None:
        """Chroma is never the only copy: what it cannot answer is scanned."""
        self._collection = None
        self._held.close()
        self.engine = f"exact: Chroma cannot be used ({error}); build makes it again"


def build_chroma(folder: Path, vectors: Vectors, progress: Progress) -> None:
    """Puts the vectors into a new collection under `folder`, named by their rows, and counts them.

    Raises NotBuiltError when Chroma fails or afterwards holds another number of them.
    """
    from chromadb.api.collection_configuration import CreateCollectionConfiguration, CreateHNSWConfiguration
    from chromadb.errors import ChromaError

    # twice Chroma's own width when searching: the hundredth hit should be as sure as the first
    hnsw = CreateHNSWConfiguration(space="ip", ef_construction=100, ef_search=400, max_neighbors=16)
    with ExitStack() as held:
        try:
            held.enter_context(hold(folder / _LOCK_FILE, f"{folder / _FOLDER} is held", "build"))
            shutil.rmtree(folder / _FOLDER, ignore_errors=True)
            client = _client(folder / _FOLDER, held)
            collection = client.create_collection(
                _COLLECTION, configuration=CreateCollectionConfiguration(hnsw=hnsw), embedding_function=None
            )
            for start in range(0, len(vectors), _BATCH):
                batch = np.array(vectors[start : start + _BATCH], np.float32)
                collection.upsert(ids=[str(start + i) for i in range(len(batch))], embeddings=batch)
                progress(start + len(batch), len(vectors))
            n_held = collection.count()
        except (ChromaError, sqlite3.Error, ValueError, RuntimeError) as error:
            raise NotBuiltError(f"{folder / _FOLDER}: Chroma cannot be filled ({error}); run build again") from error
    if n_held != len(vectors):
        raise NotBuiltError(f"{folder / _FOLDER} holds {n_held} of {len(vectors)} vectors; run build again")


def _client(folder: Path, held: ExitStack) -> "Client":
    """A client that is closed with `held`: Chroma keeps one open for each path until then."""
    from chromadb import PersistentClient
    from chromadb.config import Settings

    client = cast("Client", PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False)))
    held.callback(client.close)
    return client
