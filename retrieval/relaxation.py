"""Which wishes to give up when no product fulfils all of them."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from knowledge.domain import Constraint
from retrieval.constraints import ConstraintFilter, Mask

STEPS = (0.1, 0.25, 0.5)
"""How far a number is loosened, as a share of it, before its constraint is dropped."""

_ALL_SUBSETS_UP_TO = 8
_ATTRIBUTE, _COLOUR, _NEGATION, _CATEGORY, _PRODUCT = 1, 2, 6, 7, 8
_IMPORTANCE = {
    "rating": 0,
    "n_ratings": 0,
    "released": 0,
    "colour": _COLOUR,
    "color": _COLOUR,
    "product_colour": _COLOUR,
    "available": 3,
    "stock": 3,
    "sale": 3,
    "brand": 4,
    "price": 5,
    "category": _CATEGORY,
    "product_id": _PRODUCT,
}


@dataclass(frozen=True, slots=True)
class Relaxation:
    """What passes once `given_up` no longer hold. `dropped` are those of them that were not just loosened."""

    mask: Mask
    given_up: tuple[Constraint, ...] = ()
    dropped: tuple[Constraint, ...] = ()


def relax(constraints: Sequence[Constraint], products: ConstraintFilter, within: Mask) -> Relaxation:
    """The least that has to be given up so that something of `within` passes; nothing if something does already.

    One constraint is given up before two. Less important ones go first: rating, other attributes, colour, stock,
    brand, price, what is not wanted; the category, and products that were named, go only when all else is in vain.
    Numbers are first loosened by 10, 25 and 50 per cent.
    """
    masks = [products.mask(constraint) for constraint in constraints]
    everything = _all_of(masks, within)
    if everything.any() or not within.any():
        return Relaxation(everything)
    for subset in _subsets(constraints):
        rest = _all_of([mask for i, mask in enumerate(masks) if i not in subset], within)
        if not rest.any():
            continue
        given_up = tuple(constraints[i] for i in subset)
        for step in STEPS if any(_is_number(constraint) for constraint in given_up) else ():
            loose = _all_of([products.mask(c) for c in _loosened(given_up, step)], rest)
            if loose.any():
                return Relaxation(loose, given_up, tuple(c for c in given_up if not _is_number(c)))
        return Relaxation(rest, given_up, given_up)
    return Relaxation(within, tuple(constraints), tuple(constraints))


def _importance(constraint: Constraint) -> int:
    if constraint.op == "ne":
        return _NEGATION
    return _IMPORTANCE.get(constraint.field, _ATTRIBUTE)


def _subsets(constraints: Sequence[Constraint]) -> Iterator[tuple[int, ...]]:
    """Positions to give up, in the order of trying."""
    order = sorted(range(len(constraints)), key=lambda i: _importance(constraints[i]))
    if len(order) > _ALL_SUBSETS_UP_TO:
        yield from ((i,) for i in order)
        yield from (tuple(order[:n]) for n in range(2, len(order) + 1))
        return

    def trying(subset: tuple[int, ...]) -> tuple[int, int, list[int]]:
        weights = sorted((_importance(constraints[i]) for i in subset), reverse=True)
        return max(weights[0], _NEGATION), len(subset), weights

    subsets = itertools.chain.from_iterable(itertools.combinations(order, n) for n in range(1, len(order) + 1))
    yield from sorted(subsets, key=trying)


def _all_of(masks: Sequence[Mask], within: Mask) -> Mask:
    return np.asarray(np.logical_and.reduce([within, *masks]), np.bool_)


def _is_number(constraint: Constraint) -> bool:
    return isinstance(constraint.value, float | int) and constraint.op != "ne"


def _loosened(constraints: Sequence[Constraint], step: float) -> Iterator[Constraint]:
    for constraint in constraints:
        if not isinstance(constraint.value, float | int) or constraint.op == "ne":
            continue
        room = abs(constraint.value) * step
        if constraint.op in ("eq", "ge", "gt", "in"):
            yield replace(constraint, op="ge", value=constraint.value - room)
        if constraint.op in ("eq", "le", "lt", "in"):
            yield replace(constraint, op="le", value=constraint.value + room)
