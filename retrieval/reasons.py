"""Why a product is shown, and what it misses: each reason is read from the product's record."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from knowledge.catalogue import ProductText, texts
from knowledge.domain import Constraint, Language, Product, Reason, Wish
from knowledge.lexicon import COLOURS
from knowledge.wording import constraint_text, field_name, later_text, money, value_text
from retrieval.constraints import as_number, field_value, passes
from retrieval.tokens import content_words, query_tokens, tokenize

GOOD_RATING = 4.0
"""From here on a rating is a reason of its own, out of 5."""

_MAX_WORDS = 3


def reasons_for(product: Product, wish: Wish, relaxed: Sequence[Constraint], language: Language) -> tuple[Reason, ...]:
    """A reason for each constraint, met or missed, then words of the wish that the record holds, rating and sale.

    `relaxed` are constraints that the search gave up; what misses one says so, and what still meets one too.
    """
    constraints = dict.fromkeys((*wish.constraints, *relaxed))
    text = texts(product, language)
    reasons = [_constraint_reason(product, text, constraint, language) for constraint in constraints]
    fields = {constraint.field for constraint in constraints}
    reasons += _words_reason(text, wish, reasons, language)
    if "rating" not in fields:
        reasons += _rating_reason(product, language)
    if "sale" not in fields:
        reasons += _sale_reason(product, language)
    return tuple(reasons)


def _constraint_reason(product: Product, text: ProductText, constraint: Constraint, language: Language) -> Reason:
    met = passes(product, constraint)
    held = _held(product, text, constraint.field, language)
    wished = constraint_text(_spoken(constraint, language), product.shop_currency or product.currency, language)
    said = _said(product, constraint, held, wished, met, language) + _source(product, constraint.field, language)
    return Reason(constraint.field, held, wished, met, said)


def _source(product: Product, field: str, language: Language) -> str:
    """Says of a value that the shop did not state, but that was found, in which text it stands."""
    place = product.found.get(field)
    if place is None:
        return ""
    if language == "zh":
        return "（据标题）" if place.field == "title" else "（据描述）"
    return f" (from its {place.field})"


def _spoken(constraint: Constraint, language: Language) -> Constraint:
    """A colour that the catalogue writes in English, in Chinese."""
    if language != "zh" or not isinstance(constraint.value, str):
        return constraint
    names = COLOURS.get(constraint.value.lower(), ())
    chinese = next((name for name in names if not name.isascii()), constraint.value)
    return replace(constraint, value=chinese)


def _held(product: Product, text: ProductText, field: str, language: Language) -> str:
    """What the record holds, in the language of the reply; "" where it does not say."""
    zh = language == "zh"
    if field == "category":
        return " > ".join(text.category)
    if field == "available":
        in_stock = later_text(product, language) or ("有货" if zh else "in stock")
        return in_stock if product.in_stock else ("无货" if zh else "sold out")
    if field in text.attributes and isinstance(product.attributes.get(field, ""), str):
        return value_text(field, text.attributes[field], product.currency, language)
    value = product.price if field == "price" else field_value(product, field)
    if value is None:
        return ""
    if isinstance(value, bool):
        return value_text(field, "yes" if value else "no", product.currency, language)
    if isinstance(value, tuple):
        first = value[0]
        return value_text(field, first if isinstance(first, str) else " > ".join(first), product.currency, language)
    return value_text(field, float(value), product.currency, language)


def _said(product: Product, constraint: Constraint, held: str, wished: str, met: bool, language: Language) -> str:
    zh = language == "zh"
    name = field_name(constraint.field, language)
    if not held:
        if constraint.op == "ne":
            return f"未标明{name}" if zh else f"the {name} is not stated"
        return f"未标明{name}，您要求{wished}" if zh else f"the {name} is not stated; you asked for {wished}"
    if constraint.field == "price" and product.shop_currency:
        apart = (
            f"不是以 {product.shop_currency} 标价，您要求" if zh else f"not in {product.shop_currency}; you asked for "
        )
        return held if met else f"{held}{'，' if zh else ', '}{apart}{wished}"
    if distance := _distance(product, constraint, held, met, language):
        return distance
    if constraint.field in ("available", "category"):
        if met:
            return held.split(" > ")[-1]
        last = held.split(" > ")[-1]
        return f"{last}，您要求{wished}" if zh else f"{last}, you asked for {wished}"
    said = f"{name}：{held}" if zh else f"{name}: {held}"
    if met:
        return said
    return f"{said}，您要求{wished}" if zh else f"{said}, you asked for {wished}"


def _distance(product: Product, constraint: Constraint, held: str, met: bool, language: Language) -> str:
    """How far a number is from the limit: "$162.00, 8% over your limit of $150.00"; "" where no limit was set."""
    number = as_number(field_value(product, constraint.field))
    limit = constraint.value
    if number is None or not isinstance(limit, float | int) or constraint.op not in ("lt", "le", "gt", "ge"):
        return ""
    zh = language == "zh"
    bound = value_text(constraint.field, limit, product.currency, language)
    is_price = constraint.field == "price"
    if met and not is_price:
        return ""
    name = field_name(constraint.field, language)
    at_most = constraint.op in ("lt", "le")
    if number == limit:
        within = "正好是您的上限" if at_most else "正好是您的下限"
        whole = f"exactly your {'limit' if at_most else 'minimum'} of {bound}"
        return f"{_named(name, held, is_price, language)}{'，' if zh else ', '}{within if zh else whole}"
    gap = abs(number - limit)
    apart = money(gap, product.currency, language) if met else _percent(gap, limit)
    over = number > limit
    if zh:
        target = ("预算" if at_most else "最低价") if is_price else "要求的" + bound
        return f"{_named(name, held, is_price, language)}，比{target}{'高' if over else '低'}{apart}"
    target = "limit" if at_most else "minimum"
    return f"{_named(name, held, is_price, language)}, {apart} {'over' if over else 'under'} your {target} of {bound}"


def _named(name: str, held: str, is_price: bool, language: Language) -> str:
    if is_price:
        return held
    return f"{name}：{held}" if language == "zh" else f"{name}: {held}"


def _percent(gap: float, limit: float) -> str:
    if not limit:
        return f"{gap:g}"
    share = 100 * gap / abs(limit)
    return f"{share:.0f}%" if share >= 1 else "<1%"


def _words_reason(text: ProductText, wish: Wish, reasons: Sequence[Reason], language: Language) -> Iterator[Reason]:
    """Words of the wish that stand in the product's title or attributes and that no constraint's reason says."""
    said = {token for reason in reasons for token in tokenize(f"{reason.value} {reason.wish}", language)}
    held = set(tokenize(" ".join((text.title, *text.attributes.values())), language))
    words = [
        word
        for word in content_words(wish.text, wish.language)
        if (tokens := set(query_tokens(word, wish.language))) and tokens <= held and not tokens <= said
    ]
    if not words:
        return
    listed = ("、" if language == "zh" else ", ").join(words[:_MAX_WORDS])
    yield Reason("text", listed, wish.text, True, f"提到{listed}" if language == "zh" else f"mentions {listed}")


def _rating_reason(product: Product, language: Language) -> Iterator[Reason]:
    if product.rating is None or product.rating < GOOD_RATING:
        return
    value = f"{product.rating:g}"
    if language == "zh":
        n = f"（{product.n_ratings} 条评价）" if product.n_ratings else ""
        yield Reason("rating", value, "", True, f"评分 {value}/5{n}")
    else:
        n = f" from {product.n_ratings} ratings" if product.n_ratings else ""
        yield Reason("rating", value, "", True, f"rated {value} of 5{n}")


def _sale_reason(product: Product, language: Language) -> Iterator[Reason]:
    if product.price is None or product.list_price is None or product.price >= product.list_price:
        return
    before = money(product.list_price, product.currency, language)
    off = _percent(product.list_price - product.price, product.list_price)
    text = f"特价，原价 {before}，便宜 {off}" if language == "zh" else f"on sale, {off} off {before}"
    yield Reason("sale", before, "", True, text)
