"""The hard wishes of one utterance: price, brand, category, colour, rating, stock, attributes, negation and order.

What is not certain stays in the words of the search.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.grammar import Draft, Marked, Sort, Span
from assistant.prices import read_prices
from assistant.quantities import read_rating, read_units
from knowledge.domain import Constraint, Language, Value
from knowledge.lexicon import ACCESSORY_NOUNS
from knowledge.phrases import normalise
from knowledge.tally import Path
from knowledge.vocabulary import Mention, Vocabulary


@dataclass(frozen=True, slots=True)
class WishReading:
    """What an utterance asks of a search. `words` is what is left for ranking; `spans` are where constraints stand in
    the text with single blanks, and `foreign` is an amount in another currency than the shop's."""

    constraints: tuple[Constraint, ...]
    sort: Sort | None
    words: str
    spans: tuple[Span, ...]
    foreign: str = ""


_POLICY = re.compile(
    r"\b(?:deliver\w*|shipping|ship|ships|shipped|shipment|courier\w*|postage|post ?code|zip ?code|parcel\w*|package|"
    r"return\w*|refund\w*|exchang\w*|warrant\w+|guarantee\w*|repair\w*|my order|order #?[\ue000-\uf8ff]|orders? over|"
    r"order number|invoice|receipt|vouchers?|coupons?|promo|gift cards?|discount code|points|instal+ments?|charged?|"
    r"charging me|paid|payment|statement|password|account|track\w*|customs|vat|opening|open (?:from|at|on|till|until)|"
    r"opening hours|phone number|my number|bought (?:it|this|them)|you guys|latest day)\b|"
    r"退|换货|运费|邮费|包邮|免邮|快递|发货|送货|配送|物流|到货|签收|保修|质保|维修|免费修|订单|单号|发票|优惠券|满减|"
    r"满[\ue000-\uf8ff]|积分|分期|付款|支付|账号|密码|扣款|营业|几点|客服|什么时候到|换一双|能到|收到|下单"
)
_SEEKS = re.compile(
    r"\b(?:want|need|looking for|look for|show|find|search|recommend|suggest|after a|"
    r"do you (?:have|sell|carry|stock)|any)\b|"
    r"[有在]?卖[^，。,]{0,10}[吗么不]|想要|想买|推荐|求|有没有(?!优惠)|看看|来个|来一|找|想入|要买|要一"
)
_ASKS_ABOUT_ONE = re.compile(
    r"^\W*(?:(?:hi|hello|hey|ok|and|so|but|hmm)\W+)*(?:is|are|was|does|do|did|can|could|will|would|has|have|should)\s"
    r"(?:it|its|this|that|these|those|they|the|he|she|you guys)\b|"
    r"^\W*(?:what'?s|what is|what are|how|which|who|when|where|why)\b(?!\s+(?:about|bout)\b)|"
    r"(?:这|那|它|该|此)(?:个|款|双|台|件|部|只|支|本|种|鞋|壳|耳机|包)?[^，。,]{0,40}(?:吗|么|嘛|不|没|多少|多重|多大|"
    r"多久|几)[\s?？。]{0,9}$|"
    r"^(?:这|它)(?:个|款|双|台|件|部|只|支)?(?:能|有|可以|是|多|防)"
)
_NEGATES_BEFORE = re.compile(
    r"(?:\b(?:not|no|nothing|none|without|except(?: for)?|excluding|exclude|anything but|everything but|"
    r"other than|apart from|"
    r"besides|"
    r"avoid|minus|instead of|rather than|hate|dislike|don'?t (?:want|like|need)|do not (?:want|like|need)|neither|nor|"
    r"take out|remove|drop|w/o|never|is ?n'?t|are ?n'?t|(?:do|does) ?n'?t have|has ?n'?t|have ?n'?t)"
    r"(?:\s+(?:a|an|any|the|in|by|from|made|of|like|anything|something|ones?|stuff|those|these|with|that|are|is|it|"
    r"be))*"
    r"\s*)$|"
    r"(?:(?<![有是要])(?:不要|不想要|不需要|别要|别给我|别(?!的)|不喜欢|不爱|不是|除了|除开|排除|去掉|不带|不用|无|"
    r"没有|没|不含|讨厌)"
    r"(?:那种|那些|带|有|的|任何|什么|是|用|太)*)$"
)
_NOT_NEGATING = re.compile(
    r"\b(?:not only|no problem|why not|no more|no less|not less|not more)\s*$|有没有$|有没$|是不是$|要不要$"
)
_LACKS = re.compile(
    r"(?:\bwithout|\bw/o|\bneither|\bminus|不带|不用|不用带|没有?|无|不含|不需要)\s*(?:a|an|the|any)?\s*\w?$"
)
_NEGATES_AFTER = re.compile(
    r"(?:的|款|色|色的|牌|牌子|那种|这种|类|这些|那些|之类)*(?:的)?(?:就|都|我|也)?(?:不要|不行|不考虑|除外|以外|"
    r"之外|就算了|算了|别|不喜欢|免了)"
    r"(?!紧|钱|不)"
)
_JOINS = re.compile(r"^\s*(?:,|、|/|or|and|nor|&|或者?|和|跟|与|及|还有|,\s*(?:or|and))\s*(?:a|an|the|any|in)?\s*$")
_COLOUR_BEFORE = re.compile(
    r"(?:^|[,.;:!?、，。；：！？]|n'?t|\b(?:in|colou?r|want|prefers?|preferred|like|not|no|but|or|and|only|is|a|an|the|"
    r"some|any|dark|light|"
    r"bright|matte|without|except|avoid|ones?|than|version|for|me|something|rather|with|buy|need|by|have|got|"
    r"in the)|[^\x00-\x7f])\s*$"
)
_COLOUR_AFTER = re.compile(
    r"\s*(?:$|[,.;:!?)、，。；：！？]|\b(?:ones?|version|models?|colou?rs?|pairs?|edition|please|pls|plz|instead|"
    r"or|and|but|if|"
    r"for|under|below|around|up|with|that|which|size|only|would|is)\b|[^\x00-\x7f])"
)
_COLOUR_TURNS = re.compile(r"\b(?:go|goes|going|turn|turns|turned|turning|gets|bits?|thread|is it)\s*$")
_FLAG_LEADS = re.compile(
    r"(?:\b(?:with|with a|with an|has|has a|having|plus|and|and a|includes?|including|built[- ]in|integrated|"
    r"without|without a|no|"
    r"without the|with the|but no|w/|need a|needs a|a|,)|[+&,])\s*$"
)
_ADJECTIVAL = re.compile(r"(?:able|ible|proof|ed|ic|less|ing|ant|ent|free|ful|ive|al|safe|ry)$")
_MY = re.compile(
    r"\b(?:on|to|with|in|for|use|fit|fits|of|from|like|into) (?:my|our|his|her|their) (?:\w+ )?$|(?:我|我的|我家)$"
)
_STOCK = re.compile(
    r"\b(?:in stock|available (?:now|today|right now|immediately)|ready to ship|in-stock)\b|有现货|现货|有货|有库存"
)
_NOT_IN_STOCK = re.compile(
    r"(?:\b(?:not|back|out of|again|come|be|when)\s*(?:it|this|that)?\s*$)|(?:没|不|什么时候|几时|何时)\S{0,3}$"
)
_SALE = re.compile(r"\b(?:on sale|discounted|on offer|reduced)\b|打折的|特价的|促销的|在打折")

_SORTS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        ("price", "desc"),
        re.compile(
            r"\bmost expensive|\bpriciest|\bdearest (?=\w)|\bprice,? (?:high(?:est)?(?: to low| first)|descending)|"
            r"\bby price,? high|最贵|从高到低|价格降序|由高到低"
        ),
    ),
    (
        ("price", "asc"),
        re.compile(
            r"\bcheapest|\blowest[- ]pric\w+|\bleast expensive|\bmost affordable|\blowest first|\b(?:sort|"
            r"order)\w* .{0,20}by price|"
            r"\bby price|\bprice,? low|最便宜|最低价|价格最低|从低到高|由低到高|价格升序|按价格"
        ),
    ),
    (
        ("rating", "desc"),
        re.compile(
            r"\b(?:best|highest|top|well|highly|better)[- ](?:rated|reviewed|ratings?)|\bbest reviews|"
            r"\btop[- ]rated|\bgood reviews|"
            r"评分最高|评价最好|评价最高|口碑最好|最好评|好评最多|评分高|评价好|口碑好|按评分"
        ),
    ),
    (
        ("n_ratings", "desc"),
        re.compile(
            r"\bmost popular|\bbest[- ]?sell(?:ing|ers?)|\bmost reviewed|最热门|最受欢迎|销量最高|卖得最好|最火|热销"
        ),
    ),
    (("released", "desc"), re.compile(r"\bnewest|\blatest|\bmost recent|\bnew arrivals?|最新|新款|新出|新品|刚上市")),
)
_SUPERLATIVES: tuple[tuple[tuple[str, ...], Literal["asc", "desc"], re.Pattern[str]], ...] = (
    (("weight",), "asc", re.compile(r"\blightest\b|最轻|重量最小")),
    (("weight",), "desc", re.compile(r"\bheaviest\b|最重(?!要)")),
    (
        ("battery_life", "battery"),
        "desc",
        re.compile(
            r"\b(?:longest|best|biggest|most)[\w\s-]{0,12} battery|\blongest[- ]lasting|续航最(?:长|久|好)|"
            r"最长续航|电池最(?:大|耐用)"
        ),
    ),
    (
        ("screen_size", "screen", "display_size"),
        "desc",
        re.compile(r"\b(?:biggest|largest) (?:screen|display|monitor)|屏幕最大|最大屏|最大的屏"),
    ),
    (("screen_size", "screen", "display_size"), "asc", re.compile(r"\bsmallest (?:screen|display)|屏幕最小")),
    (
        ("capacity", "volume"),
        "desc",
        re.compile(r"\b(?:biggest|largest) (?:capacity|volume|kettle|tent|backpack)|容量最大|最大容量|最能装"),
    ),
    (("power",), "desc", re.compile(r"\bmost powerful|\bhighest (?:power|wattage)|功率最大|最大功率")),
    (("light", "brightness"), "desc", re.compile(r"\bbrightest|最亮")),
    (("storage",), "desc", re.compile(r"\b(?:most|biggest|largest) storage|存储最大|硬盘最大")),
    (("memory", "ram"), "desc", re.compile(r"\b(?:most|biggest|largest) (?:memory|ram)|内存最大")),
    (("camera",), "desc", re.compile(r"\b(?:most megapixels|highest resolution camera)|像素最高")),
    (("refresh_rate",), "desc", re.compile(r"\b(?:fastest|highest) refresh|刷新率最高")),
    (("print_speed",), "desc", re.compile(r"\bfastest print\w*|打印最快|打印速度最快")),
)

_REQUEST = re.compile(
    r"\b(?:i'?m|i am|i'?d|we'?re|i|we|you|me) (?=looking|after|searching|like|want|need|would|have|can|could)|"
    r"\b(?:looking for|searching for|after an?|would like|want(?: to buy)?|need|show me|find me|give me|"
    r"do you (?:have|sell|carry)|have you got|top (?:\d+|three|five|ten)|"
    r"can you|could you|please|pls|plz|recommend(?: me)?|suggest|got any|any|some|hello|hi|hey|thanks|thank you)\b|"
    r"前[\d三五十]+(?:名|个|款)|请问|请|帮我|给我|我想买|我想要|想买|想要|想找|我要|有没有|推荐一?下?|麻烦|你好|您好|求推荐|有吗|谢谢"
)


_REFUSED = re.compile(
    r"\b(?:no|not|without|except|avoid|(?:do not|don'?t) (?:want|like|need))\s+"
    r"(?:(?:an?|any|the)\s+)?(?!(?:only|just|more|less|too|so|very|that|over|under|than)\b)[a-z][a-z\d-]*|"
    r"\b(?:no|not|without|except|avoid)\b|(?<!有)(?:不要|不想要|别要|不含|没有|不带)[\u4e00-\u9fff]{1,4}"
)
"""What is not wanted and no constraint says: its words would find just that."""


def read_wish(text: str, language: Language, vocabulary: Vocabulary, currency: str, category: Path = ()) -> WishReading:
    """The hard wishes of one utterance alone.

    `category` is what the conversation is about; it decides what "at least 16 GB" is about, and is not itself a wish.
    `currency` is the shop's (ISO 4217): an amount in another currency is no constraint.
    """
    text = " ".join(text.split())
    read = Marked.of(text)
    mentions = vocabulary.mentions(text, language, category)
    wanted, unwanted = _categories(read, mentions)
    within = _common_path(wanted) or category
    if within != category:
        mentions = vocabulary.mentions(text, language, within)
        again, unwanted = _categories(read, mentions)
        wanted = again or wanted
    draft = Draft()
    seeks = bool(_SEEKS.search(read.skeleton))
    about_policy = bool(_POLICY.search(read.skeleton)) and not (seeks and wanted)
    about_one = bool(_ASKS_ABOUT_ONE.search(read.plain))
    _add_categories(draft, wanted, unwanted)
    for mention in _brands(read, mentions):
        read.claim((mention.start, mention.end))
    if not about_policy and not about_one:
        read_rating(read, draft)
        read_units(read, draft, vocabulary, within)
        read_prices(read, draft, currency, mentions)
        _read_stock(read, draft)
    if not about_policy:
        _read_sort(read, draft, vocabulary, within)
    _read_mentions(read, draft, mentions, values=not about_policy and not about_one)
    constraints = tuple(dict.fromkeys(draft.constraints))
    return WishReading(constraints, draft.sort, _words_left(read, draft), tuple(sorted(draft.spans)), draft.foreign)


def asks_or_complains(text: str) -> bool:
    """Whether the text asks about one product or about the shop's rules rather than wishing for products."""
    return names_terms(text) or bool(_ASKS_ABOUT_ONE.search(Marked.of(text).plain))


def names_terms(text: str) -> bool:
    """Whether the text has a word of the shop's terms: delivery, returns, warranty, payment."""
    return bool(_POLICY.search(Marked.of(text).skeleton))


def opposite_sorts(text: str) -> tuple[Sort, ...]:
    """Both ends of one field: "the cheapest and the most expensive"; () where fewer are named."""
    plain = Marked.of(text).plain
    named = [sort for sort, pattern in _SORTS if pattern.search(plain)]
    return next(((a, b) for a in named for b in named if a[0] == b[0] and a[1] < b[1]), ())


def seeks_products(text: str) -> bool:
    """Whether the text asks for products ("do you sell…"), and not about the shop's terms."""
    read = Marked.of(text)
    return bool(_SEEKS.search(read.skeleton)) and not _POLICY.search(read.skeleton)


# ------------------------------------------------------------------ categories


def _categories(read: Marked, mentions: Sequence[Mention]) -> tuple[list[Mention], list[Mention]]:
    """Which mentioned categories are wanted and which are not."""
    found = [m for m in mentions if m.kind == "category"]
    refused = [m for m in found if _negated(read, m)]
    unwanted = [m for m in refused if not _LACKS.search(read.plain[max(0, m.start - 12) : m.start])]
    rest = [m for m in found if m not in refused]
    kept: list[Mention] = []
    for mention in rest:
        if not kept:
            kept.append(mention)
            continue
        last = kept[-1]
        between = read.plain[last.end : mention.start]
        if _paths(last) & _paths(mention) or _is_below(mention, last):
            kept[-1] = mention
        elif _is_below(last, mention):
            continue
        elif not between.strip(" -") or between.endswith("的") or _is_for(read, last):
            kept[-1] = mention
        elif _JOINS.match(between):
            kept.append(mention)
    if len(kept) > 1 or len(rest) > len(kept):
        return kept, unwanted
    return [m for m in kept if not _is_gone_with(read.plain[: m.start])], unwanted


_THING_FOR = re.compile(r"(?P<thing>[a-z]+) for (?:[\w-]+ ){0,2}$")


def _is_gone_with(before: str) -> bool:
    """Whether what follows is only what the thing goes with: "fits my laptop", "ink for Orrin printers"."""
    thing = _THING_FOR.search(before)
    return bool(_MY.search(before)) or (thing is not None and thing["thing"] in ACCESSORY_NOUNS)


def _paths(mention: Mention) -> set[str]:
    return {mention.value} if isinstance(mention.value, str) else set(mention.value)


def _is_below(mention: Mention, above: Mention) -> bool:
    return all(any(p.startswith(a + " > ") for a in _paths(above)) for p in _paths(mention))


def _is_for(read: Marked, mention: Mention) -> bool:
    """ "For my laptop I need a backpack": what a first category stands behind a word for what it goes with."""
    before = read.plain[max(0, mention.start - 8) : mention.start]
    return bool(re.search(r"(?:\bfor (?:my|the|a|our)|给|配|放|装)\s*$", before))


def _common_path(wanted: Sequence[Mention]) -> Path:
    paths = [tuple(path.split(" > ")) for mention in wanted for path in sorted(_paths(mention))]
    if not paths:
        return ()
    common = paths[0]
    for path in paths[1:]:
        n = next((i for i, (a, b) in enumerate(zip(common, path, strict=False)) if a != b), min(len(common), len(path)))
        common = common[:n]
    return common


def _add_categories(draft: Draft, wanted: Sequence[Mention], unwanted: Sequence[Mention]) -> None:
    paths = sorted({path for mention in wanted for path in _paths(mention)})
    if paths:
        value: Value = paths[0] if len(paths) == 1 else tuple(paths)
        constraint = Constraint("category", "eq" if len(paths) == 1 else "in", value)
        for mention in wanted:
            draft.add((mention.start, mention.end), constraint, drop=False)
    for mention in unwanted:
        for path in sorted(_paths(mention)):
            draft.add((mention.start, mention.end), Constraint("category", "ne", path), drop=True)


# ------------------------------------------------------------------ stock and order


def _read_stock(read: Marked, draft: Draft) -> None:
    for pattern, constraint in (
        (_STOCK, Constraint("available", "eq", "yes")),
        (_SALE, Constraint("sale", "eq", "yes")),
    ):
        match = pattern.search(read.plain)
        if match and not _NOT_IN_STOCK.search(read.plain[: match.start()]):
            read.claim(match.span())
            draft.add(match.span(), constraint, drop=True)


def _read_sort(read: Marked, draft: Draft, vocabulary: Vocabulary, within: Path) -> None:
    for sort, pattern in _SORTS:
        match = pattern.search(read.plain)
        if match:
            draft.sort = sort
            draft.dropped.append(match.span())
            return
    for stems, direction, pattern in _SUPERLATIVES:
        match = pattern.search(read.plain)
        name = _field_of_stems(vocabulary, within, stems) if match and (within or not vocabulary.has_categories) else ""
        if match and name:
            draft.sort = (name, direction)
            return


def _field_of_stems(vocabulary: Vocabulary, within: Path, stems: Sequence[str]) -> str:
    fields = [f for stem in stems for f in vocabulary.numbers_in(within) if f.stem == stem]
    return fields[0].name if fields else ""


# ------------------------------------------------------------------ mentions


_GOES_WITH = re.compile(
    r"(?:(?<!looking )(?<!look )(?<!searching )(?<!search )(?<!asking )\bfor|\bfits?|\b(?:compatible|works?) with)"
    r"(?:\s(?:my|the|a|an|our|his|her))?\s$|(?:适用于?|适合|适配|兼容|配)(?:我的?)?$"
)


def _brands(read: Marked, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """The brands that are wished; of "a case for the Orrin X" Orrin did not make the case."""
    for mention in mentions:
        if mention.kind != "brand" or _GOES_WITH.search(read.plain[: mention.start]):
            continue
        if not mention.weak or _is_named_as_brand(read, mention):
            yield mention


def _is_named_as_brand(read: Marked, mention: Mention) -> bool:
    """A brand that is an ordinary word counts behind "by", before "brand", or written as the brand writes itself."""
    before = read.plain[: mention.start]
    if re.search(r"\b(?:by|from|brand|made by)\s$", before) or re.match(r"\s?(?:brand|牌)", read.plain[mention.end :]):
        return True
    written = read.original[mention.start : mention.end]
    return (
        written == mention.value
        and written[:1].isupper()
        and bool(re.search(r"[a-z,]\s$", read.original[: mention.start]))
        and not read.original.istitle()
    )


def _read_mentions(read: Marked, draft: Draft, mentions: Sequence[Mention], *, values: bool) -> None:
    brands = {id(m) for m in _brands(read, mentions)}
    wished: dict[str, dict[str, None]] = {}
    for mention in mentions:
        if mention.kind == "category" or (mention.kind == "brand" and id(mention) not in brands):
            continue
        if mention.kind != "brand" and not (values and _counts(read, mention, mentions)):
            continue
        negated = _negated(read, mention) or _joined_to_negated(read, mention, mentions)
        span = (mention.start, mention.end)
        chosen = (mention.value,) if isinstance(mention.value, str) else mention.value
        if mention.kind == "flag":
            draft.add(span, Constraint(mention.field, "eq", "no" if negated else "yes"), drop=negated)
        elif negated:
            draft.add(span, *(Constraint(mention.field, "ne", value) for value in chosen), drop=True)
        else:
            wished.setdefault(mention.field, {}).update(dict.fromkeys(chosen))
            draft.spans.append(span)
    for name, found in wished.items():
        options = tuple(sorted(found))
        one = len(options) == 1
        draft.constraints.append(Constraint(name, "eq" if one else "in", options[0] if one else options))


def _counts(read: Marked, mention: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a mention stands where it describes the product, not as in "green tea" or "a clear microphone"."""
    if not read.is_free((mention.start, mention.end)):
        return False
    before, after = read.plain[: mention.start], read.plain[mention.end :]
    if mention.kind == "colour":
        return _colour_counts(before, after, mention, mentions, read)
    if mention.kind != "flag":
        return True
    phrase = read.plain[mention.start : mention.end]
    if not phrase.isascii() or " " in phrase or "-" in phrase or _ADJECTIVAL.search(phrase):
        return True
    ahead = {m.start for m in mentions if m.kind == "category"}
    return bool(_FLAG_LEADS.search(before)) or any(0 <= start - mention.end <= 1 for start in ahead)


def _colour_counts(before: str, after: str, mention: Mention, mentions: Sequence[Mention], read: Marked) -> bool:
    if not read.plain[mention.start : mention.end].isascii():
        return not (before.endswith("黑") and read.plain[mention.start] == "白")
    if _COLOUR_TURNS.search(before):
        return False
    ahead = sorted(
        m.start for m in mentions if m.start >= mention.end and m.kind in ("category", "value", "flag", "brand")
    )
    if ahead and not re.search(r"[,.;]|\b(?:on|for|with|to|in)\b", read.plain[mention.end : ahead[0]]):
        return read.plain[mention.end : ahead[0]].strip().count(" ") < 2
    return bool(_COLOUR_AFTER.match(after)) and bool(_COLOUR_BEFORE.search(before))


def _negated(read: Marked, mention: Mention) -> bool:
    before = read.plain[max(0, mention.start - 40) : mention.start]
    if _NEGATES_BEFORE.search(before) and not _NOT_NEGATING.search(before):
        return not re.search(r"有没(?:有)?(?:那种|带|的|什么)*$|[有是要](?:不要|没有|不是)\S{0,2}$", before)
    return bool(_NEGATES_AFTER.match(read.plain, mention.end))


def _joined_to_negated(read: Marked, mention: Mention, mentions: Sequence[Mention]) -> bool:
    """ "Not Aurel or Bexley" refuses both."""
    earlier = [m for m in mentions if m.end <= mention.start and m.field == mention.field]
    if not earlier:
        return False
    last = earlier[-1]
    if not re.fullmatch(
        r"\s*(?:,|、|/|or|nor|和|或者?|跟|与)\s*(?:a|an|the|any)?\s*", read.plain[last.end : mention.start]
    ):
        return False
    return _negated(read, last) or _joined_to_negated(read, last, mentions)


def _words_left(read: Marked, draft: Draft) -> str:
    """The text without what a filter or the order says already; the words for products stay."""
    chars = list(read.original)
    for start, end in draft.dropped:
        for i in range(start, min(end, len(chars))):
            chars[i] = " "
    text = "".join(chars)
    for pattern in (_REFUSED, _REQUEST):
        for match in reversed(list(pattern.finditer(normalise(text)))):
            text = text[: match.start()] + " " + text[match.end() :]
    return " ".join(text.split()).strip(" ,.;:!?，。；：！？、-")
