"""What a question asks of a product's record, and in what records differ."""

import re
from collections.abc import Mapping, Sequence

from assistant.dialogue import content_words
from assistant.evidence import AttributeRow
from knowledge.domain import Language, Product, Value
from knowledge.lexicon import FLAG_NAMES_ZH
from knowledge.wording import field_name, split_unit, stated, value_text


def differences(products: Sequence[Product], currency: str, language: Language) -> tuple[AttributeRow, ...]:
    """Price and rating, then the attributes that at least two state and in which they differ."""
    rows = [
        AttributeRow("price", tuple(_say("price", p.price, p.currency or currency, language) for p in products)),
        AttributeRow("rating", tuple(_say("rating", p.rating, currency, language) for p in products)),
    ]
    records = [stated(p, language) for p in products]
    for name in records[0]:
        values = tuple(record.get(name, "") for record in records)
        if sum(map(bool, values)) > 1 and len(set(values)) > 1:
            rows.append(AttributeRow(name, values))
    return tuple(row for row in rows if any(row.values))[:10]


def _say(field: str, value: Value | None, currency: str, language: Language) -> str:
    return "" if value is None else value_text(field, value, currency, language)


_ASKED: Mapping[str, re.Pattern[str]] = {
    "price": re.compile(r"how much (?:is|are|does|do|for)|prices?|costs?|多少钱|价格|几块|怎么卖", re.IGNORECASE),
    "stock": re.compile(r"\bstock\b|available|left\b|有货|现货|库存|还有吗|缺货", re.IGNORECASE),
    "weight": re.compile(r"heavy|weighs?|weight|多重|重量|重吗|轻吗", re.IGNORECASE),
    "battery_life": re.compile(r"battery|last on a charge|续航|电池", re.IGNORECASE),
    "screen_size": re.compile(r"screen|inches|屏幕|几寸|多大屏", re.IGNORECASE),
    "colour": re.compile(r"colou?r|颜色|什么色", re.IGNORECASE),
    "rating": re.compile(r"rating|rated|reviews?|评分|评价", re.IGNORECASE),
    "released": re.compile(r"released?|come out|came out|launch|上市|发布|什么时候出", re.IGNORECASE),
    "brand": re.compile(r"\bbrand|who makes|品牌|牌子", re.IGNORECASE),
}
_ALL = re.compile(r"tell me (?:more )?about|details|specs?|specifications|介绍|参数|详情|详细", re.IGNORECASE)


_ASKING = re.compile(
    "|".join(rf"(?<![a-z])(?:{pattern.pattern})(?![a-z])" for pattern in (*_ASKED.values(), _ALL)), re.IGNORECASE
)


def asks_for_all(text: str) -> bool:
    return bool(_ALL.search(text))


def asks_of_a_record(text: str) -> bool:
    """Whether a field that most records have is asked for, whatever the product."""
    return any(pattern.search(text) for pattern in _ASKED.values())


def asked_about(text: str) -> str:
    """What a text speaks of beside the words that ask: "honey" of "how much is the honey", 头盔 of 头盔多少钱."""
    return content_words(_ASKING.sub(" ", text))


def attribute_asked(
    text: str, product: Product, currency: str, language: Language, *, by_value: bool = True
) -> tuple[str, str] | None:
    """The field that a question is about and its value in words; None when the record does not hold it.

    A field is asked for by its name, and with `by_value` by what the record holds in it too: "is it wireless?"
    """
    lowered = text.lower()
    record = stated(product, language)
    described: tuple[str, str] | None = None
    for name, value in record.items():
        stem = field_name(name, "en").lower()
        chinese = FLAG_NAMES_ZH.get(split_unit(name)[0], ())
        patterns = (stem, field_name(name, "zh"), stem.replace(" ", "-"), *chinese)
        if any(p in lowered for p in patterns) or any(
            field_name(name, "en").startswith(field.replace("_", " ")) and pattern.search(text)
            for field, pattern in _ASKED.items()
        ):
            if not _stands_beside(stem, value, lowered):
                return name, value
            described = described or (name, value)
    if _ASKED["price"].search(text) and product.price is not None:
        return "price", value_text("price", product.price, product.currency or currency, language)
    if _ASKED["stock"].search(text):
        if product.stock:
            return ("stock", str(product.stock))
        return ("available", value_text("available", "yes" if product.in_stock else "no", currency, language))
    if _ASKED["rating"].search(text) and product.rating is not None:
        return "rating", f"{product.rating:g}/5"
    if _ASKED["brand"].search(text) and product.brand:
        return "brand", product.brand
    if _ASKED["released"].search(text) and product.released:
        return "released", product.released
    if described:
        return described
    for name, value in record.items() if by_value else ():
        is_text = product.attributes[name] not in ("yes", "no") and not value[:1].isdigit()
        if is_text and any(len(part) > 1 and part in lowered for part in map(str.strip, value.lower().split(","))):
            return name, value
    return None


def _stands_beside(name: str, value: str, text: str) -> bool:
    """Whether the name comes with its value, and so says which variant is meant: "how much is size S"."""
    one, other = re.escape(name), re.escape(value.lower())
    return re.search(rf"(?<![a-z\d])(?:{one} {other}|{other} {one})(?![a-z\d])", text) is not None
