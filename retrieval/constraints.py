"""Hard wishes as exact filters. What a product does not say never passes a positive constraint."""

import functools
import math
import operator
import re
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.domain import Constraint, Op, Product, Value
from knowledge.lexicon import NO, YES
from knowledge.phrases import name_key
from retrieval.tokens import normalise

Mask = NDArray[np.bool_]

_BOUNDS: dict[Op, Callable[[float, float], bool]] = {
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_PARTS = re.compile(r"\s*[,/;|、，；]\s*")
_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[^\W\d_\"″%]*[\"″%]?")

FieldValue = float | bool | tuple[str, ...] | tuple[tuple[str, ...], ...] | None
"""What a record holds in a field: a number, yes or no, the texts of all languages, or the paths of all languages."""


def passes(product: Product, constraint: Constraint) -> bool:
    """Whether the product's record fulfils the constraint.

    A category is a path ("Audio > Headphones") or the name of one level, and holds for all below it. Texts are
    equal without regard to case and width, in any language of the record; one that lists several parts
    ("black / white") is equal to each. A text that is a number with a unit can be compared with a number.
    """
    return _holds(field_value(product, constraint.field), constraint)


class ConstraintFilter:
    """The same over all products of a catalogue at once, as masks in the order of the products."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._products = tuple(products)
        self._columns: dict[str, tuple[NDArray[np.int32], list[FieldValue]]] = {}

    def allowed(self, constraints: Sequence[Constraint]) -> Mask:
        """Which products pass all constraints."""
        mask = np.ones(len(self._products), np.bool_)
        for constraint in constraints:
            mask &= self.mask(constraint)
        return mask

    def mask(self, constraint: Constraint) -> Mask:
        codes, values = self._column(constraint.field)
        if not values:
            return np.zeros(0, np.bool_)
        return np.array([_holds(value, constraint) for value in values], np.bool_)[codes]

    def _column(self, field: str) -> tuple[NDArray[np.int32], list[FieldValue]]:
        """The different values of a field, and which of them each product has."""
        if field not in self._columns:
            seen: dict[tuple[type, FieldValue], int] = {}
            codes = np.empty(len(self._products), np.int32)
            for row, product in enumerate(self._products):
                value = field_value(product, field)
                codes[row] = seen.setdefault((type(value), value), len(seen))
            self._columns[field] = codes, [value for _, value in seen]
        return self._columns[field]


def field_value(product: Product, field: str) -> FieldValue:
    """What the record holds; texts in the product's own language first.

    None: it does not say, or says a price in another currency than the shop's.
    """
    reader = _FIELDS.get(field)
    return reader(product) if reader else _attribute(product, field)


def number_in(text: str) -> float | None:
    """The number of a text that is a number, with or without a unit: "15.6 in" is 15.6, "usb 3.0" is none."""
    match = _NUMBER.fullmatch(text.strip())
    return float(match[1]) if match else None


def as_number(value: FieldValue) -> float | None:
    """A field as a number, for bounds and for sorting."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float | int):
        return float(value)
    return next((number for one in value if isinstance(one, str) and (number := number_in(one)) is not None), None)


@functools.lru_cache(maxsize=65536)
def _same(text: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", normalise(text)).split())


def _brand(product: Product) -> FieldValue:
    return (product.brand,) if product.brand else None


def _category(product: Product) -> FieldValue:
    paths = (product.category, *(texts.category for texts in product.translations.values()))
    return tuple(path for path in paths if path) or None


def _sale(product: Product) -> FieldValue:
    if product.price is None or product.list_price is None:
        return False
    return product.price < product.list_price


_FIELDS: dict[str, Callable[[Product], FieldValue]] = {
    "price": lambda product: product.comparable_price,
    "list_price": lambda product: None if product.shop_currency else product.list_price,
    "rating": lambda product: product.rating,
    "n_ratings": lambda product: product.n_ratings,
    "stock": lambda product: product.stock,
    "available": lambda product: product.in_stock,
    "sale": _sale,
    "brand": _brand,
    "category": _category,
    "released": lambda product: (product.released,) if product.released else None,
    "product_id": lambda product: (str(product.product_id),),
}


def _attribute(product: Product, field: str) -> FieldValue:
    own = product.attributes.get(field)
    if own is None:
        wanted = name_key(field)
        found = next((name for name in product.attributes if name_key(name) == wanted), None)
        if found is None:
            return None
        field, own = found, product.attributes[found]
    if not isinstance(own, str):
        return float(own)
    translated = (texts.attributes.get(field, "") for texts in product.translations.values())
    return tuple(text for text in (own, *translated) if text) or None


def _holds(value: FieldValue, constraint: Constraint) -> bool:
    if constraint.op == "ne":
        return value is None or not _equals(value, constraint.value, constraint.field)
    if value is None:
        return False
    if constraint.op in _BOUNDS:
        number, bound = as_number(value), _bound(constraint.value)
        return number is not None and bound is not None and _BOUNDS[constraint.op](number, bound)
    return _equals(value, constraint.value, constraint.field)


def _equals(value: FieldValue, wished: Value, field: str) -> bool:
    if isinstance(wished, tuple):
        return any(_equals(value, one, field) for one in wished)
    if isinstance(value, bool):
        return _same(str(wished)) in (YES if value else NO)
    if field == "product_id":
        return value == (str(wished),)
    if isinstance(value, float | int):
        number = _bound(wished)
        return number is not None and math.isclose(value, number, rel_tol=1e-6)
    return any(_text_equals(one, wished) for one in value or ())


def _text_equals(value: str | tuple[str, ...], wished: str | float) -> bool:
    if not isinstance(wished, str):
        number = number_in(value) if isinstance(value, str) else None
        return number is not None and math.isclose(number, wished, rel_tol=1e-6)
    if not isinstance(value, str):
        return _is_within(value, wished)
    wish, held = _same(wished), _same(value)
    if held in YES or held in NO:
        return wish == held or any(wish in said and held in said for said in (YES, NO))
    return held == wish or wish in {_same(part) for part in _PARTS.split(value)}


def _is_within(path: tuple[str, ...], wished: str) -> bool:
    levels = [_same(level) for level in path]
    wanted = [_same(level) for level in wished.split(">")]
    return any(levels[i : i + len(wanted)] == wanted for i in range(len(levels) - len(wanted) + 1))


def _bound(wished: Value) -> float | None:
    if isinstance(wished, str):
        return number_in(wished)
    return None if isinstance(wished, tuple) else float(wished)
