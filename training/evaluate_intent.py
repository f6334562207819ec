"""How well an intent model reads labelled utterances, beside floors that any model must beat."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline, make_union  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from assistant.intent import OOS, IntentModel, Making
from knowledge.domain import IntentReading, Utterance
from knowledge.errors import FitError
from training.intent import IntentSettings, fit_intent
from training.measures import accuracy, auroc, bootstrap, ece, macro_f1, mcc, per_label

N_TIMED = 200


@dataclass(frozen=True, slots=True)
class Said:
    """What a system said of the test rows: `top` ignores scope, `final` is `oos` where the system says so."""

    top: NDArray[np.str_]
    final: NDArray[np.str_]
    score: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class IntentReport:
    """Measures are nan where they cannot be computed, as the AUROC without rows out of scope.

    `in_scope_accuracy` and `ece` are over rows in scope and ignore the threshold; `mcc` and `macro_f1` count out of
    scope as one more class at the stored threshold. `intervals` are 95 % bootstrap intervals over test rows.
    `members` judges each member's top intent alone, `signals` each signal's AUROC, `floors` other systems.
    """

    n_test: int
    n_oos: int
    in_scope_accuracy: float
    oos_auroc: float
    mcc: float
    macro_f1: float
    ece: float
    per_intent: Mapping[str, Mapping[str, float]]
    train_seconds: float
    p50_ms: float
    intervals: Mapping[str, tuple[float, float]]
    members: Mapping[str, float]
    signals: Mapping[str, float]
    floors: Mapping[str, Mapping[str, float]]
    fine_tuned: bool
    threshold: float
    temperature: float
    making: Making
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Plain values for JSON; nan as None."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def evaluate_intent(
    train: Sequence[Utterance] | None,
    test: Sequence[Utterance],
    *,
    model: IntentModel | None = None,
    encoder_folder: Path | None = None,
    fine_tune: bool = True,
    settings: IntentSettings | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> IntentReport:
    """Measures `model`, or one fitted on `train` with the encoder in `encoder_folder`.

    The floors need `train`: TF-IDF of words and characters with a linear SVM, and the most frequent intent. Time is
    for one utterance at a time, encoding included. Raises FitError as `fit_intent` does, and without test rows.
    """
    if not test:
        raise FitError("there is no test utterance; name a CSV with the columns text,label and at least one row")
    if model is None and (train is None or encoder_folder is None):
        raise FitError("nothing to evaluate: give a model, or utterances to fit on and the encoder's folder")
    warnings: tuple[str, ...] = ()
    seconds = float("nan")
    if model is None and train is not None and encoder_folder is not None:
        started = time.perf_counter()
        fit = fit_intent(train, encoder_folder, fine_tune=fine_tune, settings=settings, seed=seed, progress=progress)
        model, warnings, seconds = fit.model, fit.warnings, time.perf_counter() - started
    assert model is not None

    progress("evaluating", 0, len(test))
    texts = [utterance.text for utterance in test]
    true = np.array([utterance.label for utterance in test])
    is_in = true != OOS
    signals = model.signals(texts)
    readings = model.readings(signals)
    said = _said(readings)
    probability = np.array([reading.probability for reading in readings])
    measures: dict[str, Callable[[NDArray[np.int64]], float]] = {
        **_measures(true, said),
        "ece": lambda rows: ece((said.top == true)[rows][is_in[rows]], probability[rows][is_in[rows]]),
    }
    every = np.arange(len(test))
    report = IntentReport(
        n_test=len(test),
        n_oos=int((~is_in).sum()),
        in_scope_accuracy=measures["in_scope_accuracy"](every),
        oos_auroc=measures["oos_auroc"](every),
        mcc=measures["mcc"](every),
        macro_f1=measures["macro_f1"](every),
        ece=measures["ece"](every),
        per_intent=per_label(true, said.final),
        train_seconds=seconds,
        p50_ms=_p50_ms(model, texts),
        intervals={name: bootstrap(measure, len(test), seed=seed) for name, measure in measures.items()},
        members={name: accuracy(true[is_in], top[is_in]) for name, top in model.member_intents(signals).items()},
        signals={name: auroc(is_in, score) for name, score in signals.scores.items()},
        floors={} if train is None else _floors(train, texts, true, seed),
        fine_tuned=model.fine_tuned,
        threshold=model.calibration.threshold,
        temperature=model.calibration.temperature,
        making=model.making,
        warnings=warnings,
    )
    progress("evaluating", len(test), len(test))
    return report


def _measures(true: NDArray[np.str_], said: Said) -> dict[str, Callable[[NDArray[np.int64]], float]]:
    """As functions of row numbers, so that they can be drawn again."""
    is_in = true != OOS
    return {
        "in_scope_accuracy": lambda rows: accuracy(true[rows][is_in[rows]], said.top[rows][is_in[rows]]),
        "oos_auroc": lambda rows: auroc(is_in[rows], said.score[rows]),
        "mcc": lambda rows: mcc(true[rows], said.final[rows]),
        "macro_f1": lambda rows: macro_f1(true[rows], said.final[rows]),
    }


def _said(readings: Sequence[IntentReading]) -> Said:
    return Said(
        top=np.array([reading.intent for reading in readings]),
        final=np.array([reading.intent if reading.in_scope else OOS for reading in readings]),
        score=np.array([reading.in_scope_score for reading in readings]),
    )


def _floors(
    train: Sequence[Utterance], texts: Sequence[str], true: NDArray[np.str_], seed: int
) -> dict[str, dict[str, float]]:
    """Their top intent is among those in scope; they say `oos` only where they were shown it."""
    labels = np.array([utterance.label for utterance in train])
    tfidf = make_union(
        TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b"),
        TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(1, 4)),
    )
    svm = make_pipeline(tfidf, LinearSVC(random_state=seed)).fit([utterance.text for utterance in train], labels)
    margins = svm.decision_function(list(texts))
    margins = np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins
    inside = np.where(svm.classes_ == OOS, -np.inf, margins)
    names, counts = np.unique(labels[labels != OOS], return_counts=True)
    most = np.full(len(texts), names[counts.argmax()])
    floors = {
        "tfidf_svm": Said(svm.classes_[inside.argmax(1)], svm.classes_[margins.argmax(1)], inside.max(1)),
        "majority": Said(most, most, np.zeros(len(texts))),
    }
    every = np.arange(len(texts))
    return {
        name: {measure: value(every) for measure, value in _measures(true, said).items()}
        for name, said in floors.items()
    }


def _p50_ms(model: IntentModel, texts: Sequence[str]) -> float:
    times = []
    for text in texts[:: -(-len(texts) // N_TIMED)]:
        started = time.perf_counter()
        model.read(text)
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else value
