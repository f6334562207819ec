"""The product index of a shop: for each language the words and the vectors of every product."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from knowledge.catalogue import Catalogue, texts
from knowledge.disk import write_atomically
from knowledge.domain import Language, Product
from knowledge.errors import NotBuiltError
from knowledge.lexicon import NO, YES
from knowledge.settings import Settings
from knowledge.wording import field_name, value_text
from retrieval.dense import VECTORS_FILE, DenseIndex, Engine, Vectors, build_chroma
from retrieval.encoder import Kind
from retrieval.lexical import LexicalIndex

FORMAT = 1
CHECKPOINT = 512
"""Texts that are embedded between two checkpoints."""

_KEY_BYTES = 16
_N_KEY_ATTRIBUTES = 8
_ABOUT_FILE = "index.json"
_LEXICAL_FOLDER = "words"

Progress = Callable[[str, int, int], None]
"""Stage such as "en: embed", how much is done, of how much."""

Foresee = Callable[[Mapping[Language, Sequence[str]]], None]
"""The texts that will be embedded, for each language whose index is to be made."""


class TextEncoder(Protocol):
    """What the index asks of an encoder: unit vectors (n, dimension), and a key that changes with the weights."""

    @property
    def dimension(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> Vectors: ...


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What a build did. Embedded and reused count texts over all languages, `seconds` are by stage."""

    n_products: int
    n_embedded: int
    n_reused: int
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LanguageIndex:
    """The index of one language; row i of each part is product i of `product_ids`."""

    language: Language
    product_ids: tuple[str, ...]
    lexical: LexicalIndex
    dense: DenseIndex
    encoder: str

    def close(self) -> None:
        self.dense.close()


def build_index(
    catalogue: Catalogue,
    settings: Settings,
    encoders: Mapping[Language, TextEncoder],
    folder: Path,
    previous: Path | None,
    progress: Progress,
    foresee: Foresee = lambda _: None,
) -> IndexReport:
    """Fills `folder` with an index for each language that has an encoder.

    A text is embedded only where neither the generation `previous` nor `folder` itself, from a build that was
    stopped, holds its vector by the same encoder at the same length. A language of which no text has changed is
    copied whole from `previous`. What is ahead is told to `foresee` before it begins.
    """
    products = tuple(catalogue)
    builds = [
        _LanguageBuild(products, settings.search.document_tokens, language, encoder, folder, previous)
        for language, encoder in encoders.items()
    ]
    foresee({build.language: build.missing for build in builds if not build.is_there})
    reports = [build.run(progress) for build in builds]
    return IndexReport(
        len(products),
        sum(report.n_embedded for report in reports),
        sum(report.n_reused for report in reports),
        {stage: spent for report in reports for stage, spent in report.seconds.items()},
    )


class _LanguageBuild:
    """The index of one language, on its way: what is missing of it is known before anything is done."""

    def __init__(
        self,
        products: Sequence[Product],
        document_tokens: int,
        language: Language,
        encoder: TextEncoder,
        folder: Path,
        previous: Path | None,
    ) -> None:
        self.language = language
        self._target = folder / language
        self._sources = [self._target] if previous is None else [self._target, previous / language]
        self._documents = [document_text(product, language) for product in products]
        self._words = [lexical_texts(product, language) for product in products]
        self._about = _About(
            product_ids=tuple(str(product.product_id) for product in products),
            keys=tuple(_key(text).hex() for text in self._documents),
            words=hashlib.sha256(json.dumps(self._words).encode()).hexdigest(),
            encoder=encoder.fingerprint,
            document_tokens=document_tokens,
        )
        self._whole = next((source for source in self._sources if _is_whole(self._about, source)), None)
        self._store = _VectorStore(encoder, document_tokens)
        for source in self._sources if self._whole is None else ():
            self._store.take(source)
        self.missing = self._store.missing(self._documents) if self._whole is None else []

    @property
    def is_there(self) -> bool:
        """Whether it is made already, or can be copied."""
        return self._whole is not None

    def run(self, progress: Progress) -> IndexReport:
        n_products, n_texts = len(self._documents), len(set(self._documents))
        if self._whole is not None:
            if self._whole != self._target:
                _copy(self._whole, self._target, self._about)
            return IndexReport(n_products, 0, n_texts, {})

        def report(stage: str) -> Callable[[int, int], None]:
            return lambda done, of: progress(f"{self.language}: {stage}", done, of)

        target = self._target
        target.mkdir(parents=True, exist_ok=True)
        times = [time.monotonic()]
        self._store.embed(self.missing, target, report("embed"))
        vectors = self._store.vectors(self._documents)
        (target / _ABOUT_FILE).unlink(missing_ok=True)
        np.save(target / VECTORS_FILE, vectors)
        times.append(time.monotonic())
        shutil.rmtree(target / _LEXICAL_FOLDER, ignore_errors=True)
        LexicalIndex.build(self._words, self.language).save(target / _LEXICAL_FOLDER)
        report("words")(n_products, n_products)
        times.append(time.monotonic())
        build_chroma(target, vectors, report("vectors"))
        times.append(time.monotonic())
        _write_about(target, self._about)
        spent = {
            f"{self.language}: {stage}": round(end - start, 2)
            for stage, start, end in zip(("embed", "words", "vectors"), times, times[1:], strict=False)
        }
        return IndexReport(n_products, len(self.missing), n_texts - len(self.missing), spent)


def load_index(
    folder: Path, languages: Sequence[Language] | None = None, *, engine: Engine = "chroma"
) -> dict[Language, LanguageIndex]:
    """The languages of a built folder, or those asked for. `engine` "exact" leaves Chroma alone and starts faster.

    Each is to be closed. Raises NotBuiltError where one is missing, damaged or of another format.
    """
    found: tuple[Language, ...] = ("en", "zh")
    wanted = languages or [language for language in found if (folder / language / _ABOUT_FILE).is_file()]
    if not wanted:
        raise NotBuiltError(f"{folder} holds no product index; run build")
    with ExitStack() as held:
        indexes: dict[Language, LanguageIndex] = {}
        for language in wanted:
            indexes[language] = _load_language(folder / language, language, engine)
            held.callback(indexes[language].close)
        held.pop_all()  # only what cannot be had whole is closed
        return indexes


def _load_language(folder: Path, language: Language, engine: Engine) -> LanguageIndex:
    about = _read_about(folder)
    if about is None:
        raise NotBuiltError(f"{folder} is missing, damaged or of another version; run build again")
    lexical = LexicalIndex.load(folder / _LEXICAL_FOLDER)
    dense = DenseIndex.load(folder, engine)
    if len(dense) != len(about.product_ids):
        dense.close()
        raise NotBuiltError(
            f"{folder} holds {len(dense)} vectors of {len(about.product_ids)} products; run build again"
        )
    return LanguageIndex(language, about.product_ids, lexical, dense, about.encoder)


def document_text(product: Product, language: Language) -> str:
    """What is embedded of a product, the telling parts first, since it is cut to some tokens."""
    text = texts(product, language)
    attributes = _attribute_texts(product, text.attributes, language, numbers=False)[:_N_KEY_ATTRIBUTES]
    brand = product.brand if product.brand.lower() not in text.title.lower() else ""
    parts = [text.title, brand, " > ".join(text.category), text.description.rstrip("."), ", ".join(attributes)]
    return ". ".join(part for part in parts if part)


def lexical_texts(product: Product, language: Language) -> tuple[str, str]:
    """What is found by words: the title, and all the rest. Names in the shop's own language hit in every one."""
    text = texts(product, language)
    translated = text.title != product.title
    title = f"{text.title} {product.title}" if translated else text.title
    attributes = _attribute_texts(product, text.attributes, language, numbers=True)
    own = (str(value) for value in product.attributes.values() if isinstance(value, str)) if translated else ()
    other = (product.brand, *text.category, *attributes, *own, text.description)
    return title, "\n".join(part for part in other if part)


def _attribute_texts(
    product: Product, attributes: Mapping[str, str], language: Language, *, numbers: bool
) -> list[str]:
    """Values; of a yes only the name, since shoppers say "waterproof"; of a no nothing."""
    said: list[str] = []
    for name, text in attributes.items():
        own = product.attributes.get(name, text)
        if not isinstance(own, str):
            said += [value_text(name, own, product.currency, language)] if numbers else []
        elif own.lower() in YES:
            said.append(field_name(name, language))
        elif own.lower() not in NO:
            said.append(text)
    return said


# ------------------------------------------------------------------ vectors by their text


@dataclass(frozen=True, slots=True)
class _About:
    """What an index was made of: hashes of what was embedded and of all that was indexed by words."""

    product_ids: tuple[str, ...]
    keys: tuple[str, ...]
    words: str
    encoder: str
    document_tokens: int


def _read_about(folder: Path) -> _About | None:
    try:
        raw = json.loads((folder / _ABOUT_FILE).read_text("utf-8"))
        if raw.pop("format") != FORMAT:
            return None
        return _About(**{**raw, "product_ids": tuple(raw["product_ids"]), "keys": tuple(raw["keys"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_about(folder: Path, about: _About) -> None:
    """Writes what the index was made of; from then on it is whole, and what a stopped build left can go."""
    write_atomically(folder / _ABOUT_FILE, json.dumps({"format": FORMAT, **asdict(about)}))
    for part in folder.glob("embedded-*.part"):
        part.unlink()


def _is_whole(about: _About, source: Path) -> bool:
    """Whether what would be built is there."""
    return _read_about(source) == about and (source / VECTORS_FILE).is_file()


def _copy(source: Path, target: Path, about: _About) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock", "*.part", _ABOUT_FILE))
    _write_about(target, about)


class _VectorStore:
    """Vectors by the hash of their text, of one encoder at one length."""

    def __init__(self, encoder: TextEncoder, document_tokens: int) -> None:
        self._encoder = encoder
        self._tokens = document_tokens
        self._by_key: dict[bytes, Vectors] = {}
        name = hashlib.sha256(f"{encoder.fingerprint} {encoder.dimension} {document_tokens}".encode()).hexdigest()
        self._part_name = f"embedded-{name[:16]}.part"

    def take(self, folder: Path) -> None:
        """Takes what a finished index or a stopped build has left in `folder`, if it fits."""
        self._by_key |= dict(self._finished(folder))
        self._by_key |= dict(self._stopped(folder))

    def missing(self, documents: Sequence[str]) -> list[str]:
        """The texts without a vector, each once, the longest first: batches of like length pad least."""
        unknown = {text for text in documents if _key(text) not in self._by_key}
        return sorted(unknown, key=lambda text: (-len(text), text))

    def embed(self, documents: Sequence[str], folder: Path, progress: Callable[[int, int], None]) -> None:
        """Embeds the texts and appends their vectors to a file after each checkpoint."""
        part = folder / self._part_name
        if not documents:
            return
        _cut_to_whole(part, self._record_bytes)
        progress(0, len(documents))
        with part.open("ab") as file:
            for start in range(0, len(documents), CHECKPOINT):
                batch = documents[start : start + CHECKPOINT]
                vectors = self._encoder.encode(batch, kind="passage", max_tokens=self._tokens)
                for text, vector in zip(batch, np.asarray(vectors, "<f4"), strict=True):
                    self._by_key[_key(text)] = vector
                    file.write(_key(text) + vector.tobytes())
                file.flush()
                progress(start + len(batch), len(documents))

    def vectors(self, documents: Sequence[str]) -> Vectors:
        found = np.empty((len(documents), self._encoder.dimension), np.float32)
        for row, text in enumerate(documents):
            found[row] = self._by_key[_key(text)]
        return found

    @property
    def _record_bytes(self) -> int:
        return _KEY_BYTES + 4 * self._encoder.dimension

    def _finished(self, folder: Path) -> Iterator[tuple[bytes, Vectors]]:
        about = _read_about(folder)
        if about is None or (about.encoder, about.document_tokens) != (self._encoder.fingerprint, self._tokens):
            return
        try:
            vectors = np.load(folder / VECTORS_FILE, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return
        if vectors.shape == (len(about.keys), self._encoder.dimension):
            yield from zip((bytes.fromhex(key) for key in about.keys), vectors, strict=True)

    def _stopped(self, folder: Path) -> Iterator[tuple[bytes, Vectors]]:
        part = folder / self._part_name
        if not part.is_file():
            return
        with part.open("rb") as file:
            while len(record := file.read(self._record_bytes)) == self._record_bytes:
                yield record[:_KEY_BYTES], np.frombuffer(record[_KEY_BYTES:], "<f4")


def _cut_to_whole(part: Path, record_bytes: int) -> None:
    """Drops the half of a record that a stopped build may have left at the end."""
    if part.is_file() and (spare := part.stat().st_size % record_bytes):
        with part.open("r+b") as file:
            file.truncate(part.stat().st_size - spare)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_KEY_BYTES).digest()
