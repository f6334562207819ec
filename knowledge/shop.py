"""A shop is a folder. This is its layout, its one writer, and its pointer to the generation in use."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from knowledge.disk import digest_of, hold, holder, write_atomically
from knowledge.errors import NotBuiltError, ShopError
from knowledge.generations import MANIFEST, Generation, sizes
from knowledge.offers import Offers, offer_lines, offered_on, read_offers, write_offers
from knowledge.settings import FILE, Settings, load_settings


class Edition(NamedTuple):
    """What a reader serves by: the name of a generation, "" before the first build, and digests of shop.toml and of
    the catalogue whose offers lie over the generation, "" where none do and None where these are damaged."""

    generation: str
    settings: str
    offers: str | None = ""


class Shop:
    """Paths and locks of one shop folder.

    Readers open one immutable generation, `var/generations/N`, that the file `var/current` points to. The one
    writer makes the next beside it and flips the pointer, so that a reader sees the old one or the new one, whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: Settings = load_settings(folder)
        self.catalogue_file = folder / "catalogue" / "products.jsonl"
        self.pages_folder = folder / "knowledge"
        self.intents_file = folder / "intents" / "utterances.csv"
        self.orders_file = folder / "orders" / "orders.jsonl"
        self.conversations_folder = folder / "conversations"
        self.var = folder / "var"
        self.models_folder = self.var / "models"
        self.journal_file = self.var / "journal.db"
        self._pointer = self.var / "current"
        self._offers_file = self.var / "offers.jsonl"
        self._generations = self.var / "generations"

    @contextmanager
    def writer(self, purpose: str) -> Iterator[None]:
        """Holds the shop for writing. Raises BusyError, naming the pid, when another process does."""
        self.var.mkdir(parents=True, exist_ok=True)
        with hold(self.var / "writer.lock", f"{self.folder} is being written", purpose):
            yield

    def being_written_by(self) -> str:
        """Who holds the shop for writing, or "". Changes nothing."""
        return holder(self.var / "writer.lock")

    def digests(self) -> dict[str, str]:
        """A digest for each part of the folder that a build is made of, and that an import changes."""
        folder = self.pages_folder
        pages = sorted(page for page in folder.rglob("*") if page.is_file()) if folder.is_dir() else []
        lines = "\n".join(f"{page.relative_to(folder)}={digest_of(page)}" for page in pages)
        return {
            "catalogue": digest_of(self.catalogue_file),
            "orders": digest_of(self.orders_file),
            "intents": digest_of(self.intents_file),
            "pages": hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:16],
        }

    def current_name(self) -> str:
        """The name of the generation in use, or "" before the first build."""
        try:
            return self._pointer.read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            return ""

    def edition(self) -> Edition:
        """What is in use now. Reads little of three files: fast enough for every turn."""
        try:
            settings = hashlib.sha256((self.folder / FILE).read_bytes()).hexdigest()[:16]
        except OSError:
            settings = ""
        name = self.current_name()
        return Edition(name, settings, offered_on(self._offers_file, name))

    def generation(self, name: str = "") -> Generation:
        """The generation of that name, or the one in use.

        Raises NotBuiltError before the first build, and where the manifest is damaged or of another version.
        """
        folder = self.generation_folder(name or self.current_name())
        if not (folder / MANIFEST).is_file():
            raise NotBuiltError(f"{self.folder} has no index yet; run 'shop-assistant --shop {self.folder} build'")
        return Generation.load(folder)

    def generation_folder(self, name: str) -> Path:
        return self._generations / name

    def offers(self, generation: str) -> Offers:
        """What differs of a generation's products by now. Raises NotBuiltError where that is damaged."""
        return read_offers(self._offers_file, generation)

    def offer_lines(self, generation: str) -> frozenset[str]:
        """The lines of the catalogue file that lie over a generation."""
        return offer_lines(self._offers_file, generation)

    def publish_offers(self, generation: str, catalogue: str, lines: Sequence[str]) -> None:
        """Lays lines of the catalogue file, of this digest, over a generation, in place of those before."""
        write_offers(self._offers_file, generation, catalogue, lines)

    def draft_generation(self) -> Path:
        """A folder for the writer to fill. The one of a build that was stopped is taken up again."""
        folder = self._generations / "next"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def publish(self, made: Generation) -> Generation:
        """Puts a generation that was made in the draft folder in use.

        It and the one before are kept with the models that they name; all others are deleted.
        """
        made = made.model_copy(update={"files": sizes(made.folder)})
        before = self.current_name()
        names = (before, *(path.name for path in self._generations.iterdir()))
        name = str(max((int(known) for known in names if known.isdigit()), default=0) + 1)
        write_atomically(made.folder / MANIFEST, made.manifest())
        folder = made.folder.rename(self._generations / name)
        try:
            write_atomically(self._pointer, name + "\n")
        except ShopError:
            folder.rename(made.folder)  # the next build goes on from it
            raise
        self._prune(kept=(before, name))
        return made.model_copy(update={"folder": folder})

    def _prune(self, kept: Sequence[str]) -> None:
        for old in self._generations.iterdir():
            if old.name.isdigit() and old.name not in kept:
                shutil.rmtree(old, ignore_errors=True)
        # Searched and not parsed, so that a manifest of another version keeps its models too.
        manifests = [file.read_text("utf-8", "replace") for file in self._generations.glob(f"*/{MANIFEST}")]
        for model in self.models_folder.glob("*"):
            if not any(f'"{model.name}"' in manifest for manifest in manifests):
                shutil.rmtree(model, ignore_errors=True)
