"""Prices and other numbers as feeds write them: 15.00 USD, 12,50 €, 1'299.00, 299元."""

import math
import re

from knowledge.feeds.rows import RowError

# "$" and "¥" are left out: several currencies share them, so that the feed or the shop must say which.
_CURRENCIES = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₩": "KRW",
    "元": "CNY",
    "人民币": "CNY",
    "rmb": "CNY",
    "us$": "USD",
    "hk$": "HKD",
    "nt$": "TWD",
    "ca$": "CAD",
    "a$": "AUD",
}
_NO_CURRENCY = {"", "$", "¥", "￥"}
_DIGITS = re.compile(r"\d(?:[\d.,'’\s]*\d)?")
_GROUPS = re.compile(r"\d{1,3}(?:[.,' ]\d{2,3})*[.,' ]\d{3}")


def parse_price(value: object, field: str, *, dot_is_decimal: bool = False) -> tuple[float, str]:
    """An amount and its ISO 4217 code, "" when it does not say.

    A single dot before three digits (1.299) means two things; it is refused unless the feed's format says that dots
    are decimal. Raises RowError, also for amounts below 0.
    """
    if isinstance(value, str):
        text = value.strip()
        found = _DIGITS.search(text)
        unit = (text[: found.start()] + text[found.end() :]).strip() if found else text
        if not found or (not _is_currency(unit) and not _is_currency(unit.lstrip("-+").strip())):
            raise RowError(f'{field} {value!r} is not an amount; write it as 12.50 or "12.50 USD"')
        if "-" in unit:
            raise RowError(f"{field} {value!r} is below 0; give what a shopper pays")
        return _number(found.group(), f"{field} {value!r}", dot_is_decimal), _currency(unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowError(f'{field} is {type(value).__name__}; write it as 12.50 or "12.50 USD"')
    amount = as_float(value, field)
    if amount < 0:
        raise RowError(f"{field} {value!r} is below 0; give what a shopper pays")
    return amount, ""


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


def _is_currency(unit: str) -> bool:
    return unit in _NO_CURRENCY or unit.lower() in _CURRENCIES or bool(re.fullmatch("[A-Za-z]{3}", unit))


def _currency(unit: str) -> str:
    unit = unit.lstrip("+").strip()
    return "" if unit in _NO_CURRENCY else _CURRENCIES.get(unit.lower(), unit.upper())


def _number(digits: str, what: str, dot_is_decimal: bool) -> float:
    text = re.sub(r"[’\s]", lambda space: "'" if space.group() == "’" else " ", digits)
    last = max(text.rfind("."), text.rfind(","))
    whole, mark, fraction = (text[:last], text[last], text[last + 1 :]) if last >= 0 else (text, "", "")
    if mark and not fraction.isdigit():
        raise RowError(f"{what} is not a number")
    is_decimal = bool(mark) and mark not in whole
    if is_decimal and len(fraction) == 3 and not re.search("[.,' ]", whole) and whole != "0":
        if mark == "." and not dot_is_decimal:
            raise RowError(f"{what} may mean {whole}{fraction} or {whole}.{fraction}; write {whole}{fraction}.00")
        is_decimal = mark == "."
    if not is_decimal:
        whole, fraction = text, "0"
    if re.search("[.,' ]", whole) and (not _GROUPS.fullmatch(whole) or len(set(re.findall("[.,' ]", whole))) > 1):
        raise RowError(f"{what} is not a number; write it as 1299.00")
    return as_float(float(re.sub("[.,' ]", "", whole) + "." + fraction), what)
