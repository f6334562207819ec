"""Everything that a reply may say, as records: the drafts are written from this and from nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from knowledge.domain import (
    Answer,
    Citation,
    Constraint,
    Order,
    Product,
    Route,
    SessionState,
    Shown,
)


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """One line of a comparison: a field and its value for each product, "" where the record does not say."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a route found. `kind` names the draft that is written from it, within the route.

    `unknown` are the names of products that the catalogue does not have, `foreign` is a limit in another currency.
    """

    route: Route
    kind: str
    state: SessionState
    shown: tuple[Shown, ...] = ()
    wishes: tuple[Constraint, ...] = ()
    relaxed: tuple[Constraint, ...] = ()
    unknown: tuple[str, ...] = ()
    foreign: str = ""
    answer: Answer | None = None
    product: Product | None = None
    attribute: tuple[str, str] | None = None
    rows: tuple[AttributeRow, ...] = ()
    order: Order | None = None
    order_titles: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    path: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = field(default=())


def join(parts: Sequence[Evidence]) -> Evidence:
    """The evidence of several asks as one: the first leads, the last leaves the state."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        state=parts[-1].state,
        shown=next((part.shown for part in parts if part.shown), ()),
        wishes=tuple(dict.fromkeys(wish for part in parts for wish in part.wishes)),
        relaxed=tuple(dict.fromkeys(wish for part in parts for wish in part.relaxed)),
        citations=tuple(dict.fromkeys(citation for part in parts for citation in part.citations)),
        path=tuple(step for part in parts for step in part.path),
        suggestions=next((part.suggestions for part in parts if part.suggestions), ()),
    )
