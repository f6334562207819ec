"""Imports: feeds and pages into the shop folder, by id, whole or not at all."""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from knowledge.disk import replacing
from knowledge.domain import FeedKind, RowProblem
from knowledge.errors import FeedError, SettingsError, ShopError
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.formats import encoding_found, recognise
from knowledge.feeds.rows import JsonRow
from knowledge.memo import Memo, feed_key
from knowledge.outlines import plain_name
from knowledge.page_files import page_suffix, part_of
from knowledge.pages import PageFile, PageKey, read_page_file, read_pages
from knowledge.return_policies import PAGE_ID as POLICY_PAGE
from knowledge.settings import FILE as SETTINGS
from knowledge.shop import Shop
from knowledge.staging import Staging, staging
from knowledge.stores import ProductStore, Store, UtteranceStore, order_store

Progress = Callable[[str, int, int], None]

_MAY_GO = 0.10  # share of the held rows that a complete feed may take away unasked
_TEST_SET = re.compile(r"(?:held[_-]?out|test)(?![a-z]).*(?<!\.md)(?<!\.htm)(?<!\.html)$", re.IGNORECASE)
_STEP = 500  # rows between two words of progress


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. `n_rows` counts good and bad rows; a page is one row.

    `dated` says that the feed would say something else at another time.
    """

    kind: FeedKind
    file: str
    n_rows: int
    added: int
    changed: int
    unchanged: int
    removed: int
    problems: tuple[RowProblem, ...]
    dry_run: bool
    encoding: str = "UTF-8"
    dated: bool = False

    @property
    def n_taken(self) -> int:
        """The rows that stand in the shop now, new or not."""
        return self.added + self.changed + self.unchanged

    def to_json(self) -> JsonRow:
        """The report as one JSON object."""
        return asdict(self)

    def summary(self) -> str:
        """The report in a line."""
        counts = f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged, {self.removed} removed"
        told = f"; {len(self.problems)} with a problem" if self.problems else ""
        read_as = f", read as {self.encoding}" if self.encoding not in ("", "UTF-8") else ""
        return f"{self.file} ({self.kind}{read_as}{', dry run' if self.dry_run else ''}): {counts}{told}"


@dataclass(frozen=True, slots=True)
class _Mode:
    dry_run: bool
    full: bool
    yes: bool
    progress: Progress
    pages: dict[PageKey, Path]


def import_file(
    shop: Shop,
    file: Path,
    kind: FeedKind | None = None,
    *,
    dry_run: bool = False,
    full: bool = False,
    yes: bool = False,
    progress: Progress | None = None,
    pages: dict[PageKey, Path] | None = None,
) -> ImportReport:
    """Upserts a file's rows by id into the shop folder, and holds the shop while it does.

    `full` says that the feed is complete, so that held ids which it lacks go. `pages` are those that were imported
    together with this file, by where they stand: it replaces none that is still there, and its own are added. Raises
    FeedError when the file cannot be read, SettingsError when `full` needs `yes`, BusyError when another process
    writes. Nothing is changed then.
    """
    if not file.is_file():
        raise FeedError(f"{file}: {'is a folder; name its files' if file.is_dir() else 'not found; check the path'}")
    mode = _Mode(dry_run, full, yes, progress or _silent, {} if pages is None else pages)
    settings = FeedSettings.of(shop.settings)
    found = kind or recognise(file, settings).kind
    with nullcontext() if dry_run else shop.writer("import"):
        if found == "knowledge":
            return _import_page(shop, file, mode)
        store, memo = _store(shop, found, settings), Memo(shop.var / "imports.json")
        key = feed_key(file, found, settings, full=full)
        read_as = encoding_found(file)
        n_rows = memo.rows_of(key, store.file)
        if n_rows is not None:
            return ImportReport(found, str(file), n_rows, 0, 0, n_rows, 0, (), dry_run, read_as)
        report = replace(_upsert(store, file, found, mode), encoding=read_as, dated=settings.depends_on_time)
        if not (dry_run or report.problems or report.dated):
            with suppress(ShopError):  # it only costs time to read the feed again
                memo.put(key, store.file, report.n_rows)
        return report


def walk(paths: Iterable[Path], tell: Callable[[str], None]) -> Iterator[Path]:
    """The files, and those in the folders: of these none that is hidden, and no test set, part of a saved page or part
    of a shop, which it tells.
    """
    told: set[Path] = set()
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        shops = {settings.parent for settings in path.rglob(SETTINGS)}
        for shop in sorted(shops):
            tell(f"{shop}: is a shop, and was left out; name its files or folders to import them")
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p.relative_to(path))):
            if not shops.isdisjoint(file.parents):
                continue
            if parts := part_of(file, path):
                if parts not in told:
                    tell(f"{parts}: holds parts of the page saved beside it, and was left out")
                told.add(parts)
            elif _TEST_SET.match(file.name):
                tell(f"{file}: is a test set by its name, and was left out; name the file itself to import it")
            else:
                yield file


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


# ------------------------------------------------------------------ rows


def _store(shop: Shop, kind: FeedKind, settings: FeedSettings) -> Store:
    if kind == "catalogue":
        return ProductStore(shop.catalogue_file, settings)
    return order_store(shop) if kind == "orders" else UtteranceStore(shop.intents_file, settings.columns)


def _upsert(store: Store, file: Path, kind: FeedKind, mode: _Mode) -> ImportReport:
    """Three passes of which each holds one row: the feed is staged, compared with what is held, and written."""
    with staging() as staged:
        problems = _stage(store, file, staged, mode)
        if mode.full:
            _check_full(file, len(staged), [problem for problem in problems if not problem.kept], mode)
        n_held, removed = _compare(store, staged, full=mode.full)
        if removed > _MAY_GO * n_held and not mode.yes:
            raise SettingsError(
                f"{file}: --full would remove {removed} of {n_held} from {store.file}, over {_MAY_GO:.0%}; "
                "if the feed is complete, add --yes"
            )
        added, unchanged = staged.count("new"), staged.count("unchanged")
        changed = len(staged) - added - unchanged
        if (added or changed or removed) and not mode.dry_run:
            if added or staged.count("changed"):
                store.complete(staged, full=mode.full)
            _write(store, staged, full=mode.full)
        n_rows = len(staged) + sum(not problem.kept for problem in problems)
    mode.progress(f"import {file.name}", n_rows, n_rows)
    return ImportReport(kind, str(file), n_rows, added, changed, unchanged, removed, tuple(problems), mode.dry_run)


def _stage(store: Store, file: Path, staged: Staging, mode: _Mode) -> list[RowProblem]:
    problems: list[RowProblem] = []
    for n_read, problem in enumerate(store.take(file, staged), start=1):
        if problem:
            problems.append(problem)
        if n_read % _STEP == 0:
            mode.progress(f"import {file.name}", n_read, 0)
    return problems


def _compare(store: Store, staged: Staging, *, full: bool) -> tuple[int, int]:
    """Says of each staged row whether it changes one that is held. Returns how many are held, and would go."""
    n_held = removed = 0
    for held in store.held():
        n_held += 1
        new = staged.get(held.key)
        if new is None:
            removed += full
        else:
            staged.settle(held.key, *store.merged(held, new.text))
    return n_held, removed


def _write(store: Store, staged: Staging, *, full: bool) -> None:
    """The rows that are held, in their order, then the new ones; a key that is held twice is written once."""
    with replacing(store.file) as write:
        write(store.header.encode())
        for held in store.held():
            if new := staged.get(held.key):
                if staged.place(held.key):
                    write(new.text.encode())
            elif not full:
                write(held.text.encode())
        for new in staged.of_state("new"):
            write(new.text.encode())


def _check_full(file: Path, n_good: int, problems: list[RowProblem], mode: _Mode) -> None:
    if not n_good:
        raise FeedError(f"{file}: no row can be read, so --full would remove everything; mend the feed")
    if problems and not mode.yes:
        first = problems[0]
        raise SettingsError(
            f"{file}: {len(problems)} rows failed, the first in line {first.line} ({first.message}), and --full would "
            "remove what they stood for; mend them, or add --yes"
        )


# ------------------------------------------------------------------ pages


def _import_page(shop: Shop, file: Path, mode: _Mode) -> ImportReport:
    """Copies a page, byte for byte, over the one with its page_id and language. A broken one replaces nothing."""
    if mode.full:
        raise SettingsError(
            f"{file}: --full is for feeds with many rows, this is one page; delete pages in {shop.pages_folder} by hand"
        )
    page = read_page_file(file)
    if not page.pages and not page.policy_pages:
        return ImportReport("knowledge", str(file), 1, 0, 0, 0, 0, page.problems, mode.dry_run)
    own_path = file.resolve()
    for own in page.pages:
        other = mode.pages.get((own.page_id, own.language), own_path)
        if other != own_path and other.exists():
            raise FeedError(
                f"{file}: is page {own.page_id!r} in {own.language!r}, and so is {other}, imported with it; "
                "give each a file name or page_id of its own"
            )
    held = _held_page(shop, file, page)
    target = held.with_suffix(page_suffix(file)) if held else _page_place(shop, file, page)
    if target != held and target.exists():
        if page.pages or read_page_file(target).pages:
            raise FeedError(f"{target}: stands in the way of {file} and is another page; rename or delete it")
        held = target
    content = file.read_bytes()
    is_new = held != target or content != held.read_bytes()
    if is_new and not mode.dry_run:
        with replacing(target) as write:
            write(content)
    if held and held != target and not mode.dry_run:
        held.unlink()
    mode.pages.update({(own.page_id, own.language): own_path for own in page.pages})
    added, changed = int(held is None), int(held is not None and is_new)
    return ImportReport("knowledge", str(file), 1, added, changed, 1 - added - changed, 0, page.problems, mode.dry_run)


def _held_page(shop: Shop, file: Path, page: PageFile) -> Path | None:
    """The file that this one replaces. Raises FeedError where it would take other pages away with it."""
    keys = {(own.page_id, own.language) for own in page.pages}
    held = read_pages(shop.pages_folder)[0]
    places = {old.path for old in held if (old.page_id, old.language) in keys}
    lost = [
        f"page {old.page_id!r} in {old.language!r}, which stands in {old.path}"
        for old in held
        if old.path in places and (old.page_id, old.language) not in keys and old.page_id != POLICY_PAGE
    ]
    if len(places) > 1 or lost:
        what = lost[0] if lost else f"several files, {', '.join(sorted(places))}"
        raise FeedError(f"{file}: would replace {what}; split it by language, or delete the old file first")
    return Path(places.pop()) if places else None


def _page_place(shop: Shop, file: Path, page: PageFile) -> Path:
    """Where a new page goes: by its page_id and language, by page_id alone where it has more than one or none."""
    page_id = page.pages[0].page_id if page.pages else plain_name(file.stem)
    language = f".{page.pages[0].language}" if len(page.pages) == 1 else ""
    return shop.pages_folder / f"{page_id}{language}{page_suffix(file)}"


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
