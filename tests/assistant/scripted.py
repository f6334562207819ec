"""A scripted assistant: it answers what a test expects, and remembers what it was given."""

import threading
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

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
from knowledge.domain import (
    Citation,
    Feedback,
    IntentReading,
    Product,
    Reading,
    Reason,
    Route,
    SessionId,
    Shown,
    Turn,
    TurnId,
    Wish,
)
from knowledge.errors import JournalError
from knowledge.language import detect_language


class UnknownTurnError(JournalError, LookupError):
    """What a journal says of a turn that it does not hold."""


class ScriptedAssistant:
    """Shows `products` for whatever is asked; a question with a word of `ACTS` gets that act."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.products = tuple(products)
        self.turns: list[Turn] = []
        self.utterances: list[str] = []
        self.feedback: list[tuple[Feedback, str]] = []
        self.threads: set[str] = set()
        self.go_on = threading.Event()
        self.go_on.set()

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        self.threads.add(threading.current_thread().name)
        self.utterances.append(utterance)
        language = detect_language(utterance)
        zh = language == "zh"
        turn_id = TurnId(uuid.uuid4().hex)
        yield SessionEvent(SessionId(session_id), turn_id)
        route: Route = "recommend"
        if "return" in utterance or "退" in utterance:
            route = "answer"
        if "person" in utterance or "人工" in utterance:
            route = "handover"
        yield RouteEvent(route, "find_product", 0.93)
        if "break" in utterance:
            raise RuntimeError("scripted failure")
        if "disk full" in utterance:
            raise JournalError("the disk is full; make room")
        shown: tuple[Shown, ...] = ()
        citations: tuple[Citation, ...] = ()
        suggestions: tuple[str, ...] = ()
        path: tuple[str, ...] = ()
        if route == "recommend":
            shown = tuple(
                Shown(product, position, 1.0 / position, 1.0, _reasons(product, zh))
                for position, product in enumerate(self.products, 1)
            )
            suggestions = ("有便宜点的吗？", "比较前两个") if zh else ("Anything cheaper?", "Compare the first two")
            reply = "为您找到这些，都不超过 $300：" if zh else "These fit: wireless, price at most $300.00."
            yield ProductsEvent(shown)
        elif route == "answer":
            citations = (
                Citation("returns", "退货与退款" if zh else "Returns and refunds", "期限" if zh else "How long"),
            )
            path = (
                ("问题：退货期限", "规则：耳机已拆封", "页面：退货与退款")
                if zh
                else ("question: return window", "rule: opened headphones", "page: Returns and refunds")
            )
            reply = (
                "耳机签收后30天内可以退货，拆封后因卫生原因只能退未使用的耳塞。"
                if zh
                else "Headphones can go back within 30 days of delivery. Opened in-ear tips cannot, for hygiene."
            )
        else:
            reply = "好的，这就告诉您怎么找到我们的同事。" if zh else "Of course; here is how you reach a person."
        pieces = [reply[i : i + 6] for i in range(0, len(reply), 6)]
        for n, piece in enumerate(pieces):
            if n == 2:
                self.go_on.wait(timeout=10)
            yield DeltaEvent(piece)
        if citations:
            yield CitationsEvent(citations)
        if suggestions:
            yield SuggestionsEvent(suggestions)
        if route == "handover":
            yield HandoffEvent("care@harbourlane.example")
        intent = IntentReading("find_product", 0.93, True, 1.0)
        turn = Turn(
            session_id=SessionId(session_id),
            turn_id=turn_id,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            reading=Reading(utterance, language, intent, Wish(utterance, language)),
            constraints=(),
            route=route,
            shown=shown,
            citations=citations,
            path=path,
            relaxed=(),
            suggestions=suggestions,
            draft=reply,
            reply=reply,
            models={"generator": "scripted"},
            timings_ms={"read": 1.0},
        )
        self.turns.append(turn)
        yield DoneEvent(turn)

    def give_feedback(self, feedback: Feedback, key: str = "") -> None:
        if feedback.comment == "disk full":
            raise JournalError("the disk is full; make room")
        if all(turn.turn_id != feedback.turn_id for turn in self.turns):
            raise UnknownTurnError(f"turn {feedback.turn_id!r} is not in the journal")
        if (feedback, key) not in self.feedback:
            self.feedback.append((feedback, key))


def _reasons(product: Product, zh: bool) -> tuple[Reason, ...]:
    wireless = product.attributes.get("connection") == "wireless"
    return (
        Reason("price", str(product.price), "le 300", True, "价格不超过 $300" if zh else "price at most $300.00"),
        Reason(
            "connection",
            str(product.attributes.get("connection", "")),
            "wireless",
            wireless,
            ("无线连接" if wireless else "不是无线连接") if zh else ("wireless" if wireless else "wired, not wireless"),
        ),
    )
