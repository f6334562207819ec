"""How a shopper proves an order: its number, an e-mail address or a postcode; and how often that may be wrong."""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from assistant.masking import EMAIL, mask, unify
from knowledge.domain import Order
from knowledge.orders import normal_order_id

MAX_CLAIMS = 3
MAX_CODES = 3
"""Words with figures of one utterance that may be its postcode: more would let postcodes be guessed by the dozen."""
MAX_FIGURES = 8
_OWN = 0xE000
_NUMBER = r"(?<![\w@.])#?(?:[A-Za-z]{1,5}-?){0,3}\d{4,18}(?![\w@])"
_ORDER = re.compile(rf"[{chr(_OWN)}-\uf8ff]|{_NUMBER}", re.ASCII)
_PREFIXED = re.compile(r"[A-Za-z]{1,2}-?\d{3,5}")
"""A postcode behind its country's letters, "LV-1010", or an order number: both are tried."""
_CODE = re.compile(r"#?(?:[A-Za-z]{1,8}[A-Za-z-]{0,8}\d{1,18}|\d{3,18})[.!]?")
_TOKEN = re.compile(r"[A-Za-z\d]+", re.ASCII)
_JOINED = re.compile(r"(?<=[A-Za-z]-)")  # the figures of HL-1003 are no postcode

_COUNTED = re.compile(
    r"[$€£¥] ?\d[\d.,]{0,15}"
    r"|(?<!\d)\d[\d.,:]{0,15}(?= ?(?:days?|weeks?|months?|years?|hours?|minutes?|dollars?|bucks|usd|items?)\b"
    r"| ?(?:[天周月年点件个個元块%]|日(?!本)))|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
    r"|(?<!\d )(?<!\d[a-z] )\b\d{1,2}(?:st|nd|rd|th|am|pm)\b"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? (?:\d{1,2}(?:st|nd|rd|th)?,? )?20\d\d\b",
    re.IGNORECASE | re.ASCII,
)
_POSTCODE = re.compile(
    r"\d{4,9}|\d{4}[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}|[A-Z]\d[A-Z]\d[A-Z]\d|[A-Z]\d[\dW][A-Z\d]{4}", re.ASCII
)
_SAID = re.compile(r"[^\W\d_]{3,}|[\u4e00-\u9fff]{2,}")
_NAMES = re.compile(
    r"(?P<postcode>\b(?:post|postal|zip)(?: ?code)?\b|邮编|邮政编码|郵編|郵遞區號)|"
    r"(?P<order>\border\b|订单|单号|訂單|單號)",
    re.IGNORECASE,
)
_NEXT_TO = re.compile(r"\s*(?:number|no\.?|id|号|號)?\s*$", re.IGNORECASE)
_BREAK = re.compile(rf"[,，;；。、{chr(_OWN)}-\uf8ff]|\band\b|\d{{4,}}", re.IGNORECASE)


class Orders(Protocol):
    """Where orders are looked up: the shop's order file, or its own system behind an adapter."""

    def find(self, order_id: str, proof: str) -> Order | None:
        """The order, if `proof` is its e-mail or postcode; None for anything wrong, without saying what."""

    def known(self, order_id: str) -> Order | None:
        """The order without a proof: only for a session that has proved it before."""

    def numbers_in(self, text: str) -> tuple[str, ...]:
        """What is written as this shop writes its order numbers, whether there is such an order or not."""


@dataclass(frozen=True, slots=True)
class Claim:
    """That the shopper's is the order of this number, and what may prove it: an e-mail address, or postcodes."""

    order_id: str
    proofs: tuple[str, ...]


def find_email(text: str) -> str:
    """The first e-mail address, or ""."""
    match = EMAIL.search(unify(text)[0])
    return match["n"] if match else ""


def find_order_id(text: str) -> str:
    """The first thing that looks like an order number, one with letters before bare digits, or ""."""
    found = [match.group().lstrip("#") for match in _ORDER.finditer(EMAIL.sub("\n", unify(text)[0]))]
    return min(found, key=str.isdigit, default="")


def is_code(text: str) -> bool:
    """Whether the text is but figures, with or without letters before, as an order number may be: "T-1", "847"."""
    return bool(_CODE.fullmatch(unify(text)[0].strip()))


def find_codes(text: str) -> tuple[str, ...]:
    """What may be a postcode: a word with figures, alone or with the word beside it.

    Behind 邮编 or "zip", or where nothing else is said, it may look like anything, else like one of many countries'.
    """
    text = _COUNTED.sub("\n", unify(text)[0])
    words = list(_TOKEN.finditer(text))
    named = max((match.end() for match in _NAMES.finditer(text) if match["postcode"]), default=0)
    figured = [i for i, word in enumerate(words) if any(map(str.isdigit, word.group()))]
    behind = [i for i in figured if words[i].start() >= named > 0]
    is_clear = bool(behind) or not _SAID.search(text)
    if not is_clear:
        figured = [i for i in figured if not _JOINED.match(text, words[i].start())]

    def codes(i: int) -> list[str]:
        beside = [words[n : n + 2] for n in (i - 1, i) if 0 <= n < len(words) - 1]
        pairs = [text[one.start() : two.end()] for one, two in beside if text[one.end() : two.start()] in (" ", "-")]
        may_be = [code for code in (words[i].group(), *pairs) if 2 < len(code) < 12]
        return [code for code in may_be if is_clear or _POSTCODE.fullmatch(normal_order_id(code))]

    found = [told for i in behind or figured if (told := codes(i))]
    return tuple(dict.fromkeys(code for told in (found[:MAX_CODES] if behind else found[-MAX_CODES:]) for code in told))


def read_claims(text: str, before: str, numbers_in: Callable[[str], Sequence[str]] = lambda _: ()) -> tuple[Claim, ...]:
    """Which order a text is about, with what may prove it; the likeliest reading first, () without a number.

    `before` is the number known already, and `numbers_in` finds what is written as the shop writes its numbers: these
    go before what only looks like one. Of bare figures the words beside them say which is the order and which the
    postcode. Without such words a single one is the postcode of the order known, and of two the first is the order.
    """
    plain = EMAIL.sub("\n", unify(text)[0])
    own = numbers_in(plain)[:MAX_FIGURES]
    for i, number in enumerate(own):
        plain = re.sub(rf"(?<![\w@]){re.escape(number)}(?![\w@])", chr(_OWN + i), plain, count=1, flags=re.ASCII)
    # A card's or a phone's number is no order's, unless the shop's own are written like that.
    marked = _Marked(mask(plain), own)
    figures = [f for f in islice(_ORDER.finditer(marked.text), MAX_FIGURES) if not marked.is_counted(f)]
    named = {figure: marked.name(figure) for figure in figures}
    free = [figure for figure in figures if named[figure] != "postcode" and marked.may_be_order(figure)]

    def likeness(figure: re.Match[str]) -> tuple[bool, ...]:
        number = marked.number(figure)
        return named[figure] != "order", not marked.is_own(figure), number.isdigit(), not _is_same(number, before)

    free = [f for f in free if marked.is_own(f) and not marked.number(f).isdigit()] or free
    free.sort(key=likeness)
    email = tuple(filter(None, [find_email(text)]))
    claims = [Claim(marked.number(f), email + find_codes(marked.without(f))) for f in free[:MAX_CLAIMS]]
    if before and all(named[figure] != "order" and not _is_same(marked.number(figure), before) for figure in free):
        claims.insert(0 if len(free) < 2 else len(claims), Claim(before, email + find_codes(marked.without())))
    return tuple(claims)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A text in which each number of the shop's own form is one private character."""

    text: str
    own: Sequence[str]

    def is_own(self, figure: re.Match[str]) -> bool:
        return figure.group() >= chr(_OWN)

    def is_counted(self, figure: re.Match[str]) -> bool:
        """Whether bare figures are a date's or an amount's, and nothing calls them an order."""
        if not figure.group().isdigit() or self.name(figure) == "order":
            return False
        return any(m.start() < figure.end() and figure.start() < m.end() for m in _COUNTED.finditer(self.text))

    def number(self, figure: re.Match[str]) -> str:
        return self._told(figure.group()).lstrip("#")

    def may_be_order(self, figure: re.Match[str]) -> bool:
        """Whether these are figures enough, or called an order, or all that is said."""
        return len(self.number(figure)) > 3 or self.name(figure) == "order" or self.text.strip() == figure.group()

    def without(self, *figures: re.Match[str]) -> str:
        """The text as it was written, less these."""
        text = self.text
        for figure in reversed(figures):
            text = f"{text[: figure.start()]}\n{text[figure.end() :]}"
        return self._told(text)

    def name(self, figure: re.Match[str]) -> str:
        """What a figure is taken for, by its form and by what it is called: order, postcode, or "" for neither."""
        lettered = not self.number(figure).isdigit()
        if lettered and self.is_own(figure):
            return "order"
        name = self._called(figure)
        return "" if name == "postcode" and lettered and not _PREFIXED.fullmatch(figure.group()) else name

    def _called(self, figure: re.Match[str]) -> str:
        """What the words of its clause call it, those before first."""
        for words in (_BREAK.split(self.text[: figure.start()])[-1], _BREAK.split(self.text[figure.end() :])[0]):
            said = list(_NAMES.finditer(words))
            if said and _NEXT_TO.match(words, said[-1].end()):
                return str(said[-1].lastgroup)
            if said:  # "the postcode of my order is 90210"
                return min((str(name.lastgroup) for name in said), key="postcode".__ne__)
        return ""

    def _told(self, text: str) -> str:
        return "".join(self.own[ord(char) - _OWN] if chr(_OWN) <= char <= "\uf8ff" else char for char in text)


def _is_same(order_id: str, other: str) -> bool:
    return normal_order_id(order_id) == normal_order_id(other)


def without_strangers(claims: Iterable[Claim], orders: Orders) -> list[Claim]:
    """The claims as a session may keep them: what looks like a person's number and is no order's becomes a digest."""
    return [
        replace(claim, order_id=f"#{hashlib.sha256(claim.order_id.encode()).hexdigest()[:16]}")
        if mask(claim.order_id) != claim.order_id and not orders.known(claim.order_id)
        else claim
        for claim in claims
    ]


def prove(claims: Iterable[Claim], orders: Orders, tries: "OrderTries") -> Order | None:
    """The order that the first right claim proves.

    A number claimed wrongly before it counts, whether or not there is such an order: nobody guesses for nothing by
    naming an order of their own beside it.
    """
    wrong: dict[str, None] = {}
    order: Order | None = None
    for claim in claims:
        if claim.proofs and not tries.are_spent(claim.order_id):
            order = next(filter(None, (orders.find(claim.order_id, proof) for proof in claim.proofs)), None)
            if order:
                break
            wrong[normal_order_id(claim.order_id)] = None
    for order_id in wrong:
        tries.count(order_id)
    return order


def without_proof(text: str) -> str:
    """The text without addresses and numbers: what is asked of an order, without who asks."""
    text = _ORDER.sub(" ", EMAIL.sub(" ", text))
    for code in find_codes(text):
        text = text.replace(code, " ")
    return " ".join(text.split())


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
