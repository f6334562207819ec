from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Language, Place, Product, ProductId, Translation
from knowledge.errors import NotBuiltError
from knowledge.settings import Search, Settings
from retrieval import index as module
from retrieval.encoder import Kind
from retrieval.index import IndexReport, build_index, document_text, lexical_texts, load_index


class CountingEncoder:
    """Vectors of two dimensions by the length of the text; fails once it has read `limit` texts."""

    dimension = 2

    def __init__(self, fingerprint: str = "one", limit: int = 10_000) -> None:
        self.fingerprint = fingerprint
        self.limit = limit
        self.read: list[str] = []

    def encode(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> np.ndarray:
        if len(self.read) + len(texts) > self.limit:
            raise KeyboardInterrupt
        self.read += texts
        angle = np.array([len(text) for text in texts], np.float32)
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _catalogue(n: int = 6, **changes: object) -> Catalogue:
    products = [Product(ProductId(str(i)), f"Kettle {'x' * i}", price=float(i)) for i in range(n)]
    return Catalogue([replace(products[0], **changes), *products[1:]])  # type: ignore[arg-type]


def _build(
    catalogue: Catalogue,
    encoder: CountingEncoder,
    folder: Path,
    previous: Path | None = None,
    settings: Settings | None = None,
) -> IndexReport:
    encoders: dict[Language, CountingEncoder] = {"en": encoder}
    return build_index(catalogue, settings or Settings(), encoders, folder, previous, lambda stage, done, of: None)


def test_a_built_index_can_be_loaded(tmp_path: Path) -> None:
    report = _build(_catalogue(), CountingEncoder(), tmp_path)

    index = load_index(tmp_path, engine="exact")["en"]

    assert (report.n_products, report.n_embedded, report.n_reused) == (6, 6, 0)
    assert index.product_ids == ("0", "1", "2", "3", "4", "5")
    assert len(index.dense) == 6
    assert index.lexical.search("kettle", 10)


def test_chroma_is_owned_by_the_first_to_load(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path)

    index = load_index(tmp_path)["en"]

    assert index.dense.engine == "chroma"
    index.close()
    assert index.dense.engine != "chroma"


def test_only_new_texts_are_embedded(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path / "1")
    encoder = CountingEncoder()

    report = _build(_catalogue(title="Teapot"), encoder, tmp_path / "2", tmp_path / "1")

    assert encoder.read == ["Teapot"]
    assert (report.n_embedded, report.n_reused) == (1, 5)
    assert load_index(tmp_path / "2", engine="exact")["en"].lexical.search("teapot", 3)[0][0] == 0


def test_an_unchanged_language_is_copied_whole(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path / "1")

    report = _build(_catalogue(price=99.0), CountingEncoder(limit=0), tmp_path / "2", tmp_path / "1")

    assert report.seconds == {}
    with load_index(tmp_path / "2")["en"].dense as dense:
        assert dense.engine == "chroma"


@pytest.mark.parametrize(
    ("fingerprint", "tokens"), [("another", 64), ("one", 32)], ids=["other encoder", "other length"]
)
def test_vectors_of_another_making_are_not_reused(tmp_path: Path, fingerprint: str, tokens: int) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path / "1")
    settings = Settings(search=Search(document_tokens=tokens))

    report = _build(_catalogue(), CountingEncoder(fingerprint), tmp_path / "2", tmp_path / "1", settings)

    assert report.n_embedded == 6


def test_a_stopped_build_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECKPOINT", 2)
    with pytest.raises(KeyboardInterrupt):
        _build(_catalogue(), CountingEncoder(limit=4), tmp_path)
    (part,) = (tmp_path / "en").glob("*.part")
    with part.open("ab") as file:
        file.write(b"half a record")
    encoder = CountingEncoder()

    report = _build(_catalogue(), encoder, tmp_path)

    assert len(encoder.read) == report.n_embedded == 2
    assert not list((tmp_path / "en").glob("*.part"))
    vectors = np.load(tmp_path / "en" / "vectors.npy")
    assert np.array_equal(vectors, CountingEncoder().encode([document_text(p, "en") for p in _catalogue()]))


def test_the_same_text_is_embedded_once(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    products = [Product(ProductId(str(i)), "Kettle") for i in range(5)]

    _build(Catalogue(products), encoder, tmp_path)

    assert encoder.read == ["Kettle"]


def test_progress_is_told_for_each_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []

    build_index(_catalogue(), Settings(), {"en": CountingEncoder()}, tmp_path, None, lambda *step: told.append(step))

    assert {("en: embed", 6, 6), ("en: words", 6, 6), ("en: vectors", 6, 6)} <= set(told)


def test_an_empty_catalogue_can_be_built_and_loaded(tmp_path: Path) -> None:
    _build(Catalogue([]), CountingEncoder(), tmp_path)

    index = load_index(tmp_path)["en"]

    assert index.product_ids == ()
    assert index.lexical.search("kettle", 3) == []


def test_a_missing_language_says_that_it_must_be_built(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path)

    with pytest.raises(NotBuiltError, match="run build"):
        load_index(tmp_path, ["zh"])
    with pytest.raises(NotBuiltError, match="run build"):
        load_index(tmp_path / "nowhere")


def test_a_damaged_index_says_that_it_must_be_built_again(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path)
    (tmp_path / "en" / "index.json").write_text('{"format": 1}')

    with pytest.raises(NotBuiltError, match="run build again"):
        load_index(tmp_path, ["en"])


def test_vectors_of_another_number_are_refused(tmp_path: Path) -> None:
    _build(_catalogue(), CountingEncoder(), tmp_path)
    np.save(tmp_path / "en" / "vectors.npy", np.ones((3, 2), np.float32))

    with pytest.raises(NotBuiltError, match="3 vectors of 6 products"):
        load_index(tmp_path, engine="exact")


def test_the_telling_parts_of_a_product_come_first() -> None:
    product = Product(
        ProductId("1"),
        "Hush headphones",
        "Brenvik",
        ("Audio", "Headphones"),
        "For trains.",
        attributes={"colour": "black", "noise_cancelling": "yes", "foldable": "no", "battery_life_h": 30.0},
    )

    text = document_text(product, "en")

    assert text == "Hush headphones. Brenvik. Audio > Headphones. For trains. black, noise cancelling"


def test_chinese_is_indexed_beside_the_names_of_the_shop_itself() -> None:
    product = Product(
        ProductId("1"),
        "Brenvik WH-20 headphones",
        "Brenvik",
        ("Audio",),
        attributes={"colour": "black", "battery_life_h": 30.0},
        translations={"zh": Translation("WH-20 无线耳机", "", ("音频",), {"colour": "黑色"})},
    )

    title, other = lexical_texts(product, "zh")

    assert title == "WH-20 无线耳机 Brenvik WH-20 headphones"
    assert other.split("\n") == ["Brenvik", "音频", "黑色", "30 小时", "black"]


def test_what_was_found_in_the_texts_is_neither_embedded_nor_indexed_again() -> None:
    given = Product(ProductId("m"), "Ollumo mug", attributes={"origin": "china"})
    extracted = replace(
        given,
        brand="Ollumo",
        attributes={"origin": "china", "material": "clay"},
        found={"material": Place("description", "clay", "en"), "brand": Place("title", "Ollumo", "en")},
    )

    assert document_text(extracted, "en") == document_text(given, "en")
    assert lexical_texts(extracted, "en") == lexical_texts(given, "en")
