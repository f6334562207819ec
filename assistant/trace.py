"""A turn and a session's state as JSON: what the journal keeps, `chat --once --json` prints and replay reads."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import cast

from knowledge.domain import (
    Citation,
    Constraint,
    IntentReading,
    Language,
    Op,
    ProductId,
    Reason,
    SessionState,
    Shown,
    Turn,
    Value,
    Wish,
)
from knowledge.feeds.products import product_to_row

LOG_FIELDS = (
    "session_id",
    "turn_id",
    "at",
    "utterance",
    "language",
    "intent",
    "constraints",
    "route",
    "shown",
    "citations",
    "reply",
    "models",
    "timings_ms",
    "feedback",
    "events",
)
"""The fields of a line of a dialogue log, in order."""


def turn_to_json(turn: Turn) -> dict[str, object]:
    """The turn as in the dialogue log, with what was read, the products in full, the draft and the path."""
    return {
        **trace_to_json(turn),
        "products": [_product_to_json(shown) for shown in turn.shown],
    }


def trace_to_json(turn: Turn) -> dict[str, object]:
    """The same without the products' records, which the catalogue holds: this is what the journal keeps."""
    return {
        "session_id": turn.session_id,
        "turn_id": turn.turn_id,
        "at": time_to_text(turn.at),
        "utterance": turn.reading.utterance,
        "language": turn.reading.language,
        "intent": turn.reading.intent.intent,
        "constraints": constraints_to_json(turn.constraints),
        "route": turn.route,
        "shown": [_shown_to_json(shown) for shown in turn.shown],
        "citations": [citation_to_json(citation) for citation in turn.citations],
        "reply": turn.reply,
        "models": dict(turn.models),
        "timings_ms": dict(turn.timings_ms),
        "feedback": [],
        "events": [],
        "read": {
            "intent": _intent_to_json(turn.reading.intent),
            "wish": wish_to_json(turn.reading.wish),
            "references": list(turn.reading.references),
        },
        "draft": turn.draft,
        "path": list(turn.path),
        "relaxed": constraints_to_json(turn.relaxed),
        "suggestions": list(turn.suggestions),
    }


def state_to_json(state: SessionState) -> dict[str, object]:
    return {
        "wish": wish_to_json(state.wish) if state.wish else None,
        "shown": list(state.shown),
        "listed": list(state.listed),
        "category": list(state.category),
        "question": state.question,
        "question_intent": state.question_intent,
        "order_id": state.order_id,
        "order_verified": state.order_verified,
        "order_tries": state.order_tries,
        "asked": state.asked,
        "language": state.language,
    }


def state_from_json(row: Mapping[str, object]) -> SessionState:
    """The state as it was; keys of a newer version are ignored, and missing ones have their default."""
    wish = row.get("wish")
    default = SessionState()
    return SessionState(
        wish=wish_from_json(_mapping(wish)) if wish else None,
        shown=_ids(row.get("shown")),
        listed=_ids(row.get("listed")),
        category=tuple(str(level) for level in _list(row.get("category"))),
        question=str(row.get("question", default.question)),
        question_intent=str(row.get("question_intent", default.question_intent)),
        order_id=str(row.get("order_id", default.order_id)),
        order_verified=bool(row.get("order_verified", default.order_verified)),
        order_tries=int(cast(int, row.get("order_tries", default.order_tries))),
        asked=bool(row.get("asked", default.asked)),
        language=cast(Language | None, row.get("language", default.language)),
    )


def wish_to_json(wish: Wish) -> dict[str, object]:
    return {
        "text": wish.text,
        "language": wish.language,
        "constraints": constraints_to_json(wish.constraints),
        "sort": list(wish.sort) if wish.sort else None,
        "exclude": list(wish.exclude),
    }


def wish_from_json(row: Mapping[str, object]) -> Wish:
    sort = _list(row.get("sort"))
    return Wish(
        text=str(row.get("text", "")),
        language=cast(Language, row.get("language", "en")),
        constraints=constraints_from_json(_list(row.get("constraints"))),
        sort=(str(sort[0]), "desc" if sort[1] == "desc" else "asc") if sort else None,
        exclude=_ids(row.get("exclude")),
    )


def constraints_to_json(constraints: Iterable[Constraint]) -> list[dict[str, object]]:
    return [{"field": c.field, "op": c.op, "value": _value_to_json(c.value)} for c in constraints]


def constraints_from_json(rows: Iterable[object]) -> tuple[Constraint, ...]:
    return tuple(constraint_from_json(_mapping(row)) for row in rows)


def constraint_from_json(row: Mapping[str, object]) -> Constraint:
    value = row["value"]
    return Constraint(
        field=str(row["field"]),
        op=cast(Op, row["op"]),
        value=tuple(str(part) for part in value) if isinstance(value, list) else cast(Value, value),
    )


def citation_to_json(citation: Citation) -> dict[str, object]:
    return {"source_id": citation.source_id, "title": citation.title, "section": citation.section}


def citation_from_json(row: Mapping[str, object]) -> Citation:
    return Citation(str(row["source_id"]), str(row.get("title", "")), str(row.get("section", "")))


def time_to_text(at: datetime) -> str:
    """ISO 8601 in UTC with microseconds, so that texts sort as times do; a time without zone is taken as UTC."""
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="microseconds")


def _intent_to_json(reading: IntentReading) -> dict[str, object]:
    return {
        "intent": reading.intent,
        "probability": reading.probability,
        "in_scope": reading.in_scope,
        "in_scope_score": reading.in_scope_score,
        "ranking": [{"intent": intent, "probability": probability} for intent, probability in reading.ranking],
    }


def _shown_to_json(shown: Shown) -> dict[str, object]:
    return {
        "product_id": shown.product.product_id,
        "position": shown.position,
        "propensity": shown.propensity,
        "score": shown.score,
    }


def _product_to_json(shown: Shown) -> dict[str, object]:
    return {**product_to_row(shown.product), "reasons": [_reason_to_json(reason) for reason in shown.reasons]}


def _reason_to_json(reason: Reason) -> dict[str, object]:
    return {
        "field": reason.field,
        "value": reason.value,
        "wish": reason.wish,
        "met": reason.met,
        "text": reason.text,
    }


def _value_to_json(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _ids(value: object) -> tuple[ProductId, ...]:
    return tuple(ProductId(str(product_id)) for product_id in _list(value))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
