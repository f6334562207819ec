"""Numbers with their units in a text: of which trait each is, or by what sign the catalogue may know it."""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from knowledge.extraction.passages import Find, Text
from knowledge.extraction.traits import UNIT_WORDS

_UNIT = "|".join(sorted((re.escape(word) for word in UNIT_WORDS if not word.isascii()), key=len, reverse=True))
_NUMBER = re.compile(rf"\d+(?:[.,]\d+)?(\s?-?\s?)(pc\(s\)|[a-z]+|{_UNIT}|[\"″”]|'')(?![\d/])(?:[ -]([a-z]+))?")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_IN_GROUPS = re.compile(r"(?<![\w.,])(?:\d{1,3}[\u00a0\u202f]|(?<!of )[12] )\d{3}$")
_WAIST = re.compile(r"\b\d{2}w ?[x/]? ?\d{2}l\b")
_FACTORS = {"万像素": 0.01}
_INSIDE = frozenset("0123456789.,/×-_abcdefghijklmnopqrstuvwxyz")
"""Before a number they make it a part of a name, of a range or of a longer number."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """A number with one of these units is of this trait, within these bounds, where the title names such a product
    (`kinds`), or where a word stands beside it."""

    trait: str
    units: tuple[str, ...]
    low: float
    high: float
    kinds: re.Pattern[str] | None = None
    beside: re.Pattern[str] | None = None
    barred: re.Pattern[str] | None = None


_ACCESSORY = re.compile(
    r"\b(?:cases?|covers?|sleeves?|bags?|backpacks?|stands?|mounts?|brackets?|arms?|protectors?|filters?|skins?|straps?"
    r"|chargers?|adapters?|adaptors?|cables?|docks?|batter(?:y|ies)|lamps?|parts?|kits?|trays?|carts?|holders?|lens"
    r"|privacy|briefcases?|folio|cradles?|accessor(?:y|ies)|locks?|service|licen[cs]e|warranty)\b"
    r"|壳|套|膜|支架|包|线|充电器|电池|配件|贴"
)
_SCREENS = re.compile(
    r"\b(?:monitors?|displays?|laptops?|notebooks?|netbooks?|tablets?|tvs?|televisions?|smartphones?|phones?|ultrabooks?"
    r"|e-?readers?|touchscreen|lcd|led|oled|qled|pc|chromebooks?|tab|pad|macbook|imac|ipad)\b"
    r"|显示器|笔记本|平板|电视|手机|显示屏|阅读器|学习机"
)
_CABLES = re.compile(
    r"\b(?:cables?|cords?|hoses?|ropes?|leads?|patch|wires?|extension|chains?|leash(?:es)?|ribbons?)\b|线|绳|软管|链"
)
_DISKS = re.compile(
    r"\b(?:ssd|hdd|hard drives?|hard disks?|flash drives?|usb sticks?|memory cards?|micro ?sd|sd card|sdxc|sdhc|emmc"
    r"|external drives?|solid.state|memory stick|compactflash|pen ?drives?)\b|硬盘|固态|u盘|优盘|存储卡|内存卡|闪存"
)
_SUPPLIES = re.compile(r"\b(?:toner|cartridges?|ink|drum|fuser|imaging|developer|photoconductor)\b|墨盒|硒鼓|粉盒")
_BATTERIES = re.compile(r"\bbatter(?:y|ies)\b|电池")
_COMPUTERS = re.compile(
    r"^(?!.*\b(?:adapters?|adaptors?|chargers?|supply|docks?|docking|station|bank|battery)\b).*\b(?:notebook|laptop|pixels)\b"
)  # EliteBook 8730w
_MEASURES = (
    _Measure("screen_size", ("in",), 0.9, 120, _SCREENS, re.compile(r"screen|display|屏"), _ACCESSORY),
    _Measure(
        "storage", ("gb", "tb"), 0.1, 100_000, _DISKS, re.compile(r"ssd|hdd|storage|rom\b|emmc|ufs|硬盘|存储|固态"),
        re.compile(r"\b(?:reader|enclosure|case|adapter|server|nas)\b"),
    ),
    _Measure("memory", ("gb",), 0.1, 4_096, None, re.compile(r"ram\b|ddr|memory\b|sdram|内存|运存")),
    _Measure("battery", ("mah",), 20, 200_000),
    _Measure("refresh_rate", ("hz",), 30, 1_000, _SCREENS, re.compile("刷新"), re.compile(r"\bprocessor|\bups\b")),
    _Measure("camera", ("mp",), 0.3, 300),
    _Measure("yield", ("pages",), 50, 500_000, _SUPPLIES),
    _Measure("length", ("m", "cm", "ft"), 0.01, 1_000, _CABLES),
    _Measure("power", ("w",), 0.5, 20_000, None, None, _COMPUTERS),
    _Measure("voltage", ("v",), 1, 500, _BATTERIES, None, re.compile(r"\bups\b|\bcabinet")),
    _Measure("capacity", ("l", "ml"), 0.2, 100_000, None, None, re.compile(r"\bink|\bprinter")),
    _Measure("weight", ("g", "kg"), 0.5, 1_000, None, re.compile(r"\bweigh(?:s|t)|净重|重量")),
    _Measure("pack", ("pcs",), 1, 100_000, None, None, re.compile(r"(?<!\d )(?<!\d)\bpc\b(?!\()")),
    _Measure("pieces", ("pieces",), 1, 100_000),
    _Measure("shoe_size", ("eu",), 15, 52, re.compile(r"\b(?:shoes?|boots?|sneakers|trainers|sandals)\b|鞋|靴")),
)  # fmt: skip
_BY_UNIT: Mapping[str, tuple[_Measure, ...]] = {
    unit: tuple(measure for measure in _MEASURES if unit in measure.units)
    for unit in {unit for measure in _MEASURES for unit in measure.units}
}
_PAIR = re.compile(r"(?<![\w.])(\d{1,2})(?: ?gb?)? ?[+/] ?(\d{2,4}) ?(gb|tb)(?![a-z])")
_NEXT_PART = re.compile(r"[,;()+/|，；（）]|\d")
_PACK_OF = re.compile(r"\b(?:pack|set|box|case|bundle|lot) of (\d{1,4})\b")
_SIZE_EU = re.compile(r"\b(?:eu|eur)[ -]?(?:size )?(\d\d(?:\.5)?)(?![\w.,/]|-\d)")
_PACK_KEYS = frozenset(["pack", "set", "box", "case", "bundle", "lot"])
_RESOLUTION = re.compile(r"(\d{3,4}) ?[x×*] ?(\d{3,4})(?: ?(pixels?|px|p\b|dpi|mm|像素))?")


def measured(text: Text, title: Text, cues: Container[str] | None) -> Iterator[Find]:
    """The numbers of a text that are surely of a trait, and those whose unit is one of `cues`; None: any."""
    plain, raw, field, language = text.plain, text.raw, text.field, text.language
    side = field[0]
    waists = [match.span() for match in _WAIST.finditer(plain)] if "w" in plain else []
    for match in _NUMBER.finditer(plain):
        start = match.start()
        if any(low <= start < high for low, high in waists):
            continue  # 32W 32L is a size of trousers
        if (start and (plain[start - 1] in _INSIDE or plain[start - 2 : start] in ("x ", "+ "))) or not text.is_own(
            start
        ):
            continue
        gap, word, after = match.groups()
        unit = UNIT_WORDS.get(word, word)
        digits = _DIGITS.match(plain, start)
        if (word == "in" and gap) or digits is None or (word == "g" and not gap and digits.end() == start + 1):
            continue  # "3 in 1"; "5g" is a network
        if word in ("gb", "mb") and raw[match.end(2) - 1] == "b":
            unit = f"{unit}it"  # 12Gb/s are bits
        if _AMBIGUOUS.fullmatch(digits.group()) or _IN_GROUPS.search(plain, max(0, start - 5), digits.end()):
            continue  # 2.000 W are two or two thousand, and 400 is half of 1 400
        value = _as_number(digits.group()) * _FACTORS.get(word, 1)
        words = raw[start : match.end(2)]
        for cue in (f"{side}:{unit}", f"{side}:{unit} {after}") if after else (f"{side}:{unit}",):
            if cues is None or cue in cues:
                yield Find(cue, value, words, field, language, unit)
        if unit not in _BY_UNIT:
            continue
        for measure in _meant(unit, value, text, title, match):
            yield Find(f"{side}={measure.trait}", value, words, field, language, unit)
    for match in _PAIR.finditer(text.plain):
        if text.is_own(match.start()):
            said = text.said(match)
            yield Find(f"{text.field[0]}=memory", float(match[1]), said, text.field, text.language, "gb")
            yield Find(f"{text.field[0]}=storage", float(match[2]), said, text.field, text.language, match[3])


def _meant(unit: str, value: float, text: Text, title: Text, match: re.Match[str]) -> Iterator[_Measure]:
    """The measures that a number is of: by the word behind it, else by the word before, else by the kind of product."""
    fitting = [
        measure
        for measure in _BY_UNIT[unit]
        if measure.low <= value <= measure.high and not (measure.barred and measure.barred.search(title.plain))
    ]
    if not fitting:
        return
    behind = _NEXT_PART.split(text.plain[match.end(2) : match.end(2) + 14])[0]
    before = _NEXT_PART.split(text.plain[max(0, match.start() - 14) : match.start()])[-1].rstrip(" :：")
    for around, at_end in ((behind, False), (before, True)):
        named = [
            m
            for m in fitting
            if m.beside and (hit := m.beside.search(around)) and (not at_end or hit.end() == len(around))
        ]
        if named:
            yield from named
            return
    if text.field == "title":
        for measure in fitting:
            if measure.kinds.search(title.plain) if measure.kinds else measure.beside is None:
                yield measure


def _as_number(text: str) -> float:
    whole, _, part = text.replace(",", ".").partition(".")
    return float(whole + part) if "," in text and len(part) == 3 else float(text.replace(",", "."))


def sizes_and_counts(text: Text) -> Iterator[Find]:
    """A title's pack of six, EU 44, and 1440 x 900 pixels."""
    if not _PACK_KEYS.isdisjoint(text.words):
        for match in _PACK_OF.finditer(text.plain):
            if text.is_own(match.start()):
                yield Find("t=pack", float(match[1]), text.said(match), "title", text.language, "pcs")
    if "eu" in text.words or "eur" in text.words:
        for match in _SIZE_EU.finditer(text.plain):
            yield Find("t=shoe_size", float(match[1]), text.said(match), "title", text.language, "eu")
    for match in _RESOLUTION.finditer(text.plain):
        start = match.start()
        width, height, sign = int(match[1]), int(match[2]), match[3] or ""
        is_screen = sign.startswith(("pixel", "px", "像素")) or (not sign and _SCREENS.search(text.plain))
        if is_screen and width >= 320 and height >= 200 and (not start or text.plain[start - 1] not in _INSIDE):
            yield Find("t=resolution", f"{width} x {height}", text.said(match), "title", text.language)
