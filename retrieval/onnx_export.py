"""Exports a sentence-transformers model to ONNX, as one graph from token ids to the finished, normalised vector."""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from logging import ERROR
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from knowledge.errors import WeightsError
from retrieval.model_folder import GRAPH, Manifest, fingerprint_of, record_files, write_manifest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Tokens = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]

OPSET = 17
LEAST_COSINE = 0.9999
MAX_TOKENS = 512  # where a model does not say
PROBES = ((1, 3), (2, 16), (3, 41))  # texts x tokens, others than the traced ones among them

# The models of this family were trained with prefixes, which their own folders do not always say.
E5_NAMES = re.compile(r"(^|[/_-])e5-(small|base|large)")
E5_PREFIXES = {"query": "query: ", "passage": "passage: "}


def export_onnx(folder: Path, *, name: str = "", version: str = "", licence: str = "", hub_id: str = "") -> Manifest:
    """Writes `model.onnx`, its weights and `manifest.json` into a folder that sentence-transformers can load.

    The graph takes `input_ids` and `attention_mask`, both int64 (batch, length), and gives `vector`, float32
    (batch, dimension), through the model's own pooling. It is compared with torch before the manifest is written.
    Raises WeightsError when the folder cannot be loaded, or the graph differs.
    """
    model = load_sentence_transformer(folder)
    probes = [_probe(n_texts, length) for n_texts, length in PROBES]
    wanted = [_torch_vectors(model, ids, mask) for ids, mask in probes]
    prompts, max_tokens = model.prompts, int(model.max_seq_length or MAX_TOKENS)
    with TemporaryDirectory(dir=folder, prefix=".graph-") as draft:
        _trace(model, Path(draft) / GRAPH)
        del model  # large; what follows holds the weights once more
        _move_weights_out(Path(draft) / GRAPH, folder / GRAPH)
    _compare(folder / GRAPH, probes, wanted)
    files = record_files(folder)
    label = name or folder.name
    manifest = Manifest(
        name=label,
        version=version,
        licence=licence,
        hub_id=hub_id,
        dimension=wanted[0].shape[1],
        max_tokens=max_tokens,
        prefixes=_prefixes(prompts, f"{hub_id} {label}"),
        fingerprint=fingerprint_of(files),
        files=files,
    )
    write_manifest(folder, manifest)
    return manifest


def _prefixes(prompts: Mapping[str, str | None], names: str) -> dict[str, str]:
    """Of the model's own prompts; a passage is what sentence-transformers calls a document."""
    query, passage = prompts.get("query"), prompts.get("document") or prompts.get("passage")
    own = {"query": query or "", "passage": passage or ""}
    return E5_PREFIXES if not any(own.values()) and E5_NAMES.search(names.lower()) else own


def load_sentence_transformer(folder: Path, *, device: str = "cpu") -> "SentenceTransformer":
    """The model in float32, to be used and not fitted. Nothing is fetched and no code of the folder is run.

    Raises WeightsError when the folder cannot be loaded.
    """
    from sentence_transformers import SentenceTransformer

    try:
        with _quiet_transformers():
            return SentenceTransformer(
                str(folder), device=device, local_files_only=True, model_kwargs={"attn_implementation": "eager"}
            ).eval()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise WeightsError(
            f"{folder} cannot be loaded as an encoder ({error}); "
            "it must be a folder that sentence-transformers can load without running code of its own"
        ) from error


def _trace(model: "SentenceTransformer", file: Path) -> None:
    """Traces the whole model. The tracing exporter is kept over the newer one: its graph runs 15 % faster here."""
    import torch

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            vector = self.model({"input_ids": input_ids, "attention_mask": attention_mask})["sentence_embedding"]
            return torch.nn.functional.normalize(vector, dim=1)

    ids = torch.full((2, 16), 5, dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    with torch.inference_mode(), _known_export_warnings():
        torch.onnx.export(
            Graph().eval(),
            (ids, torch.ones_like(ids)),
            str(file),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )


def _move_weights_out(source: Path, file: Path) -> None:
    """Saves the graph with its weights in a file beside it, which onnxruntime maps instead of copying.

    e5 so takes half the memory and a quarter of the time to load, and processes share the pages.
    """
    import onnx

    weights = file.with_name(f"{file.name}.data")
    weights.unlink(missing_ok=True)  # onnx appends to what is there
    onnx.save_model(onnx.load(source), file, save_as_external_data=True, location=weights.name)
    weights.chmod(file.stat().st_mode)


def _probe(n_texts: int, length: int) -> tuple[Tokens, Tokens]:
    """Token ids and mask, both (n_texts, length), each text shorter than the one before."""
    ids = np.random.default_rng(length).integers(5, 1000, (n_texts, length), dtype=np.int64)
    mask = np.arange(length) < np.linspace(length, length // 2 + 1, n_texts)[:, None]
    return ids, mask.astype(np.int64)


def _torch_vectors(model: "SentenceTransformer", ids: Tokens, mask: Tokens) -> Vectors:
    import torch

    features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
    with torch.inference_mode():
        vectors: Vectors = model(features)["sentence_embedding"].numpy()
    return vectors


def _compare(file: Path, probes: list[tuple[Tokens, Tokens]], wanted: list[Vectors]) -> None:
    """Raises WeightsError unless the graph gives torch's vectors, on padded batches of other shapes than the traced."""
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    for (ids, mask), vectors in zip(probes, wanted, strict=True):
        (found,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
        cosine = _least_cosine(found, vectors)
        if not cosine > LEAST_COSINE:
            raise WeightsError(
                f"{file} differs from torch on {len(ids)} texts of {ids.shape[1]} tokens: cosine {cosine:.6f}, not "
                f"over {LEAST_COSINE}; this model cannot be exported, set another encoder in shop.toml"
            )


def _least_cosine(left: Vectors, right: Vectors) -> float:
    """The least cosine between rows of equal number."""
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(np.min(np.sum(left * right, axis=1) / norms))


@contextmanager
def _known_export_warnings() -> Iterator[None]:
    """The tracer warns of branches and of its age; `_compare` is the answer to the former, the pinned torch to both."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No bars and no loading report of transformers on standard error; the caller reports progress."""
    from transformers.utils import logging

    had_bar, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity(ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bar:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
