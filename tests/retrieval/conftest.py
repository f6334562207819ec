"""One tiny shop in two languages, and an encoder of 16 dimensions that knows a few synonyms."""

import re
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Language, Product, ProductId, Translation
from knowledge.settings import Settings
from retrieval.dense import Vectors
from retrieval.encoder import Kind
from retrieval.index import LanguageIndex, build_index, load_index
from retrieval.search import ProductSearch

_SYNONYMS = {"earphones": "headphones", "notebook": "laptop", "耳机": "headphones", "笔记本": "laptop"}


class TinyEncoder:
    """Sums a fixed random direction for each word; synonyms share theirs."""

    dimension = 16
    fingerprint = "tiny-1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> Vectors:
        self.encoded += texts
        return np.stack([self._vector(text) for text in texts]) if texts else np.empty((0, 16), np.float32)

    def _vector(self, text: str) -> Vectors:
        words = re.findall(r"耳机|笔记本|[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", text.lower())
        total = sum((self._direction(_SYNONYMS.get(word, word)) for word in words), self._direction(""))
        return np.asarray(total / np.linalg.norm(total), np.float32)

    @staticmethod
    def _direction(word: str) -> Vectors:
        return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(16).astype(np.float32)


def product(
    name: str,
    title: str,
    brand: str,
    category: str,
    price: float | None,
    *,
    zh: Translation | None = None,
    stock: int | None = 5,
    rating: float | None = None,
    n_ratings: int | None = None,
    parent: str = "",
    list_price: float | None = None,
    description: str = "",
    **attributes: str | float,
) -> Product:
    return Product(
        product_id=ProductId(name),
        title=title,
        brand=brand,
        category=tuple(category.split(" > ")),
        description=description,
        price=price,
        list_price=list_price,
        currency="USD",
        stock=stock,
        rating=rating,
        n_ratings=n_ratings,
        parent_id=ProductId(parent) if parent else None,
        attributes=attributes,
        translations={"zh": zh} if zh else {},
    )


_HEADPHONES_ZH = ("音频", "耳机")
_LAPTOPS_ZH = ("电脑", "笔记本电脑")
_PRODUCTS = (
    product(
        "H1",
        "Calder WH-20 wireless headphones",
        "Calder",
        "Audio > Headphones",
        89,
        rating=4.4,
        n_ratings=200,
        zh=Translation("Calder WH-20 无线耳机", "降噪，适合通勤", _HEADPHONES_ZH, {"colour": "黑色"}),
        colour="black",
        noise_cancelling="yes",
        battery_life_h=30,
    ),
    product(
        "H2",
        "Orrin Pure wireless headphones",
        "Orrin",
        "Audio > Headphones",
        159,
        list_price=199,
        rating=4.7,
        n_ratings=20,
        zh=Translation("Orrin Pure 无线耳机", "音质清晰", _HEADPHONES_ZH, {"colour": "白色"}),
        colour="white",
        noise_cancelling="no",
        battery_life_h=20,
    ),
    product(
        "H3",
        "Calder sport earphones",
        "Calder",
        "Audio > Headphones",
        49,
        stock=0,
        rating=3.9,
        n_ratings=50,
        zh=Translation("Calder 运动耳机", "防汗，适合跑步", _HEADPHONES_ZH, {"colour": "红色 / 黑色"}),
        colour="red / black",
    ),
    product("C1", "Case for headphones", "Tarn", "Audio > Accessories", 12, colour="black"),
    product(
        "L1",
        "Lindqvist Air 14 laptop 16 GB",
        "Lindqvist",
        "Computers > Laptops",
        899,
        rating=4.5,
        n_ratings=90,
        zh=Translation("Lindqvist Air 14 笔记本电脑", "轻薄", _LAPTOPS_ZH, {"colour": "银色"}),
        colour="silver",
        memory_gb=16,
        weight_kg=1.2,
        screen="14 in",
    ),
    product("L2", "Brandt gaming laptop 32 GB", "Brandt", "Computers > Laptops", 1499, memory_gb=32, weight_kg=2.4),
    product("L3", "Brandt Basic laptop 8 GB", "Brandt", "Computers > Laptops", 499, memory_gb=8, weight_kg=1.9),
    product("L4", "Zeta gaming laptop", "Zeta", "Computers > Laptops", 1299, memory_gb=16),
    *(
        product(
            f"S{i}", f"Marlow trail running shoes size {39 + i}", "Marlow", "Shoes > Running Shoes", 100, parent="S"
        )
        for i in range(1, 5)
    ),
    product("S9", "Fell road running shoes", "Fell", "Shoes > Running Shoes", None, description="Light and soft"),
)


@pytest.fixture(scope="session")
def tiny_catalogue() -> Catalogue:
    return Catalogue(_PRODUCTS)


@pytest.fixture(scope="session")
def tiny_encoder() -> TinyEncoder:
    return TinyEncoder()


@pytest.fixture(scope="session")
def tiny_indexes(
    tiny_catalogue: Catalogue, tiny_encoder: TinyEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[Language, LanguageIndex]]:
    folder = tmp_path_factory.mktemp("index")
    encoders: dict[Language, TinyEncoder] = {"en": tiny_encoder, "zh": tiny_encoder}
    build_index(tiny_catalogue, Settings(), encoders, folder, None, lambda stage, done, of: None)
    loaded = load_index(folder, engine="exact")
    yield loaded
    for index in loaded.values():
        index.close()


@pytest.fixture(scope="session")
def tiny_search(
    tiny_catalogue: Catalogue, tiny_encoder: TinyEncoder, tiny_indexes: dict[Language, LanguageIndex]
) -> ProductSearch:
    return ProductSearch(tiny_catalogue, tiny_indexes, {"en": tiny_encoder, "zh": tiny_encoder}, Settings())
