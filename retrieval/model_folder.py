"""A model's folder: what sentence-transformers loads, `model.onnx` beside it, and `manifest.json` naming it all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from knowledge.disk import digest_of, write_atomically
from knowledge.errors import WeightsError

FORMAT = 1
MANIFEST = "manifest.json"
GRAPH = "model.onnx"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a model: its sha256 in hexadecimal and its size in bytes."""

    sha256: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is and which files make it; `files` are relative paths with forward slashes.

    `prefixes` maps "query" and "passage" to what the model wants in front of such a text ("" for nothing).
    `fingerprint` is over every file but the graph, which is derived from them: equal fingerprints, equal vectors.
    `made_of` tells an adopted folder's state at the source, so that a changed source is noticed.
    """

    name: str
    version: str
    licence: str
    hub_id: str
    dimension: int
    max_tokens: int
    prefixes: Mapping[str, str]
    fingerprint: str
    files: Mapping[str, FileRecord] = field(repr=False)
    made_of: str = ""


def record_files(folder: Path) -> dict[str, FileRecord]:
    """A record of every file under the folder but the manifest, in order of path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    names.pop(MANIFEST, None)
    return {name: FileRecord(digest_of(path), path.stat().st_size) for name, path in names.items()}


def fingerprint_of(files: Mapping[str, FileRecord]) -> str:
    """16 hexadecimal digits over names and hashes of all files but the graph."""
    lines = sorted(f"{name} {record.sha256}" for name, record in files.items() if not name.startswith(GRAPH))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes `manifest.json` atomically."""
    write_atomically(folder / MANIFEST, json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Reads `manifest.json`. Raises WeightsError when it is missing, damaged or of another format."""
    file = folder / MANIFEST
    try:
        fields = json.loads(file.read_text("utf-8"))
        if fields.pop("format") != FORMAT:
            raise WeightsError(f"{file} is of another version of this program; run 'shop-assistant fetch-models'")
        files = {name: FileRecord(**record) for name, record in fields.pop("files").items()}
        return Manifest(files=files, **fields)
    except FileNotFoundError:
        raise WeightsError(f"{folder} holds no prepared model; run 'shop-assistant fetch-models'") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"{file} is damaged ({error}); delete {folder} and fetch the models again") from error


def is_whole(folder: Path) -> bool:
    """Whether the manifest can be read and every file has its size. Reads no weights: fast."""
    try:
        files = read_manifest(folder).files
    except WeightsError:
        return False
    paths = {folder / name: record for name, record in files.items()}
    return all(path.is_file() and path.stat().st_size == record.n_bytes for path, record in paths.items())


def verify_model(folder: Path) -> Manifest:
    """Checks every sha256, reading every byte. Raises WeightsError naming the first file that is missing or differs."""
    manifest = read_manifest(folder)
    for name, record in manifest.files.items():
        file = folder / name
        if not file.is_file():
            raise WeightsError(f"{file} is missing; delete {folder} and fetch the models again")
        found = digest_of(file)
        if found != record.sha256:
            raise WeightsError(
                f"{file} is damaged: sha256 {found}, not {record.sha256}; delete {folder} and fetch the models again"
            )
    return manifest
