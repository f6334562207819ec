"""Imports: feeds and pages into the shop folder, by id, whole or not at all."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from knowledge.domain import FeedKind, Order, Product, RowProblem, Utterance
from knowledge.errors import FeedError, SettingsError, ShopError, refusal
from knowledge.feeds.formats import Reading, recognise
from knowledge.feeds.orders import order_to_row, read_orders
from knowledge.feeds.products import product_to_row, read_products
from knowledge.feeds.rows import JsonRow, read_lines
from knowledge.feeds.utterances import numbered_utterances, read_utterances, utterances_to_csv
from knowledge.outlines import plain_name
from knowledge.page_files import page_suffix, part_of
from knowledge.pages import PageFile, read_page_file, read_pages
from knowledge.return_policies import PAGE_ID as POLICY_PAGE
from knowledge.shop import Shop

Progress = Callable[[str, int, int], None]

_MAY_GO = 0.10  # share of the held rows that a complete feed may take away unasked
_TEST_SET = re.compile(r"(?:held[_-]?out|test)(?![a-z]).*(?<!\.md)(?<!\.htm)(?<!\.html)$", re.IGNORECASE)
_STEP = 500  # rows between two words of progress
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. `n_rows` counts good and bad rows; a page is one row."""

    kind: FeedKind
    file: str
    n_rows: int
    added: int
    changed: int
    unchanged: int
    removed: int
    problems: tuple[RowProblem, ...]
    dry_run: bool

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
        return f"{self.file} ({self.kind}{', dry run' if self.dry_run else ''}): {counts}{told}"


@dataclass(frozen=True, slots=True)
class _Store(Generic[_T]):
    """A file of the shop folder that rows go into: how a feed and the file are read, and a row is written."""

    file: Path
    read_feed: Callable[[Path], Iterator[_T | RowProblem]]
    read_held: Callable[[Path], Iterator[_T | RowProblem]]
    id_of: Callable[[_T], str]
    line_of: Callable[[_T], str]
    header: str = ""


@dataclass(frozen=True, slots=True)
class _Mode:
    dry_run: bool
    full: bool
    yes: bool
    progress: Progress


def import_file(
    shop: Shop,
    file: Path,
    kind: FeedKind | None = None,
    *,
    dry_run: bool = False,
    full: bool = False,
    yes: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Upserts a file's rows by id into the shop folder, and holds the shop while it does.

    `full` says that the feed is complete, so that held ids which it lacks go. Raises FeedError when the file cannot
    be read, SettingsError when `full` needs `yes`, BusyError when another process writes. Nothing is changed then.
    """
    if not file.is_file():
        raise FeedError(f"{file}: {'is a folder; name its files' if file.is_dir() else 'not found; check the path'}")
    mode = _Mode(dry_run, full, yes, progress or _silent)
    found = kind or recognise(file).kind
    with nullcontext() if dry_run else shop.writer("import"):
        if found == "knowledge":
            return _import_page(shop, file, mode)
        if found == "catalogue":
            return _upsert(_products(shop), file, found, mode)
        if found == "orders":
            return _upsert(_orders(shop), file, found, mode)
        return _upsert(_utterances(shop), file, found, mode)


def walk(paths: Iterable[Path], tell: Callable[[str], None]) -> Iterator[Path]:
    """The files, and those in the folders: of these none that is hidden, and no test set or part of a saved page,
    which it tells.
    """
    told: set[Path] = set()
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")):
            if parts := part_of(file, path):
                if parts not in told:
                    tell(f"{parts}: holds parts of the page saved beside it, and was left out")
                told.add(parts)
            elif _TEST_SET.match(file.name):
                tell(f"{file}: is a test set by its name, and was left out; name the file itself to import it")
            else:
                yield file


# ------------------------------------------------------------------ rows


def _products(shop: Shop) -> _Store[Product]:
    settings = shop.settings
    reading = Reading(settings.currency, settings.feeds.columns)
    read_feed = partial(read_products, reading=reading)
    return _Store(shop.catalogue_file, read_feed, read_products, lambda p: p.product_id, _product_line)


def _orders(shop: Shop) -> _Store[Order]:
    return _Store(shop.orders_file, read_orders, read_orders, lambda order: order.order_id, _order_line)


def _utterances(shop: Shop) -> _Store[Utterance]:
    header = utterances_to_csv([])
    return _Store(
        shop.intents_file,
        _once_each,
        read_utterances,
        lambda utterance: utterance.text,
        lambda utterance: utterances_to_csv([utterance]).removeprefix(header),
        header,
    )


def _product_line(product: Product) -> str:
    return json.dumps(product_to_row(product), ensure_ascii=False, allow_nan=False) + "\n"


def _order_line(order: Order) -> str:
    return json.dumps(order_to_row(order), ensure_ascii=False, allow_nan=False) + "\n"


def _once_each(file: Path) -> Iterator[Utterance | RowProblem]:
    """Utterances by text: a repeated one is given once, one with another label is a problem."""
    seen: dict[str, tuple[str, int]] = {}
    for row in numbered_utterances(file):
        if isinstance(row, RowProblem):
            yield row
            continue
        number, utterance = row
        label, line = seen.setdefault(utterance.text, (utterance.label, number))
        if label != utterance.label:
            message = (
                f"text {utterance.text!r} has label {utterance.label!r}, but {label!r} in line {line}, "
                "which is kept; decide for one"
            )
            yield RowProblem(str(file), number, message)
        elif line == number:
            yield utterance


def _upsert(store: _Store[_T], file: Path, kind: FeedKind, mode: _Mode) -> ImportReport:
    wanted, problems = _read_feed(store, file, mode)
    if mode.full:
        _check_full(file, len(wanted), [problem for problem in problems if not problem.kept], mode)
    n_held = changed = unchanged = removed = 0
    placed: set[str] = set()
    with _replacement(store.file, mode.dry_run) as (write, keep):
        write(store.header.encode())
        for row in _held(store):
            n_held += 1
            key = store.id_of(row)
            new = wanted.get(key)
            if new is None:
                if mode.full:
                    removed += 1
                else:
                    write(store.line_of(row).encode())
                continue
            if key in placed:
                continue
            placed.add(key)
            changed += new != row
            unchanged += new == row
            write(store.line_of(new).encode())
        for key, new in wanted.items():
            if key not in placed:
                write(store.line_of(new).encode())
        added = len(wanted) - len(placed)
        if removed > _MAY_GO * n_held and not mode.yes:
            raise SettingsError(
                f"{file}: --full would remove {removed} of {n_held} from {store.file}, over {_MAY_GO:.0%}; "
                "if the feed is complete, add --yes"
            )
        if added or changed or removed:
            keep()
    n_rows = len(wanted) + sum(not problem.kept for problem in problems)
    mode.progress(f"import {file.name}", n_rows, n_rows)
    return ImportReport(kind, str(file), n_rows, added, changed, unchanged, removed, tuple(problems), mode.dry_run)


def _read_feed(store: _Store[_T], file: Path, mode: _Mode) -> tuple[dict[str, _T], list[RowProblem]]:
    wanted: dict[str, _T] = {}
    problems: list[RowProblem] = []
    for n_read, row in enumerate(store.read_feed(file), start=1):
        if isinstance(row, RowProblem):
            problems.append(row)
        else:
            wanted[store.id_of(row)] = row
        if n_read % _STEP == 0:
            mode.progress(f"import {file.name}", n_read, 0)
    return wanted, problems


def _check_full(file: Path, n_good: int, problems: list[RowProblem], mode: _Mode) -> None:
    if not n_good:
        raise FeedError(f"{file}: no row can be read, so --full would remove everything; mend the feed")
    if problems and not mode.yes:
        first = problems[0]
        raise SettingsError(
            f"{file}: {len(problems)} rows failed, the first in line {first.line} ({first.message}), and --full would "
            "remove what they stood for; mend them, or add --yes"
        )


def _held(store: _Store[_T]) -> Iterator[_T]:
    """The rows that the shop holds. Raises FeedError at a bad one, which writing the file anew would lose."""
    if not store.file.exists() or _n_lines(store.file, 2) < (2 if store.header else 1):
        return
    for row in store.read_held(store.file):
        if isinstance(row, RowProblem):
            raise FeedError(f"{row.file}, line {row.line}: {row.message}; mend or delete this line of the shop's own")
        yield row


def _n_lines(file: Path, most: int) -> int:
    return len(list(islice((line for _, line in read_lines(file) if line.strip()), most)))


@contextmanager
def _replacement(file: Path, dry_run: bool) -> Iterator[tuple[Callable[[bytes], object], Callable[[], object]]]:
    """Gives `write` and `keep`. The file is replaced at the end, whole, if `keep` was called; else it is untouched."""
    if dry_run:
        yield len, lambda: None
        return
    part = file.with_name(file.name + ".part")
    kept: list[bool] = []
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as handle:
            yield handle.write, lambda: kept.append(True)
            if kept:
                handle.flush()
                os.fsync(handle.fileno())
        if kept:
            part.replace(file)
            _sync_folder(file.parent)
    except OSError as error:
        raise ShopError(f"{file}: cannot be written and stays as it was: {refusal(error)}") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    held = _held_page(shop, file, page)
    target = held.with_suffix(page_suffix(file)) if held else _page_place(shop, file, page)
    if target != held and target.exists():
        if page.pages or read_page_file(target).pages:
            raise FeedError(f"{target}: stands in the way of {file} and is another page; rename or delete it")
        held = target
    content = file.read_bytes()
    is_new = held != target or content != held.read_bytes()
    with _replacement(target, mode.dry_run) as (write, keep):
        write(content)
        if is_new:
            keep()
    if held and held != target and not mode.dry_run:
        held.unlink()
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
