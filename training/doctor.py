"""`doctor`: what could stop the program here, and how to mend it."""

import importlib.metadata
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.errors import NotBuiltError, ShopError, refusal
from knowledge.feeds.encodings import has_rows
from knowledge.settings import Source, shown
from knowledge.shop import Shop
from retrieval.model_folder import verify_model
from retrieval.weights import PINNED, models_folder

FREE_BYTES = 2 * 1024**3
PACKAGES = ("torch", "transformers", "sentence-transformers", "chromadb", "gradio", "langchain", "networkx")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `remedy` is empty where it is well."""

    what: str
    found: str
    well: bool = True
    remedy: str = ""

    def summary(self) -> str:
        """The finding in a line, and its remedy in another."""
        return f"{'ok  ' if self.well else 'MEND'} {self.what}: {self.found}" + (
            f"\n     {self.remedy}" if self.remedy else ""
        )

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def examine(folder: Path) -> list[Finding]:
    """Looks at Python, packages, disk, weights and the shop; never changes anything."""
    findings = [_python(), _sqlite(), *(_package(name) for name in PACKAGES), _disk(folder)]
    shop, finding = _settings(folder)
    findings += [_weights(name) for name in PINNED if shop is None or name in _models_of(shop)]
    findings.append(finding)
    if shop is not None:
        findings += [*(_source(source) for source in shop.settings.sources)]
        findings += [_catalogue(shop), _generation(shop), _writer(shop)]
    return findings


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", version, sys.version_info >= (3, 11), "" if sys.version_info >= (3, 11) else "use 3.11+")


def _sqlite() -> Finding:
    well = sqlite3.sqlite_version_info >= (3, 35)
    return Finding("SQLite", sqlite3.sqlite_version, well, "" if well else "Chroma needs 3.35: use a newer Python")


def _package(name: str) -> Finding:
    try:
        return Finding(name, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "not installed", False, "run 'make install'")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder if folder.is_dir() else Path.cwd()).free
    well = free > FREE_BYTES
    return Finding("disk", f"{free / 1024**3:.1f} GiB free", well, "" if well else "free at least 2 GiB")


def _models_of(shop: Shop) -> set[str]:
    """What the shop's models are set to; an intent model that nobody chose may need any of them."""
    settings = shop.settings
    encoders = {"en": settings.models.encoder_en, "zh": settings.models.encoder_zh}
    try:
        intent = {shop.generation().intent_encoder}
    except NotBuiltError:
        intent = set(PINNED) if settings.models.intent == "auto" else {settings.models.intent}
    return intent | {encoders[language] for language in settings.languages}


def _weights(name: str) -> Finding:
    folder = models_folder() / name
    return _checked(f"weights {name}", lambda: f"every sha256 is right in {verify_model(folder) and folder}")


def _settings(folder: Path) -> tuple[Shop | None, Finding]:
    try:
        shop = Shop(folder)
    except ShopError as error:
        return None, Finding("shop", str(error), False, "mend what the message names")
    settings = shop.settings.model_dump_json(exclude={"routes", "sources"})
    return shop, Finding("shop", f"{folder}: {settings}")


def _source(source: Source) -> Finding:
    """Told without the address's query, which may hold a secret. The secret may well be set for another process."""
    unset = (
        f"; {source.secret_env} is not set here" if source.secret_env and not os.environ.get(source.secret_env) else ""
    )
    every = f"every {source.every // 60} min" if source.every else "on demand"
    return Finding(f"source {source.name}", f"{shown(source.url)}, {every}{unset}")


def _catalogue(shop: Shop) -> Finding:
    try:
        if has_rows(shop.catalogue_file):
            return Finding("catalogue", f"{shop.catalogue_file.stat().st_size / 1024:.0f} KiB")
    except ShopError as error:
        return Finding("catalogue", "not usable", False, str(error))
    return Finding("catalogue", "no products yet", False, f"run 'shop-assistant --shop {shop.folder} import FEED'")


def _generation(shop: Shop) -> Finding:
    return _checked("index", lambda: f"generation {shop.generation().name}")


def _writer(shop: Shop) -> Finding:
    try:
        writer = shop.being_written_by()
    except OSError as error:
        return Finding("writer", f"{shop.var} cannot be written", False, refusal(error))
    if not os.access(shop.var if shop.var.exists() else shop.folder, os.W_OK):
        return Finding("writer", f"{shop.var} cannot be written", False, "give this user the right to write there")
    return Finding("writer", f"{writer} is writing" if writer else "nobody is writing")


def _checked(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except ShopError as error:
        return Finding(what, "not usable", False, str(error))
