"""Numbers as shoppers write them: 1,299.99, 2k, sixty, 两百, 三百五, 1.5万. Model numbers are none."""

import re
from dataclasses import dataclass

from knowledge.lexicon import UNITS

_ATTACHED = sorted({w for words in UNITS.values() for w in words if w.isascii() and w.isalpha()}, key=len, reverse=True)
_CURRENCIES = ("usd", "eur", "gbp", "cny", "rmb", "jpy", "bucks", "dollars", "dollar", "quid", "ish")
_DIGITS = re.compile(
    r"(?<![a-z\d_.#])(?<![a-z]-)(?<![\d][-/])(?P<digits>\d{1,3}(?:,\d{3}){1,3}(?:\.\d{1,6})?|\d{1,12}(?:\.\d{1,6})?)"
    r"(?P<k>k(?![a-z\d]))?(?P<han>[百千万]{1,3})?(?P<rest>(?<=[千万])\d(?!\d))?"
    rf"(?![.,]?\d)(?=(?:{'|'.join([*_ATTACHED, *_CURRENCIES])})(?![a-z])|[^a-z\d_]|$)"
)
_RANGE_HEAD = re.compile(r"(?<![a-z\d_.#])(?<![a-z]-)\d{1,12}(?:\.\d{1,6})?(?=\s?[-–~]\s?\d)")
_RANGE_TAIL = re.compile(r"\s?[-–~]\s?(\d{1,12}(?:\.\d{1,6})?)(?![\w.]{0,20}-?\d)(?=[^\d]|$)")
BEYOND = 1e12
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENFOLD = "ten twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: float(n) for n, word in enumerate(_ONES.split(" "))}
_TENS = {word: 10.0 * n for n, word in enumerate(_TENFOLD.split(" "), 1) if n > 1}
_WORD = "|".join([*_SMALL, *_TENS, "hundred", "thousand"])
_WORDS = re.compile(
    rf"(?<![\w-])(?:a\s+(?=hundred|thousand))?(?:{_WORD})(?:(?:\s+and\s+|[\s-]+)(?:{_WORD})){{0,11}}(?![a-z])"
)
_HAN = re.compile(
    r"(?<![第零一二两三四五六七八九十百千万])[零一二两三四五六七八九十百千万半]{1,12}(?![零一二两三四五六七八九十百千万半])"
)
_HAN_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_HAN_WORDS = re.compile(
    r"万一|千万别|千万不|十分|一[下样点些起共直定般边旦切律会看]|百分|七喜|两样|半[天年月夜]|一一|万能|八卦|四季|"
    r"三方|双十一"
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number at characters `start` to `end`. `spelled`: in words; `thousands`: written with a k, as in 4k."""

    value: float
    start: int
    end: int
    spelled: bool = False
    thousands: bool = False


def find_numbers(plain: str) -> list[Number]:
    """The numbers of a normalised text, in order. Digits inside a word or behind a hyphen are part of a name.

    What is beyond all that a shop counts in is no number.
    """
    found = [*_in_digits(plain), *_in_words(plain), *_in_han(plain)]
    found.sort(key=lambda n: (n.start, -n.end))
    kept: list[Number] = []
    for number in found:
        if number.value < BEYOND and (not kept or number.start >= kept[-1].end):
            kept.append(number)
    return kept


def _in_digits(plain: str) -> list[Number]:
    found: list[Number] = []
    spans: set[int] = set()
    for match in _DIGITS.finditer(plain):
        value = float(match["digits"].replace(",", ""))
        for char in match["han"] or "":
            value *= _HAN_UNITS[char]
        if match["rest"]:
            value += int(match["rest"]) * _HAN_UNITS[match["han"][-1]] / 10
        found.append(Number(value * (1000 if match["k"] else 1), match.start(), match.end(), False, bool(match["k"])))
        spans.add(match.start())
    for match in _RANGE_HEAD.finditer(plain):
        tail = _RANGE_TAIL.match(plain, match.end())
        if tail and float(match.group()) < float(tail[1]):
            spans_of_tail = tail.start(1)
            if match.start() not in spans:
                found.append(Number(float(match.group()), match.start(), match.end()))
            if spans_of_tail not in spans and re.compile(r"[^a-z_\d]|$").match(plain, tail.end(1)):
                found.append(Number(float(tail[1]), spans_of_tail, tail.end(1)))
            elif spans_of_tail not in spans:
                found += [n for n in [_with_unit(plain, tail.start(1), tail.end(1))] if n]
    return found


def _with_unit(plain: str, start: int, end: int) -> Number | None:
    attached = re.compile(rf"(?:{'|'.join([*_ATTACHED, *_CURRENCIES])})(?![a-z])").match(plain, end)
    if attached:
        return Number(float(plain[start:end]), start, end)
    thousands = plain[end : end + 1] == "k" and not plain[end + 1 : end + 2].isalnum()
    return Number(1000 * float(plain[start:end]), start, end + 1, False, True) if thousands else None


def _in_words(plain: str) -> list[Number]:
    return [
        Number(_words_value(match.group()), match.start(), match.end(), spelled=True)
        for match in _WORDS.finditer(plain)
    ]


def _words_value(text: str) -> float:
    total = part = 0.0
    for word in re.split(r"[\s-]+", text):
        if word in _SMALL:
            part += _SMALL[word]
        elif word in _TENS:
            part = (100 * part if 0 < part < 10 else part) + _TENS[word]
        elif word == "hundred":
            part = (part or 1) * 100
        elif word == "thousand":
            total, part = total + (part or 1) * 1000, 0.0
    return total + part


def _in_han(plain: str) -> list[Number]:
    found: list[Number] = []
    idioms = {i for m in _HAN_WORDS.finditer(plain) for i in range(m.start(), m.end())}
    for match in _HAN.finditer(plain):
        text = match.group()
        if match.start() in idioms or _is_half_more(plain, match):
            continue
        value = _han_value(text)
        if value is not None:
            found.append(Number(value, match.start(), match.end(), spelled=True))
    return found


def _is_half_more(plain: str, match: re.Match[str]) -> bool:
    """ "41半" and "一升半": the half belongs to the number before."""
    before = plain[match.start() - 1 : match.start()]
    return before.isdigit() or (match.group() == "半" and before != "" and before in "升斤米寸克码")


def _han_value(text: str) -> float | None:
    """三百五 is 350, 一千二 is 1200, 两万 is 20000, 半 is 0.5, 一百零五 is 105; a lone 百 is 100."""
    if text == "半":
        return 0.5
    half = text.endswith("半")
    total = part = digit = 0.0
    unit = 1.0
    for char in text.removesuffix("半"):
        if char in _HAN_DIGITS:
            if digit and char != "零":
                return None
            digit = _HAN_DIGITS[char]
            unit = 1.0 if char == "零" else unit
        elif char == "万":
            total, part, digit = (total + part + digit or 1) * 10000, 0.0, 0.0
            unit = 10000.0
        elif char in _HAN_UNITS:
            unit = float(_HAN_UNITS[char])
            part += (digit or 1) * unit
            digit = 0.0
        else:
            return None
    if digit and unit >= 100:
        digit *= unit / 10
    return total + part + digit + (0.5 if half else 0)
