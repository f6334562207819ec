"""How a shopper proves an order: its number, an e-mail address or a postcode; and how often that may be wrong."""

import re
import time
from collections.abc import Callable, Sequence

from assistant.masking import mask
from knowledge.orders import normal_order_id

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}", re.ASCII)
_ORDER = re.compile(r"(?<![\w@.])#?(?:[A-Za-z]{1,5}-?){0,3}\d{4,18}(?![\w@])", re.ASCII)
_CODE = re.compile(r"#?[A-Za-z]{1,8}[A-Za-z-]{0,8}\d{1,18}[.!]?")
_POSTCODE = re.compile(
    r"(?<![\w-])(?:\d{5}(?:-\d{4})?|\d{6}|[A-Za-z]\d[A-Za-z] ?\d[A-Za-z]\d"
    r"|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2})(?![\w-])",
    re.ASCII,
)
_NAMES = re.compile(
    r"(?P<postcode>\b(?:post|postal|zip)(?: ?code)?\b|邮编|邮政编码|郵編|郵遞區號)|"
    r"(?P<order>\border\b|订单|单号|訂單|單號)",
    re.IGNORECASE,
)
_NEXT_TO = re.compile(r"\s*(?:number|no\.?|id|号|號)?\s*$", re.IGNORECASE)
_BREAK = re.compile(r"[,，;；。、]|\band\b|\d{4,}", re.IGNORECASE)


def find_email(text: str) -> str:
    """The first e-mail address, or ""."""
    match = _EMAIL.search(text)
    return match.group() if match else ""


def find_order_id(text: str) -> str:
    """The first thing that looks like an order number, one with letters before bare digits, or ""."""
    return _told_apart(text)[0]


def is_code(text: str) -> bool:
    """Whether the text is but letters and figures together, as an order number may be: "T-1"."""
    return bool(_CODE.fullmatch(text.strip()))


def find_postcode(text: str) -> str:
    """The last thing that looks like a postcode and is not the order number, or ""."""
    return _told_apart(text)[1]


def read_order(text: str, before: str, written: Sequence[str] = ()) -> tuple[str, str]:
    """Order number and proof (an e-mail address or a postcode) in a text; `before` is the number known already.

    `written` are parts of the text in the form of the shop's own numbers; one with letters is the number.
    Of bare figures the words beside them say which is which. Without such words a single one is the postcode of the
    order that is known, and of two the first is the order.
    """
    if own := next((number for number in written if not number.isdigit()), ""):
        return own, find_email(text) or find_postcode(mask(text.replace(own, " ")))
    order_id, postcode = _told_apart(mask(text), before)  # a card's or a phone's number is no order's
    return order_id or before, find_email(text) or postcode


def without_proof(text: str) -> str:
    """The text without addresses and numbers: what is asked of an order, without who asks."""
    for pattern in (_EMAIL, _ORDER, _POSTCODE):
        text = pattern.sub(" ", text)
    return " ".join(text.split())


def _told_apart(text: str, before: str = "") -> tuple[str, str]:
    """Order number and postcode, each "" where the text has none."""
    codes = list(_POSTCODE.finditer(text))
    numbers = [m for m in _ORDER.finditer(text) if not any(_is_part(m, code) for code in codes)]
    named = {m.span(): _named(text, m) for m in numbers}

    def likeness(number: re.Match[str]) -> tuple[bool, bool, bool]:
        figures = number.group().lstrip("#")
        return figures.isdigit(), named[number.span()] != "order", figures != before

    free = [m for m in numbers if named[m.span()] != "postcode"]
    order = min(free, key=likeness, default=None)
    if order and before and len(free) == 1 and _POSTCODE.fullmatch(order.group()) and named[order.span()] != "order":
        order = None
    rest = [c for c in codes if order is None or c.end() <= order.start() or order.end() <= c.start()]
    rest.sort(key=lambda code: named.get(code.span()) == "postcode")
    return order.group().lstrip("#") if order else "", rest[-1].group() if rest else ""


def _is_part(number: re.Match[str], code: re.Match[str]) -> bool:
    return code.start() <= number.start() and number.end() <= code.end() and number.span() != code.span()


def _named(text: str, number: re.Match[str]) -> str:
    """What the words of its clause call bare figures, those before them first: order, postcode, or "" for neither."""
    if not number.group().lstrip("#").isdigit():
        return "order"
    for words in (_BREAK.split(text[: number.start()])[-1], _BREAK.split(text[number.end() :])[0]):
        said = list(_NAMES.finditer(words))
        if said and _NEXT_TO.match(words, said[-1].end()):
            return str(said[-1].lastgroup)
        if said:  # "the postcode of my order is 90210"
            return min((str(name.lastgroup) for name in said), key="postcode".__ne__)
    return ""


class OrderTries:
    """Wrong proofs for each order number, whichever session they came from; kept in this process's memory.

    A number counts whether or not there is such an order, so that being refused tells nothing of it.
    """

    def __init__(
        self, most: int = 10, seconds: float = 86_400.0, n_numbers: int = 10_000, clock: Callable[[], float] = time.time
    ) -> None:
        """At most `most` wrong proofs in `seconds`; of more than `n_numbers` order numbers the oldest is forgotten."""
        self._most, self._seconds, self._n_numbers, self._clock = most, seconds, n_numbers, clock
        self._wrong_at: dict[str, list[float]] = {}

    def are_spent(self, order_id: str) -> bool:
        since = self._clock() - self._seconds
        return sum(at > since for at in self._wrong_at.get(normal_order_id(order_id), ())) >= self._most

    def count(self, order_id: str) -> None:
        number = normal_order_id(order_id)
        before = self._wrong_at.pop(number, [])
        self._wrong_at[number] = [*before, self._clock()][-self._most :]
        if len(self._wrong_at) > self._n_numbers:
            del self._wrong_at[next(iter(self._wrong_at))]
