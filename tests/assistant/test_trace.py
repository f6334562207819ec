import json
from datetime import UTC, datetime, timedelta, timezone

from assistant.trace import (
    LOG_FIELDS,
    constraint_from_json,
    constraints_to_json,
    state_from_json,
    state_to_json,
    time_to_text,
    turn_to_json,
)
from knowledge.domain import (
    Citation,
    Constraint,
    IntentReading,
    Product,
    ProductId,
    Reading,
    Reason,
    SessionId,
    SessionState,
    Shown,
    Turn,
    TurnId,
    Wish,
)

WISH = Wish(
    "黑色耳机",
    "zh",
    (
        Constraint("price", "le", 100.0),
        Constraint("colour", "in", ("black", "blue")),
        Constraint("brand", "ne", "Acme"),
    ),
    ("price", "desc"),
    (ProductId("p-9"),),
)
STATE = SessionState(
    WISH,
    (ProductId("p-1"), ProductId("p-2")),
    ("Audio", "Headphones"),
    "and the strap?",
    "return_policy",
    "A-7",
    True,
    2,
    True,
)
REASON = Reason("price", "89.0", "at most 100", True, "89 is within 100")
TURN = Turn(
    session_id=SessionId("s-1"),
    turn_id=TurnId("t-1"),
    at=datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
    reading=Reading("黑色耳机", "zh", IntentReading("find_product", 0.91, True, 4.2, (("find_product", 0.91),)), WISH),
    constraints=WISH.constraints,
    route="recommend",
    shown=(Shown(Product(ProductId("p-1"), "Headphones", price=89.0), 1, 0.7, 1.0, (REASON,)),),
    citations=(Citation("returns", "Returns", "Opened"),),
    path=("product: Headphones",),
    relaxed=(Constraint("colour", "eq", "black"),),
    suggestions=("有便宜点的吗？",),
    draft="draft",
    reply="reply",
    models={"intent": "i-1"},
    timings_ms={"read": 1.5},
    state=STATE,
)


def test_a_state_comes_back_from_json_as_it_was() -> None:
    text = json.dumps(state_to_json(STATE))

    assert state_from_json(json.loads(text)) == STATE


def test_an_empty_state_comes_back_as_it_was() -> None:
    text = json.dumps(state_to_json(SessionState()))

    assert state_from_json(json.loads(text)) == SessionState()


def test_keys_of_a_newer_version_are_ignored_and_missing_ones_have_their_default() -> None:
    row = {"order_id": "A-7", "mood": "sunny", "wish": {"text": "x", "language": "en", "colour_scheme": 3}}

    assert state_from_json(row) == SessionState(wish=Wish("x", "en"), order_id="A-7")


def test_a_constraint_with_several_values_is_a_list_in_json() -> None:
    (row,) = constraints_to_json([Constraint("colour", "in", ("black", "blue"))])

    assert row == {"field": "colour", "op": "in", "value": ["black", "blue"]}
    assert constraint_from_json(row) == Constraint("colour", "in", ("black", "blue"))


def test_a_turn_in_json_is_a_line_of_the_dialogue_log_and_more() -> None:
    row = turn_to_json(TURN)

    assert set(row) == {*LOG_FIELDS, "read", "products", "draft", "path", "relaxed", "suggestions"}
    assert json.loads(json.dumps(row)) == row
    assert row["shown"] == [{"product_id": "p-1", "position": 1, "propensity": 1.0, "score": 0.7}]
    assert row["at"] == "2026-11-23T09:30:00.000000+00:00"


def test_a_turn_in_json_says_what_was_read() -> None:
    read = turn_to_json(TURN)["read"]

    assert isinstance(read, dict)
    assert read["intent"] == {
        "intent": "find_product",
        "probability": 0.91,
        "in_scope": True,
        "in_scope_score": 4.2,
        "ranking": [{"intent": "find_product", "probability": 0.91}],
    }
    assert read["wish"]["sort"] == ["price", "desc"]
    assert read["references"] == []


def test_a_product_in_json_has_its_record_and_its_reasons() -> None:
    products = turn_to_json(TURN)["products"]

    assert isinstance(products, list)
    assert products[0]["product_id"] == "p-1"
    assert products[0]["price"] == 89.0
    assert products[0]["reasons"] == [
        {"field": "price", "value": "89.0", "wish": "at most 100", "met": True, "text": "89 is within 100"}
    ]


def test_times_as_texts_sort_as_the_times_do() -> None:
    noon_in_shanghai = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=8)))
    nine_in_london = datetime(2026, 1, 1, 9, 0, 0, 5, tzinfo=UTC)

    assert time_to_text(noon_in_shanghai) < time_to_text(nine_in_london)
