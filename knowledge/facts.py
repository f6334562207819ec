"""What a shopper says about the case in hand: the state of the item, days since delivery, region, value, weight."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from knowledge.domain import Condition, Language, Terms, Value
from knowledge.language import simplify

Facts = Mapping[str, Value]

# Months and years as days, so that "after 24 months" and "two years" come to the same.
_DAYS = {"day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 30.4375, "year": 365.25}
_UNIT_ZH = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}

_ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_DIGITS_ZH = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

# value → pattern, the more telling state first: what is faulty has mostly been opened too.
_STATES: Mapping[str, Mapping[Language, str]] = {
    "damaged": {
        "en": r"damaged|cracked|smashed|crushed|dented|shattered|in pieces"
        r"|(?:came|arrived?|arriving|received|delivered|got here|turned up)(?: \w+){0,3} broken"
        r"|broken(?: \w+){0,2} (?:on|upon|at) (?:arrival|delivery)",
        "zh": r"破损|破了|碎了?|裂了?|压扁|压坏|摔坏|变形|损坏|(?:收到|到货|送到|寄来"
        r"|拿到)[^，。！？,.!?]{0,6}坏[的了]?",
    },
    "defective": {
        "en": r"defective|defects?|faulty|fault|malfunction\w*|stopp?(?:ed|s) working"
        r"|broke(?: down)?(?! the seal)|broken"
        r"|dead|(?:does ?n[o']t|do ?n[o']t|did ?n[o']t|is ?n[o']t|not|no longer|never|wo ?n[o']t|does not|will not)"
        r" (?:even )?(?:work\w*|turn(?:ing)? on|start|charg\w+|switch on|power on)|no (?:sound|picture|power)",
        "zh": r"故障|坏了|坏掉|坏的|失灵|不工作|没反应|没声音|不出声|开不了机|无法开机|充不进电|充不了电"
        r"|质量问题|质量有问题|毛病|瑕疵"
        r"|用不了|不能用了|无法使用|出了?问题",
    },
    "personalised": {
        "en": r"personali[sz]ed|engraved?|engraving|custom[- ]made|monogram\w*|my name (?:on|printed)|with (?:my"
        r"|a|his|her) name",
        "zh": r"定制|刻字|刻了|刻有|印名|印了名|个性化",
    },
    "used": {
        "en": r"used(?! to\b)|worn|wore|(?:have|has|had|ve|s) been using|washed",
        "zh": r"(?:使?用|穿|戴|洗|骑|试用)过|穿出去|穿到(?:室|户)?外|使用痕迹|穿了|戴了|洗了"
        r"|用了(?![^，。！？,.!?]{0,5}(?:券|优惠|码"
        r"|积分|红包))|已使用",
    },
    "opened": {
        "en": r"opened|unboxed|unsealed|unpacked|open[- ]box|(?:took|taken)(?: \w+){1,2} out of (?:the"
        r"|its) (?:box|packag\w+)"
        r"|(?:broke|broken|tore|removed) (?:the )?seal|seal (?:is|was) broken|tried (?:it |them |these |those )?on",
        "zh": r"拆封|拆开|拆了|拆过|拆包|开封|启封|开箱|开了(?:封|包装|盒)|打开[过了]|已拆|激活|试穿",
    },
    "unopened": {
        "en": r"un-?opened|(?:still |factory )sealed|sealed box|unbroken seal|seal (?:is )?(?:still )?(?:intact"
        r"|unbroken)"
        r"|seal (?:is ?n't|is not|was ?n't) broken|still in (?:the|its) (?:original )?(?:box|packag\w+|wrapp\w+"
        r"|plastic|foil)|brand[- ]new|new in box",
        "zh": r"[没未]拆|没打开|没开[封箱盒]|[没未]开过|全新|封条完好|原封|密封完好|没动过",
    },
}
_ORDER_STATES: Mapping[str, Mapping[Language, str]] = {
    "delivered": {
        "en": r"(?:been|was|were|already|got|once|after(?: being)?) delivered|(?:has |have |already |it )arrived"
        r"|received (?:it|them|my|the)|after delivery|delivered (?:yesterday|today|last|on|\w+ days)",
        "zh": r"签收|已送达|收到[货了]|到货|已收货|送到了",
    },
    "shipped": {
        "en": r"shipped|dispatched|despatched|sent out|in transit|on (?:its|the) way|out for delivery|after it ships",
        "zh": r"已发货|发货了|发货之?后|发货以后|发出|寄出|在路上|运输中|在途|派送中",
    },
    "packed": {"en": r"packed|packaged up", "zh": r"打包|配货|装箱"},
    "placed": {
        "en": r"just (?:placed|ordered|bought)|(?:only|order) (?:been )?placed|before (?:it|you) (?:ships?"
        r"|is shipped|send)",
        "zh": r"刚下单|刚刚?下的?单|下了单|已下单|刚提交|发货之?前",
    },
}
_FLAGS: Mapping[str, Mapping[Language, str]] = {
    "sale": {
        "en": r"on sale|(?:in|from|during) (?:the|a|your) (?:\w+ )?sale|sale (?:item|product|good|price|shoe"
        r"|purchase)s?|clearance"
        r"|discounted|reduced(?: item| price)?|marked down|on offer",
        "zh": r"特价|清仓|打折(?=[的买时商货购品])|折扣(?=[的商品区])|促销(?!活动什么)|减价|大促",
    },
    "gift": {
        "en": r"(?:gifts?|gifted|presents?)(?! (?:card|voucher|wrap|certificate|message|bag|box|address))",
        "zh": r"礼物|礼品(?![卡袋盒券包])|送人的?|别人送",
    },
    "express": {
        "en": r"(?<!american )express|overnight|next[- ]day|expedited|priority (?:shipping|delivery)|same[- ]day"
        r"|rush (?:order|delivery)",
        "zh": r"加急|特快|次日达|隔日达|当日达|急送|急件",
    },
}
_FILLER_EN = (
    r"(?: (?:yet|even|ever|really|actually|been|be|being|it|them|this|that|the|my|box|package|seal|any|"
    r"bought|a|an|in|was|item|yes))*"
)
_NEGATION_EN = re.compile(
    r"(?:\b(?:not|never|without|no|non|isnt|wasnt|arent|havent|hasnt|didnt|hadnt|nothing)|n't)" + _FILLER_EN + r"[ -]?$"
)
_NEGATION_ZH = re.compile(
    r"(?<!有)(?:没有?|未曾?|不是|非|不属于|并无|无|不算)(?:还|被|怎么|去|再|买|是|完全|有|任何)*$"
)
_WHETHER = re.compile(r"有没有?$|是否$|是不是$|whether (?:it is |it's |its |they are )?$")
_OR = re.compile(r"^[ ,，]*(?:or|和|或者?|还是|跟|与)[ ]*(?:not\b|没|未|不|$)|^[ ,，]*(?:or|或者?|还是|/)[ ]*$")
_OR_NOT = re.compile(r"没[拆开用穿戴]")

_MOST = 32  # of one pattern
_NEAR = 80  # characters
_FIGURES = r"(?<!\d)(?<!\d[.,])\d{1,6}"  # more are no number that a shop counts with
_NUMBER_EN = (
    rf"(?:{_FIGURES}(?:[.,]\d{{1,6}})?|half an?|an?|a couple of|a few|(?:"
    + "|".join(_TENS)
    + r")[- ](?:"
    + "|".join(_ONES[1:10])
    + r")|"
    r"(?:a|one) hundred|" + "|".join([*_TENS, *reversed(_ONES)]) + r")"
)
_HAN = "零〇一二两三四五六七八九十百"
_NUMBER_ZH = rf"(?:{_FIGURES}(?:\.\d{{1,6}})?|(?<![{_HAN}])[{_HAN}]{{1,8}}|半)"
_LESS, _MORE = r"(?:almost|nearly|just under|less than|under)", r"(?:more than|over|longer than|past|beyond|at least)"
_UNIT_EN = r"(?P<unit>day|week|fortnight|month|year)s?"
_PERIOD_EN = rf"(?P<bound>{_LESS} |{_MORE} |about |around |only |just )?(?P<n>{_NUMBER_EN})[ -]{_UNIT_EN}"
_AGE_EN = [
    re.compile(
        r"\b(?:after|within|since|it has been|its been|it's been|had (?:it|them)"
        rf"|(?:had|have|owned|used|been using)(?: \w+){{1,3}} for) (?:the )?{_PERIOD_EN}\b"
    ),
    re.compile(
        rf"\b{_PERIOD_EN}(?: and a half)? (?:ago|later|old|back|now|have passed|passed|since|"
        r"after (?:delivery|i|it|buying|receiving|getting))"
    ),
    re.compile(rf"\b(?P<bound>{_MORE} |{_LESS} )(?P<n>{_NUMBER_EN})[ -]{_UNIT_EN}\b"),
    re.compile(r"\b(?P<unit>day) (?P<n>\d{1,6})\b"),
]
_NOT_AGE_EN = re.compile(
    r"(?:working|business) days|days? (?:a|per|each) |(?:takes?|wait(?:ed|ing)?) (?:for )?$|free for $"
)
_PERIOD_ZH = (
    rf"(?P<n>{_NUMBER_ZH})(?P<over>多|来)?个?(?P<half>半)?(?P<unit>天|日|周|星期|礼拜|月|年)(?P<half_after>半)?"
)
_AGE_ZH = [
    re.compile(
        r"(?P<bound>超过|过了|快|不到|将近|差不多|已经|都|买了?|收到了?|签收|到货|用了|穿了|有|才|满)?(?:有|了"
        rf"|才|都|已经?){{0,4}}{_PERIOD_ZH}多?"
        r"(?:以?前|之前|之?后|以后|了|过|内|以内|出头|还能)"
    ),
    re.compile(rf"(?P<bound>超过|过了|超出|不到|快)(?:了|有)?{_PERIOD_ZH}"),
    re.compile(
        rf"(?P<bound>买|收到|签收|到手|用|穿)了(?:有|都|已经?|才){{0,3}}{_PERIOD_ZH}(?!的?(?:延?保|质保|会员|内))"
    ),
]
_NOT_AGE_ZH = re.compile(r"工作$|保修$|质保$|多少$|第$")
_RECENT: Mapping[Language, Mapping[str, float]] = {
    "en": {
        r"\byesterday\b": 1,
        r"\b(?:earlier )?today\b|\bthis morning\b": 0,
        r"\blast week\b": 7,
        r"\blast month\b": 30,
        r"\blast year\b": 365,
    },
    "zh": {r"昨天|昨日": 1, r"今天|今早": 0, r"前天": 2, r"上(?:个)?(?:周|星期|礼拜)": 7, r"上个?月": 30, r"去年": 365},
}
_AMOUNT = r"(?P<n>(?<!\d)\d{1,9}(?:,\d{3}){0,3}(?:\.\d{1,6})?(?!\d))"
_VALUE = [
    re.compile(rf"(?:us ?)?\$ ?{_AMOUNT}"),
    re.compile(rf"(?<![\d.,]){_AMOUNT} ?(?:usd|us dollars?|dollars?|bucks|美元|美金|美刀|刀|块钱?|元)"),
    re.compile(
        r"\b(?:order(?: value)?|basket|cart|purchase|total|spend(?:ing)?|spent|worth|buy for)"
        rf"(?: is| of| for| at| worth| only| just| under| over| below| above| more than| less than)* {_AMOUNT}"
        r"(?! ?(?:%|days?|weeks?|months?|years?|items?|pieces?|kg|times?|hours?|pm|am))\b"
    ),
    re.compile(
        r"(?:订单|买满?|消费|金额|总共|一共|合计|满|实付)(?:金额|总额|是|为|了|不到|超过|只有|大概"
        rf"|不足)*{_AMOUNT}(?![\d天个件公斤kK%折月年号])"
    ),
]
_IS_FEE = re.compile(
    r"(?:pay(?:ing)?|charged?|fees?|costs?|refund(?:ed)?|voucher (?:of|for)|运费|手续费|扣了?|邮费|退了?"
    r"|返)(?: me| of| for| is| was| a| the| you| us)*\s*$"
)
_OVER = re.compile(r"(?:over|above|more than|exceed\w*|超过|高于|大于)\s*(?:us ?)?\$?\s*$")
_UNDER = re.compile(r"(?:under|below|less than|不到|不满|低于|小于|不足|少于)\s*(?:us ?)?\$?\s*$")
_WEIGHT = re.compile(
    rf"(?:(?P<digits>{_FIGURES}(?:\.\d{{1,6}})?)|(?P<words>{_NUMBER_ZH}))[ -]?"
    r"(?P<unit>kgs?|kilos?|kilograms?|lbs?|pounds?"
    rf"|公斤|千克|斤|磅)(?![a-z])"
)
_KG = {"斤": 0.5, "lb": 0.4536, "lbs": 0.4536, "pound": 0.4536, "pounds": 0.4536, "磅": 0.4536}

_CONDITION_WORDS: Mapping[str, tuple[str, str]] = {
    "item_state": ("item state", "商品状态"),
    "order_state": ("order state", "订单状态"),
    "sale": ("bought on sale", "特价购买"),
    "gift": ("bought as a gift", "礼品"),
    "express": ("express delivery", "加急配送"),
    "region": ("region", "地区"),
    "country": ("country", "国家"),
    "order_value": ("order value", "订单金额"),
    "days": ("days since delivery", "签收后天数"),
    "weight_kg": ("weight in kg", "重量（公斤）"),
}
_VALUE_WORDS_ZH = {
    "unopened": "未拆封",
    "opened": "已拆封",
    "used": "已使用",
    "damaged": "破损",
    "defective": "有故障",
    "personalised": "定制",
    "placed": "已下单",
    "packed": "已打包",
    "shipped": "已发货",
    "delivered": "已签收",
    "yes": "是",
    "no": "否",
}
_OP_WORDS: Mapping[str, tuple[str, str]] = {
    "eq": ("is", "为"),
    "ne": ("is not", "不是"),
    "in": ("is", "为"),
    "lt": ("under", "低于"),
    "le": ("at most", "至多"),
    "gt": ("over", "超过"),
    "ge": ("at least", "至少"),
}


@dataclass(frozen=True, slots=True)
class _Said:
    """A value that a text names, where, and whether it is denied."""

    value: str
    start: int
    end: int
    denied: bool


def read_facts(text: str, language: Language, terms: Terms) -> dict[str, Value]:
    """The conditions that a text settles, by name; what it leaves open, or names as alternatives, is absent.

    `terms` are the shop's own words for values. A tuple means "one of these". Days and value are exact numbers where
    the text gives them: "over 30 days" is 31, "under $60" is 59.99. Both languages' words are read in either.
    """
    plain = plain_text(text)
    facts: dict[str, Value] = {}
    for name, value in (("item_state", _item_state(plain, terms)), ("order_state", _order_state(plain, terms))):
        if value is not None:
            facts[name] = value
    for name, patterns in _FLAGS.items():
        said = _find(plain, {"yes": patterns}, terms.get(name, {}))
        if said and not _open_question(plain, said):
            facts[name] = "no" if all(s.denied for s in said) else "yes"
    for name in sorted(set(terms) - {"item_state", "order_state", *_FLAGS}):
        values = tuple(dict.fromkeys(s.value for s in _find(plain, {}, terms[name]) if not s.denied))
        if values:
            facts[name] = values[0] if len(values) == 1 else values
    for name, number in (("days", _days(plain)), ("order_value", _order_value(plain)), ("weight_kg", _weight(plain))):
        if number is not None:
            facts[name] = number
    return facts


def plain_text(text: str) -> str:
    """The form in which words are looked for: NFKC, lower case, simplified, straight apostrophes, single blanks."""
    return simplify(" ".join(unicodedata.normalize("NFKC", text).lower().replace("’", "'").split()))


def holds(condition: Condition, facts: Facts) -> bool | None:
    """Whether a condition holds for what is known; None where that leaves it open."""
    known = facts.get(condition.name)
    if known is None:
        return None
    verdicts = {_holds_for(condition, value) for value in (known if isinstance(known, tuple) else (known,))}
    return verdicts.pop() if len(verdicts) == 1 else None


def condition_name(name: str, language: Language) -> str:
    """A condition as shoppers call it; the shop's own conditions by their name."""
    words = _CONDITION_WORDS.get(name)
    return words[language == "zh"] if words else name.replace("_", " ")


def condition_text(condition: Condition, language: Language, terms: Terms) -> str:
    """A condition in words: "item state is opened or used", "签收后天数至多30"."""
    zh = language == "zh"
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    said = ("或" if zh else " or ").join(_value_word(condition.name, value, language, terms) for value in values)
    name, op = condition_name(condition.name, language), _OP_WORDS[condition.op][zh]
    if condition.name in _FLAGS and condition.value in ("yes", "no"):
        return name if condition.value == "yes" else f"{'不是' if zh else 'not '}{name}"
    return f"{name}{op}{said}" if zh else f"{name} {op} {said}"


def _value_word(name: str, value: str | float, language: Language, terms: Terms) -> str:
    if isinstance(value, float | int):
        return f"{value:g}"
    if language == "zh":
        named = terms.get(name, {}).get(value, {}).get("zh", ())
        return _VALUE_WORDS_ZH.get(value) or (named[0] if named else value)
    return value.replace("_", " ")


def _holds_for(condition: Condition, value: str | float) -> bool:
    wanted = condition.value
    if isinstance(wanted, tuple):
        return (value in wanted) == (condition.op != "ne")
    if condition.op in ("eq", "in", "ne"):
        return (value == wanted) == (condition.op != "ne")
    if isinstance(value, str) or isinstance(wanted, str):
        return False
    return {"lt": value < wanted, "le": value <= wanted, "gt": value > wanted, "ge": value >= wanted}[condition.op]


def _item_state(text: str, terms: Terms) -> Value | None:
    said = _find(text, _STATES, terms.get("item_state", {}))
    if _open_question(text, said) or any(_OR_NOT.match(text, s.end) for s in said):
        return None
    stated = {s.value for s in said if not s.denied}
    denied = {s.value for s in said if s.denied}
    if "opened" in denied and not stated & {"used", "opened", "damaged", "defective", "personalised"}:
        return "unopened"
    return next((state for state in _STATES if state in stated), None)


def _order_state(text: str, terms: Terms) -> Value | None:
    said = _find(text, _ORDER_STATES, terms.get("order_state", {}))
    stated = {s.value for s in said if not s.denied}
    if any(s.denied and s.value == "shipped" for s in said) or re.search(r"没发货|未发货|发货前", text):
        return "packed" if "packed" in stated else ("placed", "packed")
    return next((state for state in _ORDER_STATES if state in stated), None)


def _find(
    text: str,
    patterns: Mapping[str, Mapping[Language, str]],
    terms: Mapping[str, Mapping[Language, tuple[str, ...]]],
) -> list[_Said]:
    """The values named, in order of the text; of two that overlap the longer one counts."""
    spans = [
        (match, value)
        for value, pattern in _sources(patterns, terms)
        for match in islice(re.finditer(pattern, text), _MOST)
    ]
    spans.sort(key=lambda found: found[0].start() - found[0].end())
    kept: list[_Said] = []
    for match, value in spans:
        start, end = match.span()
        if all(end <= s.start or start >= s.end for s in kept):
            before = text[max(0, start - _NEAR) : start]
            denied = bool(_NEGATION_EN.search(before) or (_NEGATION_ZH.search(before) and not _WHETHER.search(before)))
            kept.append(_Said(value, start, end, denied))
    return sorted(kept, key=lambda s: s.start)


def _sources(
    patterns: Mapping[str, Mapping[Language, str]], terms: Mapping[str, Mapping[Language, tuple[str, ...]]]
) -> Iterator[tuple[str, str]]:
    for value, by_language in patterns.items():
        yield value, rf"(?<![a-z])(?:{by_language['en']})(?![a-z])"
        yield value, by_language["zh"]
    for value, words in terms.items():
        for phrase in (plain_text(word) for texts in words.values() for word in texts):
            yield value, rf"(?<![a-z]){re.escape(phrase)}(?![a-z])" if phrase.isascii() else re.escape(phrase)


def _open_question(text: str, said: list[_Said]) -> bool:
    """Whether states are named as alternatives: "opened or not", "opened or unopened", 有没有拆封, 拆没拆."""
    for i, this in enumerate(said):
        after = text[this.end : said[i + 1].start] if i + 1 < len(said) else text[this.end : this.end + 12]
        if _OR.search(after) or _WHETHER.search(text[max(0, this.start - _NEAR) : this.start]):
            return True
    return False


def _number(words: str) -> float | None:
    """A numeral or number words of either language: "45", "1,299", "twenty-one", "a couple of", "三十五", "半"."""
    text = words.strip().replace(",", "")
    try:
        return float(text)
    except ValueError:
        pass
    fixed = {"a": 1, "an": 1, "half a": 0.5, "half an": 0.5, "a couple of": 2, "a few": 3, "半": 0.5}
    if text in fixed:
        return float(fixed[text])
    if text.endswith("hundred"):
        return 100.0
    if text.isascii():
        parts = re.split(r"[ -]", text)
        return float(sum(_ONES.index(p) if p in _ONES else 20 + 10 * _TENS.index(p) for p in parts))
    return _chinese_number(text)


def _chinese_number(text: str) -> float:
    total, digit = 0, 0
    for character in text:
        if character in "十百":
            total += (digit or 1) * (10 if character == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS_ZH[character]
    return float(total + digit)


def _days(text: str) -> float | None:
    for pattern in _AGE_EN:
        for match in pattern.finditer(text):
            if not _NOT_AGE_EN.search(_before(text, match) + match.group()) and (n := _number(match["n"])) is not None:
                days = n * _DAYS[match["unit"]]
                bound = (match.groupdict().get("bound") or "").strip()
                return _bounded(days, bound and bool(re.fullmatch(_MORE, bound)), bool(re.fullmatch(_LESS, bound)))
    for pattern in _AGE_ZH:
        for match in pattern.finditer(text):
            if not _NOT_AGE_ZH.search(_before(text, match)) and (n := _number(match["n"])) is not None:
                days = (n + (0.5 if match["half"] or match["half_after"] else 0.0)) * _DAYS[_UNIT_ZH[match["unit"]]]
                bound = match["bound"] or ""
                more = bool(match["over"]) or bound in ("超过", "过了", "超出")
                return _bounded(days, more, bound in ("快", "不到", "将近", "差不多"))
    for recent in _RECENT.values():
        for source, days in recent.items():
            if re.search(source, text):
                return float(days)
    return None


def _before(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - _NEAR) : match.start()]


def _bounded(days: float, more: bool | str, less: bool) -> float:
    whole = float(int(days + 0.5))
    return whole + 1 if more else max(whole - 1, 0.0) if less else whole


def _order_value(text: str) -> float | None:
    for pattern in _VALUE:
        for match in pattern.finditer(text):
            before = text[max(0, match.start("n") - _NEAR) : match.start("n")]
            if _IS_FEE.search(before.rstrip("us $")) and not re.search(r"(?:order|订单|买)\S*\s*$", before):
                continue
            number = float(match["n"].replace(",", ""))
            return number + (0.01 if _OVER.search(before) else -0.01 if _UNDER.search(before) else 0.0)
    return None


def _weight(text: str) -> float | None:
    match = _WEIGHT.search(text)
    number = _number(match["digits"] or match["words"]) if match else None
    if match is None or number is None:
        return None
    before = _before(text, match)
    kilograms = number * _KG.get(match["unit"], 1.0)
    return round(kilograms + (0.01 if _OVER.search(before) else -0.01 if _UNDER.search(before) else 0.0), 3)
