"""Offers: what changes of a product from hour to hour, and neither index nor graph are made of.

A generation holds the catalogue of its build and never changes. Where nothing but offers has changed since, the
products concerned stand as they are now in one file beside the generations, and a reader lays it over: a price is
right at once, and nothing is built.
"""

import json
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

from knowledge.disk import write_atomically
from knowledge.domain import Product
from knowledge.errors import NotBuiltError
from knowledge.feeds.products import held_product
from knowledge.feeds.rows import RowError, parse_object

FIELDS = ("price", "list_price", "available", "stock", "rating", "n_ratings", "url", "image")


@dataclass(frozen=True, slots=True)
class Offers:
    """Products as they are now, where they differ from a generation's, and the digest of the catalogue file that says
    so."""

    generation: str
    catalogue: str
    products: tuple[Product, ...]


def with_offer(product: Product, offered: Product) -> Product:
    """The product at the price and stock of the other one."""
    return replace(product, **{name: getattr(offered, name) for name in FIELDS})


def changed_offers(before: Path, now: Path, known: Container[str] = ()) -> list[str] | None:
    """The lines of `now` whose offers differ from those of `before`; None where anything else differs.

    Both are files of the shop's own format. Lines that are equal are not read further, and neither are those that are
    `known` to differ in no more from `before`: 100,000 take 0.2 s.
    """
    changed: list[str] = []
    if not (before.is_file() and now.is_file()):  # a shop without products
        return None
    with before.open(encoding="utf-8", errors="surrogateescape") as old_lines, now.open(encoding="utf-8") as new_lines:
        for old_line, new_line in _pairs(old_lines, new_lines):
            if old_line == new_line:
                continue
            if old_line is None or new_line is None:
                return None
            if new_line in known and _beginning(old_line) == _beginning(new_line):
                changed.append(new_line)
                continue
            try:
                old, new = (held_product(parse_object(line)) for line in (old_line, new_line))
            except RowError:
                return None
            if with_offer(old, new) != new:
                return None
            if old != new:
                changed.append(new_line)
    return changed


def _beginning(line: str) -> str:
    """A line up to the end of its id, as rows are written here."""
    return line[: line.find('", "')]


def _pairs(old: Iterable[str], new: Iterable[str]) -> Iterator[tuple[str | None, str | None]]:
    """The lines of two files side by side; what is no text ends them unequal."""
    try:
        yield from zip_longest(old, new)
    except UnicodeDecodeError:
        yield None, ""


def write_offers(file: Path, generation: str, catalogue: str, lines: Iterable[str]) -> None:
    head = json.dumps({"generation": generation, "catalogue": catalogue})
    write_atomically(file, "\n".join([head, *(line.rstrip("\n") for line in lines), ""]))


def offered_on(file: Path, generation: str) -> str | None:
    """The digest of the catalogue whose offers lie over a generation, "" where none do, None where nobody knows since
    the file is damaged. Reads one line.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            head = json.loads(lines.readline())
        return str(head["catalogue"]) if head["generation"] == generation else ""
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError):
        return None


def offer_lines(file: Path, generation: str) -> frozenset[str]:
    """The lines that lie over a generation as they stand there, none where they cannot be read."""
    if not offered_on(file, generation):
        return frozenset()
    try:
        with file.open(encoding="utf-8") as lines:
            return frozenset(islice(lines, 1, None))
    except UnicodeDecodeError:
        return frozenset()


def read_offers(file: Path, generation: str) -> Offers:
    """Those that lie over a generation, which may be none. Raises NotBuiltError when the file is damaged."""
    catalogue = offered_on(file, generation)
    if catalogue is None:
        raise NotBuiltError(f"{file} is damaged; run build")
    if not catalogue:
        return Offers(generation, "", ())
    return Offers(generation, catalogue, tuple(_products(file)))


def _products(file: Path) -> Iterator[Product]:
    with file.open(encoding="utf-8") as lines:
        next(lines)
        try:
            for line in lines:
                yield held_product(parse_object(line))
        except (RowError, UnicodeDecodeError) as error:
            raise NotBuiltError(f"{file} is damaged ({error}); run build") from None
