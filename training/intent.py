"""Fits the intent model: quick heads on vectors and words in seconds, and a fine-tuned encoder beside them.

What is calibrated is calibrated on rows that its members had not seen. The quick heads are cheap enough to be fitted
once for each of five folds; the encoder is not, so one fold is held out of its first part and all members are
calibrated on that fold; a second, short part then shows it all rows.
"""

import hashlib
import importlib.metadata
import math
import shutil
import tempfile
import time
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from assistant.intent import (
    MAX_TOKENS,
    OOS,
    Calibration,
    Floats,
    IntentModel,
    LinearHead,
    Making,
    QuickHeads,
    Signals,
    Tuned,
)
from assistant.words import Words
from knowledge.domain import Utterance
from knowledge.errors import FitError
from retrieval.encoder import Encoder
from training.threads import free_threads

if TYPE_CHECKING:
    from training.tuning import Recipe

LEAST_EXAMPLES = 3
LEAST_INTENTS = 2
LEAST_OOS = 10  # out-of-scope rows below which their signals are not weighed against each other
PACKAGES = ("numpy", "scikit-learn", "onnxruntime")
TUNING_PACKAGES = ("torch", "transformers", "accelerate", "sentence-transformers", "onnx")


@dataclass(frozen=True, slots=True)
class IntentSettings:
    """`keep` is the share of examples in scope that the threshold lets through where no example is out of scope.

    The two strengths are inverse weights of the L2 penalty of the logistic regressions.
    """

    n_folds: int = 5
    keep: float = 0.9
    vector_strength: float = 0.1
    word_strength: float = 100.0


def contradictions(utterances: Sequence[Utterance]) -> tuple[str, ...]:
    """A remark for each text that stands under several labels."""
    labels: dict[str, set[str]] = defaultdict(set)
    for utterance in utterances:
        labels[_folded(utterance.text)].add(utterance.label)
    return tuple(
        f"{text!r} stands under {', '.join(sorted(found))}; keep one label"
        for text, found in labels.items()
        if len(found) > 1
    )


def check_examples(utterances: Sequence[Utterance]) -> None:
    """Raises FitError, naming them, for fewer than 2 intents or an intent with fewer than 3 different examples."""
    counts = Counter(utterance.label for utterance in _distinct(utterances))
    intents = sorted(label for label in counts if label != OOS)
    if len(intents) < LEAST_INTENTS:
        found = ", ".join(intents) or "none"
        raise FitError(f"at least {LEAST_INTENTS} intents are needed, found {found}; add examples of others")
    poor = [f"{label} ({n})" for label, n in sorted(counts.items()) if n < LEAST_EXAMPLES]
    if poor:
        raise FitError(
            f"too few different examples of {', '.join(poor)}; write {LEAST_EXAMPLES} or more of each (10 are better), "
            "or take the label out"
        )


@dataclass(frozen=True, slots=True)
class IntentFit:
    """A fitted model, and remarks for the shop's people on their examples and on the fitting."""

    model: IntentModel
    warnings: tuple[str, ...]


def fit_intent(
    utterances: Sequence[Utterance],
    base: Path,
    *,
    fine_tune: bool = True,
    settings: IntentSettings | None = None,
    recipe: "Recipe | None" = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> IntentFit:
    """Fits on the encoder in the folder `base` (retrieval.weights); without `fine_tune` the quick heads alone.

    The same utterances in the same order, settings, seed, machine and number of threads give the same model. Its
    fine-tuned encoder lies in a temporary folder, which goes with the model: `save` keeps it. Raises FitError as
    `check_examples` does.
    """
    started = time.perf_counter()
    settings = settings or IntentSettings()
    check_examples(utterances)
    warnings = contradictions(utterances)
    examples = _distinct(utterances)
    texts = [example.text for example in examples]
    classes = tuple(sorted({example.label for example in examples}))
    labels = np.array([classes.index(example.label) for example in examples])
    folds = stratified_folds(labels, settings.n_folds, seed)
    used: dict[str, float | None] = asdict(settings)

    progress("encoding", 0, len(texts))
    encoder = Encoder.load(base, threads=free_threads())
    vectors = encoder.encode(texts, kind="query", max_tokens=MAX_TOKENS)

    tuned, logits = None, None
    if fine_tune:
        from training.tuning import tune

        recipe = recipe or default_recipe(encoder.name, len(examples))
        into = Path(tempfile.mkdtemp(prefix="intent-"))
        tuned_by = tune(texts, labels, folds == 0, base, into, recipe, seed=seed, progress=progress)
        if tuned_by is None:
            shutil.rmtree(into)
            warnings += (f"fine-tuning did not take, at rates from {recipe.rate} downwards: the quick heads serve",)
        else:
            tuned = Tuned(into, Encoder.load(into), LinearHead(tuned_by.weight, tuned_by.bias), tuned_by.scale)
            logits = tuned_by.held_out_logits
            used |= {**asdict(recipe), "rate": tuned_by.rate, "n_threads": tuned_by.n_threads}

    calibration_folds = range(settings.n_folds if logits is None else 1)
    unseen = []
    for fold in calibration_folds:
        progress("calibrating", fold, len(calibration_folds))
        own, rest = folds == fold, folds != fold
        heads = fit_quick_heads(_take(texts, rest), labels[rest], vectors[rest], classes, settings)
        unseen.append(heads.signals(_take(texts, own), vectors[own], logits))
    truth = np.concatenate([labels[folds == fold] for fold in calibration_folds])
    model = IntentModel(
        fit_quick_heads(texts, labels, vectors, classes, settings),
        calibrate(_joined(unseen), truth, classes, settings),
        Making(
            settings=used,
            seed=seed,
            examples_hash=_hash(utterances),
            n_examples=len(examples),
            encoder=encoder.name,
            encoder_fingerprint=encoder.fingerprint,
            versions={name: importlib.metadata.version(name) for name in PACKAGES + (TUNING_PACKAGES if tuned else ())},
            seconds=round(time.perf_counter() - started, 2),
        ),
        Encoder.load(base),
        tuned,
    )
    if tuned:
        weakref.finalize(model, shutil.rmtree, tuned.folder, ignore_errors=True)
    progress("calibrating", len(calibration_folds), len(calibration_folds))
    return IntentFit(model, warnings)


def default_recipe(encoder: str, n_examples: int) -> "Recipe":
    """Small encoders 8 epochs below 1,000 examples, others 6; 3 fewer at 10,000; each with the rates it bears."""
    from training.tuning import Recipe

    rate, head_rate, n_most = (3e-4, 3e-3, 8) if encoder == "minilm" else (1e-4, 5e-3, 6)
    n_epochs = round(n_most - 3 * max(0.0, math.log10(n_examples / 1000)))
    return Recipe(rate, head_rate, max(2, n_epochs), batch_size=16 if n_examples < 2000 else 32)


def fit_quick_heads(
    texts: Sequence[str], labels: NDArray[np.int64], vectors: Floats, classes: tuple[str, ...], settings: IntentSettings
) -> QuickHeads:
    """Logistic regressions on TF-IDF and on centred vectors, and the examples for nearest neighbours."""
    words = Words.fit(texts)
    rows = words.rows(texts)
    sparse = csr_array((rows.values, rows.columns, rows.starts), shape=(len(rows), len(words.vocabulary)))
    centre = vectors.mean(0)
    spread = np.float32((vectors - centre).std())
    vector_head = _logistic((vectors - centre) / spread, labels, settings.vector_strength)
    weight = vector_head.weight / spread
    return QuickHeads(
        classes=classes,
        words=words,
        word_head=_logistic(sparse, labels, settings.word_strength),
        vector_head=LinearHead(weight, vector_head.bias - centre @ weight),
        word_rows=rows,
        vectors=vectors,
        oos=np.array([classes[label] == OOS for label in labels]),
    )


def calibrate(
    unseen: Signals, labels: NDArray[np.int64], classes: tuple[str, ...], settings: IntentSettings
) -> Calibration:
    """Temperature, and the weights and threshold of the in-scope score, on rows that the members had not seen.

    Without enough rows out of scope the score is the mean of the standardised signals. With them it is a logistic
    regression, and its threshold is even odds, where their share is taken as midway between that in the examples and
    a half: files hold few of them, and nobody knows how many will come.
    """
    inside = np.array([label != OOS for label in classes])
    is_in = inside[labels]
    truth = (np.cumsum(inside) - 1)[labels[is_in]]
    scores = {name: score.astype(np.float64) for name, score in unseen.scores.items()}
    n_oos = int((~is_in).sum())
    if n_oos < LEAST_OOS:
        scores = {name: score for name, score in scores.items() if not name.startswith(OOS)}
    mean = {name: float(score[is_in].mean()) for name, score in scores.items()}
    spread = {name: float(score[is_in].std()) or 1.0 for name, score in scores.items()}
    even = {name: 1 / len(scores) for name in scores}
    calibration = Calibration(1.0, mean, spread, even, 0.0, 0.0)
    calibration = replace(calibration, temperature=_temperature(unseen.mixture[is_in], truth, calibration, inside))
    if n_oos < LEAST_OOS:
        threshold = float(np.quantile(calibration.score(unseen.scores)[is_in], 1 - settings.keep))
        return replace(calibration, threshold=threshold)
    table = np.stack([(score - mean[name]) / spread[name] for name, score in scores.items()], axis=1)
    odds = LogisticRegression(C=0.1, class_weight={True: 1.0, False: math.sqrt(is_in.sum() / n_oos)}).fit(table, is_in)
    weight = {name: float(value) for name, value in zip(scores, odds.coef_[0], strict=True)}
    return replace(calibration, weight=weight, bias=float(odds.intercept_[0]))


def stratified_folds(labels: NDArray[np.int64], n_folds: int, seed: int) -> NDArray[np.int64]:
    """A fold for each row; each label is spread over the folds as evenly as its number allows."""
    random = np.random.default_rng(seed)
    order = np.concatenate([random.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)])
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % n_folds
    return folds


def _temperature(
    mixture: Floats, truth: NDArray[np.int64], calibration: Calibration, inside: NDArray[np.bool_]
) -> float:
    """Below 1 where the mean of unlike members is more modest than it needs to be, as it is with many intents."""

    def loss(temperature: float) -> float:
        probabilities = replace(calibration, temperature=temperature).probabilities(mixture, inside)
        return float(-np.log(probabilities[np.arange(len(truth)), truth] + 1e-9).mean())

    return float(minimize_scalar(loss, bounds=(0.3, 5.0), method="bounded", options={"xatol": 1e-3}).x)


def _logistic(table: NDArray[np.float32] | csr_array, labels: NDArray[np.int64], strength: float) -> LinearHead:
    """Multinomial, in the order of the labels 0, 1, …; each of them must occur."""
    with threadpool_limits(1):  # more are no faster at this size, and far slower where cores are shared
        fitted = LogisticRegression(C=strength, max_iter=300, tol=1e-4).fit(table, labels)
    weight, bias = fitted.coef_.T, fitted.intercept_
    if weight.shape[1] == 1:
        weight, bias = np.hstack([0 * weight, weight]), np.array([0.0, bias[0]])
    return LinearHead(np.ascontiguousarray(weight, np.float32), bias.astype(np.float32))


def _joined(parts: Sequence[Signals]) -> Signals:
    def joined(tables: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
        shared = [name for name in tables[0] if all(name in table for table in tables)]
        return {name: np.concatenate([table[name] for table in tables]) for name in shared}

    return Signals(joined([part.members for part in parts]), joined([part.scores for part in parts]))


def _distinct(utterances: Sequence[Utterance]) -> list[Utterance]:
    """Without repetitions of a text under one label: they would let a fold know what it is asked."""
    return list({(_folded(utterance.text), utterance.label): utterance for utterance in reversed(utterances)}.values())[
        ::-1
    ]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _take(texts: Sequence[str], chosen: NDArray[np.bool_]) -> list[str]:
    return [text for text, is_chosen in zip(texts, chosen, strict=True) if is_chosen]


def _hash(utterances: Sequence[Utterance]) -> str:
    lines = "\n".join(f"{u.label}\t{u.language}\t{u.text}" for u in utterances)
    return hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()[:16]
