"""Intake: files and fetched sources go into the shop, and what was built of it is brought up to date."""

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from knowledge.domain import FeedKind, RowProblem
from knowledge.errors import FeedError, NotBuiltError, SettingsError, ShopError
from knowledge.imports import ImportReport, Progress, import_file
from knowledge.pages import PageKey
from knowledge.settings import FILE, Source
from knowledge.shop import Shop
from knowledge.sources import due, fetch, fetched
from training.marks import Mark, Marks
from training.reports import BuildReport

Progressing: TypeAlias = Callable[[], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Feed:
    """A file to import, what it is said to hold, and whether it is complete. One with a digest is remembered,
    and when it was written, which is told here since it may be moved away while it is imported.
    """

    file: Path
    kind: FeedKind | None = None
    full: bool = False
    sha256: str = ""
    written_ns: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """A file or a source of which nothing was taken, and why."""

    what: str
    error: ShopError

    @property
    def is_final(self) -> bool:
        """Whether the file itself, or shop.toml, must change before it can be taken; else it only has to wait."""
        return isinstance(self.error, FeedError | SettingsError)

    def to_json(self) -> dict[str, object]:
        return {"refused": self.what, "message": str(self.error)}


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A source that holds what was imported before."""

    source: str

    def to_json(self) -> dict[str, object]:
        return {"unchanged": self.source}

    def summary(self) -> str:
        return f"source {self.source}: unchanged"


IntakeEvent: TypeAlias = ImportReport | Refused | Unchanged | BuildReport
"""What an intake tells, in the order in which it happens."""


class Intake:
    """Imports into a shop file by file.

    `progressing` gives what watches a step, `trust` the certificates that are believed, `clock` seconds since 1970;
    `tell` says how long a build will take.
    """

    def __init__(
        self,
        shop: Shop,
        progressing: Progressing,
        *,
        dry_run: bool = False,
        yes: bool = False,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.shop = shop
        self.marks = Marks(shop.var / "imported.json")
        self.settings = shop.edition().settings
        self._sources = shop.var / "sources"
        self._progressing = progressing
        self._dry_run = dry_run
        self._yes = yes
        self._trust = trust
        self._clock = clock
        self._tell = tell
        self._stale = False
        self._pages: dict[PageKey, Path] = {}

    def all_of(self, sources: Iterable[Source], feeds: Iterable[Feed]) -> Iterator[IntakeEvent]:
        """Imports all, and builds once at the end. Raises ShopError when that fails."""
        for source in sources:
            yield self.fetch(source, again=True)
        for feed in feeds:
            yield self.take(feed)
        if not self._dry_run and self._is_behind():
            self.expect_changes()
        if built := self.finish():
            yield built

    def take(self, feed: Feed) -> ImportReport | Refused:
        """Imports a file, which replaces no page of another one that this intake has taken."""
        told = self._import(feed)
        if isinstance(told, ImportReport):
            self._stale |= not self._dry_run and bool(told.added or told.changed or told.removed)
        if feed.sha256 and not self._dry_run and (isinstance(told, ImportReport) or told.is_final):
            is_taken = isinstance(told, ImportReport)
            dated = isinstance(told, ImportReport) and told.dated
            self.marks.put(feed.file, Mark(feed.sha256, self.settings, is_taken, feed.written_ns, dated))
        return told

    def _import(self, feed: Feed) -> ImportReport | Refused:
        with self._progressing() as progress:
            try:
                return import_file(
                    self.shop,
                    feed.file,
                    feed.kind,
                    dry_run=self._dry_run,
                    full=feed.full,
                    yes=self._yes,
                    progress=progress,
                    pages=self._pages,
                )
            except ShopError as error:
                return Refused(str(feed.file), error)

    def fetch(self, source: Source, *, again: bool) -> ImportReport | Refused | Unchanged:
        """Fetches a source and imports what it holds now. Of `again` see `offer`."""
        with self._progressing() as progress:
            try:
                fetch(source, self._sources, self._clock(), progress, self._trust)
            except ShopError as error:
                return Refused(f"source {source.name}", error)
        return self.offer(source, again=again)

    def is_due(self, source: Source) -> bool:
        """Whether the schedule of a source says that it is to be fetched now."""
        return due(source, self._sources, self._clock())

    def offer(self, source: Source, *, again: bool) -> ImportReport | Refused | Unchanged:
        """Imports what was last fetched, unless it was imported before under the same settings.

        `again`: what was refused the last time is tried once more, though it is the same.
        """
        held = fetched(source, self._sources)
        if held is None:
            return Unchanged(source.name)
        known = self.marks.of(held.file)
        is_same = known is not None and (known.sha256, known.settings) == (held.sha256, self.settings)
        if known and is_same and not known.dated and (known.taken or not again):
            return Unchanged(source.name)
        return self.take(Feed(held.file, source.kind, source.full, held.sha256))

    def expect_changes(self) -> None:
        """Lets the next `finish` look whether there is something to build, whatever was imported since."""
        self._stale = True

    def finish(self) -> BuildReport | None:
        """Brings a shop that was built before up to date, if something changed. Raises ShopError."""
        if not self._stale or not self.shop.current_name():
            return None
        from training.build import build_held  # half a second, of no use to an import that changes nothing

        with self._progressing() as progress:
            built = build_held(self.shop, progress, self._tell, fine_tune=None)
        self._stale = False
        return built

    def _is_behind(self) -> bool:
        """Whether the shop's files hold what was not built, since an import before was stopped in between."""
        if not self.shop.current_name():
            return False
        try:
            generation = self.shop.generation()
        except NotBuiltError:
            return True
        built: dict[str, str | None] = {**generation.sources}
        if (offered := self.shop.edition().offers) != "":
            built["catalogue"] = offered
        return not self.shop.digests().items() <= built.items()

    def follow_settings(self) -> bool:
        """Goes on by shop.toml as it is now; whether it changed. Raises SettingsError, once, when it is broken now."""
        settings = self.shop.edition().settings
        if settings == self.settings:
            return False
        self.settings = settings
        self.shop = Shop(self.shop.folder)
        return True


def events_to_json(events: Sequence[IntakeEvent]) -> dict[str, object]:
    """What one import did, as one JSON object."""
    builds = [event.to_json() for event in events if isinstance(event, BuildReport)]
    return {
        "files": [event.to_json() for event in events if isinstance(event, ImportReport)],
        "refused": [str(event.error) for event in events if isinstance(event, Refused)],
        "unchanged": [event.source for event in events if isinstance(event, Unchanged)],
        "build": builds[-1] if builds else None,
    }


def problems_of(event: IntakeEvent) -> tuple[RowProblem, ...]:
    """The rows that an import left out."""
    return event.problems if isinstance(event, ImportReport) else ()


def is_bad(event: IntakeEvent) -> bool:
    """Whether something was left out or refused."""
    return isinstance(event, Refused) or bool(problems_of(event))


def is_taken(event: IntakeEvent) -> bool:
    """Whether something of it stands in the shop now, new or not."""
    return isinstance(event, Unchanged) or (isinstance(event, ImportReport) and event.n_taken > 0)


def named_sources(shop: Shop) -> tuple[Source, ...]:
    """The sources of shop.toml. Raises SettingsError when there is none."""
    if not shop.settings.sources:
        raise SettingsError(f"{shop.folder / FILE}: names no source; add a [[sources]] with its url")
    return shop.settings.sources
