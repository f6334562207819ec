import shutil
from pathlib import Path

import numpy as np
import pytest

from assistant.intent import IntentModel, check_model
from knowledge.domain import Utterance
from knowledge.errors import FitError, NotBuiltError
from retrieval.encoder import Encoder
from tests.training.utterances import IN_SCOPE, OUT_OF_SCOPE
from training.evaluate_intent import evaluate_intent
from training.intent import check_examples, contradictions, default_recipe, fit_intent, stratified_folds


@pytest.fixture(scope="module")
def quick(base: Path) -> IntentModel:
    return fit_intent(IN_SCOPE, base, fine_tune=False).model


@pytest.fixture(scope="module")
def judging(base: Path) -> IntentModel:
    """Fitted with examples out of scope."""
    return fit_intent(IN_SCOPE + OUT_OF_SCOPE, base, fine_tune=False).model


@pytest.fixture(scope="module")
def tuned(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.tuning import Recipe

    folder = tmp_path_factory.mktemp("tuned")
    recipe = Recipe(rate=3e-3, head_rate=3e-2, epochs=8, n_threads=1)
    fit_intent(IN_SCOPE + OUT_OF_SCOPE, base, recipe=recipe, seed=1).model.save(folder)
    return folder


def test_quick_heads_read_what_they_were_shown(quick: IntentModel) -> None:
    said = [reading.intent for reading in quick.read_all([u.text for u in IN_SCOPE])]

    assert np.mean([s == u.label for s, u in zip(said, IN_SCOPE, strict=True)]) > 0.95
    assert not quick.fine_tuned


def test_probabilities_of_the_ranking_fall_and_sum_to_one(quick: IntentModel) -> None:
    reading = quick.read("where is my kettle")

    probabilities = [probability for _, probability in reading.ranking]
    assert reading.ranking[0] == (reading.intent, reading.probability)
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)


def test_without_examples_out_of_scope_most_known_utterances_are_in_scope_and_noise_is_not(quick: IntentModel) -> None:
    kept = [reading.in_scope for reading in quick.read_all([u.text for u in IN_SCOPE])]

    assert np.mean(kept) > 0.9
    assert not quick.read("zzz").in_scope


def test_examples_out_of_scope_teach_the_score_and_are_never_an_intent(judging: IntentModel) -> None:
    odd, asked = judging.read("poem about shoes"), judging.read("can i return shoes")

    assert not odd.in_scope
    assert asked.in_scope
    assert odd.in_scope_score < asked.in_scope_score
    assert "oos" not in [intent for intent, _ in odd.ranking]


def test_a_vector_that_is_there_already_changes_nothing(quick: IntentModel) -> None:
    (vector,) = quick.encoder.encode(["track the parcel"])

    assert quick.read("track the parcel", vector) == quick.read("track the parcel")


@pytest.mark.parametrize("text", ["", "   ", "\x00", "🙃", "\ud83c", "where " * 3000])
def test_no_text_breaks_the_reading(quick: IntentModel, text: str) -> None:
    reading = quick.read(text)

    assert np.isfinite([reading.probability, reading.in_scope_score]).all()


def test_the_same_examples_and_seed_give_the_same_model(base: Path, quick: IntentModel) -> None:
    again = fit_intent(IN_SCOPE, base, fine_tune=False).model

    assert again.read("return of kettle") == quick.read("return of kettle")
    assert again.calibration == quick.calibration


def test_a_saved_model_reads_as_before(judging: IntentModel, base: Path, tmp_path: Path) -> None:
    judging.save(tmp_path)
    loaded = IntentModel.load(tmp_path, Encoder.load(base))

    assert loaded.read("is shipping free") == judging.read("is shipping free")
    assert loaded.making == judging.making
    check_model(tmp_path)


def test_fine_tuning_takes_and_its_encoder_serves_from_the_folder(tuned: Path, base: Path) -> None:
    model = IntentModel.load(tuned, Encoder.load(base))

    signals = model.signals([u.text for u in IN_SCOPE])
    said = model.member_intents(signals)["fine_tuned"]

    assert model.fine_tuned
    assert np.mean([s == u.label for s, u in zip(said, IN_SCOPE, strict=True)]) > 0.95
    assert "energy" in signals.scores
    assert not list(tuned.rglob("*.safetensors"))


@pytest.mark.parametrize("name", ["encoder/model.onnx", "encoder/manifest.json", "encoder/tokenizer.json"])
def test_a_model_without_its_encoder_is_refused(tuned: Path, base: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(tuned, tmp_path / "model")
    (folder / name).unlink()

    with pytest.raises(NotBuiltError, match="run 'train intent'"):
        IntentModel.load(folder, Encoder.load(base))
    with pytest.raises(NotBuiltError, match="run 'train intent'"):
        check_model(folder)


def test_a_fine_tuning_that_collapses_leaves_the_quick_heads_and_a_warning(base: Path) -> None:
    from training.tuning import Recipe

    recipe = Recipe(rate=0.0, head_rate=0.0, epochs=1, n_tries=2, n_threads=1)

    fit = fit_intent(IN_SCOPE, base, recipe=recipe)

    assert not fit.model.fine_tuned
    assert "did not take" in fit.warnings[0]
    assert fit.model.read("track the parcel").intent == "order_status"


def test_an_intent_with_too_few_different_examples_is_named() -> None:
    few = [Utterance("Bye", "thanks", "en"), Utterance("bye ", "thanks", "en"), Utterance("cheers", "thanks", "en")]

    with pytest.raises(FitError, match=r"thanks \(2\)"):
        check_examples(IN_SCOPE + few)


def test_one_intent_is_not_enough() -> None:
    with pytest.raises(FitError, match="at least 2 intents are needed, found order_status"):
        check_examples(IN_SCOPE[:20] + OUT_OF_SCOPE)


def test_a_text_under_two_labels_is_told(base: Path) -> None:
    twice = [*IN_SCOPE, Utterance("Where is my  ORDER", "delivery_info", "en")]

    remarks = contradictions(twice)

    assert remarks == ("'where is my order' stands under delivery_info, order_status; keep one label",)
    assert fit_intent(twice, base, fine_tune=False).warnings == remarks


def test_more_examples_get_fewer_epochs() -> None:
    assert [default_recipe("minilm", n).epochs for n in (300, 1000, 10_000, 1_000_000)] == [8, 8, 5, 2]
    assert [default_recipe("e5", n).epochs for n in (300, 10_000)] == [6, 3]


def test_folds_spread_each_label_evenly() -> None:
    labels = np.repeat([0, 1, 2], [20, 7, 3])

    folds = stratified_folds(labels, 5, seed=0)

    assert all(np.ptp(np.bincount(folds[labels == label], minlength=5)) <= 1 for label in range(3))


def test_a_report_holds_measures_intervals_members_and_floors(base: Path) -> None:
    train, test = (IN_SCOPE + OUT_OF_SCOPE)[::2], (IN_SCOPE + OUT_OF_SCOPE)[1::2]

    report = evaluate_intent(train, test, encoder_folder=base, fine_tune=False).to_json()

    assert {"in_scope_accuracy", "oos_auroc", "mcc", "macro_f1", "ece", "per_intent", "p50_ms"} <= set(report)
    assert report["floors"].keys() == {"tfidf_svm", "majority"}  # type: ignore[attr-defined]
    assert report["members"].keys() == {"vectors", "words"}  # type: ignore[attr-defined]
    low, high = report["intervals"]["mcc"]  # type: ignore[index]
    assert low <= report["mcc"] <= high


def test_what_cannot_be_measured_is_null(quick: IntentModel) -> None:
    report = evaluate_intent(None, IN_SCOPE, model=quick).to_json()

    assert (report["oos_auroc"], report["train_seconds"], report["floors"]) == (None, None, {})


def test_nothing_to_evaluate_is_refused() -> None:
    with pytest.raises(FitError, match="no test utterance"):
        evaluate_intent(IN_SCOPE, [])
    with pytest.raises(FitError, match="nothing to evaluate"):
        evaluate_intent(IN_SCOPE, IN_SCOPE)
