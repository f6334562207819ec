"""What was imported without a person: the digest of each file, so that a restart does not import all of it again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.disk import write_atomically


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a file: its digest and that of shop.toml at the time, and whether it was taken.

    `written_ns` is when it was written last: the same words dropped again are meant again. `dated` says that it
    would be read as something else at another time.
    """

    sha256: str
    settings: str
    taken: bool
    written_ns: int = 0
    dated: bool = False


class Marks:
    """The marks of a shop by file. They are read anew each time, since another process may import as well."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, file: Path) -> Mark | None:
        """The mark of a file; None for one that is new."""
        return self._load().get(_key(file))

    def put(self, file: Path, mark: Mark) -> None:
        """Remembers what became of a file, and forgets those that are no longer there. Raises ShopError."""
        marks = {**self._load(), _key(file): mark}
        there = {key: asdict(known) for key, known in marks.items() if Path(key).exists()}
        text = json.dumps(there, ensure_ascii=False, indent=1)
        write_atomically(self._file, text + "\n")

    def _load(self) -> dict[str, Mark]:
        """Damaged marks are none: the files are imported again, which changes nothing that is the same."""
        try:
            known = json.loads(self._file.read_text("utf-8"))
            return {key: Mark(**mark) for key, mark in known.items()} if isinstance(known, Mapping) else {}
        except (FileNotFoundError, ValueError, TypeError):
            return {}


def _key(file: Path) -> str:
    return str(file.resolve())
