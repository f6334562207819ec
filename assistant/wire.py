"""What the HTTP API takes and gives, as pydantic models: they check requests and stand in /openapi.json."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from assistant.cards import link
from assistant.events import (
    CitationsEvent,
    DeltaEvent,
    DoneEvent,
    Event,
    HandoffEvent,
    ProductsEvent,
    RouteEvent,
    SessionEvent,
    SuggestionsEvent,
)
from assistant.pictures import Pictures
from knowledge.catalogue import texts
from knowledge.domain import Citation, Feedback, Language, Op, Route, Shown, Turn, TurnId

# Above every value of `limits.utterance_chars`: what is too long for the shop is answered, not refused.
MAX_TEXT_CHARS = 20_000


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChatRequest(Wire):
    text: str = Field(max_length=MAX_TEXT_CHARS)
    session_id: str | None = Field(default=None, description="from POST /v1/sessions or an earlier reply")
    stream: bool = False


class FeedbackRequest(Wire):
    turn_id: str = Field(min_length=1, max_length=100)
    rating: Literal["up", "down"] | Annotated[int, Field(ge=1, le=5, strict=True)]
    reasons: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=10)
    comment: str = Field(default="", max_length=2000)

    def to_feedback(self) -> Feedback:
        return Feedback(TurnId(self.turn_id), self.rating, tuple(self.reasons), self.comment)


class SessionOut(Wire):
    session_id: str


class ReasonOut(Wire):
    field: str
    value: str
    wish: str
    met: bool
    text: str


class ProductOut(Wire):
    """A product as it was shown; `image` is a path on this server, and `url` a web address or ""."""

    product_id: str
    position: int
    title: str
    brand: str
    category: list[str]
    price: float | None
    list_price: float | None
    currency: str
    rating: float | None
    n_ratings: int | None
    in_stock: bool
    stock: int | None
    url: str
    image: str
    reasons: list[ReasonOut]


class CitationOut(Wire):
    source_id: str
    title: str
    section: str


class ConstraintOut(Wire):
    field: str
    op: Op
    value: str | float | list[str]


class HandoffOut(Wire):
    contact: str


class SessionTold(Wire):
    session_id: str
    turn_id: str


class RouteTold(Wire):
    route: Route
    intent: str
    probability: float


class ProductsTold(Wire):
    products: list[ProductOut]


class DeltaTold(Wire):
    text: str


class CitationsTold(Wire):
    citations: list[CitationOut]


class SuggestionsTold(Wire):
    suggestions: list[str]


class Reply(Wire):
    """A finished turn: the answer without `stream`, and the event `done` with it."""

    session_id: str
    turn_id: str
    language: Language
    intent: str
    route: Route
    constraints: list[ConstraintOut]
    relaxed: list[ConstraintOut]
    products: list[ProductOut]
    citations: list[CitationOut]
    path: list[str]
    suggestions: list[str]
    handoff: HandoffOut | None
    reply: str
    models: Mapping[str, str]
    timings_ms: Mapping[str, float]


class ErrorTold(Wire):
    """The event `error`: the turn ended without a reply."""

    code: Literal["turn_failed"]
    message: str
    retryable: bool


Told: TypeAlias = (
    SessionTold
    | RouteTold
    | ProductsTold
    | DeltaTold
    | CitationsTold
    | SuggestionsTold
    | HandoffOut
    | Reply
    | ErrorTold
)


class Teller:
    """Puts one turn's events into words of the API. `currency` is that of prices without one of their own."""

    def __init__(self, language: Language, currency: str, pictures: Pictures) -> None:
        self._language = language
        self._currency = currency
        self._pictures = pictures
        self._reply: list[str] = []
        self._contact: str | None = None

    def tell(self, event: Event) -> tuple[str, Told]:
        """The event's name and its content."""
        match event:
            case SessionEvent(session_id=session_id, turn_id=turn_id):
                return "session", SessionTold(session_id=session_id, turn_id=turn_id)
            case RouteEvent(route=route, intent=intent, probability=probability):
                return "route", RouteTold(route=route, intent=intent, probability=probability)
            case ProductsEvent(shown=shown):
                return "products", ProductsTold(products=[self._product(s, self._language) for s in shown])
            case DeltaEvent(text=text):
                self._reply.append(text)
                return "delta", DeltaTold(text=text)
            case CitationsEvent(citations=citations):
                return "citations", CitationsTold(citations=[_citation(c) for c in citations])
            case SuggestionsEvent(suggestions=suggestions):
                return "suggestions", SuggestionsTold(suggestions=list(suggestions))
            case HandoffEvent(contact=contact):
                self._contact = contact
                return "handoff", HandoffOut(contact=contact)
            case DoneEvent(turn=turn):
                return "done", self._finished(turn)

    def _finished(self, turn: Turn) -> Reply:
        language = turn.reading.language
        return Reply(
            session_id=turn.session_id,
            turn_id=turn.turn_id,
            language=language,
            intent=turn.reading.intent.intent,
            route=turn.route,
            constraints=[ConstraintOut(field=c.field, op=c.op, value=_plain(c.value)) for c in turn.constraints],
            relaxed=[ConstraintOut(field=c.field, op=c.op, value=_plain(c.value)) for c in turn.relaxed],
            products=[self._product(s, language) for s in turn.shown],
            citations=[_citation(c) for c in turn.citations],
            path=list(turn.path),
            suggestions=list(turn.suggestions),
            handoff=None if self._contact is None else HandoffOut(contact=self._contact),
            # The turn's own reply is masked for the journal; the shopper gets what was said.
            reply="".join(self._reply),
            models=dict(turn.models),
            timings_ms=dict(turn.timings_ms),
        )

    def _product(self, shown: Shown, language: Language) -> ProductOut:
        product = shown.product
        said = texts(product, language)
        return ProductOut(
            product_id=product.product_id,
            position=shown.position,
            title=said.title,
            brand=product.brand,
            category=list(said.category),
            price=product.price,
            list_price=product.list_price,
            currency=product.currency or self._currency,
            rating=product.rating,
            n_ratings=product.n_ratings,
            in_stock=product.in_stock,
            stock=product.stock,
            url=link(product.url),
            image=self._pictures.address(product),
            reasons=[
                ReasonOut(field=r.field, value=r.value, wish=r.wish, met=r.met, text=r.text) for r in shown.reasons
            ],
        )


def _citation(citation: Citation) -> CitationOut:
    return CitationOut(source_id=citation.source_id, title=citation.title, section=citation.section)


def _plain(value: str | float | tuple[str, ...]) -> str | float | list[str]:
    return list(value) if isinstance(value, tuple) else value
