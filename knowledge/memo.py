"""Which feeds stand in the shop's files already, so that the same feed need not be read again."""

import hashlib
import json
from pathlib import Path

from knowledge.disk import digest_of, write_atomically
from knowledge.domain import FeedKind
from knowledge.feeds.feed_settings import FeedSettings

_HERE = Path(__file__).parent
_MOST = 100  # feeds that are remembered


class Memo:
    """Feeds by the digest of all that decides what they say, each with the digest of the file that then held them."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def rows_of(self, key: str, held: Path) -> int | None:
        """The number of a feed's rows, if all went in and nothing has changed in the shop's file since."""
        note = self._load().get(key)
        return int(note["rows"]) if note and note["held"] == digest_of(held) else None

    def put(self, key: str, held: Path, n_rows: int) -> None:
        """Remembers that the shop's file holds all rows of a feed. Raises ShopError."""
        notes = {known: note for known, note in self._load().items() if known != key}
        notes[key] = {"held": digest_of(held), "rows": n_rows}
        write_atomically(self._file, json.dumps(dict(list(notes.items())[-_MOST:]), indent=1) + "\n")

    def _load(self) -> dict[str, dict[str, str | int]]:
        """Damaged notes are none: the feed is read again, which changes nothing that is the same."""
        try:
            known = json.loads(self._file.read_text("utf-8"))
            return {key: {"held": str(note["held"]), "rows": int(note["rows"])} for key, note in known.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}


def feed_key(file: Path, kind: FeedKind, settings: FeedSettings, *, full: bool) -> str:
    """The digest of a feed, and of all else that decides what an import of it does."""
    told = [kind, str(full), settings.currency, settings.region, json.dumps(dict(settings.columns), sort_keys=True)]
    # Another version of the program may read a feed in another way.
    readers = (f"{file.stat().st_size} {file.stat().st_mtime_ns}" for file in sorted(_HERE.glob("**/*.py")))
    return hashlib.sha256("\n".join([digest_of(file), file.suffix, *told, *readers]).encode()).hexdigest()
