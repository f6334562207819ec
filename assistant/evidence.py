"""Everything that a reply may say, as records: the drafts are written from this and from nothing else."""

from dataclasses import dataclass, field

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
    """What a route found. `kind` names the draft that is written from it, within the route."""

    route: Route
    kind: str
    state: SessionState
    shown: tuple[Shown, ...] = ()
    wishes: tuple[Constraint, ...] = ()
    relaxed: tuple[Constraint, ...] = ()
    answer: Answer | None = None
    product: Product | None = None
    attribute: tuple[str, str] | None = None
    rows: tuple[AttributeRow, ...] = ()
    order: Order | None = None
    order_titles: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    path: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = field(default=())
