"""What a turn sends while it runs, in order: session, route, products, text, citations, suggestions, the turn."""

from dataclasses import dataclass
from typing import TypeAlias

from knowledge.domain import Citation, Route, SessionId, Shown, Turn, TurnId


@dataclass(frozen=True, slots=True)
class SessionEvent:
    session_id: SessionId
    turn_id: TurnId


@dataclass(frozen=True, slots=True)
class RouteEvent:
    route: Route
    intent: str
    probability: float


@dataclass(frozen=True, slots=True)
class ProductsEvent:
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class DeltaEvent:
    text: str


@dataclass(frozen=True, slots=True)
class CitationsEvent:
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class SuggestionsEvent:
    suggestions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandoffEvent:
    """A person is asked for; `contact` is how the shopper reaches one."""

    contact: str


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The turn, finished and in the journal."""

    turn: Turn


Event: TypeAlias = (
    SessionEvent
    | RouteEvent
    | ProductsEvent
    | DeltaEvent
    | CitationsEvent
    | SuggestionsEvent
    | HandoffEvent
    | DoneEvent
)
