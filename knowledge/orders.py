"""Orders, told only to someone who proves that one is theirs."""

import hmac
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from knowledge.domain import Order, RowProblem
from knowledge.feeds.encodings import has_rows
from knowledge.feeds.orders import read_orders


class FileOrderBook:
    """The orders of a JSONL file. `problems` are its rows that were left out.

    It does not count tries: who asks limits how often a session, and how often a number, may be wrong.
    """

    def __init__(self, orders: Iterable[Order], problems: Iterable[RowProblem] = ()) -> None:
        self.problems = tuple(problems)
        self._orders: dict[str, list[Order]] = {}
        for order in orders:
            self._orders.setdefault(normal_order_id(order.order_id), []).append(order)
        shapes = _shapes(order.order_id for found in self._orders.values() for order in found)
        any_shape = "|".join(sorted(shapes, key=lambda shape: (-len(shape), shape))[:_N_SHAPES])
        # Chinese needs no blank beside a number: 订单T-345到哪了.
        written = rf"(?<![\w@])(?<!\w-)(?<!\d\.)(?:{any_shape})(?![\w@])(?!-\w)"
        self._written = re.compile(written, re.IGNORECASE | re.ASCII) if shapes else None

    @classmethod
    def load(cls, file: Path) -> "FileOrderBook":
        """Reads an order file; none, or one without rows, means no orders. Raises FeedError when it cannot be read."""
        rows = list(read_orders(file)) if has_rows(file) else []
        return cls(
            [row for row in rows if isinstance(row, Order)], [row for row in rows if isinstance(row, RowProblem)]
        )

    def __len__(self) -> int:
        return sum(len(orders) for orders in self._orders.values())

    def numbers_in(self, text: str) -> tuple[str, ...]:
        return tuple(match.group() for match in self._written.finditer(text)) if self._written else ()

    def known(self, order_id: str) -> Order | None:
        found = self._orders.get(normal_order_id(order_id), [])
        exact = [order for order in found if order.order_id == order_id]
        return next(iter(exact if len(found) > 1 else found), None)

    def find(self, order_id: str, proof: str) -> Order | None:
        proven = [order for order in self._orders.get(normal_order_id(order_id), ()) if _proves(proof, order)]
        return proven[0] if len(proven) == 1 else None


_N_SHAPES = 50


def _shapes(order_ids: Iterable[str]) -> set[str]:
    """Patterns of numbers written alike: letters and marks as they are, figures for figures.

    Beside letters any figures are a number, and dashes may be left out; without letters, as many as the shop's have or
    one more.
    """
    lengths: dict[tuple[str, ...], list[tuple[int, ...]]] = {}
    for order_id in order_ids:
        parts = re.split(r"(\d+)", unicodedata.normalize("NFKC", order_id))
        lengths.setdefault(tuple(parts[::2]), []).append(tuple(map(len, parts[1::2])))
    shapes: set[str] = set()
    for marks, found in lengths.items():
        lettered = any(map(str.isalpha, "".join(marks)))
        figures = [(1, 18) if lettered else (min(n), max(n) + 1) for n in zip(*found, strict=True)]
        written = [re.escape(mark).replace(r"\-", "-?") if lettered else re.escape(mark) for mark in marks]
        told = "".join(rf"{mark}\d{{{n},{m}}}" for mark, (n, m) in zip(written, figures, strict=False))
        shapes.add(told + written[-1])
    return shapes


def normal_order_id(order_id: str) -> str:
    """An order's number as it is compared: "hl-o-70001", "#HL O 70001" and "HLO70001" are one."""
    return "".join(c for c in unicodedata.normalize("NFKC", order_id).upper() if c.isalnum())


def _proves(proof: str, order: Order) -> bool:
    email, postcode, held = _email(proof), normal_order_id(proof), normal_order_id(order.postcode)
    # Few know the last four figures of a ZIP+4.
    zip_code = held[:5] if re.fullmatch(r"\d{5}-\d{4}", order.postcode.strip(), re.ASCII) else held
    # Both are compared in full, so that the time taken does not tell which one was nearly right.
    by_email, by_postcode, by_zip = _same(email, _email(order.email)), _same(postcode, held), _same(postcode, zip_code)
    return (bool(email) and by_email) or (bool(postcode) and (by_postcode or by_zip))


def _same(given: str, held: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), held.encode("utf-8", "surrogatepass"))


def _email(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
