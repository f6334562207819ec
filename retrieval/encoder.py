"""Texts to vectors on onnxruntime. Nothing heavy is imported before a model is loaded."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import numpy.typing as npt

from knowledge.disk import digest_of
from knowledge.errors import WeightsError
from retrieval.model_folder import GRAPH, Manifest, is_whole, read_manifest

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Kind = Literal["query", "passage"]
Vectors = npt.NDArray[np.float32]

TOKENISED_AT_ONCE = 2048  # texts; bounds the memory of a large catalogue's tokens


class Graph(Protocol):
    """What runs the network: an onnxruntime session, or torch for a bulk."""

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[np.int64]]
    ) -> Sequence[Vectors]:
        """Ids and mask (n, length) to unit vectors (n, dimension), as the only output."""
        ...


class Encoder:
    """A sentence encoder: `load` once, then `encode` from any thread."""

    def __init__(self, manifest: Manifest, tokenizer: "Tokenizer", graph: Graph) -> None:
        self._manifest = manifest
        self._tokenizer = tokenizer
        self._graph = graph
        self._truncation = Lock()

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> "Encoder":
        """Loads a prepared folder, with `threads` threads for each call: 1 when serving, all cores for a bulk.

        Raises WeightsError when the folder is not prepared or cannot be read.
        """
        manifest, tokenizer = read_manifest(folder), load_tokenizer(folder)
        return cls(manifest, tokenizer, _open_graph(folder / GRAPH, threads))

    @property
    def name(self) -> str:
        """The model's name, as in its manifest."""
        return self._manifest.name

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._manifest.dimension

    @property
    def fingerprint(self) -> str:
        """Changes when the weights, the tokenizer or the pooling do: a key for stored vectors."""
        return self._manifest.fingerprint

    def encode(
        self,
        texts: Sequence[str],
        *,
        kind: Kind = "query",
        max_tokens: int = 128,
        batch_size: int = 32,
        progress: Callable[[int, int], None] | None = None,
    ) -> Vectors:
        """Unit vectors (len(texts), dimension), in the order of the texts; the prefix of the kind is put in front.

        A longer text is cut to `max_tokens` tokens, special ones and prefix included. `progress`: texts done, of.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        done = 0
        for start in range(0, len(texts), TOKENISED_AT_ONCE):
            ids = self.token_ids(texts[start : start + TOKENISED_AT_ONCE], kind=kind, max_tokens=max_tokens)
            for rows in _batches_by_length(ids, batch_size):
                vectors[start + rows] = self._run([ids[row] for row in rows])
                done += len(rows)
                if progress:
                    progress(done, len(texts))
        return vectors

    def token_ids(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> list[list[int]]:
        """What the model would read, special tokens included."""
        prefix = self._manifest.prefixes[kind]
        # A lone surrogate can come out of JSON and is no text to the tokenizer.
        whole = [(prefix + text).encode("utf-8", "replace").decode("utf-8") for text in texts]
        limit = min(max_tokens, self._manifest.max_tokens)
        with self._truncation:  # the limit is a state of the tokenizer
            self._tokenizer.enable_truncation(limit)
            return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(whole)]

    def _run(self, ids: list[list[int]]) -> Vectors:
        """One batch, padded to its longest; the mask hides the padding, whatever its id."""
        lengths = np.array([len(row) for row in ids])
        mask = np.arange(lengths.max()) < lengths[:, None]
        padded = np.zeros(mask.shape, np.int64)
        padded[mask] = np.concatenate(ids)
        (vectors,) = self._graph.run(["vector"], {"input_ids": padded, "attention_mask": mask.astype(np.int64)})
        return np.asarray(vectors, np.float32)


def load_tokenizer(folder: Path) -> "Tokenizer":
    """The tokenizer of a prepared folder, without padding. Raises WeightsError when files are missing or cut short."""
    from tokenizers import Tokenizer

    if not is_whole(folder):
        raise WeightsError(f"{folder} has files missing or cut short; delete it and prepare the model again")
    file = folder / "tokenizer.json"
    # The library has no error of its own for a damaged file, and one that can still be read would read wrongly.
    if digest_of(file) != read_manifest(folder).files["tokenizer.json"].sha256:
        raise WeightsError(f"{file} is damaged; delete {folder} and run 'shop-assistant fetch-models'")
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    return tokenizer


def _open_graph(file: Path, threads: int) -> Graph:
    import onnxruntime  # type: ignore[import-untyped]
    from onnxruntime.capi import onnxruntime_pybind11_state as states  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave the core to others
    try:
        session: Graph = onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])
    except (states.Fail, states.InvalidProtobuf, states.NoSuchFile, states.InvalidGraph, OSError) as error:
        raise WeightsError(
            f"{file} cannot be loaded ({error}); delete {file.parent} and prepare the model again"
        ) from error
    return session


def _batches_by_length(ids: list[list[int]], batch_size: int) -> Iterator[npt.NDArray[np.intp]]:
    """Row numbers, the longest texts first, so that a batch is padded little and memory is claimed once."""
    order = np.argsort([-len(row) for row in ids], kind="stable")
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]
