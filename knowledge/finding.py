"""What a title and a description say of a product, each with its words; other things' values are left out."""

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal, NamedTuple

from knowledge.domain import Language
from knowledge.phrases import HAN, TOKEN, normalise
from knowledge.traits import COLOUR_OF, MATERIAL_OF, NOT_BEFORE, SHADES, UNIT_WORDS

Field = Literal["title", "description"]

MAX_CHARS = 2_000
"""A longer text is read up to here."""


class Find(NamedTuple):
    """A value that a text holds. `cue` says how it was found: "=colour" is a trait, "t:gb" a number with this unit in
    a title, "t~original" a word. `value` is in `unit`, `words` are those of the text.
    """

    cue: str
    value: str | float
    words: str
    field: Field
    language: Language
    unit: str = ""


class Text(NamedTuple):
    """A title or description made ready: `plain` is in one form, `words` are its tokens, `others` the places where it
    speaks of another thing or says what is not so."""

    raw: str
    plain: str
    field: Field
    language: Language
    tokens: tuple[str, ...]
    words: frozenset[str]
    others: tuple[tuple[int, int], ...]

    def is_own(self, start: int) -> bool:
        """Whether the text speaks of the product itself at this place."""
        return not self.others or not any(low <= start < high for low, high in self.others)


_OTHER = re.compile(
    r"\b(?:for|fits?|replaces|replacement for|compatible with|works with|suitable for|supports?|up to|max(?:imum)?"
    r"|without|w/o|no|not|non|never|instead of|unlike|than|like|matching|matches)\b[^,;.()\n|–]*"
    r"|(?:适用于?|兼容|适配|支持|适合|不含|不带|没有|无|非|不是|不|最大|最高|可达)(?:[^,;.()\n|，。；（） ]| (?![\u3400-\u9fff]))*"
)


_OTHER_KEYS = frozenset(
    """for fit fits replaces replacement compatible works suitable support supports up max maximum without w no not non
    never instead unlike than like matching matches""".split()
)


def text_of(raw: str, field: Field, language: Language) -> Text:
    """A text as it is searched."""
    raw = raw[:MAX_CHARS]
    plain = normalise(raw)
    tokens = tuple(TOKEN.findall(plain))
    words = frozenset(tokens)
    speaks = not _OTHER_KEYS.isdisjoint(words) or not plain.isascii()
    others = tuple([match.span() for match in _OTHER.finditer(plain)]) if speaks else ()
    return Text(raw, plain, field, language, tokens, words, others)


def finds_in(text: Text, title: Text, cues: Container[str] | None = None) -> list[Find]:
    """All that a text says, or of its numbers with their units only those of `cues`, and of general knowledge.

    What is said in two ways under the same cue is left out.
    """
    finds = [*_numbers(text, title, cues), *_labelled(text)]
    if text.field == "title":
        finds += _title_only(text)
    else:
        finds += _made_of(text)
        finds += _noun_colour(text, title)
    return _unambiguous(finds)


def _unambiguous(finds: list[Find]) -> list[Find]:
    if len(finds) < 2:
        return finds
    first: dict[str, str | float] = {}
    unsure = {find.cue for find in finds if first.setdefault(find.cue, find.value) != find.value}
    return [find for find in finds if find.cue not in unsure] if unsure else finds


# ------------------------------------------------------------------ numbers

_UNIT = "|".join(sorted((re.escape(word) for word in UNIT_WORDS if not word.isascii()), key=len, reverse=True))
_NUMBER = re.compile(
    rf"\d+(?:[.,]\d+)?(\s?-?\s?)(pc\(s\)|[a-z]+|{_UNIT}|[\"″”]|'')(?![\d/])(?:[ -]([a-z]+))?"
)
_DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
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
    _Measure("power", ("w",), 0.5, 20_000),
    _Measure("voltage", ("v",), 1, 500, re.compile(r"\bbatter(?:y|ies)\b|\badapter\b|电池")),
    _Measure("capacity", ("l", "ml"), 0.2, 100_000, None, None, re.compile(r"\bink|\bprinter")),
    _Measure("weight", ("g", "kg"), 0.5, 1_000, None, re.compile(r"\bweigh(?:s|t)|净重|重量")),
    _Measure("pieces", ("pcs",), 1, 100_000, None, None, re.compile(r"\bpc\b")),
    _Measure("shoe_size", ("eu",), 15, 52),
)  # fmt: skip
_BY_UNIT: defaultdict[str, list[_Measure]] = defaultdict(list)
for _measure in _MEASURES:
    for _unit in _measure.units:
        _BY_UNIT[_unit].append(_measure)
_PAIR = re.compile(r"(?<![\w.])(\d{1,2})(?: ?gb?)? ?[+/] ?(\d{2,4}) ?(gb|tb)(?![a-z])")
_NEXT_PART = re.compile(r"[,;()+/|，；（）]|\d")
_MANY = re.compile(r"\b(?:pack|set|box|case|bundle|lot) of (\d{1,4})\b|\b(\d{1,4})[ -]?(?:pack|piece|count)\b")
_SIZE_EU = re.compile(r"\b(?:eu|eur)[ -]?(?:size )?(\d\d(?:\.5)?)(?![\w.,/])")
_MANY_KEYS = frozenset(["pack", "set", "box", "case", "bundle", "lot", "piece", "count"])
_RESOLUTION = re.compile(r"(\d{3,4}) ?[x×*] ?(\d{3,4})(?: ?(pixels?|px|p\b|dpi|mm|像素))?")


def _numbers(text: Text, title: Text, cues: Container[str] | None) -> Iterator[Find]:
    plain, raw, field, language = text.plain, text.raw, text.field, text.language
    side = field[0]
    for match in _NUMBER.finditer(plain):
        start = match.start()
        if (start and (plain[start - 1] in _INSIDE or plain[start - 2 : start] in ("x ", "+ "))) or not text.is_own(start):
            continue
        gap, word, after = match.groups()
        unit = UNIT_WORDS.get(word, word)
        digits = _DIGITS.match(plain, start)
        if (word == "in" and gap) or digits is None or (word == "g" and not gap and digits.end() == start + 1):
            continue  # "3 in 1"; "5g" is a network
        if word in ("gb", "mb") and raw[match.end(2) - 1] == "b":
            unit = f"{unit}it"  # 12Gb/s are bits
        value = _as_number(digits.group())
        words = raw[start : match.end(2)]
        for cue in (f"{side}:{unit}", f"{side}:{unit} {after}") if after else (f"{side}:{unit}",):
            if cues is None or cue in cues:
                yield Find(cue, value, words, field, language, unit)
        for measure in _meant(unit, value, text, title, match):
            yield Find(f"{side}={measure.trait}", value, words, field, language, unit)
    for match in _PAIR.finditer(text.plain):
        if text.is_own(match.start()):
            said = _said(text, match)
            yield Find(f"{text.field[0]}=memory", float(match[1]), said, text.field, text.language, "gb")
            yield Find(f"{text.field[0]}=storage", float(match[2]), said, text.field, text.language, match[3])


def _meant(unit: str, value: float, text: Text, title: Text, match: re.Match[str]) -> Iterator[_Measure]:
    """The measures that a number is of: by the word behind it, else by the word before, else by the kind of product."""
    fitting = [
        measure
        for measure in _BY_UNIT.get(unit, ())
        if measure.low <= value <= measure.high and not (measure.barred and measure.barred.search(title.plain))
    ]
    if not fitting:
        return
    behind = _NEXT_PART.split(text.plain[match.end(2) : match.end(2) + 14])[0]
    before = _NEXT_PART.split(text.plain[max(0, match.start() - 14) : match.start()])[-1].rstrip(" :：")
    for around, at_end in ((behind, False), (before, True)):
        named = [m for m in fitting if m.beside and (hit := m.beside.search(around)) and (not at_end or hit.end() == len(around))]
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


# ------------------------------------------------------------------ words

_WAYS = "|".join(sorted(filter(str.isascii, COLOUR_OF), key=len, reverse=True))
_HAN_WAYS = "|".join(sorted((way for way in COLOUR_OF if not way.isascii()), key=len, reverse=True))
_COLOUR = re.compile(rf"(?<![\w-])(?:((?:{'|'.join(SHADES)})[ -])?({_WAYS}))(?![a-z\d]|-[a-z])|({_HAN_WAYS})")
_COLOUR_KEYS = frozenset(way.split()[-1] for way in COLOUR_OF if way.isascii())
_NEXT_WORD = re.compile(r"[\s-]*([a-z]+)")
_LIST = re.compile(r"\s?(?:,|/|&|\+|and|和|-)\s?")
_MATERIAL = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted((re.escape(way) for way in MATERIAL_OF if way.isascii()), key=len, reverse=True))
    + r")(?![\w-])|("
    + "|".join(sorted((re.escape(way) for way in MATERIAL_OF if not way.isascii()), key=len, reverse=True))
    + ")"
)
_MATERIAL_KEYS = frozenset(way.split()[-1] for way in MATERIAL_OF if way.isascii())
_NOT_MADE = re.compile(
    r"\s?(?:cleaner|cleaning|care|polish|protector|brush(?:es)?|look|effect|finish|free|grain|wipes?|conditioner"
    r"|filter|tray|cutter|shredder|punch|feeder|towel|accents?|straps?|handles?|lining|case|bracket|drill|saw|knife)\b"
)
_PARTS_OF = re.compile(r"\b(?:with|w/|plus|incl(?:uding|\.)?|and|&|on|in)\b|配|带")


def _title_only(text: Text) -> Iterator[Find]:
    has_han = not text.plain.isascii() and bool(HAN.search(text.plain))
    if has_han or not _COLOUR_KEYS.isdisjoint(text.words):
        yield from _colours(text)
    if has_han or not _MATERIAL_KEYS.isdisjoint(text.words):
        yield from _materials(text)
    if "," in text.raw or "ize" in text.raw or "码" in text.raw:
        yield from _sizes(text)
    if text.others:
        yield from _compatible(text)
    if not _MANY_KEYS.isdisjoint(text.words):
        for match in _MANY.finditer(text.plain):
            if text.is_own(match.start()):
                yield Find("t=pieces", float(match[1] or match[2]), _said(text, match), "title", text.language, "pcs")
    if "eu" in text.words or "eur" in text.words:
        for match in _SIZE_EU.finditer(text.plain):
            yield Find("t=shoe_size", float(match[1]), _said(text, match), "title", text.language, "eu")
    yield from _resolutions(text)


def _resolutions(text: Text) -> Iterator[Find]:
    for match in _RESOLUTION.finditer(text.plain):
        start = match.start()
        width, height, sign = int(match[1]), int(match[2]), match[3] or ""
        is_screen = sign.startswith(("pixel", "px", "像素")) or (not sign and _SCREENS.search(text.plain))
        if is_screen and width >= 320 and height >= 200 and (not start or text.plain[start - 1] not in _INSIDE):
            yield Find("t=resolution", f"{width} x {height}", _said(text, match), "title", text.language)


def _said(text: Text, match: re.Match[str]) -> str:
    return text.raw[match.start() : match.end()]


def _colours(text: Text) -> Iterator[Find]:
    """The colours of a title: one, or a list of them; colours in two places are left out."""
    groups: list[list[re.Match[str]]] = []
    for match in _COLOUR.finditer(text.plain):
        after = _next_word(text.plain, match.end())
        if not text.is_own(match.start()) or after in NOT_BEFORE or (after and _colour_of(match) in ("gold", "silver")):
            continue  # "Golden Glamour Lipstick", "Silver Shadow"
        if groups and _LIST.fullmatch(text.plain, groups[-1][-1].end(), match.start()):
            groups[-1].append(match)
        else:
            groups.append([match])
    if len({tuple(_colour_of(match) for match in group) for group in groups}) != 1:
        return
    group = groups[0]
    words = text.raw[group[0].start() : group[-1].end()]
    named = dict.fromkeys(_colour_name(text, match) for match in group)
    yield Find("t=colour", ", ".join(named), words, "title", text.language)


def _colour_of(match: re.Match[str]) -> str:
    return COLOUR_OF[match[2] or match[3]]


def _colour_name(text: Text, match: re.Match[str]) -> str:
    """With its shade, as it is written; in the text's own language."""
    way = match[2] or match[3]
    if not way.isascii():
        return way
    return f"{match[1] or ''}{COLOUR_OF[way]}".replace("-", " ")


def _next_word(plain: str, end: int) -> str:
    found = _NEXT_WORD.match(plain, end)
    return found[1] if found else ""


def _materials(text: Text) -> Iterator[Find]:
    for match in _MATERIAL.finditer(text.plain):
        before = text.plain[: match.start()]
        if not text.is_own(match.start()) or _NOT_MADE.match(text.plain, match.end()) or _PARTS_OF.search(before):
            continue
        yield Find("t=material", _material_name(match), _said(text, match), "title", text.language)


def _material_name(match: re.Match[str]) -> str:
    return MATERIAL_OF[match[1]] if match[1] else match[2]


_LETTERS = "XXXL|XXL|XL|XXS|XS|S|M|L|[2-5]XL"
_SIZE = re.compile(
    rf"(?:(?:\b[Ss]ize|尺码)[\s:：]*({_LETTERS}|\d{{1,2}})|,\s*({_LETTERS}))(?=\s*(?:[,)]|$))|\b({_LETTERS})码"
)


def _sizes(text: Text) -> Iterator[Find]:
    for match in _SIZE.finditer(text.raw):
        yield Find("t=size", match[1] or match[2] or match[3], _said(text, match), "title", text.language)


_FITS = re.compile(
    r"\b(?:for(?: use with)?|compatible with|fits) (?:the )?([a-z0-9][^,;()|\n–]*)|(?:适用于?|兼容|适配)\s?((?:[^,;()|，。；（） ]| (?![\u3400-\u9fff]))+)"
)


def _is_name(word: str) -> bool:
    return word[0].isupper() or not word[0].isalpha()


def _compatible(text: Text) -> Iterator[Find]:
    """The model that a title is for: it has a figure in its name, and a capital in an English one."""
    for match in _FITS.finditer(text.plain):
        group = 1 if match[1] else 2
        said = text.raw[match.start(group) : match.end(group)].strip()
        if group == 1:
            said = " ".join(takewhile(_is_name, said.split(" - ")[0].split())).removesuffix(" Original")
        if len(said) > 60 or not any(map(str.isdigit, said)) or (group == 1 and not said[:1].isupper()):
            continue
        yield Find("t=compatible_with", said, said, "title", text.language)


# ------------------------------------------------------------------ descriptions

_LABEL = re.compile(
    r"\b(colou?r|material|fabric)\s?[:：]\s?([a-z][a-z /-]*?)(?=\s*(?:[,.;|\n]|$))|(颜色|材质|面料)\s?[:：]\s?([^\s,.;|，。；、]+)"
)
_MADE_OF = re.compile(
    r"\b(?:made (?:of|from|with|out of)|crafted (?:from|of|in)|100\s?%|constructed (?:of|from))\s?"
    rf"(?:(?!and\b)[a-z-]+ ){{0,2}}?({'|'.join(sorted(filter(str.isascii, MATERIAL_OF), key=len, reverse=True))})(?![\w-])"
)
_LABELS = {"颜色": "colour", "材质": "material", "面料": "material", "color": "colour", "fabric": "material"}


def _labelled(text: Text) -> Iterator[Find]:
    if ":" not in text.plain:
        return
    for match in _LABEL.finditer(text.plain):
        group = 2 if match[2] else 4
        trait = _LABELS.get(match[group - 1], match[group - 1])
        said = match[group].strip()
        table = COLOUR_OF if trait == "colour" else MATERIAL_OF
        if said.split()[-1] in table or said in table:
            named = table.get(said, said) if said.isascii() else said
            yield Find(f"{text.field[0]}={trait}", named, _said(text, match), text.field, text.language)


def _made_of(text: Text) -> Iterator[Find]:
    if _MATERIAL_KEYS.isdisjoint(text.words):
        return
    for match in _MADE_OF.finditer(text.plain):
        if text.is_own(match.start()):
            material = MATERIAL_OF[match[1]]
            yield Find("d=material", material, _said(text, match), "description", text.language)


def _noun_colour(text: Text, title: Text) -> Iterator[Find]:
    """ "This durable beige backpack" below the title "Expedition Backpack"."""
    if _COLOUR_KEYS.isdisjoint(text.words) or not title.tokens:
        return
    noun = title.tokens[-1]
    if not noun.isalpha() or noun not in text.words:
        return
    for match in _COLOUR.finditer(text.plain):
        rest = text.plain[match.end() : match.end() + 40]
        words = TOKEN.findall(re.split(r"[,.;:()]|\b(?:with|and|or|in|on|of|for|to|the|a)\b", rest)[0])[:3]
        if noun in words and text.is_own(match.start()) and match[2]:
            said = f"{match[1] or ''}{COLOUR_OF[match[2]]}".replace("-", " ")
            yield Find("d=colour", said, _said(text, match), "description", text.language)
