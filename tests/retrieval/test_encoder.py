import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from knowledge.errors import WeightsError
from retrieval.encoder import Encoder, Vectors
from retrieval.model_folder import Manifest
from retrieval.weights import models_folder, resolve_model

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "red", "shoe", "query", "passage", "blue", "hat"]
PREFIXES = {"query": "query ", "passage": "passage "}


class CountingGraph:
    """Gives each text the unit vector of its number of tokens and its last word; remembers the batches' shapes."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.NDArray[np.int64]]
    ) -> Sequence[Vectors]:
        ids, mask = input_feed["input_ids"], input_feed["attention_mask"]
        self.shapes.append(ids.shape)
        lengths = mask.sum(axis=1)
        last = ids[np.arange(len(ids)), lengths - 2]
        rows = np.stack([lengths, last], axis=1).astype(np.float32)
        return [rows / np.linalg.norm(rows, axis=1, keepdims=True)]


def tokenizer() -> Tokenizer:
    tokens = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    tokens.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    return tokens


def manifest(prefixes: Mapping[str, str] | None = None) -> Manifest:
    return Manifest("tiny", "1", "MIT", "", 2, 6, prefixes or {"query": "", "passage": ""}, "f00d", {})


def encoder(graph: CountingGraph | None = None, prefixes: Mapping[str, str] | None = None) -> Encoder:
    return Encoder(manifest(prefixes), tokenizer(), graph or CountingGraph())


def test_no_texts_give_no_rows_of_the_right_width() -> None:
    assert encoder().encode([]).shape == (0, 2)


def test_vectors_keep_the_order_of_the_texts() -> None:
    texts = ["red", "red blue hat", "blue shoe", "hat"]

    together = encoder().encode(texts, batch_size=2)

    alone = np.concatenate([encoder().encode([text]) for text in texts])
    np.testing.assert_array_equal(together, alone)


def test_texts_of_like_length_share_a_batch() -> None:
    graph = CountingGraph()

    encoder(graph).encode(["red", "red blue hat", "hat", "blue red shoe"], batch_size=2)

    assert graph.shapes == [(2, 5), (2, 3)]


def test_the_prefix_is_that_of_the_kind() -> None:
    made = encoder(prefixes=PREFIXES)

    assert made.token_ids(["red"], kind="query") == [[1, 6, 4, 2]]
    assert made.token_ids(["red"], kind="passage") == [[1, 7, 4, 2]]


@pytest.mark.parametrize(("max_tokens", "kept"), [(4, 4), (6, 6), (100, 6)])
def test_a_long_text_is_cut_to_what_is_asked_and_to_what_the_model_can(max_tokens: int, kept: int) -> None:
    (ids,) = encoder().token_ids(["red " * 50], max_tokens=max_tokens)

    assert len(ids) == kept
    assert ids[-1] == 2


def test_a_lone_surrogate_is_read_as_unknown() -> None:
    assert encoder().token_ids(["red \ud800"]) == [[1, 4, 3, 2]]


def test_progress_ends_with_all_texts() -> None:
    seen: list[tuple[int, int]] = []

    encoder().encode(["red"] * 5, batch_size=2, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_a_folder_that_is_not_prepared_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="fetch-models"):
        Encoder.load(tmp_path)


def test_importing_the_encoder_imports_nothing_heavy() -> None:
    code = "import sys, retrieval.encoder, retrieval.weights; print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    heavy = {"torch", "transformers", "sentence_transformers", "onnxruntime", "tokenizers", "onnx", "huggingface_hub"}
    assert heavy.isdisjoint(imported)


@pytest.mark.models
@pytest.mark.parametrize("name", ["minilm", "e5"])
def test_vectors_are_those_of_sentence_transformers(name: str) -> None:
    from retrieval.onnx_export import load_sentence_transformer

    folder = resolve_model(name, models_folder())
    texts = ["Waterproof boots", "三十天内可以退货吗？", "a", "A light tent for two people, 1.9 kg, green. " * 6]

    vectors = Encoder.load(folder).encode(texts)

    wanted = load_sentence_transformer(folder).encode_query(texts, normalize_embeddings=True)
    assert np.sum(vectors * wanted, axis=1).min() > 0.9999


@pytest.mark.models
def test_e5_puts_an_english_sentence_next_to_its_chinese_translation() -> None:
    made = Encoder.load(resolve_model("e5", models_folder()))
    english = ["You may return goods within 30 days.", "Delivery takes 3 to 5 days.", "Wireless headphones", "A tent"]
    chinese = ["商品可在30天内退货。", "配送需要3到5天。", "无线耳机", "帐篷"]

    scores = made.encode(english) @ made.encode(chinese, kind="passage").T

    assert scores.argmax(axis=1).tolist() == [0, 1, 2, 3]
