"""What a shopper wants: an intent, its calibrated probability, and whether the utterance is in scope at all.

The class is the equal mean of up to three members: a fine-tuned encoder's softmax, and logistic regressions on the
untouched encoder's vectors and on TF-IDF of words and characters. The in-scope score is a weighted sum of standardised
signals; training sets weights and threshold (`training.intent`).

    folder/model.json       classes, calibration, making
    folder/arrays.npz       heads and examples
    folder/vocabulary.json  terms of the TF-IDF
    folder/encoder/         the fine-tuned encoder, where there is one
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from assistant.words import Neighbours, Rows, Words
from knowledge.domain import IntentReading
from knowledge.errors import NotBuiltError, WeightsError
from retrieval.encoder import Encoder
from retrieval.model_folder import is_whole

FORMAT = 1
OOS = "oos"
MAX_TOKENS = 128
N_RANKED = 5

Floats = NDArray[np.float32]


class TextEncoder(Protocol):
    """What is needed of an encoder: vectors of length 1, shape (texts, dimension)."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def encode(
        self, texts: Sequence[str], *, kind: Literal["query", "passage"] = ..., max_tokens: int = ...
    ) -> Floats: ...


@dataclass(frozen=True, slots=True)
class LinearHead:
    """`weight` (features, classes) and `bias` (classes,)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class Signals:
    """What the members say of some texts: a row each. Only signals that can be had are there, by name."""

    members: Mapping[str, Floats]
    scores: Mapping[str, Floats]

    @property
    def mixture(self) -> Floats:
        """The equal mean of the members' probabilities, (texts, classes)."""
        return np.asarray(np.mean(np.stack(list(self.members.values())), axis=0), np.float32)


@dataclass(frozen=True, slots=True)
class QuickHeads:
    """The members that are fitted in seconds, and the examples they know. `oos` marks examples out of scope."""

    classes: tuple[str, ...]
    words: Words
    word_head: LinearHead
    vector_head: LinearHead
    word_rows: Rows
    vectors: Floats
    oos: NDArray[np.bool_]
    _neighbours: Neighbours = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_neighbours", Neighbours(self.word_rows, len(self.words.vocabulary)))

    def signals(self, texts: Sequence[str], vectors: Floats, tuned_logits: Floats | None = None) -> Signals:
        """Members' probabilities and raw signals; `vectors` are the untouched encoder's, (texts, dimension)."""
        rows = self.words.rows(texts)
        members = {
            "vectors": softmax(vectors @ self.vector_head.weight + self.vector_head.bias),
            "words": softmax(rows.times(self.word_head.weight) + self.word_head.bias),
        }
        inside = np.array([label != OOS for label in self.classes])
        scores: dict[str, Floats] = {}
        if tuned_logits is not None:
            members["fine_tuned"] = softmax(tuned_logits)
            scores["energy"] = _logsumexp(tuned_logits[:, inside])
        near = vectors @ self.vectors.T
        near_words = np.stack([self._neighbours.cosines(*rows.row(i)) for i in range(len(rows))])
        scores["near"] = near[:, ~self.oos].max(1)
        scores["near_words"] = near_words[:, ~self.oos].max(1)
        mixture = Signals(members, {}).mixture
        scores["top"] = mixture[:, inside].max(1)
        if self.oos.any():
            scores["oos_near"] = near[:, self.oos].max(1)
            scores["oos"] = np.log(mixture[:, ~inside].sum(1) + np.float32(1e-4))
        return Signals(members, scores)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals become a score: sum of weight × (signal − mean) / spread, plus bias; in scope from `threshold` on.

    `temperature` flattens the mixture above 1 and sharpens it below (Guo et al. 2017).
    """

    temperature: float
    mean: Mapping[str, float]
    spread: Mapping[str, float]
    weight: Mapping[str, float]
    bias: float
    threshold: float

    def score(self, scores: Mapping[str, Floats]) -> Floats:
        """The in-scope score of each text, (texts,)."""
        terms = [self.weight[name] * (scores[name] - self.mean[name]) / self.spread[name] for name in self.weight]
        score: Floats = (np.sum(terms, axis=0) + self.bias).astype(np.float32)
        return score

    def probabilities(self, mixture: Floats, inside: NDArray[np.bool_]) -> Floats:
        """Calibrated probabilities of the classes in scope, given that the text is in scope: (texts, in scope)."""
        return softmax(np.log(mixture[:, inside] + np.float32(1e-9)) / np.float32(self.temperature))


@dataclass(frozen=True, slots=True)
class Making:
    """What a model was made of: `encoder` and its `encoder_fingerprint`, and hash and number of the examples."""

    settings: Mapping[str, float | None]
    seed: int
    examples_hash: str
    n_examples: int
    encoder: str
    encoder_fingerprint: str
    versions: Mapping[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """A fine-tuned encoder as a folder that `Encoder.load` reads, and its head; `scale` undoes the length of 1."""

    folder: Path
    encoder: TextEncoder
    head: LinearHead
    scale: float

    def logits(self, texts: Sequence[str]) -> Floats:
        vectors = self.encoder.encode(texts, kind="query", max_tokens=MAX_TOKENS)
        return np.asarray(self.scale * vectors @ self.head.weight + self.head.bias, np.float32)


def check_model(folder: Path) -> None:
    """Raises NotBuiltError where the model is of another format or files are missing. Reads no weights: fast."""
    fine_tuned = _read_model(folder).get("fine_tuned")
    there = [(folder / name).is_file() for name in ("vocabulary.json", "arrays.npz")]
    if not all(there) or (fine_tuned and not is_whole(folder / "encoder")):
        raise NotBuiltError(f"{folder}: files of the intent model are missing; run 'train intent'")


class IntentModel:
    """Reads one intent from an utterance. `encoder` is the untouched one that the model was fitted with."""

    def __init__(
        self,
        heads: QuickHeads,
        calibration: Calibration,
        making: Making,
        encoder: TextEncoder,
        tuned: Tuned | None = None,
    ) -> None:
        if encoder.fingerprint != making.encoder_fingerprint:
            raise NotBuiltError(
                f"the intent model was fitted with encoder {making.encoder} {making.encoder_fingerprint}, not with "
                f"{encoder.name} {encoder.fingerprint}; run 'train intent' again"
            )
        self.heads = heads
        self.calibration = calibration
        self.making = making
        self.encoder = encoder
        self.tuned = tuned
        self.intents = tuple(label for label in heads.classes if label != OOS)
        self._inside = np.array([label != OOS for label in heads.classes])

    @property
    def fine_tuned(self) -> bool:
        """Whether the fine-tuned member is there, or only the quick ones."""
        return self.tuned is not None

    def signals(self, texts: Sequence[str], vectors: Floats | None = None) -> Signals:
        """What each member says; `vectors` as in `read`, shape (texts, dimension)."""
        if vectors is None:
            vectors = self.encoder.encode(texts, kind="query", max_tokens=MAX_TOKENS)
        return self.heads.signals(texts, vectors, self.tuned.logits(texts) if self.tuned else None)

    def read(self, text: str, vector: Floats | None = None) -> IntentReading:
        """`vector`, shape (dimension,), is the text's query vector by the untouched encoder, if it is there already."""
        return self.read_all([text], None if vector is None else vector[None])[0]

    def read_all(self, texts: Sequence[str], vectors: Floats | None = None) -> list[IntentReading]:
        """Readings in the order of the texts; `vectors` as in `read`, shape (texts, dimension)."""
        return self.readings(self.signals(texts, vectors)) if texts else []

    def readings(self, signals: Signals) -> list[IntentReading]:
        """Readings from what the members said, in order."""
        probabilities = self.calibration.probabilities(signals.mixture, self._inside)
        scores = self.calibration.score(signals.scores)
        return [self._reading(row, float(score)) for row, score in zip(probabilities, scores, strict=True)]

    def member_intents(self, signals: Signals) -> dict[str, NDArray[np.str_]]:
        """Each member's own first intent in scope, by the member's name, (texts,)."""
        intents = np.array(self.intents)
        return {name: intents[table[:, self._inside].argmax(1)] for name, table in signals.members.items()}

    def _reading(self, probabilities: Floats, score: float) -> IntentReading:
        order = np.argsort(-probabilities, kind="stable")[:N_RANKED]
        ranking = tuple((self.intents[i], float(probabilities[i])) for i in order)
        return IntentReading(
            intent=ranking[0][0],
            probability=ranking[0][1],
            in_scope=score >= self.calibration.threshold,
            in_scope_score=score,
            ranking=ranking,
        )

    def save(self, folder: Path) -> None:
        """Writes the model; the fine-tuned encoder is copied unless it lies there already."""
        folder.mkdir(parents=True, exist_ok=True)
        heads = self.heads
        arrays: dict[str, NDArray[Any]] = {
            "word_weight": heads.word_head.weight,
            "word_bias": heads.word_head.bias,
            "vector_weight": heads.vector_head.weight,
            "vector_bias": heads.vector_head.bias,
            "idf": heads.words.idf,
            "row_starts": heads.word_rows.starts,
            "row_columns": heads.word_rows.columns,
            "row_values": heads.word_rows.values,
            "vectors": heads.vectors,
            "oos": heads.oos,
        }
        if self.tuned:
            arrays |= {"tuned_weight": self.tuned.head.weight, "tuned_bias": self.tuned.head.bias}
            if self.tuned.folder.resolve() != (folder / "encoder").resolve():
                shutil.copytree(self.tuned.folder, folder / "encoder", dirs_exist_ok=True)
        np.savez(folder / "arrays.npz", allow_pickle=False, **arrays)
        (folder / "vocabulary.json").write_text(json.dumps(heads.words.vocabulary, ensure_ascii=False), "utf-8")
        model = {
            "format": FORMAT,
            "classes": heads.classes,
            "fine_tuned": self.fine_tuned,
            "tuned_scale": self.tuned.scale if self.tuned else None,
            "calibration": asdict(self.calibration),
            "making": asdict(self.making),
        }
        (folder / "model.json").write_text(json.dumps(model, ensure_ascii=False, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: TextEncoder) -> "IntentModel":
        """Raises NotBuiltError where the model is missing, damaged, of another format or for another encoder."""
        model = _read_model(folder)
        try:
            words = json.loads((folder / "vocabulary.json").read_text("utf-8"))
            with (folder / "arrays.npz").open("rb") as handle, np.load(handle, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            heads = QuickHeads(
                classes=tuple(model["classes"]),
                words=Words(words, arrays["idf"]),
                word_head=LinearHead(arrays["word_weight"], arrays["word_bias"]),
                vector_head=LinearHead(arrays["vector_weight"], arrays["vector_bias"]),
                word_rows=Rows(arrays["row_starts"], arrays["row_columns"], arrays["row_values"]),
                vectors=arrays["vectors"],
                oos=arrays["oos"],
            )
            tuned = None
            if model["fine_tuned"]:
                at, head = folder / "encoder", LinearHead(arrays["tuned_weight"], arrays["tuned_bias"])
                tuned = Tuned(at, Encoder.load(at), head, float(model["tuned_scale"]))
            loaded = cls(heads, Calibration(**model["calibration"]), Making(**model["making"]), encoder, tuned)
            loaded._try()
        except FileNotFoundError as error:
            raise NotBuiltError(f"{error.filename}: not found; run 'train intent'") from None
        except (LookupError, TypeError, ValueError, OSError, EOFError, BadZipFile, WeightsError) as error:
            raise NotBuiltError(
                f"{folder}: the intent model is damaged, or of an older program ({error}); run 'train intent' again"
            ) from error
        return loaded

    def _try(self) -> None:
        """Reads nothing in particular: an older program may have fitted other signals than this one asks for."""
        vectors = np.zeros((1, self.heads.vectors.shape[1]), np.float32)
        logits = np.zeros((1, len(self.heads.classes)), np.float32) if self.tuned else None
        self.readings(self.heads.signals(["a"], vectors, logits))


def _read_model(folder: Path) -> Any:
    file = folder / "model.json"
    try:
        model = json.loads(file.read_text("utf-8"))
        found = model["format"]
    except FileNotFoundError:
        raise NotBuiltError(f"{file}: not found; run 'train intent'") from None
    except (KeyError, TypeError, ValueError) as error:
        raise NotBuiltError(f"{file} is damaged ({error}); run 'train intent' again") from error
    if found != FORMAT:
        raise NotBuiltError(f"{file} has format {found}, this program reads {FORMAT}; run 'train intent' again")
    return model


def softmax(logits: Floats) -> Floats:
    """Over the last axis."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    share: Floats = powers / powers.sum(-1, keepdims=True)
    return share


def _logsumexp(logits: Floats) -> Floats:
    top = logits.max(-1)
    energy: Floats = top + np.log(np.exp(logits - top[..., None]).sum(-1))
    return energy
