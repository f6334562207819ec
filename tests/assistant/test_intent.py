import json
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from assistant.intent import Calibration, Floats, IntentModel, LinearHead, Making, QuickHeads
from assistant.words import Words
from knowledge.errors import NotBuiltError

TEXTS = ("where is my parcel", "has my parcel left", "may i send shoes back", "return opened shoes", "sing a song")
LABELS = ("order_status", "order_status", "return_policy", "return_policy", "oos")
CLASSES = ("oos", "order_status", "return_policy")


class WordSums:
    """Sums a fixed random direction for each word."""

    name = "sums"
    fingerprint = "sums-1"

    def encode(
        self, texts: Sequence[str], *, kind: Literal["query", "passage"] = "query", max_tokens: int = 128
    ) -> Floats:
        sums = [sum((self._direction(word) for word in text.split()), self._direction("")) for text in texts]
        return np.stack([np.asarray(total / np.linalg.norm(total), np.float32) for total in sums])

    @staticmethod
    def _direction(word: str) -> Floats:
        return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(32).astype(np.float32)


@pytest.fixture
def model() -> IntentModel:
    """Heads that take the mean of each class's examples as its weights."""
    encoder, words = WordSums(), Words.fit(TEXTS)
    vectors, rows = encoder.encode(TEXTS), words.rows(TEXTS)
    chosen = np.array([[label == name for name in CLASSES] for label in LABELS], np.float32)
    dense = np.zeros((len(TEXTS), len(words.vocabulary)), np.float32)
    for i in range(len(TEXTS)):
        dense[i, rows.row(i)[0]] = rows.row(i)[1]
    heads = QuickHeads(
        classes=CLASSES,
        words=words,
        word_head=LinearHead(5 * dense.T @ chosen, np.zeros(3, np.float32)),
        vector_head=LinearHead(5 * vectors.T @ chosen, np.zeros(3, np.float32)),
        word_rows=rows,
        vectors=vectors,
        oos=np.array([label == "oos" for label in LABELS]),
    )
    names = ("near", "oos")
    calibration = Calibration(
        temperature=1.0,
        mean=dict.fromkeys(names, 0.0),
        spread=dict.fromkeys(names, 1.0),
        weight={"near": 1.0, "oos": -1.0},
        bias=0.0,
        threshold=1.0,
    )
    making = Making({}, 0, "hash", len(TEXTS), "sums", "sums-1", {}, 0.0)
    return IntentModel(heads, calibration, making, encoder)


def test_the_reading_names_intent_probability_and_scope(model: IntentModel) -> None:
    asked, odd = model.read("my parcel where is it"), model.read("sing a song please")

    assert (asked.intent, asked.in_scope) == ("order_status", True)
    assert not odd.in_scope
    assert odd.in_scope_score < model.calibration.threshold <= asked.in_scope_score


def test_each_member_has_its_say(model: IntentModel) -> None:
    signals = model.signals(["return shoes"])

    assert signals.members.keys() == {"vectors", "words"}
    np.testing.assert_allclose(signals.mixture, np.mean(list(signals.members.values()), axis=0), rtol=1e-6)
    assert {name: said[0] for name, said in model.member_intents(signals).items()} == dict.fromkeys(
        ["vectors", "words"], "return_policy"
    )


def test_a_higher_temperature_is_more_modest_and_keeps_the_order(model: IntentModel) -> None:
    mixture, inside = model.signals(["return shoes"]).mixture, np.array([False, True, True])
    hot = Calibration(3.0, {}, {}, {}, 0.0, 0.0).probabilities(mixture, inside)[0]
    cold = Calibration(1.0, {}, {}, {}, 0.0, 0.0).probabilities(mixture, inside)[0]

    assert 0.5 < hot.max() < cold.max()
    assert hot.argmax() == cold.argmax()


def test_no_texts_give_no_readings(model: IntentModel) -> None:
    assert model.read_all([]) == []


def test_another_encoder_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    other = WordSums()
    other.fingerprint = "sums-2"

    with pytest.raises(NotBuiltError, match=r"sums sums-1, not with sums sums-2; run 'train intent' again"):
        IntentModel.load(tmp_path, other)


def test_a_missing_model_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match=r"model\.json: not found; run 'train intent'"):
        IntentModel.load(tmp_path, WordSums())


@pytest.mark.parametrize("name", ["model.json", "vocabulary.json", "arrays.npz"])
def test_a_damaged_model_is_refused(model: IntentModel, tmp_path: Path, name: str) -> None:
    model.save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])

    with pytest.raises(NotBuiltError, match="damaged"):
        IntentModel.load(tmp_path, WordSums())


def test_another_format_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    file = tmp_path / "model.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "format": 99}), "utf-8")

    with pytest.raises(NotBuiltError, match="format 99, this program reads 1"):
        IntentModel.load(tmp_path, WordSums())


@pytest.mark.parametrize("part", ["format", "classes", "calibration", "making", "fine_tuned"])
def test_a_model_of_an_older_program_that_lacks_a_part_is_refused(
    model: IntentModel, tmp_path: Path, part: str
) -> None:
    model.save(tmp_path)
    file = tmp_path / "model.json"
    kept = {name: value for name, value in json.loads(file.read_text("utf-8")).items() if name != part}
    file.write_text(json.dumps(kept), "utf-8")

    with pytest.raises(NotBuiltError, match="run 'train intent' again"):
        IntentModel.load(tmp_path, WordSums())


@pytest.mark.parametrize(
    ("part", "value"),
    [("weight", {"distance": 1.0}), ("spread", {}), ("threshold", None), ("temperature", "warm")],
)
def test_a_model_of_an_older_program_that_asks_for_other_signals_is_refused(
    model: IntentModel, tmp_path: Path, part: str, value: object
) -> None:
    model.save(tmp_path)
    file = tmp_path / "model.json"
    kept = json.loads(file.read_text("utf-8"))
    kept["calibration"][part] = value
    file.write_text(json.dumps(kept), "utf-8")

    with pytest.raises(NotBuiltError, match="run 'train intent' again"):
        IntentModel.load(tmp_path, WordSums())


def test_serving_loads_no_training_library() -> None:
    heavy = ["torch", "transformers", "sklearn", "scipy", "onnxruntime"]
    code = f"import sys, assistant.intent; print([name for name in {heavy} if name in sys.modules])"

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"
