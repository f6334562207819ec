"""Wishes against what was shown or what is in force: cheaper, bigger, half the price, any brand."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from assistant.grammar import Sort, tidy
from assistant.wishes import asks_or_complains
from knowledge.domain import Constraint, Product
from knowledge.phrases import normalise
from knowledge.vocabulary import Vocabulary
from knowledge.wording import field_name, split_unit

_SIZES = (
    "screen_size",
    "screen",
    "display_size",
    "capacity",
    "volume",
    "size",
    "shoe_size",
    "length",
    "width",
    "height",
)
_COMPARATIVES: tuple[tuple[tuple[str, ...], Literal["lt", "gt"], re.Pattern[str]], ...] = (
    (
        ("price",),
        "lt",
        re.compile(
            r"\bcheaper|\bless expensive|\btoo (?:expensive|pricey|dear|much money)|\bmore affordable|"
            r"\blower price|\blower-priced|"
            r"\bout of my (?:price range|budget)|便宜(?:点|一点|些|一些|的)|更便宜|再便宜|太贵|贵了|实惠(?:点|一点|"
            r"些)|价格(?:低|再低)|低一点的价"
        ),
    ),
    (
        ("price",),
        "gt",
        re.compile(
            r"\bmore expensive|\bpricier|\bhigher[- ]end|\bmore premium|贵(?:点|一点|些)(?:的|也)|更贵|高端(?:点|"
            r"一点|些)"
        ),
    ),
    (
        ("weight",),
        "lt",
        re.compile(r"\blighter\b|\bless heavy|\btoo heavy|轻(?:点|一点|些|一些|便点)|更轻|再轻|太重|重了"),
    ),
    (("weight",), "gt", re.compile(r"\bheavier\b|更重|重一点")),
    (
        _SIZES,
        "gt",
        re.compile(r"\b(?:bigger|larger|roomier)\b|\btoo small|大(?:点|一点|些|一些|一号|一码)|更大|再大|太小|小了"),
    ),
    (_SIZES, "lt", re.compile(r"\bsmaller\b|\btoo (?:big|large)|小(?:点|一点|些|一些|一号|一码)|更小|再小|太大")),
    (
        ("battery_life", "battery"),
        "gt",
        re.compile(
            r"\blonger (?:battery|lasting|life)|\bbetter battery|\bmore battery|续航(?:更|再)?(?:长|久|好)(?:点|"
            r"一点|些|的)?|更(?:长|久)续航"
        ),
    ),
    (("memory", "ram"), "gt", re.compile(r"\bmore (?:memory|ram)\b|内存(?:更|再)?大")),
    (("storage",), "gt", re.compile(r"\b(?:more|bigger|larger) (?:storage|ssd|disk)\b|(?:存储|硬盘|空间)(?:更|再)?大")),
    (("power",), "gt", re.compile(r"\bmore powerful|\bstronger\b|功率(?:更|再)?大|更强劲")),
    (("light", "brightness"), "gt", re.compile(r"\bbrighter\b|更亮|亮(?:点|一点|些)")),
    (("rating",), "gt", re.compile(r"\bbetter (?:rated|ratings?|reviews?)|评分(?:更)?高(?:点|一点|的)?|评价更好")),
    (("refresh_rate",), "gt", re.compile(r"\b(?:higher|faster) refresh|刷新率(?:更|再)?高")),
)
_NOT_TOO = re.compile(r"(?:\bnot\s|别|不要|不能|不)$")
_HALF_PRICE = re.compile(r"\bhalf (?:that |the |of that )?price|一半(?:的)?价|价格减半|半价的")


def read_comparatives(
    text: str, vocabulary: Vocabulary, shown: Sequence[Product], already: Sequence[Constraint] = ()
) -> tuple[tuple[Constraint, ...], Sort | None]:
    """ "Cheaper", "bigger", "轻一点": bounds against the first product shown, and an order where no price was shown.

    `already` are this utterance's other constraints: a field that one of them names is left alone.
    """
    if asks_or_complains(text):
        return (), None
    plain = normalise(text)
    named = {c.field for c in already}
    first = shown[0] if shown else None
    price = first.comparable_price if first else None
    if price is not None and _HALF_PRICE.search(plain) and "price" not in named:
        return (Constraint("price", "le", tidy(price / 2)),), None
    found: list[Constraint] = []
    sort: Sort | None = None
    specific = {
        stem for stems, _, pattern in _COMPARATIVES if stems is not _SIZES and pattern.search(plain) for stem in stems
    }
    for stems, op, pattern in _COMPARATIVES:
        match = pattern.search(plain)
        if not match or _NOT_TOO.search(plain[: match.start()]):
            continue
        if stems is _SIZES and specific & {"memory", "storage", "power"}:
            continue
        if stems == ("price",) and price is None:
            sort = ("price", "asc" if op == "lt" else "desc")
            continue
        if first is None:
            continue
        held = _held(first, stems, vocabulary)
        if held and held[0] not in named:
            found.append(Constraint(held[0], op, held[1]))
            named.add(held[0])
    return tuple(found), sort


def _held(product: Product, stems: Sequence[str], vocabulary: Vocabulary) -> tuple[str, float] | None:
    """The first of the fields that the product's record holds as a number, with the number."""
    if stems == ("price",):
        return ("price", product.comparable_price) if product.comparable_price is not None else None
    if stems == ("rating",):
        return ("rating", product.rating) if product.rating is not None else None
    known = {f.stem: f.name for f in vocabulary.number_fields if f.name in product.attributes}
    for stem in stems:
        value = product.attributes.get(known.get(stem, ""))
        if isinstance(value, float | int):
            return known[stem], float(value)
    return None


_DROPS = (
    re.compile(
        r"\b(?:drop|forget|ignore|remove|lose|skip|clear) (?:about )?(?:the |that |my )?(?P<what>[\w -]{2,30}?)"
        r"(?: (?:filter|limit|thing|constraint|requirement|part))?(?:,|\.|$)"
    ),
    re.compile(
        r"(?<![\w-])(?P<what>[\w-]{1,30}(?: [\w-]{1,30})?) "
        r"(?:does ?n[o']?t|does not|is not|isn'?t) (?:matter|important)"
    ),
    re.compile(r"\bany (?P<what>[\w-]{1,30}) (?:is fine|is ok|is okay|will do|works)"),
    re.compile(r"(?P<what>[\u4e00-\u9fff]{2,6}?)(?:都行|都可以|无所谓|不限|随便|不重要|不用管|没要求|不要求)"),
    re.compile(r"(?:不限|不管|别管|忽略|去掉)(?P<what>[\u4e00-\u9fff]{2,6})"),
)
_FIELD_WORDS: Mapping[str, tuple[str, ...]] = {
    "price": ("price", "budget", "cost", "价格", "价钱", "预算", "价位"),
    "brand": ("brand", "make", "品牌", "牌子"),
    "rating": ("rating", "stars", "评分"),
    "available": ("stock", "现货"),
    "category": ("category", "类别"),
}
_COLOUR_WORDS = ("colour", "color", "颜色")


def read_dropped(text: str, constraints: Sequence[Constraint]) -> frozenset[str]:
    """Fields of the constraints in force that the shopper gives up: "any brand is fine", "牌子无所谓"."""
    plain = normalise(text)
    given_up = " ".join(match["what"] for pattern in _DROPS for match in pattern.finditer(plain))
    if not given_up:
        return frozenset()
    return frozenset(c.field for c in constraints if any(word in given_up for word in _words_for(c.field)))


def _words_for(name: str) -> tuple[str, ...]:
    if name in _FIELD_WORDS:
        return _FIELD_WORDS[name]
    stem, _ = split_unit(name)
    own = (stem.replace("_", " "), field_name(name, "zh"))
    return (*own, *_COLOUR_WORDS) if "colo" in stem else own
