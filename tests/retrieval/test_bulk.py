from pathlib import Path

import numpy as np
import pytest

from retrieval.bulk import TorchGraph, has_bfloat16, load_bulk
from retrieval.encoder import Encoder, load_tokenizer
from retrieval.model_folder import read_manifest
from retrieval.onnx_export import load_sentence_transformer
from retrieval.weights import models_folder, resolve_model

TEXTS = ["Waterproof boots", "三十天内可以退货吗？", "a", "A light tent for two people, 1.9 kg, green. " * 6]


@pytest.mark.parametrize(("flags", "found"), [("fpu avx512_bf16", True), ("fpu amx_bf16", True), ("fpu avx2", False)])
def test_bfloat16_is_read_off_the_processor(tmp_path: Path, flags: str, found: bool) -> None:
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")

    assert has_bfloat16(tmp_path / "cpuinfo") is found
    assert not has_bfloat16(tmp_path / "none")


@pytest.mark.models
@pytest.mark.parametrize("name", ["minilm", "e5"])
def test_bfloat16_vectors_are_those_of_serving(name: str) -> None:
    folder = resolve_model(name, models_folder())
    graph = TorchGraph(load_sentence_transformer(folder), "cpu", threads=1)

    vectors = Encoder(read_manifest(folder), load_tokenizer(folder), graph).encode(TEXTS, kind="passage")

    wanted = Encoder.load(folder).encode(TEXTS, kind="passage")
    assert np.sum(vectors * wanted, axis=1).min() > 0.9995


@pytest.mark.models
def test_a_bulk_encoder_is_the_same_model_on_any_processor() -> None:
    folder = resolve_model("minilm", models_folder())

    made = load_bulk(folder, threads=1)

    assert made.fingerprint == Encoder.load(folder).fingerprint
    assert made.encode(TEXTS).shape == (len(TEXTS), made.dimension)
