"""Watching: files that are dropped into a folder, and sources that are due, go into the shop by themselves."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import watchfiles

from knowledge.disk import digest_of
from knowledge.domain import FeedKind
from knowledge.errors import BusyError, FeedError, SettingsError, ShopError, refusal
from knowledge.imports import walk
from knowledge.shop import Shop
from training.intake import Feed, Intake, IntakeEvent, Refused, Unchanged

TICK_S = 1.0
SETTLED_S = 2.0
"""A file that kept its size and time of change for so long is taken for whole."""

_LOOK_AGAIN_S = 30.0  # where the system tells of no change, as on a network's disk
_BUSY_S = 2.0
_TROUBLE_S = 60.0
_UNFINISHED = (".part", ".filepart", ".tmp", ".crdownload", "~")


@dataclass(frozen=True, slots=True)
class Drop:
    """The folder that is watched, and what is said of the files in it."""

    folder: Path
    kind: FeedKind | None = None
    full: bool = False


def watch(intake: Intake, drop: Drop, tell: Callable[[str], None]) -> Iterator[IntakeEvent]:
    """Imports until it is interrupted, and gives what happens. Raises SettingsError when the folder is not to watch."""
    check_folder(drop.folder, intake.shop)
    watcher = Watcher(intake, drop, tell)
    changes = watchfiles.watch(
        drop.folder,
        watch_filter=None,
        rust_timeout=int(TICK_S * 1000),
        yield_on_timeout=True,
        debounce=int(TICK_S * 1000),
    )
    for changed in changes:
        yield from watcher.look(bool(changed))


def check_folder(folder: Path, shop: Shop) -> None:
    """Raises SettingsError when there is no such folder, or it holds what the shop itself writes."""
    if not folder.is_dir():
        raise SettingsError(f"{folder}: no folder to watch; make it, or check the path")
    own = (shop.catalogue_file.parent, shop.pages_folder, shop.intents_file.parent, shop.orders_file.parent, shop.var)
    here = folder.resolve()
    if any(here.is_relative_to(path.resolve()) or path.resolve().is_relative_to(here) for path in own):
        raise SettingsError(f"{folder}: the shop's own files stand there; watch a folder apart from them")


class Watcher:
    """One look after the other at a folder and at the sources. `ticks` gives seconds that never go back."""

    def __init__(
        self,
        intake: Intake,
        drop: Drop,
        tell: Callable[[str], None],
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._intake = intake
        self._drop = drop
        self._tell = tell
        self._ticks = ticks
        self._told: set[str] = set()
        self._seen: dict[Path, tuple[_Stamp, float]] = {}
        self._done: dict[Path, _Stamp] = {}
        self._offered: set[str] = set()
        self._look_at = self._wait_until = ticks()
        self._waits_for = ""
        intake.expect_changes()  # one that was killed may have imported what it did not build

    def look(self, moved: bool) -> Iterator[IntakeEvent]:
        """Imports what is ready, and builds. `moved`: the system tells of a change in the folder.

        What only has to wait, such as a shop that another process writes, is told once and tried again.
        """
        now = self._ticks()
        if moved:
            self._look_at = now
        if now < self._wait_until:
            return
        try:
            self._follow_settings(now)
            yield from self._sources()
            if now >= self._look_at:
                self._look_at = now + _LOOK_AGAIN_S
                yield from self._files(now)
            if (built := self._intake.finish()) and (built.changed or built.n_offers):
                yield built
            self._waits_for = ""
        except ShopError as error:
            self._look_at = now
            self._wait_until = now + (_BUSY_S if isinstance(error, BusyError) else _TROUBLE_S)
            if self._waits_for != str(error):
                self._waits_for = str(error)
                self._tell(f"waiting: {error}")

    def _follow_settings(self, now: float) -> None:
        try:
            if self._intake.follow_settings():  # by which what was refused may be taken
                self._done.clear()
                self._offered.clear()
                self._look_at = now
        except SettingsError as error:
            self._tell(f"error: {error}; the settings of before hold on")

    # -------------------------------------------------------------- sources

    def _sources(self) -> Iterator[IntakeEvent]:
        for source in self._intake.shop.settings.sources:
            if self._intake.is_due(source):
                self._offered.discard(source.name)
                told = self._intake.fetch(source, again=False)
            elif source.every and source.name not in self._offered:  # fetched, and perhaps not imported
                told = self._intake.offer(source, again=False)
            else:
                continue
            yield from _unless_it_waits(told)
            if not isinstance(told, Refused):
                self._offered.add(source.name)

    # -------------------------------------------------------------- files

    def _files(self, now: float) -> Iterator[IntakeEvent]:
        """The oldest first, so that the newest has the last word."""
        there = {file: stamp for file in walk([self._drop.folder], self._remark) if (stamp := self._stamp(file))}
        self._seen = {file: seen for file, seen in self._seen.items() if file in there}
        self._done = {file: stamp for file, stamp in self._done.items() if file in there}
        for file, stamp in sorted(there.items(), key=lambda pair: (pair[1].changed_ns, pair[0])):
            if self._done.get(file) == stamp:
                continue
            seen, since = self._seen.setdefault(file, (stamp, now))
            if seen != stamp:
                self._seen[file] = stamp, now
            if seen == stamp and now - since >= SETTLED_S:
                yield from self._take(file, stamp)
            else:
                self._look_at = now

    def _take(self, file: Path, stamp: "_Stamp") -> Iterator[IntakeEvent]:
        try:
            sha256 = digest_of(file)
        except OSError as error:
            yield Refused(str(file), FeedError(f"{file}: cannot be read: {refusal(error)}"))
        else:
            known = self._intake.marks.of(file)
            same = known is not None and (known.sha256, known.written_ns) == (sha256, stamp.changed_ns)
            if not (known and same and (known.taken or known.settings == self._intake.settings)):
                feed = Feed(file, self._drop.kind, self._drop.full, sha256, stamp.changed_ns)
                yield from _unless_it_waits(self._intake.take(feed))
        self._done[file] = stamp

    def _stamp(self, file: Path) -> "_Stamp | None":
        """What tells one state of a file from another; nothing for what is hidden, unfinished or gone."""
        parts = file.relative_to(self._drop.folder).parts
        if any(part.startswith(".") for part in parts) or file.name.lower().endswith(_UNFINISHED):
            return None
        try:
            found = file.stat()
        except OSError:
            return None
        return _Stamp(found.st_mtime_ns, found.st_ctime_ns, found.st_size)

    def _remark(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._tell(text)


class _Stamp(NamedTuple):
    changed_ns: int
    inode_changed_ns: int
    n_bytes: int


def _unless_it_waits(told: IntakeEvent) -> Iterator[IntakeEvent]:
    """The event to tell. Raises the error of one that has only to wait."""
    if isinstance(told, Refused) and not told.is_final:
        raise told.error
    if not isinstance(told, Unchanged):
        yield told
