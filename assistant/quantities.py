"""Numbers of attributes in an utterance: 16 GB, size 42, for three people, 1.5升以上; and ratings."""

import re
from collections import Counter
from collections.abc import Sequence

from assistant.grammar import (
    AFTER,
    AROUND_AFTER,
    AROUND_BEFORE,
    AROUND_SHARE,
    BEFORE,
    FILLER,
    MAY_FOLLOW,
    UNIT,
    Draft,
    Marked,
    N,
    bound,
    tidy,
)
from knowledge.domain import Constraint, Op
from knowledge.lexicon import CONVERSIONS, UNITS
from knowledge.tally import Path
from knowledge.vocabulary import NumberField, Vocabulary

NEAR = 0.1
_PEOPLE_ZH = re.compile(r"(?P<who>双|单)人(?!间|房|床|份)")
_RATING = re.compile(
    rf"(?:(?:\b(?:rated|ratings?(?: of| is)?|reviews?(?: of)?|score)|评分|评价|星级|打分)\s*)?(?:(?:{BEFORE})\s*)?"
    rf"(?P<n>{N})(?:[\s-]?(?P<unit>stars?|星|分|/{N}))?(?:\s?rating)?(?:{AFTER})?"
)
_RATING_CUE = re.compile(r"\b(?:rated|ratings?|reviews?|stars?|score)\b|评分|评价|星|打分|分(?=以上|及)")


def read_rating(read: Marked, draft: Draft) -> None:
    if not _RATING_CUE.search(read.skeleton):
        return
    for match in _RATING.finditer(read.skeleton):
        number = read.number(match["n"])
        named = bool(re.match(r"(?:rated|rating|review|score|评分|评价|星级|打分)", match.group()))
        op = bound(match)
        unit = match["unit"] or ""
        if number.value > 5 or not (unit or named):
            continue
        if op is None and (unit not in ("star", "stars") or number.spelled or number.value < 3):
            continue
        span = read.span(match)
        read.claim(span)
        draft.add(span, Constraint("rating", op or "ge", number.value), drop=True)


_UNIT_NUMBER = re.compile(
    rf"(?:(?P<size>\b(?:in )?sizes?|尺码|鞋码)\s*)?(?:(?:{BEFORE}){FILLER})?"
    rf"(?P<for>(?:\b(?:for|fits?|sleeps?|holds?)(?: an?| my| up to)?|够|住|睡|坐|装得?)\s*下?\s*)?"
    rf"(?:{AROUND_BEFORE})?\s*(?:(?P<low>{N})(?:[\s-]?(?:{UNIT}))?\s?(?:-|–|~|to|到|至|and)\s?)?"
    rf"(?P<n>{N})(?P<plus>\s?\+(?=\s?[a-z]))?(?:[\s-]?(?P<unit>{UNIT})(?![a-z])(?P<half>半)?)?(?P<half2>半)?"
)
_OWN = re.compile(
    r"\b(?:my|our) (?:old|current|last|previous|existing)\s*$|(?:\bi am|\bi'?m|\bi weigh|体重|身高|我)\s*$"
)
_UNIT_TAIL = re.compile(rf"\s?(?:的)?(?:{AFTER}|(?P<about>{AROUND_AFTER}))")
_PEOPLE_FOR = re.compile(r"\s*(?:个人)?(?:用|住|睡|一起|够)")


def read_units(read: Marked, draft: Draft, vocabulary: Vocabulary, within: Path) -> None:
    """Numbers with a unit, sizes, and numbers beside the name of their attribute."""
    for match in _PEOPLE_ZH.finditer(read.skeleton):
        fields = [f for f in vocabulary.numbers_in(within) if f.unit == "people"]
        if len(fields) == 1 and within:
            value = 2.0 if match["who"] == "双" else 1.0
            span = read.span(match)
            read.claim(span)
            draft.add(span, Constraint(fields[0].name, "eq", value), drop=False)
    for match in _UNIT_NUMBER.finditer(read.skeleton):
        number = read.number(match["n"])
        if not read.is_free((number.start, number.end)):
            continue
        tail = _tail(read, vocabulary, within, match.end())
        if not _OWN.search(read.skeleton[: match.start()]):
            _read_unit(read, draft, vocabulary, within, match, tail)
    _forget_contradictions(draft)


def _tail(read: Marked, vocabulary: Vocabulary, within: Path, end: int) -> re.Match[str] | None:
    """What bounds a number from behind, past the name of its attribute: "16 gb or more", "16 gb ram or more"."""
    if tail := _UNIT_TAIL.match(read.skeleton, end):
        return tail
    rest = read.skeleton[end:]
    names = (name for number in vocabulary.numbers_in(within) for name in number.names)
    named = max((name for name in names if rest.lstrip().startswith(name)), key=len, default="")
    at = end + len(rest) - len(rest.lstrip()) + len(named)
    return _UNIT_TAIL.match(read.skeleton, at) if named else None


def _forget_contradictions(draft: Draft) -> None:
    """ "The 14 inch one and the 16 inch one": two sizes are a comparison, not a filter."""
    equal = Counter(c.field for c in draft.constraints if c.op == "eq" and isinstance(c.value, float))
    draft.constraints = [c for c in draft.constraints if c.op != "eq" or equal[c.field] < 2]


def _read_unit(
    read: Marked,
    draft: Draft,
    vocabulary: Vocabulary,
    within: Path,
    match: re.Match[str],
    tail: re.Match[str] | None,
) -> None:
    number = read.number(match["n"])
    unit = match["unit"] or ""
    value = number.value + (0.5 if match["half"] or match["half2"] else 0)
    op = bound(match) or (bound(tail) if tail else None) or ("ge" if match["plus"] else None)
    around = bool(re.search(AROUND_BEFORE, match.group())) or bool(tail and tail.groupdict().get("about"))
    if not unit:
        unit = "eu" if match["size"] or _is_bare_size(read, vocabulary, within, number.value, op) else unit
        unit = "people" if match["for"] and value <= _MOST_PEOPLE and _has(vocabulary, within, "people") else unit
    if number.thousands and unit:
        unit = ""
    near = _near(read, match)
    candidates = _candidates(vocabulary, within, unit, value, near)
    if not unit:
        candidates = [(f, v) for f, v in candidates if _is_named(f, near[0], tight=True) or _starts(f, near[1])]
        if not bound(match) and not tail and not MAY_FOLLOW.match(read.skeleton, match.end()):
            return
    elif not within:
        candidates = [
            (f, v) for f, v in candidates if _is_named(f, " ".join(near)) or f.unit == unit == "eu" or "码" in unit
        ]
    chosen = _choose(vocabulary, within, candidates, near, op)
    if chosen is None:
        return
    number_field, value = chosen
    if not unit and op and any(c.field == number_field.name and c.op == "eq" for c in draft.constraints):
        return  # "64 GB of memory under 100": the memory is said already, this is the price
    low = read.number(match["low"]).value * (value / number.value or 1) if match["low"] else None
    span = read.span(match)
    if tail and tail.group().strip():
        span = span[0], read.span(tail)[1]
    bounds = _unit_bounds(vocabulary, within, number_field, value, low, op, around, _needs_room(read, match))
    read.claim(span)
    draft.add(span, *(Constraint(number_field.name, op, v) for op, v in bounds), drop=op is not None or around)


_MOST_PEOPLE = 12
_SHORT = 6  # words of a follow-up in which a number alone is a size of what is talked about


def _has(vocabulary: Vocabulary, within: Path, unit: str) -> bool:
    return bool(within) and any(number.unit == unit for number in vocabulary.numbers_in(within))


def _is_bare_size(read: Marked, vocabulary: Vocabulary, within: Path, value: float, op: Op | None) -> bool:
    """ "And in 45?" of shoes: a number that is a size of them, with nothing that makes it another thing."""
    at = next((number.start for number in read.numbers if number.value == value), 0)
    is_alone = len(read.plain.split()) <= _SHORT or read.plain[:at].endswith(" in ")
    if op or not within or not is_alone or re.search(r"[$€£¥元块刀%]|dollar|buck", read.plain):
        return False
    sizes = [number for number in vocabulary.numbers_in(within) if number.unit == "eu"]
    return len(sizes) == 1 and value in vocabulary.values_in(sizes[0], within)


def _needs_room(read: Marked, match: re.Match[str]) -> bool:
    """ "For four people" and "住四个人" want room for at least so many; "four-person" names the size."""
    if match["for"]:
        return True
    return bool(_PEOPLE_FOR.match(read.skeleton, match.end()))


def _near(read: Marked, match: re.Match[str]) -> tuple[str, str]:
    """The words before and after a number, up to the next comma or number."""
    before = re.split(rf"[,.;、，。；]|{N}", read.skeleton[max(0, match.start() - 24) : match.start()])[-1]
    after = re.split(rf"[,.;、，。；]|{N}", read.skeleton[match.end() : match.end() + 24])[0]
    inner = match.group().split(match["n"])[0]
    return before + inner, after


def _candidates(
    vocabulary: Vocabulary, within: Path, unit: str, value: float, near: tuple[str, str]
) -> list[tuple[NumberField, float]]:
    """The number attributes that the unit can be of, and the number in each one's own unit."""
    units = [u for u, words in UNITS.items() if unit in words] if unit else []
    found: list[tuple[NumberField, float]] = []
    for number_field in vocabulary.numbers_in(within):
        if not unit:
            found.append((number_field, value))
            continue
        for one in units:
            factor = 1.0 if one == number_field.unit else CONVERSIONS.get((one, number_field.unit), 0.0)
            if factor:
                found.append((number_field, round(value * factor, 6)))
                break
    return found


def _is_named(number_field: NumberField, words: str, *, tight: bool = False) -> bool:
    for name in number_field.names:
        if name.isascii():
            end = r"(?:\s(?:of|is|size|:|at least|over|under|max|min|up to))*\s*" + ("$" if tight else "")
            if re.search(rf"\b{re.escape(name)}\b{end}", words):
                return True
        elif name in words and (not tight or re.search(re.escape(name) + r"[^\x00-\x7f]{0,3}\s*$", words)):
            return True
    return False


def _starts(number_field: NumberField, words: str) -> bool:
    return any(words.strip().startswith(name) for name in number_field.names if len(name) > 2 or not name.isascii())


def _choose(
    vocabulary: Vocabulary,
    within: Path,
    candidates: Sequence[tuple[NumberField, float]],
    near: tuple[str, str],
    op: Op | None,
) -> tuple[NumberField, float] | None:
    """The one attribute that is meant: named beside the number, the only one, or the only one with such values."""
    slack = 4.0 if op else 2.0
    fits: list[tuple[NumberField, float]] = []
    for number_field, value in candidates:
        values = vocabulary.values_in(number_field, within)
        low, high = min(values), max(values)
        if number_field.unit == "eu":
            fitting = low - 4 <= value <= high + 4
        else:
            fitting = value > 0 and low / slack <= value <= high * slack
        if fitting:
            fits.append((number_field, value))
    for words in (near[1][:14], near[0]):
        named = [c for c in fits if _is_named(c[0], words)]
        if len(named) == 1:
            return named[0]
        fits = named or fits
    if len(fits) == 1:
        return fits[0]
    known = [(f, v) for f, v in fits if v in vocabulary.values_in(f, within)]
    return known[0] if len(known) == 1 else None


_MORE_IS_BETTER = frozenset({"h", "mah", "mp", "ppm", "lm"})
_ROOM = frozenset({"in", "l", "ml", "cm", "mm"})


def _unit_bounds(
    vocabulary: Vocabulary,
    within: Path,
    number_field: NumberField,
    value: float,
    low: float | None,
    op: Op | None,
    around: bool,
    needs_room: bool,
) -> list[tuple[Op, float]]:
    if low is not None and low < value:
        return [("ge", low), ("le", value)]
    if op:
        return [(op, value)]
    if around:
        return [("ge", tidy(value * (1 - AROUND_SHARE))), ("le", tidy(value * (1 + AROUND_SHARE)))]
    if number_field.unit == "people":
        return [("ge" if needs_room else "eq", value)]
    if number_field.unit in _MORE_IS_BETTER or (needs_room and number_field.unit in _ROOM):
        return [("ge", value)]
    values = vocabulary.values_in(number_field, within)
    if value in values or number_field.unit in ("gb", "tb", "eu", "hz"):
        return [("eq", value)]
    if needs_room:
        return [("ge", value)]
    if number_field.unit == "in":
        return [("ge", value), ("lt", value + 1)] if value == int(value) else [("eq", value)]
    return [("ge", tidy(value * (1 - NEAR))), ("le", tidy(value * (1 + NEAR)))]
