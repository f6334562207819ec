"""Fine-tunes a sentence encoder as a classifier of short texts, with the Trainer of transformers."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch.nn.functional import cross_entropy, normalize
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.utils import logging

from retrieval.encoder import Encoder
from retrieval.model_folder import read_manifest, record_files, write_manifest
from retrieval.onnx_export import export_onnx
from training.threads import free_threads

Floats = NDArray[np.float32]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fine-tune. Rates are peak rates after a warm-up over a tenth of the steps, falling to 0 linearly.

    `epochs` are over the rows not held out; `refresh_epochs` follow over all rows at `refresh_rate` × the rates.
    A try that ends below `least_accuracy` on its own rows, or says one class only, is repeated at `retry_rate` × the
    rates, `n_tries` at most. `n_threads` as `free_threads` unless given; the same number gives the same weights.
    """

    rate: float
    head_rate: float
    epochs: int
    batch_size: int = 16
    refresh_epochs: int = 2
    refresh_rate: float = 0.3
    weight_decay: float = 0.01
    max_tokens: int = 128
    scale: float = 6.0
    n_threads: int | None = None
    least_accuracy: float = 0.6
    retry_rate: float = 0.3
    n_tries: int = 3


@dataclass(frozen=True, slots=True)
class TunedEncoder:
    """The head's `weight` (dimension, classes) and `bias` for vectors of length `scale`, and how it was won.

    `held_out_logits`, (held-out rows, classes), are by the encoder that had not yet seen them.
    """

    weight: Floats
    bias: Floats
    scale: float
    held_out_logits: Floats
    rate: float
    n_tries: int
    n_threads: int


class Classifier(torch.nn.Module):
    """Encoder, pooled vector of length `scale`, linear head. The table of words stays as it is."""

    def __init__(self, encoder: SentenceTransformer, n_classes: int, scale: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.scale = scale
        self.head = torch.nn.Linear(encoder.get_embedding_dimension() or 0, n_classes)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)
        for module in encoder.modules():
            if isinstance(module, torch.nn.Embedding) and module.num_embeddings > 1024:
                module.weight.requires_grad_(False)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        vector = normalize(self.encoder(features)["sentence_embedding"].float(), dim=1)  # (batch, dimension)
        logits = self.head(self.scale * vector)  # (batch, classes)
        return {"logits": logits} if labels is None else {"loss": cross_entropy(logits, labels), "logits": logits}


def tune(
    texts: Sequence[str],
    classes: NDArray[np.int64],
    held_out: NDArray[np.bool_],
    base: Path,
    into: Path,
    recipe: Recipe,
    *,
    seed: int,
    progress: Progress,
) -> TunedEncoder | None:
    """Fine-tunes the encoder in `base` and leaves an encoder for serving in the folder `into`.

    None when each try collapsed; then nothing is left. Uses a GPU where there is one. `held_out` marks the rows that
    the first part does without, so that there are honest logits to calibrate on; the second part sees all.
    """
    reader = Encoder.load(base)
    ids = reader.token_ids(texts, kind="query", max_tokens=recipe.max_tokens)
    rows = [{"input_ids": row, "labels": int(label)} for row, label in zip(ids, classes, strict=True)]
    shown = [row for row, out in zip(rows, held_out, strict=True) if not out]
    kept = [row for row, out in zip(rows, held_out, strict=True) if out]
    n_threads = recipe.n_threads or free_threads()
    with _quiet(), _threads(n_threads):
        for n_tries in range(1, recipe.n_tries + 1):
            torch.manual_seed(seed)
            factor = recipe.retry_rate ** (n_tries - 1)
            encoder = SentenceTransformer(str(base), local_files_only=True, device=_device())
            classifier = Classifier(encoder, int(classes.max()) + 1, recipe.scale).to(_device())
            _train(classifier, shown, recipe, recipe.epochs, factor, seed, _told(progress, "fine-tuning"))
            if _holds(classifier, shown, recipe):
                break
        else:
            return None
        held_out_logits = _logits(classifier, kept)
        if recipe.refresh_epochs:
            refresh = factor * recipe.refresh_rate
            _train(classifier, rows, recipe, recipe.refresh_epochs, refresh, seed, _told(progress, "refreshing"))
        progress("exporting", 0, 1)
        _export(encoder, base, into)
        progress("exporting", 1, 1)
    return TunedEncoder(
        weight=np.ascontiguousarray(classifier.head.weight.detach().cpu().numpy().T),
        bias=classifier.head.bias.detach().cpu().numpy(),
        scale=recipe.scale,
        held_out_logits=held_out_logits,
        rate=recipe.rate * factor,
        n_tries=n_tries,
        n_threads=n_threads,
    )


def _train(
    classifier: Classifier,
    rows: list[dict[str, object]],
    recipe: Recipe,
    n_epochs: int,
    factor: float,
    seed: int,
    told: Callable[[int, int], None],
) -> None:
    n_steps = n_epochs * -(-len(rows) // recipe.batch_size)
    groups = _parameter_groups(classifier, recipe, factor)
    optimizer = torch.optim.AdamW(groups, fused=True)
    n_warm = max(1, n_steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / n_warm, (n_steps - step) / max(1, n_steps - n_warm))
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=classifier,
            args=TrainingArguments(
                output_dir=folder,
                max_steps=n_steps,
                per_device_train_batch_size=recipe.batch_size,
                bf16=_has_bf16(),
                use_cpu=not torch.cuda.is_available(),
                seed=seed,
                train_sampling_strategy="group_by_length",
                logging_strategy="no",
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                remove_unused_columns=False,
                dataloader_pin_memory=torch.cuda.is_available(),
            ),
            train_dataset=rows,
            data_collator=_padded,
            optimizers=(optimizer, schedule),
            callbacks=[_Teller(told)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()


def _parameter_groups(classifier: Classifier, recipe: Recipe, factor: float) -> list[dict[str, object]]:
    """Biases and norms are not decayed; the head has its own rate."""
    body = [p for p in classifier.encoder.parameters() if p.requires_grad]
    return [
        {
            "params": [p for p in body if p.ndim > 1],
            "lr": recipe.rate * factor,
            "weight_decay": recipe.weight_decay,
        },
        {"params": [p for p in body if p.ndim < 2], "lr": recipe.rate * factor, "weight_decay": 0.0},
        {"params": list(classifier.head.parameters()), "lr": recipe.head_rate * factor, "weight_decay": 0.0},
    ]


def _holds(classifier: Classifier, rows: list[dict[str, object]], recipe: Recipe) -> bool:
    """Whether training took: judged on at most 300 of its own rows, evenly spaced."""
    some = rows[:: -(-len(rows) // 300)]
    said = _logits(classifier, some).argmax(1)
    accuracy = float(np.mean(said == [row["labels"] for row in some]))
    return len(np.unique(said)) > 1 and accuracy >= recipe.least_accuracy


def _logits(classifier: Classifier, rows: list[dict[str, object]]) -> Floats:
    """In float32, in the order of the rows."""
    classifier.eval()
    logits = np.empty((len(rows), classifier.head.out_features), np.float32)
    with torch.inference_mode():
        for start in range(0, len(rows), 64):
            batch = {name: tensor.to(_device()) for name, tensor in _padded(rows[start : start + 64]).items()}
            logits[start : start + 64] = classifier(batch["input_ids"], batch["attention_mask"])["logits"].cpu().numpy()
    return logits


def _padded(rows: list[dict[str, object]]) -> dict[str, torch.Tensor]:
    """The mask hides the padding, whatever its id."""
    ids = [torch.tensor(row["input_ids"]) for row in rows]
    padded = torch.nn.utils.rnn.pad_sequence(ids, batch_first=True)
    lengths = torch.tensor([len(row) for row in ids])
    return {
        "input_ids": padded,
        "attention_mask": (torch.arange(padded.shape[1]) < lengths[:, None]).long(),
        "labels": torch.tensor([row["labels"] for row in rows]),
    }


def _export(encoder: SentenceTransformer, base: Path, into: Path) -> None:
    """Serving reads the graph alone, so torch's copy of the weights is not kept."""
    manifest = read_manifest(base)
    encoder.to("cpu").float().eval()
    encoder.save(str(into), create_model_card=False)
    made = export_onnx(into, name=f"{manifest.name}-intent", licence=manifest.licence, hub_id=manifest.hub_id)
    for weights in into.rglob("*.safetensors"):
        weights.unlink()
    write_manifest(into, replace(made, prefixes=manifest.prefixes, files=record_files(into)))


class _Teller(TrainerCallback):
    def __init__(self, told: Callable[[int, int], None]) -> None:
        self._told = told

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        self._told(state.global_step, state.max_steps)


def _told(progress: Progress, stage: str) -> Callable[[int, int], None]:
    return lambda done, total: progress(stage, done, total)


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _has_bf16() -> bool:
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@contextlib.contextmanager
def _threads(n_threads: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The caller reports progress; transformers' own bars and reports would mix with it."""
    had_bar, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bar:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
