"""The files of a shop folder that rows go into: how a feed and the file are read, and how a row is written."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from knowledge.catalogue import without_found
from knowledge.domain import Order, Product, RowProblem, Utterance
from knowledge.errors import FeedError
from knowledge.extraction.extractor import Lessons
from knowledge.feeds.checking import Numbered, repeated
from knowledge.feeds.encodings import has_rows, read_lines
from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.orders import numbered_orders, order_from_row, order_to_row
from knowledge.feeds.product_feeds import numbered_products
from knowledge.feeds.products import held_product, product_as_written, product_to_row
from knowledge.feeds.rows import JsonRow, RowError, parse_object
from knowledge.feeds.utterances import numbered_utterances, utterances_to_csv
from knowledge.offers import with_offer
from knowledge.shop import Shop
from knowledge.staging import Staged, Staging, State

_T = TypeVar("_T")


class Store(Protocol):
    """What an import asks of such a file. A row is known by its key; its text is its lines in the file."""

    @property
    def file(self) -> Path: ...

    @property
    def header(self) -> str: ...

    def take(self, feed: Path, staging: Staging) -> Iterator[RowProblem | None]:
        """Puts a feed's rows into `staging`, and gives one by one what is wrong with them. Raises FeedError."""
        ...

    def held(self) -> Iterator[Staged]:
        """The rows that the file holds, each with its line. Raises FeedError at one that cannot be told."""
        ...

    def merged(self, held: Staged, new: str) -> tuple[State, str]:
        """What a row is beside the one that is held, and the text that is to replace it. Raises FeedError."""
        ...

    def complete(self, staging: Staging, *, full: bool) -> None:
        """Adds to rows that are new or changed what their feed does not say; `full`: the held rows go that it lacks."""
        ...


@dataclass
class JsonStore(Generic[_T]):
    """A file of JSON objects, one a line, that begin with the key."""

    file: Path
    key: str
    read: Callable[[Path], Numbered[_T]]
    from_row: Callable[[JsonRow], _T]
    to_row: Callable[[_T], JsonRow]
    header: str = ""

    def take(self, feed: Path, staging: Staging) -> Iterator[RowProblem | None]:
        for row in self.read(feed):
            if isinstance(row, RowProblem):
                yield row
                continue
            number, value = row
            self.seen(value)
            cells = self.to_row(value)
            key = str(cells[self.key])
            before = staging.add(Staged(key, number, _json_line(cells)))
            yield repeated(feed, number, self.key, key, before.number) if before else None

    def seen(self, value: _T) -> None:
        """Called with each value of a feed."""

    def held(self) -> Iterator[Staged]:
        """A row that begins as rows are written here is known by its beginning: few of them are of use to a feed."""
        start = json.dumps({self.key: ""})[:-2]
        for number, line in read_lines(self.file) if self.file.exists() else ():
            if line.startswith(start) and line.endswith("}"):
                key = line[len(start) : line.find('"', len(start))]
                if key and "\\" not in key and key.isprintable() and key == " ".join(key.split()):
                    yield Staged(key, number, line + "\n")
                    continue
            if line and not line.isspace():
                yield Staged(str(self.to_row(self.parsed(number, line))[self.key]), number, line + "\n")

    def merged(self, held: Staged, new: str) -> tuple[State, str]:
        same = held.text == new or self.parsed(held.number, held.text) == self.from_row(parse_object(new))
        return ("unchanged", held.text) if same else ("changed", new)

    def complete(self, staging: Staging, *, full: bool) -> None:
        pass

    def parsed(self, number: int, line: str) -> _T:
        """What a line of the shop's own file says. Raises FeedError."""
        try:
            return self.from_row(parse_object(line))
        except RowError as error:
            raise _own_line(RowProblem(str(self.file), number, str(error))) from None


@dataclass(frozen=True, slots=True)
class UtteranceStore:
    """A table of utterances, by their texts."""

    file: Path
    own_columns: Mapping[str, str]
    header: str = utterances_to_csv([])

    def take(self, feed: Path, staging: Staging) -> Iterator[RowProblem | None]:
        """A repeated text is taken once, one with another label is a problem."""
        for row in numbered_utterances(feed, self.own_columns):
            if isinstance(row, RowProblem):
                yield row
                continue
            number, utterance = row
            text = self._text(utterance)
            before = staging.add(Staged(utterance.text, number, text))
            yield None if before is None else _contradiction(feed, number, utterance, before)

    def held(self) -> Iterator[Staged]:
        if not has_rows(self.file, 2):
            return
        # What is written anew must be known line by line: here no encoding is found, as it would be for a feed.
        for _ in read_lines(self.file):
            pass
        for row in numbered_utterances(self.file):
            if isinstance(row, RowProblem):
                raise _own_line(row)
            yield Staged(row[1].text, row[0], self._text(row[1]))

    def merged(self, held: Staged, new: str) -> tuple[State, str]:
        return "unchanged" if held.text == new else "changed", new

    def complete(self, staging: Staging, *, full: bool) -> None:
        pass

    def _text(self, utterance: Utterance) -> str:
        return utterances_to_csv([utterance]).removeprefix(self.header)


class ProductStore(JsonStore[Product]):
    """The catalogue, for one feed. What that leaves out of a product is found in its texts, once all rows are known."""

    def __init__(self, file: Path, settings: FeedSettings) -> None:
        super().__init__(
            file, "product_id", partial(numbered_products, settings=settings), held_product, product_to_row
        )
        self._lessons = Lessons()

    def seen(self, value: Product) -> None:
        self._lessons.add(value)

    def merged(self, held: Staged, new: str) -> tuple[State, str]:
        """A product whose texts and attributes are the same keeps what was found in them."""
        if held.text == new:
            return "unchanged", new
        old, now = self.parsed(held.number, held.text), product_as_written(parse_object(new))
        given = without_found(old)
        if given == now:
            return "unchanged", held.text
        if with_offer(given, now) != now:
            return "changed", new
        return "offered", _json_line(self.to_row(with_offer(old, now)))

    def complete(self, staging: Staging, *, full: bool) -> None:
        for held in () if full else self.held():
            if staging.get(held.key) is None:
                self._lessons.add(self.parsed(held.number, held.text))
        extract = self._lessons.extractor().extract

        def completed(text: str) -> str:
            return _json_line(self.to_row(extract(product_as_written(parse_object(text)))))

        staging.rewrite(("new", "changed"), completed)


def order_store(shop: Shop) -> JsonStore[Order]:
    return JsonStore(shop.orders_file, "order_id", numbered_orders, order_from_row, order_to_row)


def _json_line(cells: JsonRow) -> str:
    return json.dumps(cells, ensure_ascii=False, allow_nan=False) + "\n"


def _contradiction(feed: Path, number: int, utterance: Utterance, before: Staged) -> RowProblem | None:
    label = next(csv.reader(before.text.splitlines(keepends=True)))[1]
    if label == utterance.label:
        return None  # "ok" is both languages'
    return RowProblem(
        str(feed),
        number,
        f"text {utterance.text!r} has label {utterance.label!r}, but {label!r} in line {before.number}, "
        "which is kept; decide for one",
    )


def _own_line(problem: RowProblem) -> FeedError:
    """Writing the file anew would lose such a line."""
    return FeedError(
        f"{problem.file}, line {problem.line}: {problem.message}; mend or delete this line of the shop's own"
    )
