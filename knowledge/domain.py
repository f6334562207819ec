"""The nouns of the shop and of one turn. Values only: frozen, without behaviour beyond a property."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType, TypeAlias

Language: TypeAlias = Literal["en", "zh"]
Route: TypeAlias = Literal[
    "recommend", "compare", "answer", "order", "clarify", "handover", "smalltalk", "out_of_scope"
]
Op: TypeAlias = Literal["eq", "ne", "lt", "le", "gt", "ge", "in"]
Value: TypeAlias = str | float | tuple[str, ...]
Topic: TypeAlias = Literal[
    "return", "exchange", "delivery", "warranty", "payment", "cancel", "voucher", "store", "account"
]
Link: TypeAlias = Literal["accessory_for", "consumable_for", "spare_part_for", "goes_with", "similar_to"]
FeedKind: TypeAlias = Literal["catalogue", "knowledge", "orders", "intents"]

Terms: TypeAlias = Mapping[str, Mapping[str, Mapping[Language, tuple[str, ...]]]]
"""The words by which shoppers mean a value of a condition: region → alaska_hawaii → en → words."""

ProductId = NewType("ProductId", str)
SessionId = NewType("SessionId", str)
TurnId = NewType("TurnId", str)


# ------------------------------------------------------------------ what the shop holds


@dataclass(frozen=True, slots=True)
class Translation:
    """A product's texts in one more language; what is empty is taken from the product itself."""

    title: str = ""
    description: str = ""
    category: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an attribute that the feed does not give was found: a text of the product, and its `words` there."""

    field: Literal["title", "description"]
    words: str
    language: Language


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that can be bought. A variant names what it is a variant of in `parent_id`.

    `price` and `list_price` are in `currency`, and `shop_currency` is given where that is another one than the shop's;
    `rating` is 0 to 5; `stock` counts pieces, and `available` says whether it can be bought where the feed gives no
    count. `None` always means "the feed does not say". `links` name other products: what this is an accessory, a
    consumable or a spare part for, goes with, or can stand in for. `found` names the attributes, "brand" among them,
    that the feed does not give and that the product's own texts do.
    """

    product_id: ProductId
    title: str
    brand: str = ""
    category: tuple[str, ...] = ()
    description: str = ""
    price: float | None = None
    list_price: float | None = None
    currency: str = ""
    shop_currency: str = ""
    available: bool | None = None
    stock: int | None = None
    rating: float | None = None
    n_ratings: int | None = None
    released: str = ""
    url: str = ""
    image: str = ""
    attributes: Mapping[str, str | float] = field(default_factory=dict)
    parent_id: ProductId | None = None
    links: Mapping[Link, tuple[ProductId, ...]] = field(default_factory=dict)
    translations: Mapping[Language, Translation] = field(default_factory=dict)
    found: Mapping[str, Place] = field(default_factory=dict)

    @property
    def comparable_price(self) -> float | None:
        """The price, if it is in the shop's currency: nothing else says whether it is within a limit."""
        return None if self.shop_currency else self.price

    @property
    def in_stock(self) -> bool:
        """Whether it can be bought now; a feed that says nothing is taken as yes."""
        if self.stock is not None:
            return self.stock > 0
        return self.available is not False


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a rule: `item_state in (opened, used)`, `days le 30`, `sale eq yes`."""

    name: str
    op: Op
    value: Value | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a help page. No category means every category; a category holds for all below it."""

    rule_id: str
    topic: Topic
    page_id: str
    section: int
    categories: tuple[tuple[str, ...], ...]
    conditions: tuple[Condition, ...]
    outcome: Mapping[str, str | float | bool]
    answers: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a help page, its text, and other ways in which shoppers ask for it."""

    heading: str
    text: str
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpPage:
    """A help page in one language. Rules stand in one of the languages and hold answers in all."""

    page_id: str
    language: Language
    title: str
    sections: tuple[Section, ...]
    rules: tuple[Rule, ...] = ()
    terms: Terms = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True, slots=True)
class OrderItem:
    product_id: ProductId
    quantity: int
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the shop's system knows it; times are aware of their zone."""

    order_id: str
    customer_id: str
    email: str
    postcode: str
    state: str
    placed_at: datetime | None
    delivered_at: datetime | None
    currency: str
    items: tuple[OrderItem, ...]
    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Utterance:
    """A labelled example of what shoppers write; the label `oos` means out of scope."""

    text: str
    label: str
    language: Language


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that was left out, by file and line (1 is the first line), and how to mend it; or a doubt about one that
    is `kept`."""

    file: str
    line: int
    message: str
    kept: bool = False


# ------------------------------------------------------------------ one turn


@dataclass(frozen=True, slots=True)
class Constraint:
    """A hard wish: `field` is price, brand, category, rating, available or an attribute's name."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class IntentReading:
    """What the intent model read. `probability` is calibrated; `in_scope_score` grows with being in scope."""

    intent: str
    probability: float
    in_scope: bool
    in_scope_score: float
    ranking: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a product search is asked for: words, hard constraints, and an order if the shopper named one.

    `sort` is (field, "asc" | "desc"), as in "cheapest". `language` chooses index and texts.
    """

    text: str
    language: Language
    constraints: tuple[Constraint, ...] = ()
    sort: tuple[str, Literal["asc", "desc"]] | None = None
    exclude: tuple[ProductId, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance as it was read. `wish` holds this utterance's constraints alone, before the session's.

    `foreign` is an amount in another currency than the shop's, as it was written, which limits nothing. `names_goods`:
    all that it says stands in titles of the catalogue; `about_goods`: beside words that ask it names what goods are.
    """

    utterance: str
    language: Language
    intent: IntentReading
    wish: Wish
    references: tuple[str, ...] = ()
    foreign: str = ""
    names_goods: bool = False
    about_goods: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Evidence for or against a product: what its record holds in `field` beside what was wished."""

    field: str
    value: str
    wish: str
    met: bool
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product with its score and each stage's own score, by the stage's name."""

    product_id: ProductId
    score: float
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave: candidates, best first, and the constraints that were given up to find any."""

    candidates: tuple[Candidate, ...]
    relaxed: tuple[Constraint, ...] = ()
    n_passing: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A product as it was shown. `propensity` is its probability at this position given those above it."""

    product: Product
    position: int
    score: float
    propensity: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement stands: a help page and its section, or a product's field."""

    source_id: str
    title: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer from the graph. `path` are the nodes walked, in words. Not `known`: the pages do not say.

    `rule` is the one that holds in the case asked about; None where a section answers as a whole.
    """

    text: str
    known: bool
    score: float
    citations: tuple[Citation, ...] = ()
    path: tuple[str, ...] = ()
    source: str = ""
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a turn leaves for the next: the wish in force, what was shown, and what is being talked about.

    `listed` is the list that the one product shown was picked from: "the first one" still points there.
    `question` is the last question on the shop's terms, with its intent, until products are talked of again.
    `language` is that of the last utterance that had letters.
    """

    wish: Wish | None = None
    shown: tuple[ProductId, ...] = ()
    category: tuple[str, ...] = ()
    question: str = ""
    question_intent: str = ""
    order_id: str = ""
    order_verified: bool = False
    order_tries: int = 0
    asked: bool = False
    listed: tuple[ProductId, ...] = ()
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One finished turn, as the journal keeps it."""

    session_id: SessionId
    turn_id: TurnId
    at: datetime
    reading: Reading
    constraints: tuple[Constraint, ...]
    route: Route
    shown: tuple[Shown, ...]
    citations: tuple[Citation, ...]
    path: tuple[str, ...]
    relaxed: tuple[Constraint, ...]
    suggestions: tuple[str, ...]
    draft: str
    reply: str
    models: Mapping[str, str]
    timings_ms: Mapping[str, float]
    state: SessionState = field(default_factory=SessionState)


@dataclass(frozen=True, slots=True)
class Feedback:
    """A shopper's verdict on a turn: thumbs or 1 to 5, with reasons and a comment if given."""

    turn_id: TurnId
    rating: Literal["up", "down"] | int
    reasons: tuple[str, ...] = ()
    comment: str = ""
