"""Prices in an utterance: bounds, ranges, budgets, and amounts that are about so much."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.grammar import (
    AFTER,
    AROUND_AFTER,
    AROUND_BEFORE,
    AROUND_SHARE,
    BEFORE,
    FILLER,
    MAY_FOLLOW,
    UNIT_AFTER,
    Draft,
    Marked,
    N,
    bound,
    tidy,
)
from assistant.numbers import Number
from knowledge.domain import Constraint, Op
from knowledge.feeds.currencies import SHARED
from knowledge.vocabulary import Mention

_SIGN = r"(?P<sign{0}>us\$|[$€£¥]|usd ?|eur ?|gbp ?|cny ?)?\s?"
_CURRENCY = (
    r"(?:\s?(?P<cur{0}>dollars?|bucks?|usd|us\$|\$|€|£|¥|刀|美元|美金|美刀|(?:块钱?|元)人民币|块钱|块(?!人民币)|元钱|元(?!人民币)|quid|pounds?|euros?|"
    r"yuan|rmb|"
    r"人民币|欧元|英镑|日元|eur|gbp|cny|jpy)(?![a-z]))?"
)


def _amount(name: str) -> str:
    return _SIGN.format(name) + f"(?P<n{name}>{N})" + _CURRENCY.format(name)


_CURRENCY_OF: Mapping[str, tuple[str, ...]] = {
    "€": ("EUR",),
    "eur": ("EUR",),
    "euro": ("EUR",),
    "euros": ("EUR",),
    "欧元": ("EUR",),
    "£": ("GBP",),
    "gbp": ("GBP",),
    "pound": ("GBP",),
    "pounds": ("GBP",),
    "quid": ("GBP",),
    "英镑": ("GBP",),
    "¥": SHARED["¥"],
    "cny": ("CNY",),
    "rmb": ("CNY",),
    "yuan": ("CNY",),
    "人民币": ("CNY",),
    "块人民币": ("CNY",),
    "块钱人民币": ("CNY",),
    "元人民币": ("CNY",),
    "jpy": ("JPY",),
    "日元": ("JPY",),
    **dict.fromkeys(("$", "dollar", "dollars"), SHARED["$"]),
    "usd": ("USD",),
    "us$": ("USD",),
    "美元": ("USD",),
    "美金": ("USD",),
    "美刀": ("USD",),
    "刀": ("USD", "CAD", "AUD"),
}
"""块, 元 and bucks are said of any currency."""
_NOT_A_PRICE = (
    r"\s?(?:more|less|off|cheaper|extra|discount|voucher|coupon|gift ?card|credit|cash ?back|per|refund|"
    r"的?优惠|的?券|块?的?货|折)"
)
_AGE = re.compile(
    r"\b(?:year|yr|years|yrs)[\s-]olds?\b|岁|\b(?:is|am|are|aged|turning|turned)\s+(?:over|under|above|about|around)\s"
)
_SEP = r"\s?(?:-|–|—|~|to|and|到|至)\s?"
_RANGE = re.compile(
    rf"(?P<lead>\b(?:between|from|in the range(?: of)?|price range)\s*|"
    rf"从)?{_amount('1')}(?:{_SEP}){_amount('2')}(?P<tail>\s?之间|\s?range)?"
)
_PREFIXED = re.compile(rf"(?:{BEFORE}){FILLER}(?:{AROUND_BEFORE})?\s*{_amount('1')}")
_SUFFIXED = re.compile(rf"{_amount('1')}(?:{AFTER})")
_COMPARES_OTHERWISE = re.compile(r"\b(?:better|bigger|longer|larger|greater|smaller|shorter|stars?)\b")
_AROUND = re.compile(rf"(?:(?P<before>{AROUND_BEFORE})\s*(?:the |a )?{_amount('1')}|{_amount('2')}(?:{AROUND_AFTER}))")
_BUDGET = re.compile(
    rf"(?:\b(?P<word>budget)(?:\s*(?:is|of|:|=|about|around|max|at|only|maybe|like|roughly|would be|"
    rf"\bi have)){{0,6}}\s*|"
    rf"(?P<zh>预算|价位|价格|手头|手里)(?:只有|是|在|大概|大约|差不多|就|有|为|控制在|：|:|最多|不多|"
    rf"\s){{0,6}}){_amount('1')}"
)
_BUDGET_AFTER = re.compile(rf"{_amount('1')}(?:\s(?:is my |is our |as a |max )?budget\b|的?预算)")
_SPEND = re.compile(
    rf"\b(?:have|got|spend|spending|afford|pay|only)\s(?:only |about |around |up to |at most |"
    rf"just ){{0,6}}{_amount('1')}(?P<to>\s?to spend|\s?for)?"
)
_FOR = re.compile(rf"(?:\bfor\s)?{_amount('1')}(?P<de>的)?")
_SOME = re.compile(rf"(?P<n>{N})(?P<more>多|来|出头)(?:\s?(?:块钱?|元|刀|美元))?")
_HAN = "零一二三四五六七八九"
_SEVERAL = re.compile(
    r"(?P<low>[一二两三四五六七八])(?P<high>[二三四五六七八九])(?P<step>[百千万])(?:块钱?|元|刀|美元)"
)
_POINTS_AT = re.compile(
    r"\b(?:the|this|that|these|those|order|number|model|no\.?|size|page|version|about order|worth)\s*$|[这那]\S?$"
)


def read_prices(read: Marked, draft: Draft, currency: str, mentions: Sequence[Mention]) -> None:
    """Amounts with words that make them a bound: the surest patterns first."""
    products = {m.start for m in mentions}
    price = _Prices(read, draft, currency, products, mentions)
    price.several()
    price.ranges()
    price.bounds(_PREFIXED)
    price.bounds(_SUFFIXED)
    price.some()
    price.around()
    price.budgets()
    price.bare()


@dataclass(slots=True)
class _Prices:
    read: Marked
    draft: Draft
    currency: str
    products: set[int]
    mentions: Sequence[Mention]

    def several(self) -> None:
        """ "两三百块": from the one to the other."""
        for match in _SEVERAL.finditer(self.read.plain):
            low, high = _HAN.index(match["low"].replace("两", "二")), _HAN.index(match["high"])
            if high == low + 1 and not any(c.field == "price" for c in self.draft.constraints):
                step = {"百": 100.0, "千": 1000.0, "万": 10000.0}[match["step"]]
                self.read.claim(match.span())
                bounds = Constraint("price", "ge", low * step), Constraint("price", "le", high * step)
                self.draft.add(match.span(), *bounds, drop=True)

    def ranges(self) -> None:
        for match in _RANGE.finditer(self.read.skeleton):
            low, high = (self.read.number(match[f"n{i}"]) for i in (1, 2))
            paid = self._paid(match, "1") or self._paid(match, "2")
            cue = paid or match["lead"] or match["tail"]
            joined = match.group().replace(match["n1"], "", 1)
            if " and " in joined and not match["lead"]:
                continue
            small = low.value
            if not low.thousands and high.thousands and low.value < 10:
                small = low.value * 1000
            if not small < high.value <= 50 * small or (high.value < 10 and not paid):
                continue
            if not cue and (" to " in joined or _looks_like_year(low, high) or high.value < 20):
                continue
            if self._fits(match, "2", paid) and self._same_currency(match, "1", "2"):
                self._add(match, ("ge", small), ("le", high.value))

    def bounds(self, pattern: re.Pattern[str]) -> None:
        for match in pattern.finditer(self.read.skeleton):
            op = bound(match)
            number = self.read.number(match["n1"])
            paid = self._paid(match, "1")
            within = match.group().startswith("within")
            if op is None or (number.value < 5 and not paid) or (within and not paid and not number.thousands):
                continue
            if pattern is _SUFFIXED and not paid and _COMPARES_OTHERWISE.search(match.group()):
                continue
            if op in ("ge", "gt") and number.thousands and self._is_value(number) and not paid:
                continue
            if self._fits(match, "1", paid) and self._same_currency(match, "1"):
                self._add(match, (op, number.value))

    def some(self) -> None:
        for match in _SOME.finditer(self.read.skeleton):
            number = self.read.number(match["n"])
            if number.value < 50 or not self._follows(match.end()):
                continue
            step = 10.0 ** (len(str(int(number.value))) - 1)
            if match["more"] == "多":
                self._add(match, ("ge", number.value), ("lt", number.value + step))
            elif match["more"] == "来":
                self._add_around(match, number.value)
            else:
                self._add(match, ("ge", number.value), ("le", tidy(number.value * (1 + AROUND_SHARE))))

    def around(self) -> None:
        for match in _AROUND.finditer(self.read.skeleton):
            name = "1" if match["n1"] else "2"
            number = self.read.number(match[f"n{name}"])
            paid = self._paid(match, name)
            plausible = paid or (20 <= number.value < 100000 and not (number.spelled and number.value < 50))
            if plausible and self._fits(match, name, paid) and self._same_currency(match, name):
                self._add_around(match, number.value)

    def budgets(self) -> None:
        for pattern in (_BUDGET, _BUDGET_AFTER, _SPEND):
            for match in pattern.finditer(self.read.skeleton):
                number = self.read.number(match["n1"])
                paid = self._paid(match, "1")
                if pattern is _SPEND and not (paid or match["to"]):
                    continue
                if pattern is _SPEND and not (match["to"] or re.match(r"(?:spend|spending|afford)", match.group())):
                    continue
                if number.value >= 5 and self._fits(match, "1", paid) and self._same_currency(match, "1"):
                    self._add(match, ("le", number.value))

    def bare(self) -> None:
        """ "A $50 kettle", "for 60 dollars", "五百块的耳机": so much, more or less."""
        for match in _FOR.finditer(self.read.skeleton):
            if not self._paid(match, "1") or not self._same_currency(match, "1"):
                continue
            end = self.read.ends[match.end() - 1]
            follows = any(end <= start <= end + 1 for start in self.products)
            behind = any(m.end <= self.read.starts[match.start()] <= m.end + 1 for m in self.mentions)
            if (follows or match["de"] or (behind and match.group().startswith("for "))) and self._fits(
                match, "1", True
            ):
                self._add_around(match, self.read.number(match["n1"]).value)

    def _paid(self, match: re.Match[str], name: str) -> bool:
        """Whether the amount is written with its currency."""
        return bool(match[f"sign{name}"] or match[f"cur{name}"])

    def _same_currency(self, match: re.Match[str], *names: str) -> bool:
        said = [match[f"{kind}{name}"] for name in names for kind in ("sign", "cur")]
        known = [_CURRENCY_OF[word.strip()] for word in said if word and word.strip() in _CURRENCY_OF]
        if all(self.currency in currencies for currencies in known):
            return True
        start, end = self.read.span(match)
        self.draft.foreign = self.draft.foreign or self.read.original[start:end].strip()
        return False

    def _fits(self, match: re.Match[str], name: str, paid: bool) -> bool:
        read = self.read
        number = read.number(match[f"n{name}"])
        if not read.is_free((number.start, number.end)) or _AGE.search(read.plain):
            return False
        before = read.skeleton[: match.start()]
        if _POINTS_AT.search(before[-16:]) and not bound(match):
            return False
        if re.match(_NOT_A_PRICE, read.skeleton[match.end() :]):
            return False
        if number.spelled and not paid and number.value < 10:
            return False
        return paid or self._follows(match.end())

    def _follows(self, end: int) -> bool:
        """Whether what stands behind the amount lets it be a price rather than a count of something."""
        if end and (_bound_after(self.read.skeleton, end)):
            return True
        if UNIT_AFTER.match(self.read.skeleton, end) and not MAY_FOLLOW.match(self.read.skeleton, end):
            return False
        if end >= len(self.read.skeleton) or MAY_FOLLOW.match(self.read.skeleton, end):
            return True
        rest = self.read.starts[end]
        return any(rest <= start <= rest + 1 for start in self.products)

    def _is_value(self, number: Number) -> bool:
        return any(m.kind == "value" and m.start <= number.start < m.end for m in self.mentions)

    def _add_around(self, match: re.Match[str], value: float) -> None:
        self._add(match, ("ge", tidy(value * (1 - AROUND_SHARE))), ("le", tidy(value * (1 + AROUND_SHARE))))

    def _add(self, match: re.Match[str], *bounds: tuple[Op, float]) -> None:
        span = self.read.span(match)
        rest = re.compile(f"{AFTER}|{AROUND_AFTER}").match(self.read.skeleton, match.end())
        span = span[0], self.read.span(rest)[1] if rest else span[1]
        sides = {op in ("ge", "gt") for op, _ in bounds}
        if any(c.field == "price" and (c.op in ("ge", "gt")) in sides for c in self.draft.constraints):
            return
        self.read.claim(span)
        self.draft.add(span, *(Constraint("price", op, value) for op, value in bounds), drop=True)


def _bound_after(skeleton: str, end: int) -> bool:
    return bool(re.compile(AFTER).match(skeleton, end))


def _looks_like_year(low: Number, high: Number) -> bool:
    return 1990 <= low.value <= 2040 and 1990 <= high.value <= 2040
