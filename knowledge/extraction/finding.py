"""What a title and a description say of a product, each with its words; other things' values are left out."""

import re
from collections.abc import Container, Iterator, Sequence

from knowledge.extraction.lookalikes import FURNITURE, NAMES, NO_MATERIAL, NOT_BEFORE, NOT_MADE, WORN
from knowledge.extraction.passages import Find, Text
from knowledge.extraction.quantities import measured, sizes_and_counts
from knowledge.extraction.traits import ACCESSORIES, COLOUR_OF, MATERIAL_OF, SHADES, UNIT_WORDS
from knowledge.phrases import HAN, TOKEN

_PLAIN = frozenset(
    ["black", "white", "grey", "silver", "red", "blue", "green", "yellow", "orange", "pink", "purple", "brown", "beige"]
) | {"rose gold"}
"""Colours that a title means wherever they stand; rarer ones are names elsewhere."""

_OF_ANOTHER = re.compile(r"\b(?:with|available in|also|other|against)\b[^.;]*$")
"""Before a colour they say that it is another thing's, or another variant's."""


def contradicts(trait: str, value: str, description: Text) -> bool:
    """Whether a description names colours, or materials, and not the one that a title seems to say: "Turquoise Dream
    Earrings" are of silver."""
    pattern = _COLOUR if trait == "colour" else _MATERIAL
    plain = description.plain
    named = {
        _value_of(trait, match)
        for match in pattern.finditer(plain)
        if description.is_own(match.start())
        and not _OF_ANOTHER.search(plain, max(0, match.start() - 40), match.start())
    }
    return bool(named) and not any(_value_of(trait, match) in named for match in pattern.finditer(value.lower()))


def _value_of(trait: str, match: re.Match[str]) -> str:
    return _colour_of(match) if trait == "colour" else _material_name(match)


def finds_in(text: Text, title: Text, cues: Container[str] | None = None) -> list[Find]:
    """All that a text says, or of its numbers with their units only those of `cues`, and of general knowledge.

    What is said in two ways under the same cue is left out.
    """
    finds = [*measured(text, title, cues), *_labelled(text)]
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


# ------------------------------------------------------------------ words

_WAYS = "|".join(sorted(filter(str.isascii, COLOUR_OF), key=len, reverse=True))
_METALS = frozenset(["gold", "silver"])
_THIS = re.compile(r"\b(?:this|these|our)(?: [a-z-]+,?){0,4} $")
_HAN_WAYS = "|".join(sorted((way for way in COLOUR_OF if not way.isascii()), key=len, reverse=True))
_COLOUR = re.compile(rf"(?<![\w-])(?:((?:{'|'.join(SHADES)})[ -])?({_WAYS}))(?![a-z\d]|-[a-z])|({_HAN_WAYS})")
_COLOUR_KEYS = frozenset(way.split()[-1] for way in COLOUR_OF if way.isascii())
_NEXT_WORD = re.compile(r"[\s-]*([a-z]+)")
_LIST = re.compile(r"\s?(?:,|/|&|\+|and|和|-)\s?")
_MATERIAL_WAYS = "|".join(sorted(filter(str.isascii, MATERIAL_OF), key=len, reverse=True))
_MATERIAL = re.compile(
    r"(?<![\w-])("
    + "|".join(sorted((re.escape(way) for way in MATERIAL_OF if way.isascii()), key=len, reverse=True))
    + r")(?![\w-])|("
    + "|".join(sorted((re.escape(way) for way in MATERIAL_OF if not way.isascii()), key=len, reverse=True))
    + ")"
)
_MATERIAL_KEYS = frozenset(way.split()[-1] for way in MATERIAL_OF if way.isascii())
_PARTS_OF = re.compile(r"\b(?:with|plus|incl(?:uding)?|and|on|in)\b|\bw/|&|配|带")


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
    yield from sizes_and_counts(text)


def _colours(text: Text) -> Iterator[Find]:
    """The colours of a title: one, or a list of them; colours in two places are left out."""
    groups: list[list[re.Match[str]]] = []
    for match in _COLOUR.finditer(text.plain):
        if _is_in_a_name(text.plain, match.start()):
            continue
        after = _next_word(text.plain, match.end())
        if not text.is_own(match.start()) or after in NOT_BEFORE or (after and _colour_of(match) in _METALS):
            continue  # "Golden Glamour Lipstick", "Silver Shadow"
        if match[2] == "cream" and text.plain[: match.start()].rstrip()[-1:] not in (",", "-", "–"):
            continue  # "Rich Face Cream"
        if match[2] and _colour_of(match) not in _PLAIN and not _is_meant(text.plain, match):
            continue  # "Charcoal Detox Scrub", "Aqua Sandals"
        if groups and _LIST.fullmatch(text.plain, groups[-1][-1].end(), match.start()):
            groups[-1].append(match)
        else:
            groups.append([match])
    if len({tuple(_colour_of(match) for match in group) for group in groups}) != 1:
        return
    group = groups[0]
    words = text.raw[group[0].start() : group[-1].end()]
    named = dict.fromkeys(_colour_name(match) for match in group)
    yield Find("t=colour", ", ".join(named), words, "title", text.language)


def _is_meant(plain: str, match: re.Match[str]) -> bool:
    """Whether a word ends the title or a part of it, or begins one, or stands before or behind what is worn or stands
    in a room: rarer colours are names elsewhere."""
    before, behind = plain[: match.start()].rstrip(), plain[match.end() :].lstrip()
    near = {*behind.split()[:2], *before.split()[-1:]}
    return (
        not WORN.isdisjoint(near)
        or not behind
        or behind[0] in ",;/|)–-&"
        or before[-1:] in (",", ";", "/", "|", "(", "–", "-", "&")
    )


def _colour_of(match: re.Match[str]) -> str:
    return COLOUR_OF[match[2] or match[3]]


def _colour_name(match: re.Match[str]) -> str:
    """With its shade, as it is written; in the text's own language."""
    way = match[2] or match[3]
    if not way.isascii():
        return way
    return f"{match[1] or ''}{COLOUR_OF[way]}".replace("-", " ")


def _is_in_a_name(plain: str, start: int) -> bool:
    return any(found.start() <= start < found.end() for found in NAMES.finditer(plain))


def _next_word(plain: str, end: int) -> str:
    found = _NEXT_WORD.match(plain, end)
    return found[1] if found else ""


def _materials(text: Text) -> Iterator[Find]:
    if NO_MATERIAL.search(text.plain) and ACCESSORIES.isdisjoint(text.words) and not FURNITURE.search(text.plain):
        return
    for match in _MATERIAL.finditer(text.plain):
        if _is_in_a_name(text.plain, match.start()):
            continue
        before = text.plain[: match.start()]
        if not text.is_own(match.start()) or NOT_MADE.search(text.plain[match.end() :]) or _PARTS_OF.search(before):
            continue
        yield Find("t=material", _material_name(match), text.said(match), "title", text.language)


def _material_name(match: re.Match[str]) -> str:
    return MATERIAL_OF[match[1]] if match[1] else match[2]


_LETTERS = "XXXL|XXL|XL|XXS|XS|S|M|L|[2-5]XL"
_SIZE = re.compile(
    rf"(?:(?:\b[Ss]ize|尺码)[\s:：]*({_LETTERS}|\d{{1,2}})|,\s*({_LETTERS}))(?=\s*(?:[,)]|$))|\b({_LETTERS})码"
)


def _sizes(text: Text) -> Iterator[Find]:
    for match in _SIZE.finditer(text.raw):
        yield Find("t=size", match[1] or match[2] or match[3], text.said(match), "title", text.language)


_FITS = re.compile(
    r"\b(?:for(?: use with)?|compatible with|fits) (?:the )?([a-z0-9][^;()|\n–]*)"
    r"|(?:适用于?|兼容|适配)\s?((?:[^,;()|，。；（） ]| (?![\u3400-\u9fff]))+)"
)
_FAMILY = re.compile(r"\bseries\b|系列")
_HAN_UNITS = "|".join(
    [*filter(HAN.match, UNIT_WORDS), "岁", "年", "月", "周", "天", "人", "个", "寸", "斤", "号", "张"]
)
_PEOPLE = re.compile(
    r"(?:age[sd]?|kids|children|toddlers|babies|boys|girls|men|women|adults|years?|grade|level|size|cats?|dogs?)\b"
)
_HAN_MODEL = re.compile(rf"(?!.*\d\s?\+?(?:{_HAN_UNITS}))[^\W\d]\D*\d", re.I)
_LIST_OF_MODELS = re.compile(r"\s*,\s*|\s+[/&]\s+|\s+and\s+")
_FIGURES = re.compile(r"\d+[^\W\d_]*")
_MEASURE = re.compile(r"\d[\d.,/\"″”–-]*([^\W\d_]*|[\"″”'’]+)")
_FIGURE_OF_A_MODEL = frozenset("0123456789/-")
_LONGEST_FIT = 120


def _compatible(text: Text) -> Iterator[Find]:
    """The models that a title is for, one or a list: each has a figure in its name, and a capital in an English one."""
    for match in _FITS.finditer(text.plain):
        group = 1 if match[1] else 2
        said = text.raw[match.start(group) : match.end(group)].strip()
        if group == 2 and (not _HAN_MODEL.match(said) or any(map(_is_measure, said.split()))):
            continue
        if _FAMILY.search(match[group]) or _PEOPLE.match(match[group]):
            continue  # "for C7000 series" are models that the title does not name
        models = list(_models(said.split(" - ")[0])) if group == 1 else [said]
        if (
            models
            and len(said := said[: said.rfind(models[-1])] + models[-1]) <= _LONGEST_FIT
            and any(map(str.isdigit, said))
        ):
            yield Find("t=compatible_with", ", ".join(models), said, "title", text.language)


def _models(said: str) -> Iterator[str]:
    """The first names of a list that are those of models: "LaserJet P4014, P4015" of what goes on with "black"."""
    is_first = True
    for part in _LIST_OF_MODELS.split(said):
        words = part.split()
        model = _first_name(words)
        rest = words[len(model) : len(model) + 1]
        begins_with_figure = model[:1] != [] and not model[0][0].isalpha()
        if not any(map(str.isdigit, "".join(model))) or (begins_with_figure and (is_first or len(words) > 1)):
            return
        yield " ".join(model)
        if rest:
            return
        is_first = False


def _first_name(words: Sequence[str]) -> list[str]:
    """The words of a name up to where another thing begins: "B6500 550 sheets" is B6500."""
    name: list[str] = []
    has_figure = False
    for word in words:
        if not _is_name(word) or _is_measure(word) or (has_figure and _FIGURES.fullmatch(word)):
            break
        name.append(word)
        has_figure = has_figure or any(map(str.isdigit, word))
    return name


def _is_name(word: str) -> bool:
    plain = word.lower()
    is_capital = word != plain or not word[0].isalpha()
    return is_capital and plain != "original" and plain not in COLOUR_OF and plain not in UNIT_WORDS


def _is_measure(word: str) -> bool:
    match = _MEASURE.fullmatch(word.lower())
    if match is None:
        return False
    return match[1] in UNIT_WORDS or match[1] == "pk" if match[1] else not _FIGURE_OF_A_MODEL.issuperset(word)


# ------------------------------------------------------------------ descriptions

_LABEL = re.compile(
    r"\b(colou?r|material|fabric)\s?[:：]\s?([a-z][a-z /-]*?)(?=\s*(?:[,.;|\n]|$))"
    r"|(颜色|材质|面料)\s?[:：]\s?([^\s,.;|，。；、]+)"
)
_MADE_OF = re.compile(
    r"\b(?:made (?:of|from|with|out of)|crafted (?:from|of|in)|100\s?%|constructed (?:of|from))\s?"
    rf"(?:(?!and\b)[a-z-]+ ){{0,2}}?({_MATERIAL_WAYS})(?![\w-])"
)
_PART_MADE = re.compile(r"\b(?:lining|handles?|box|packaging|case|straps?|lid|base|frame|sole|cover|bag)[a-z ]{0,12}$")
_FREE_OF = re.compile(r"[\s-]free\b")
_LABELS = {"颜色": "colour", "材质": "material", "面料": "material", "color": "colour", "fabric": "material"}


def _labelled(text: Text) -> Iterator[Find]:
    if ":" not in text.plain:
        return
    for match in _LABEL.finditer(text.plain):
        group = 2 if match[2] else 4
        trait = _LABELS.get(match[group - 1], match[group - 1])
        said = match[group].strip()
        table = COLOUR_OF if trait == "colour" else MATERIAL_OF
        if {"no", "or", "not", "without"} & set(said.split()):
            continue  # "Material: no leather", "Colour: black or blue"
        if said.split()[-1] in table or said in table:
            named = table.get(said, said) if said.isascii() else said
            yield Find(f"{text.field[0]}={trait}", named, text.said(match), text.field, text.language)


def _made_of(text: Text) -> Iterator[Find]:
    if _MATERIAL_KEYS.isdisjoint(text.words):
        return
    for match in _MADE_OF.finditer(text.plain):
        is_part = _PART_MADE.search(text.plain, max(0, match.start() - 30), match.start())
        is_free = _FREE_OF.match(text.plain, match.end())
        if text.is_own(match.start()) and not is_part and not is_free:
            material = MATERIAL_OF[match[1]]
            yield Find("d=material", material, text.said(match), "description", text.language)


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
        before = text.plain[max(0, match.start() - 60) : match.start()]
        is_this = _THIS.search(before) and not before.endswith(("and ", "or ", "& "))
        if noun in words and is_this and text.is_own(match.start()) and match[2] and _colour_of(match) not in _METALS:
            said = f"{match[1] or ''}{COLOUR_OF[match[2]]}".replace("-", " ")
            yield Find("d=colour", said, text.said(match), "description", text.language)
