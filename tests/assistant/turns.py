"""An assistant with its real gatherers, drafts and routing, on the tiny world; the rest of it is scripted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from assistant.drafts import House
from assistant.gather import Gatherer
from assistant.generator import DraftGenerator
from assistant.memory import MemoryJournal
from assistant.references import read_references
from assistant.turn import Assistant
from assistant.wishes import WishReading
from knowledge.catalogue import Catalogue, texts
from knowledge.domain import (
    Answer,
    Candidate,
    Citation,
    Condition,
    Constraint,
    Found,
    IntentReading,
    Language,
    Order,
    OrderItem,
    Product,
    ProductId,
    Reading,
    Rule,
    SessionState,
    Topic,
    Turn,
    Value,
    Wish,
)
from knowledge.facts import holds
from knowledge.language import detect_language
from knowledge.orders import FileOrderBook
from knowledge.settings import DEFAULT_ROUTES
from knowledge.vocabulary import Vocabulary
from retrieval.constraints import passes
from retrieval.tokens import tokenize

HEADPHONES = Constraint("category", "eq", "Audio > Headphones")
KETTLES = Constraint("category", "eq", "Kitchen > Kettles")


@dataclass(frozen=True)
class Said:
    """How a scripted reader reads an utterance."""

    intent: str
    constraints: tuple[Constraint, ...] = ()
    sort: tuple[str, Literal["asc", "desc"]] | None = None


Script = Mapping[str, Said | tuple[str, tuple[Constraint, ...]]]


class ScriptedReader:
    """Reads what the script says of an utterance, and which products it points to."""

    def __init__(self, script: Script, vocabulary: Vocabulary) -> None:
        self.script = script
        self.vocabulary = vocabulary

    def read(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> Reading:
        said = self.script[utterance]
        said = said if isinstance(said, Said) else Said(*said)
        language = detect_language(utterance)
        in_scope = said.intent != "oos"
        return Reading(
            utterance,
            language,
            IntentReading(said.intent, 0.9, in_scope, 1.0, ((said.intent, 0.9),)),
            Wish(utterance, language, said.constraints, said.sort),
            self._references(utterance, state, shown),
        )

    def _references(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> tuple[str, ...]:
        nothing = WishReading((), None, "", ())
        return read_references(utterance, shown, nothing, self.vocabulary, state.listed)


class FilterSearch:
    """Every product that passes, those first whose titles have most of the words, then in the catalogue's order."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def search(self, wish: Wish, k: int) -> Found:
        words = set(tokenize(wish.text, wish.language))
        fitting = [p for p in self.catalogue if all(passes(p, c) for c in wish.constraints)]
        fitting.sort(key=lambda p: -len(words & set(tokenize(texts(p, wish.language).title, wish.language))))
        return Found(tuple(Candidate(p.product_id, 1.0) for p in fitting[:k]), (), len(fitting))

    def offering(self, catalogue: Catalogue) -> "FilterSearch":
        return type(self)(catalogue)


class GenerousSearch(FilterSearch):
    """Gives up the price where nothing fits."""

    def search(self, wish: Wish, k: int) -> Found:
        limits = tuple(c for c in wish.constraints if c.field == "price")
        found = super().search(wish, k)
        if found.candidates or not limits:
            return found
        kept = tuple(c for c in wish.constraints if c not in limits)
        return replace(super().search(replace(wish, constraints=kept), k), relaxed=limits)


class OneAnswer:
    def answer(
        self,
        question: str,
        language: Language,
        *,
        category: tuple[str, ...] = (),
        facts: Mapping[str, Value] | None = None,
        topic: Topic | None = None,
        elsewhere: bool = False,
    ) -> Answer:
        if "moon" in question:
            return Answer("", False, 0.1, (Citation("delivery", "Delivery"),))
        return Answer("Within 30 days.", True, 0.9, (Citation("returns", "Returns"),), ("page: Returns",))


class StateRules(OneAnswer):
    """Answers by the first rule whose order state is the one given, else by the one without a state."""

    def __init__(self, *rules: tuple[str, bool, str]) -> None:
        self.rules = [
            Rule(
                f"cancel-{state}", "cancel", "orders", 0, (), (Condition("order_state", "eq", state),) if state else (),
                {"allowed": allowed}, {"en": text, "zh": text},
            )
            for state, allowed, text in rules
        ]  # fmt: skip

    def answer(self, question: str, language: Language, **given: Any) -> Answer:
        facts = given.get("facts") or {}
        rule = next(r for r in self.rules if all(holds(c, facts) for c in r.conditions))
        return Answer(rule.answers[language], True, 0.9, (Citation("orders", "Orders"),), rule=rule)


class NoAnswer(OneAnswer):
    def answer(self, question: str, language: Language, **_: Any) -> Answer:
        return Answer("", known=False, score=0.0)


def make(catalogue: Catalogue, script: Script) -> Assistant:
    order = Order(
        "HL-70001", "C-1", "jo@example.com", "97205", "shipped", datetime(2026, 11, 1, tzinfo=UTC), None, "USD",
        (OrderItem(ProductId("P1"), 1, 149.0),), "Parcelline", "PL-9",
    )  # fmt: skip
    return Assistant(
        house=House("Tiny Shop", "USD", "care@example.com"),
        reader=ScriptedReader(script, Vocabulary.from_catalogue(catalogue, ("en", "zh"))),
        gatherer=Gatherer(
            catalogue, FilterSearch(catalogue), OneAnswer(), FileOrderBook([order]), lambda *_: {}, "USD", 5
        ),
        generator=DraftGenerator(),
        journal=MemoryJournal(),
        routes=DEFAULT_ROUTES,
        models={"intent": "scripted"},
        languages=("en", "zh"),
        max_chars=200,
        max_turns=30,
    )


def say(assistant: Assistant, *utterances: str) -> Turn:
    """The last turn of a session."""
    session = ""
    for utterance in utterances:
        turn = assistant.turn(utterance, session)
        session = turn.session_id
    return turn
