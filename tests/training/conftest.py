"""One tiny encoder for all tests of fitting."""

from pathlib import Path

import pytest

from retrieval.onnx_export import export_onnx
from tests.training.utterances import IN_SCOPE, OUT_OF_SCOPE


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of 16 dimensions and one layer that knows the words of these utterances."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("base")
    known = sorted({word for utterance in IN_SCOPE + OUT_OF_SCOPE for word in utterance.text.split()})
    (raw / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *known]), "utf-8")
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
    transformer = Transformer(str(raw))
    SentenceTransformer(modules=[transformer, Pooling(16, "mean")]).save(str(folder), create_model_card=False)
    export_onnx(folder, name="tiny")
    return folder
