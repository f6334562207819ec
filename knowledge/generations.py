"""A generation: what one build made, whole and unchanging, with a manifest that tells of what."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from knowledge.domain import Language, RowProblem
from knowledge.errors import NotBuiltError
from knowledge.settings import Models, Settings

FORMAT = 2
MANIFEST = "manifest.json"


class Generation(BaseModel):
    """A folder of index, graph and answers, and what it was made of.

    `sources` are hashes by name, `encoders` name and fingerprint by language. `intent` is the model in the shop's
    models folder, fitted on the encoder that the setting `intent_encoder` means; `warnings` came with the fitting, and
    `problems` were left out. `files` are sizes in bytes by relative path.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Field(exclude=True)
    sources: Mapping[str, str]
    languages: tuple[Language, ...]
    models: Models
    encoders: Mapping[Language, str]
    intent: str
    intent_encoder: str
    n_products: int
    problems: tuple[RowProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    files: Mapping[str, int] = {}

    @property
    def name(self) -> str:
        return self.folder.name

    def settings(self, today: Settings) -> Settings:
        """Today's settings, but with the languages and models that this generation was made with."""
        return today.model_copy(update={"languages": self.languages, "models": self.models})

    def is_whole(self) -> bool:
        """Whether nothing was deleted or cut short since it was made. Reads no file: fast."""
        there = sizes(self.folder)
        return all(there.get(name) == n_bytes for name, n_bytes in self.files.items())

    def manifest(self) -> str:
        return json.dumps({"format": FORMAT, **self.model_dump(mode="json")}, ensure_ascii=False, indent=1)

    @classmethod
    def load(cls, folder: Path) -> "Generation":
        """Raises NotBuiltError where the manifest is missing, damaged, or of another version of this program."""
        file = folder / MANIFEST
        try:
            fields = json.loads(file.read_text("utf-8"))
            found = fields.pop("format")
            if found != FORMAT:
                raise NotBuiltError(f"{file} has format {found}, this program reads {FORMAT}; run build")
            return cls(folder=folder, **fields)
        except FileNotFoundError:
            raise NotBuiltError(f"{file}: not found; run build") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotBuiltError(f"{file} is damaged or of another version of this program; run build") from error


def sizes(folder: Path) -> dict[str, int]:
    """Bytes of the files that stay as they are made; Chroma changes its own in opening them: its main one has 0."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".lock", ".part"))
    found = {path.relative_to(folder): path.stat().st_size for path in files if path.name != MANIFEST}
    chroma = {path: 0 for path in found if path.name == "chroma.sqlite3"}
    kept = {path: n_bytes for path, n_bytes in found.items() if "chroma" not in path.parts}
    return {path.as_posix(): n_bytes for path, n_bytes in sorted((kept | chroma).items())}
