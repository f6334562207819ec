"""Return policies of schema.org (MerchantReturnPolicy): read from JSON-LD, and written as a help page with rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.countries import COUNTRIES, country_code, country_name
from knowledge.domain import HelpPage, Language, RowProblem, Section
from knowledge.feeds.jsonld import Node, listed, objects, said, term
from knowledge.feeds.prices import parse_number
from knowledge.feeds.rows import JsonRow, RowError
from knowledge.outlines import Entry, PageDraft

PAGE_ID = "merchant-return-policy"

_TITLES: Mapping[Language, str] = {"en": "Return policy", "zh": "退货政策"}
_GOODS = frozenset({"Product", "ProductGroup"})
_ALLOWED = {
    "MerchantReturnFiniteReturnWindow": True,
    "MerchantReturnUnlimitedWindow": True,
    "MerchantReturnNotPermitted": False,
}
_METHODS = {
    "ReturnByMail": ("by mail", "邮寄"),
    "ReturnInStore": ("in our store", "到店"),
    "ReturnAtKiosk": ("at a return point", "自助退货点"),
}
_REFUNDS = {
    "FullRefund": ("a full refund", "全额退款"),
    "ExchangeRefund": ("an exchange", "换货"),
    "StoreCreditRefund": ("store credit", "退成购物金"),
}
_STATES = {
    "NewCondition": ("new", "全新"),
    "UsedCondition": ("used", "用过的"),
    "DamagedCondition": ("damaged", "有破损的"),
    "RefurbishedCondition": ("refurbished", "翻新的"),
}
# matter → its heading, and other ways to ask for it, in English and Chinese
_QUESTIONS: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "period": {
        "en": ("How long do I have to send something back?", "what is the return window", "can I still return this"),
        "zh": ("多久之内可以退货？", "退货期限是几天", "现在还能退吗"),
    },
    "used": {
        "en": ("Can I return something that I have used?", "in what condition must a return be", "I already wore it"),
        "zh": ("用过的商品能退吗？", "退货对商品状态有什么要求", "拆了用过还给退吗"),
    },
    "method": {
        "en": ("How can I send something back?", "can I return by post", "can I bring a return to the store"),
        "zh": ("怎么退货？", "能邮寄退货吗", "可以到店里退吗"),
    },
    "fee": {
        "en": ("Who pays for the return postage?", "is returning free", "how much does a return cost"),
        "zh": ("退货运费谁出？", "退货要钱吗", "寄回去的邮费谁付"),
    },
    "defect": {
        "en": ("What does it cost to return a faulty item?", "who pays the postage if it is broken"),
        "zh": ("商品有问题，退货要付运费吗？", "坏的商品寄回去谁出运费"),
    },
    "restocking": {
        "en": ("Is there a restocking fee?", "do you keep part of the price of a return"),
        "zh": ("退货要扣手续费吗？", "退款会扣钱吗"),
    },
    "refund": {
        "en": ("What do I get back for a return?", "do I get my money back or store credit"),
        "zh": ("退货后怎么退款？", "退的是钱还是购物金"),
    },
}


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a policy says on a matter: what follows, the sentence in both languages, and under which conditions."""

    matter: str
    outcome: JsonRow
    english: str
    chinese: str
    when: JsonRow = field(default_factory=dict)

    def text(self, language: Language) -> str:
        return self.chinese if language == "zh" else self.english


@dataclass(frozen=True, slots=True)
class Policy:
    """A return policy with its place, which does not make it another one. No country means every country."""

    countries: tuple[str, ...]
    statements: tuple[_Statement, ...]
    file: str = field(compare=False)
    line: int = field(compare=False)


def read_policies(nodes: Sequence[Node], file: str) -> tuple[list[Policy], list[RowProblem]]:
    """The return policies of a file, and what was left out: those of single products, which no rule can hold."""
    policies: list[Policy] = []
    problems: list[RowProblem] = []

    def tell(line: int, message: str) -> None:
        problems.append(RowProblem(file, line, message))

    for node in nodes:
        if "MerchantReturnPolicy" in node.types:
            if _is_of_product(node):
                tell(node.line, "return policy of one product: rules hold for categories, so that it was left out")
                continue
            try:
                policies.append(Policy(_countries(node.values), tuple(_statements(node.values)), file, node.line))
            except RowError as error:
                tell(node.line, f"return policy: {error}; it was left out")
        elif "OfferShippingDetails" in node.types and node.under.isdisjoint(_GOODS):
            tell(node.line, "OfferShippingDetails are not read; write delivery rules on a Markdown page")
    return policies, problems


def _is_of_product(node: Node) -> bool:
    """Whether a policy holds for one product: that of the seller in its offer does not."""
    return not node.under.isdisjoint(_GOODS) and node.owner <= {*_GOODS, "Offer", "AggregateOffer"}


def policy_drafts(policies: Sequence[Policy]) -> tuple[list[PageDraft], list[RowProblem]]:
    """The page that policies make, in both languages, and the policies that contradict one before them."""
    chosen: list[Policy] = []
    problems: list[RowProblem] = []
    for policy in policies:
        first = next((one for one in chosen if _overlap(one, policy)), None)
        if first is None:
            chosen.append(policy)
        elif first != policy:
            message = f"return policy: {first.file}, line {first.line} says otherwise, and is kept; mend one of them"
            problems.append(RowProblem(policy.file, policy.line, message))
    if not chosen:
        return [], problems
    matters = [
        matter for matter in _QUESTIONS if any(s.matter == matter for policy in chosen for s in policy.statements)
    ]
    countries = dict.fromkeys(code for policy in chosen for code in policy.countries) if len(chosen) > 1 else {}
    english, chinese = (
        HelpPage(
            PAGE_ID,
            language,
            title,
            tuple(_section(matter, chosen, language) for matter in matters),
            terms={"country": {code: COUNTRIES.get(code, {}) for code in countries}} if countries else {},
            path=chosen[0].file,
        )
        for language, title in _TITLES.items()
    )
    rules = tuple(
        Entry(policy.line, _rule(f"{PAGE_ID}-{n}-{m}", statement, policy.countries if countries else ()))
        for n, policy in enumerate(chosen, start=1)
        for m, statement in enumerate(policy.statements, start=1)
    )
    return [PageDraft(english, rules), PageDraft(chinese)], problems


def _overlap(one: Policy, other: Policy) -> bool:
    return one.countries == other.countries or not set(one.countries).isdisjoint(other.countries)


def _section(matter: str, policies: Sequence[Policy], language: Language) -> Section:
    texts = [s.text(language) for policy in policies for s in policy.statements if s.matter == matter]
    heading, *others = _QUESTIONS[matter][language]
    return Section(heading, "\n".join(dict.fromkeys(texts)), tuple(others))


def _rule(rule_id: str, statement: _Statement, countries: tuple[str, ...]) -> JsonRow:
    return {
        "rule_id": rule_id,
        "topic": "return",
        "section": _QUESTIONS[statement.matter]["en"][0],
        "when": {**({"country": list(countries)} if countries else {}), **statement.when},
        "outcome": statement.outcome,
        "answer": {"en": statement.english, "zh": statement.chinese},
    }


# ------------------------------------------------------------------ what a policy says


def _countries(values: JsonRow) -> tuple[str, ...]:
    return tuple(sorted({country_code(name) for one in listed(values.get("applicableCountry")) if (name := said(one))}))


def _statements(values: JsonRow) -> list[_Statement]:
    period = _period(values)
    if period.outcome["allowed"] is False:
        return [period]
    made = [
        period,
        _states(values),
        _method(values),
        _fee(values, "fee"),
        _fee(values, "defect"),
        _restocking(values),
        _refund(values),
    ]
    return [statement for statement in made if statement]


def _period(values: JsonRow) -> _Statement:
    allowed, days = _window(values)
    places = _countries(values)
    english, chinese = _window_text(allowed, days)
    if places:
        english = f"for orders to {_joined([country_name(p, 'en') for p in places], ' and ')}, {english}"
        chinese = f"寄往{'、'.join(country_name(place, 'zh') for place in places)}的订单，{chinese}"
    seasons = [_season(override) for override in objects(values.get("returnPolicySeasonalOverride"))]
    texts = [_sentence(english), *(season[0] for season in seasons)]
    outcome: JsonRow = {"allowed": allowed}
    if days is not None and not seasons:  # which order a season is about is no condition of a rule
        outcome["days"] = days
    return _Statement("period", outcome, " ".join(texts), "".join([f"{chinese}。", *(season[1] for season in seasons)]))


def _window(values: JsonRow) -> tuple[bool, int | None]:
    """Whether returns are allowed, and for how many days after delivery; None for as long as one likes."""
    category = term(values.get("returnPolicyCategory"))
    given = said(values.get("merchantReturnDays"))
    if not category and given:
        category = "MerchantReturnFiniteReturnWindow"
    if category not in _ALLOWED:
        what = f"returnPolicyCategory {category!r} is not known" if category else "it has no returnPolicyCategory"
        raise RowError(f"{what}; write one of {', '.join(_ALLOWED)}")
    if category != "MerchantReturnFiniteReturnWindow":
        return _ALLOWED[category], None
    days = parse_number(given, "merchantReturnDays") if given else 0.0
    if days < 1 or days != int(days):
        raise RowError(f"merchantReturnDays {given!r} is not a number of days; write 30")
    return True, int(days)


def _window_text(allowed: bool, days: int | None) -> tuple[str, str]:
    if not allowed:
        return "returns are not accepted", "不接受退货"
    if days is None:
        return "you can send things back at any time, without a limit of days", "退货没有期限，随时可以退"
    return f"you can send things back within {days} day{'s' * (days != 1)} of delivery", f"签收后{days}天内可以退货"


def _season(values: JsonRow) -> tuple[str, str]:
    start, end = said(values.get("startDate"))[:10], said(values.get("endDate"))[:10]
    if not start or not end:
        raise RowError("returnPolicySeasonalOverride has no startDate and endDate; write both as 2026-11-15")
    english, chinese = _window_text(*_window(values))
    return f"For orders from {start} to {end}, {english}.", f"{start}至{end}的订单，{chinese}。"


def _states(values: JsonRow) -> _Statement | None:
    states = _known(values, "itemCondition", _STATES)
    if not states:
        return None
    takes_used = "UsedCondition" in states
    english = f"We take back what is {_joined([_STATES[s][0] for s in states], ' or ')}"
    chinese = f"可以退的商品：{'、'.join(_STATES[s][1] for s in states)}"
    if not takes_used:
        english, chinese = f"{english}; what has been used cannot be returned", f"{chinese}；用过的商品不能退"
    return _Statement("used", {"allowed": takes_used}, f"{english}.", f"{chinese}。", {"item_state": "used"})


def _method(values: JsonRow) -> _Statement | None:
    methods = _known(values, "returnMethod", _METHODS)
    if not methods:
        return None
    english = f"You can return things {_joined([_METHODS[m][0] for m in methods], ' or ')}."
    chinese = f"退货方式：{'、'.join(_METHODS[m][1] for m in methods)}。"
    return _Statement("method", {"method": ", ".join(methods)}, english, chinese)


def _fee(values: JsonRow, matter: str) -> _Statement | None:
    prefix = "itemDefectR" if matter == "defect" else "customerRemorseR"
    fees = term(values.get(f"{prefix}eturnFees"))
    amount = values.get(f"{prefix}eturnShippingFeesAmount")
    if matter == "fee" and not fees:
        fees, amount = term(values.get("returnFees")), values.get("returnShippingFeesAmount")
    when: JsonRow = {"item_state": ["defective", "damaged"]} if matter == "defect" else {}
    of = ("Sending back a faulty item", "有问题的商品，") if matter == "defect" else ("Sending something back", "")
    price, currency = _money(amount)
    if fees == "FreeReturn" or (fees == "ReturnShippingFees" and price == 0):
        outcome: JsonRow = {"fee": 0, "who_pays": "shop"}
        return _Statement(matter, outcome, f"{of[0]} is free.", f"{of[1]}退货免运费。", when)
    if fees == "ReturnShippingFees" and price is not None:
        outcome = {"fee": price, "currency": currency, "who_pays": "customer"}
        cost = f"{price:.2f} {currency}".strip()
        return _Statement(matter, outcome, f"{of[0]} costs {cost}.", f"{of[1]}退货运费为{cost}。", when)
    if fees in ("ReturnFeesCustomerResponsibility", "ReturnShippingFees"):
        english = f"{of[0]} is at your expense: you pay the return postage."
        return _Statement(matter, {"who_pays": "customer"}, english, f"{of[1]}退货运费由您承担。", when)
    if fees == "OriginalShippingFees":
        english = f"{of[0]} costs nothing, but the price of the first delivery is not refunded."
        return _Statement(matter, {"fee": 0}, english, f"{of[1]}退货免运费，但原订单的运费不退。", when)
    if fees not in ("", "RestockingFees"):
        raise RowError(f"returnFees {fees!r} is not known; write FreeReturn or ReturnShippingFees")
    return None


def _restocking(values: JsonRow) -> _Statement | None:
    given = values.get("restockingFee")
    amount, currency = _money(given)
    if not amount:
        return None
    if objects(given):
        english, chinese = f"{amount:.2f} {currency}".strip(), f"{amount:.2f} {currency}".strip()
        outcome: JsonRow = {"fee": amount, "currency": currency}
    else:
        english, chinese, outcome = f"{amount:g}% of the price", f"售价的{amount:g}%", {"fee": f"{amount:g}%"}
    return _Statement(
        "restocking", outcome, f"We keep a restocking fee of {english}.", f"退货需扣除手续费：{chinese}。"
    )


def _refund(values: JsonRow) -> _Statement | None:
    refunds = _known(values, "refundType", _REFUNDS)
    if not refunds:
        return None
    english = f"For a return you get {_joined([_REFUNDS[r][0] for r in refunds], ' or ')}."
    chinese = f"退货后可以{'、'.join(_REFUNDS[r][1] for r in refunds)}。"
    return _Statement("refund", {"refund": ", ".join(refunds)}, english, chinese)


def _known(values: JsonRow, name: str, words: Mapping[str, object]) -> list[str]:
    found = [word for one in listed(values.get(name)) if (word := term(one))]
    for word in found:
        if word not in words:
            raise RowError(f"{name} {word!r} is not known; write one of {', '.join(words)}")
    return list(dict.fromkeys(found))


def _money(value: object) -> tuple[float | None, str]:
    first = next(iter(objects(value)), {"value": value})
    text = said(first.get("value"))
    return (parse_number(text, "a fee") if text else None), said(first.get("currency"))


def _joined(words: Sequence[str], last: str) -> str:
    return last.join(filter(None, (", ".join(words[:-1]), words[-1])))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
