"""What all patterns of the grammar share: the marked text, comparisons, and what may stand behind a number.

Patterns run on a normalised text in which every number is one private character, so that 150, sixty, 两百 and 2k are
read alike.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from assistant.numbers import Number, find_numbers
from knowledge.domain import Constraint, Op
from knowledge.lexicon import UNITS
from knowledge.phrases import normalise

Span: TypeAlias = tuple[int, int]
Sort: TypeAlias = tuple[str, Literal["asc", "desc"]]


AROUND_SHARE = 0.2
FIRST = 0xE000
N = "[\ue000-\uf8ff]"
FILLER = r"(?:\s*(?:a|an|my|about|around|roughly|of|the|price|budget|is|total|only|just|like|say|of about)\b){0,6}\s*"
BOUNDS: tuple[tuple[Op, str], ...] = (
    ("le", r"\b(?:no|not|nothing) (?:more|over|above|higher|greater) than|\b(?:not|nothing) (?:over|above|exceeding)"),
    (
        "le",
        r"\bup to|\bmax(?:imum)?(?: of)?|\bat (?:the )?most|\bwithin|(?:does|do|must|should)(?: not|n'?t) exceed|≤|<=",
    ),
    ("le", r"\b(?:do ?n[o']?t|won't|not) (?:want to |going to )?(?:spend|pay|cost|go) (?:more than|over|above)"),
    ("le", r"不(?:要)?超过|别超过?|最多|顶多|至多|不高于|不大于|控制在|压到|(?<!不)限(?=[\ue000-\uf8ff])"),
    ("ge", r"\b(?:no|not) (?:less|lower|fewer|under|below) than|\bat (?:the )?least|\bmin(?:imum)?(?: of)?|≥|>="),
    ("ge", r"至少|最少|起码|最低|不低于|不少于|不小于"),
    ("ge", r"\bstarting (?:at|from)"),
    ("lt", r"\bunder|\bbelow|\b(?:less|cheaper|lower|lighter|smaller|shorter|fewer) than|\bbeneath|<"),
    ("lt", r"低于|少于|小于|不到|不足|比(?=[\ue000-\uf8ff])"),
    ("gt", r"\bover|\babove|\b(?:more|greater|higher|bigger|larger|longer|heavier|better) than|\bexceeding|>"),
    ("gt", r"高于|大于|超过|多于|(?<!不)超(?=[\ue000-\uf8ff])"),
)
BEFORE = "|".join(f"(?P<b{i}>{words})" for i, (_, words) in enumerate(BOUNDS))
AFTER_BOUNDS: tuple[tuple[Op, str], ...] = (
    (
        "ge",
        r"\s?\+|(?: stars?)?\s(?:and|or) (?:up|more|above|higher|better|over|greater|bigger|longer|larger)\b(?! than)|"
        r"\splus\b",
    ),
    ("ge", r"\s(?:at least|minimum|min)\b"),
    ("ge", r"\s?(?:及以上|或以上|以上|起步|起|往上|开外|打底)"),
    (
        "le",
        r"\s(?:or|and) (?:less|under|below|lower|fewer|cheaper|smaller|lighter|shorter)\b(?! than)|\s(?:max(?:imum)?|"
        r"tops?)\b|\sat most\b",
    ),
    ("le", r"\s?(?:及以下|或以下|以下|以内|之内|内(?!存)|封顶|往下)"),
)
AFTER = "|".join(f"(?P<a{i}>{words})" for i, (_, words) in enumerate(AFTER_BOUNDS))
AROUND_BEFORE = (
    r"\b(?:around|(?<!how )(?<!what )about|roughly|approximately|approx\.?|circa|near|close to)|"
    r"大概|大约|差不多|约(?=[\ue000-\uf8ff])|~"
)
AROUND_AFTER = r"\s?(?:左右|上下|前后|来块|来块钱|or so\b|ish\b|-ish\b|那样)"
MAY_FOLLOW = re.compile(
    r"\s*(?:$|[,.;:!?)、，。；：！？）~]|(?:and|but|or|for|with|without|please|pls|plz|thanks|in|if|to spend|total|"
    r"max|tops|"
    r"budget|that|which|is|would|only|then|instead|now|from|by|range|price|ok|okay|right|at|each|all|would)\b|"
    r"(?:的|吧|呢|吗|嘛|啊|有|就|能|可以|行|预算|价|最好|买|之间|给|想|要|用|左右|上下|以|及|或|内|封顶|到|至|往|"
    r"也|都|再|送))"
)
_UNIT_FIELD = {word: unit for unit, words in UNITS.items() for word in words}
UNIT = "|".join(re.escape(word) for word in sorted(_UNIT_FIELD, key=len, reverse=True))
UNIT_AFTER = re.compile(rf"[\s-]?(?P<unit>{UNIT})(?![a-z])")


@dataclass(slots=True)
class Marked:
    """An utterance while it is read: `skeleton` has one private character for each number."""

    original: str
    plain: str
    skeleton: str
    numbers: list[Number]
    starts: list[int]
    ends: list[int]
    claimed: list[Span] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Marked":
        plain = re.sub(N, " ", normalise(text))
        numbers = find_numbers(plain)[:64]
        skeleton: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        by_start = {number.start: i for i, number in enumerate(numbers)}
        at = 0
        while at < len(plain):
            number = by_start.get(at)
            end = at + 1 if number is None else numbers[number].end
            skeleton.append(plain[at] if number is None else chr(FIRST + number))
            starts.append(at)
            ends.append(end)
            at = end
        return cls(text, plain, "".join(skeleton), numbers, starts, ends)

    def number(self, char: str) -> Number:
        return self.numbers[ord(char) - FIRST]

    def span(self, match: re.Match[str]) -> Span:
        """Where a match on the skeleton stands in the text."""
        text = match.group()
        start = match.start() + len(text) - len(text.lstrip())
        end = match.end() - (len(text) - len(text.rstrip()))
        return self.starts[start], self.ends[end - 1]

    def at(self, offset: int) -> int:
        """The place in the skeleton of a place in the text."""
        for i, end in enumerate(self.ends):
            if offset < end:
                return i
        return len(self.skeleton)

    def is_free(self, span: Span) -> bool:
        return all(span[1] <= start or span[0] >= end for start, end in self.claimed)

    def claim(self, span: Span) -> None:
        self.claimed.append(span)


@dataclass(slots=True)
class Draft:
    """Constraints as they are found. `dropped` are the spans that leave the words of the search, and `foreign` is an
    amount in another currency than the shop's, which limits nothing."""

    constraints: list[Constraint] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    dropped: list[Span] = field(default_factory=list)
    sort: Sort | None = None
    foreign: str = ""

    def add(self, span: Span, *constraints: Constraint, drop: bool) -> None:
        self.constraints += [c for c in constraints if c not in self.constraints]
        self.spans.append(span)
        if drop:
            self.dropped.append(span)


def bound(match: re.Match[str]) -> Op | None:
    """The comparison that a match holds, before its number or after it."""
    groups = match.groupdict()
    for i, (op, _) in enumerate(BOUNDS):
        if groups.get(f"b{i}"):
            return op
    for i, (op, _) in enumerate(AFTER_BOUNDS):
        if groups.get(f"a{i}"):
            return op
    return None


def tidy(value: float) -> float:
    return round(value, 4)
