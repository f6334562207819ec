"""Prices and other numbers as feeds write them: 15.00 USD, 12,50 €, 1'299.00, 299元, 5.-, free."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.feeds.currencies import CODES, currency_in, has_no_cents, sharing
from knowledge.feeds.rows import RowError

_FREE = frozenset({"free", "gratis", "kostenlos", "gratuit", "免费"})
_DIGITS = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
_GROUPS = re.compile(r"\d{1,3}(?:[.,' ]\d{2,3})*[.,' ]\d{3}")
_MARK = re.compile("[.,' ]")
_SPACE = re.compile(r"\s")
_NO_CENTS = re.compile(r"(?<=\d)[.,:]\s?[-–—]{1,2}(?!\d)")
_CENTS = re.compile(r"(?:\d([.,])(?:\d{1,2}|[-–—]{1,2})|(?<![\d.,])0([.,])\d+)\D*$")
_SEVERAL = re.compile(
    r"\d\D*(?:[-–—~/至到]|\b(?:to|bis|à|a|hasta|or|oder)\b)\D*\d|起|\b(?:from|ab|von|dès|partir|desde|starting)\b",
    re.IGNORECASE,
)
_MINUS = "-−–"


@dataclass(frozen=True, slots=True)
class Notation:
    """How a feed writes its amounts: the currency it is expected in, and the marks that are known to stand before
    cents."""

    currency: str = ""
    cents_after: frozenset[str] = frozenset()

    @property
    def groups_by_points(self) -> bool:
        """Whether 1.000 pieces are a thousand. Where nothing shows it, they are in euros alone."""
        return self.cents_after == {","} or (not self.cents_after and self.currency == "EUR")


AS_WRITTEN = Notation()
LOOKED_AT = 200  # rows of a feed that tell its notation


def cents_after(prices: Iterable[object]) -> frozenset[str]:
    """The marks that stand before cents in prices: a comma in 12,50, a dot in 1,299.00 and 0.125, none in 1.299."""
    texts = (unicodedata.normalize("NFKC", price) for price in prices if isinstance(price, str))
    return frozenset(found[1] or found[2] for text in texts if (found := _CENTS.search(text)))


def parse_price(
    value: object, field: str, *, dot_is_decimal: bool = False, notation: Notation = AS_WRITTEN
) -> tuple[float, str]:
    """An amount and its ISO 4217 code, "" when it does not say.

    A single mark before three digits (1.299) means two things, unless the notation or the feed's format tells which
    mark is decimal. Raises RowError, also for amounts below 0.
    """
    if isinstance(value, str):
        return _from_text(value, field, dot_is_decimal, notation)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(f'{field} is {type(value).__name__}; write it as 12.50 or "12.50 USD"')
    amount = as_float(value, field)
    if amount < 0:
        raise RowError(f"{field} {value!r} is below 0; give what a shopper pays")
    return amount, ""


FREE = "free"
"""A price of nothing, which a reader passes on as a word: a figure of 0 mostly means that it is not known."""


def is_free(value: object) -> bool:
    """Whether a price says in words that nothing is paid."""
    return isinstance(value, str) and value.strip().lower() in _FREE


def parse_number(value: object, field: str) -> float:
    """A number, or a text that is one. Raises RowError."""
    if isinstance(value, str):
        text = value.strip()
        sign = -1.0 if text.startswith("-") else 1.0
        digits = text.lstrip("+-").strip()
        if not _DIGITS.fullmatch(digits):
            raise RowError(f"{field} {value!r} is not a number")
        return sign * _number(digits, f"{field} {value!r}", dot_is_decimal=True)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(f"{field} is {type(value).__name__} where a number is expected")
    return as_float(value, field)


def as_float(value: float, field: str) -> float:
    """The number as a finite float. Raises RowError."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise RowError(f"{field} is too large a number")
    return number


def _from_text(value: str, field: str, dot_is_decimal: bool, notation: Notation) -> tuple[float, str]:
    what = f"{field} {value[:60]!r}"
    if is_free(value):
        return 0.0, ""
    text = (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip()
    text = _NO_CENTS.sub("", text)
    found = _DIGITS.search(text)
    if not found:
        raise _no_amount(what)
    before, after = text[: found.start()].strip(), text[found.end() :].strip()
    if before.endswith((".", ",")):
        word = before[:-1]
        is_short = word[-1:].isalpha() or word[-1:] == "/"  # Rs.5 and EUR. 5, where EUR.75 is less than one
        if not is_short or (word.upper() in CODES and before == text[: found.start()]):
            raise RowError(f"{what} has no figure before its point; write 0.99")
    units = [unit for unit in (before.strip("+" + _MINUS).strip(), after) if unit]
    if any(currency_in(unit) is None for unit in units):
        if _SEVERAL.search(text):
            raise RowError(f"{what} is not one price; give the one that a shopper pays")
        raise _no_amount(what)
    if before and (before[0] in _MINUS or before[-1] in _MINUS):
        raise RowError(f"{what} is below 0; give what a shopper pays")
    currency = _currency(units, notation.currency, what)
    return _number(found.group(), what, dot_is_decimal, notation.cents_after, currency or notation.currency), currency


def _no_amount(what: str) -> RowError:
    return RowError(f'{what} is not an amount; write it as 12.50 or "12.50 USD"')


def _currency(units: Sequence[str], expected: str, what: str) -> str:
    """The one currency of what stands before and after an amount: $5 CAD is in CAD."""
    named = {currency_in(unit, expected) for unit in units}
    if len(named) > 1:
        sure = next(filter(None, map(currency_in, units)), "")
        named = {currency_in(unit, sure) for unit in units}
    if len(named) > 1:
        raise RowError(f"{what} names more than one currency; give one")
    if named == {""} and expected:
        raise RowError(f"{what} is in a currency that {', '.join(sharing(units[0]))} write alike; write its code")
    return named.pop() or "" if named else ""


def _number(
    digits: str, what: str, dot_is_decimal: bool, cents: frozenset[str] = frozenset(), currency: str = ""
) -> float:
    text = _SPACE.sub(" ", digits.replace("’", "'"))
    last = max(text.rfind("."), text.rfind(","))
    whole, mark, fraction = (text[:last], text[last], text[last + 1 :]) if last >= 0 else (text, "", "")
    if mark and not fraction.isdigit():
        raise RowError(f"{what} is not a number")
    is_decimal = bool(mark) and mark not in whole
    if is_decimal and len(fraction) == 3 and not _MARK.search(whole) and whole != "0":
        if dot_is_decimal:
            is_decimal = mark == "."
        elif has_no_cents(currency) or cents == {"." if mark == "," else ","} or (mark == "," and not cents):
            is_decimal = False
        else:
            raise RowError(f"{what} may mean {whole}{fraction} or {whole}.{fraction}; write {whole}{fraction}.00")
    if not is_decimal:
        whole, fraction = text, "0"
    if _MARK.search(whole) and (not _GROUPS.fullmatch(whole) or len(set(_MARK.findall(whole))) > 1):
        raise RowError(f"{what} is not a number; write it as 1299.00")
    return as_float(float(_MARK.sub("", whole) + "." + fraction), what)
