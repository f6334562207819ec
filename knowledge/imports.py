"""Imports: feeds and pages into the shop folder, by id, whole or not at all."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from knowledge.domain import FeedKind, Order, Product, RowProblem, Utterance
from knowledge.errors import FeedError, SettingsError, ShopError, refusal
from knowledge.feeds.encodings import ENCODINGS, encoding_of, read_lines
from knowledge.feeds.formats import Reading, recognise
from knowledge.feeds.orders import order_to_row, read_orders
from knowledge.feeds.products import product_to_row, read_products
from knowledge.feeds.rows import JsonRow
from knowledge.feeds.utterances import numbered_utterances, read_utterances, utterances_to_csv
from knowledge.pages import read_page, read_pages
from knowledge.shop import Shop

Progress = Callable[[str, int, int], None]

_MAY_GO = 0.10  # share of the held rows that a complete feed may take away unasked
_TEST_SET = re.compile(r"(?:held[_-]?out|test)(?![a-z]).*(?<!\.md)$", re.IGNORECASE)
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
    encoding: str = "UTF-8"

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
        read_as = f", read as {self.encoding}" if self.encoding != "UTF-8" else ""
        return f"{self.file} ({self.kind}{read_as}{', dry run' if self.dry_run else ''}): {counts}{told}"


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
    found = kind or recognise(file, _reading(shop)).kind
    with nullcontext() if dry_run else shop.writer("import"):
        if found == "knowledge":
            return _import_page(shop, file, mode)
        if found == "catalogue":
            return _upsert(_products(shop), file, found, mode)
        if found == "orders":
            return _upsert(_orders(shop), file, found, mode)
        return _upsert(_utterances(shop), file, found, mode)


def walk(paths: Iterable[Path], tell: Callable[[str], None]) -> Iterator[Path]:
    """The files, and those in the folders; of these the hidden ones are passed over, and test sets, which it tells."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".")):
            if _TEST_SET.match(file.name):
                tell(f"{file}: is a test set by its name, and was left out; name the file itself to import it")
            else:
                yield file


# ------------------------------------------------------------------ rows


def _reading(shop: Shop) -> Reading:
    settings = shop.settings
    return Reading(settings.currency, settings.feeds.columns, region=settings.region)


def _products(shop: Shop) -> _Store[Product]:
    read_feed = partial(read_products, reading=_reading(shop))
    return _Store(shop.catalogue_file, read_feed, read_products, lambda p: p.product_id, _product_line)


def _orders(shop: Shop) -> _Store[Order]:
    return _Store(shop.orders_file, read_orders, read_orders, lambda order: order.order_id, _order_line)


def _utterances(shop: Shop) -> _Store[Utterance]:
    header = utterances_to_csv([])
    return _Store(
        shop.intents_file,
        partial(_once_each, own_columns=shop.settings.feeds.columns),
        read_utterances,
        lambda utterance: utterance.text,
        lambda utterance: utterances_to_csv([utterance]).removeprefix(header),
        header,
    )


def _product_line(product: Product) -> str:
    return json.dumps(product_to_row(product), ensure_ascii=False, allow_nan=False) + "\n"


def _order_line(order: Order) -> str:
    return json.dumps(order_to_row(order), ensure_ascii=False, allow_nan=False) + "\n"


def _once_each(file: Path, own_columns: Mapping[str, str]) -> Iterator[Utterance | RowProblem]:
    """Utterances by text: a repeated one is given once, one with another label is a problem."""
    seen: dict[str, tuple[str, int]] = {}
    for row in numbered_utterances(file, own_columns):
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
    read_as = ENCODINGS[encoding_of(file)]
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
    told = tuple(problems)
    return ImportReport(kind, str(file), n_rows, added, changed, unchanged, removed, told, mode.dry_run, read_as)


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
    # Every line is looked at, since an encoding that had to be found would be written anew as another.
    if not store.file.exists() or sum(1 for _, line in read_lines(store.file) if line.strip()) <= bool(store.header):
        return
    for row in store.read_held(store.file):
        if isinstance(row, RowProblem):
            raise FeedError(f"{row.file}, line {row.line}: {row.message}; mend or delete this line of the shop's own")
        yield row


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
    page, problems = read_page(file)
    if page is None:
        return ImportReport("knowledge", str(file), 1, 0, 0, 0, 0, problems, mode.dry_run)
    held = {(old.page_id, old.language): old.path for old in read_pages(shop.pages_folder)[0]}
    path = held.get((page.page_id, page.language))
    target = Path(path) if path else shop.pages_folder / f"{page.page_id}.{page.language}.md"
    content = file.read_bytes()
    before = target.read_bytes() if target.exists() else None
    if before is not None and not path:
        raise FeedError(f"{target}: stands in the way of {file} and is another page; rename or delete it")
    with _replacement(target, mode.dry_run) as (write, keep):
        write(content)
        if content != before:
            keep()
    added, changed = int(before is None), int(before is not None and content != before)
    return ImportReport("knowledge", str(file), 1, added, changed, 1 - added - changed, 0, problems, mode.dry_run)


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""
