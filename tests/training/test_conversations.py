from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from knowledge.domain import (
    Citation,
    Constraint,
    IntentReading,
    Product,
    ProductId,
    Reading,
    SessionId,
    SessionState,
    Shown,
    Turn,
    TurnId,
    Wish,
)
from knowledge.errors import FeedError, JournalError
from training.conversations import Expect, WantedConstraint, problems, read_spec, run_conversations

DEMO = Path(__file__).parents[2] / "demo" / "conversations"
CHEAP = Constraint("price", "le", 100.0)


def product(product_id: str, price: float, colour: str = "black") -> Product:
    return Product(
        ProductId(product_id),
        "Headphones",
        category=("Audio", "Headphones"),
        price=price,
        attributes={"colour": colour},
    )


TURN = Turn(
    session_id=SessionId("s-1"),
    turn_id=TurnId("t-1"),
    at=datetime(2026, 11, 23, tzinfo=UTC),
    reading=Reading("x", "en", IntentReading("find_product", 0.9, True, 1.0), Wish("x", "en")),
    constraints=(
        CHEAP,
        Constraint("category", "eq", "Audio > Headphones"),
        Constraint("colour", "in", ("Black", "blue")),
    ),
    route="recommend",
    shown=(Shown(product("p-1", 60), 1, 0.9, 1.0), Shown(product("p-2", 90), 2, 0.8, 1.0)),
    citations=(Citation("returns", "Returns", "Opened items"),),
    path=("page: Returns", "rule: returns-opened"),
    relaxed=(),
    suggestions=(),
    draft="",
    reply="You have 30 days.",
    models={},
    timings_ms={},
    state=SessionState(order_verified=True),
)


def spec(folder: Path, text: str, name: str = "a.toml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


# ------------------------------------------------------------------ asserting


@pytest.mark.parametrize(
    "expect",
    [
        Expect(),
        Expect(route=("answer", "recommend"), intent=("find_product",), language=("en",)),
        Expect(constraints=(WantedConstraint("price", ("lt", "le"), 100),)),
        Expect(constraints=(WantedConstraint("category", ("eq",), "headphones"),)),
        Expect(constraints=(WantedConstraint("Colour", ("in",), ("blue", "black")),)),
        Expect(products_all=(CHEAP, Constraint("colour", "eq", "black"))),
        Expect(shown_first=("p-1", "p-7"), shown_has=("p-2",), shown_min=2, shown_max=2),
        Expect(relaxed=False, known=True, order_verified=True),
        Expect(cites=("returns", "Returns#opened items")),
        Expect(path_has=("RETURNS-OPENED",), must_not=("14 days",)),
    ],
)
def test_a_turn_that_shows_what_is_expected_has_no_problem(expect: Expect) -> None:
    assert problems(TURN, expect) == []


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        (Expect(route=("answer",)), "route is recommend, expected answer"),
        (Expect(intent=("greeting", "oos")), "intent is find_product, expected greeting or oos"),
        (Expect(language=("zh",)), "language is en, expected zh"),
        (Expect(constraints=(WantedConstraint("price", ("le",), 90),)), "constraint price le 90 is not among"),
        (Expect(constraints=(WantedConstraint("price", ("ge",), 100),)), "constraint price ge 100 is not among"),
        (Expect(products_all=(Constraint("price", "lt", 80),)), "products_all: p-2 is not price lt 80"),
        (Expect(shown_first=("p-2",)), "shown_first is p-1, expected p-2"),
        (Expect(shown_has=("p-3",)), "shown_has: p-3 is not among p-1, p-2"),
        (Expect(shown_min=3), "2 products shown, at least 3 expected"),
        (Expect(shown_max=1), "2 products shown, at most 1 expected"),
        (Expect(relaxed=True), "relaxed is false, expected true"),
        (Expect(known=False), "known is true, expected false"),
        (Expect(order_verified=False), "order_verified is true, expected false"),
        (Expect(cites=("warranty",)), "cites: warranty is not among returns"),
        (Expect(path_has=("headphones",)), "path_has: 'headphones' is in no step of"),
        (Expect(must_not=("30 DAYS",)), "must_not: '30 DAYS' stands in the reply"),
    ],
)
def test_what_is_otherwise_than_expected_is_told(expect: Expect, problem: str) -> None:
    (found,) = problems(TURN, expect)

    assert found.startswith(problem)


def test_products_that_must_pass_must_be_shown_at_all() -> None:
    nothing = replace(TURN, shown=())

    assert problems(nothing, Expect(products_all=(CHEAP,))) == ["0 products shown, at least 1 expected"]


# ------------------------------------------------------------------ reading


def test_a_spec_reads_as_it_is_written(tmp_path: Path) -> None:
    file = spec(
        tmp_path,
        """
        title = "A wish"
        [[turn]]
        user = "black headphones under 100"
        [turn.expect]
        route = ["recommend", "answer"]
        constraints = [{field = "price", op = ["lt", "le"], value = 100}]
        products_all = {field = "wireless", op = "eq", value = true}
        relaxed = false
        [[turn]]
        user = ""
        """,
    )

    conversation = read_spec(file)

    assert conversation.title == "A wish"
    assert [turn.user for turn in conversation.turns] == ["black headphones under 100", ""]
    assert conversation.turns[0].expect == Expect(
        route=("recommend", "answer"),
        constraints=(WantedConstraint("price", ("lt", "le"), 100),),
        products_all=(Constraint("wireless", "eq", "yes"),),
        relaxed=False,
    )
    assert conversation.turns[1].expect == Expect()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[turn]\n", "not valid TOML"),
        ("title = 'x'", r"no turns; write each as a \[\[turn\]\] table"),
        ("[[turns]]\nuser = 'x'", "unknown key 'turns'; did you mean 'turn'"),
        ("[[turn]]\nuser = 'x'\n[[turn]]\nuzer = 'x'", "turn 2: unknown key 'uzer'; did you mean 'user'"),
        ("[[turn]]\nexpect = {}", "turn 1: 'user' is missing"),
        ("[[turn]]\nuser = 'x'\nexpect = {rout = 'answer'}", "turn 1: unknown key 'rout'; did you mean 'route'"),
        ("[[turn]]\nuser = 'x'\nexpect = {route = 'anser'}", "route 'anser' is not known; did you mean 'answer'"),
        ("[[turn]]\nuser = 'x'\nexpect = {shown_min = 'two'}", "shown_min = 'two' must be a whole number"),
        ("[[turn]]\nuser = 'x'\nexpect = {relaxed = 'no'}", "relaxed = 'no' must be true or false"),
        ("[[turn]]\nuser = 'x'\nexpect = {constraints = [{field = 'price'}]}", "constraints needs field, op and value"),
        (
            "[[turn]]\nuser = 'x'\nexpect = {products_all = [{field = 'price', op = 'less', value = 1}]}",
            "op 'less' is not known",
        ),
        (
            "[[turn]]\nuser = 'x'\nexpect = {products_all = [{field = 'price', op = ['lt', 'le'], value = 1}]}",
            "products_all must have one op each",
        ),
    ],
)
def test_a_spec_that_cannot_be_read_says_where_and_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FeedError, match=rf"a\.toml: .*{message}"):
        read_spec(spec(tmp_path, text))


# ------------------------------------------------------------------ running


def answering(turns: dict[str, Turn], sessions: list[str]) -> Callable[[str, str], Turn]:
    def respond(utterance: str, session_id: str) -> Turn:
        sessions.append(session_id)
        if utterance not in turns:
            raise JournalError("the disk is full")
        return turns[utterance]

    return respond


def test_each_conversation_runs_in_a_session_of_its_own(tmp_path: Path) -> None:
    sessions: list[str] = []
    for name in ("b.toml", "a.toml"):
        spec(tmp_path, "[[turn]]\nuser = 'x'\n[[turn]]\nuser = 'x'\n", name)

    report = run_conversations(tmp_path, answering({"x": TURN}, sessions))

    assert report.to_json() == {"passed": 2, "failed": 0, "failures": []}
    assert sessions[0] == sessions[1] != sessions[2] == sessions[3]


def test_a_failure_is_reported_by_file_turn_and_words(tmp_path: Path) -> None:
    spec(tmp_path, "[[turn]]\nuser = 'x'\n[[turn]]\nuser = 'x'\nexpect = {route = 'answer'}\n", "wrong.toml")
    spec(tmp_path, "[[turn]]\nuser = 'x'\n", "right.toml")
    told: list[tuple[str, int, int]] = []

    report = run_conversations(
        tmp_path, answering({"x": TURN}, []), lambda name, done, total: told.append((name, done, total))
    )

    assert report.to_json() == {
        "passed": 1,
        "failed": 1,
        "failures": [{"file": "wrong.toml", "turn": 2, "user": "x", "problem": "route is recommend, expected answer"}],
    }
    assert told == [("right.toml", 0, 2), ("wrong.toml", 1, 2), ("", 2, 2)]


def test_a_turn_that_raises_fails_its_conversation_alone(tmp_path: Path) -> None:
    spec(tmp_path, "[[turn]]\nuser = 'boom'\n[[turn]]\nuser = 'boom'\n", "a.toml")
    spec(tmp_path, "[[turn]]\nuser = 'x'\n", "b.toml")

    report = run_conversations(tmp_path, answering({"x": TURN}, []))

    assert (report.passed, report.failed) == (1, 1)
    assert [failure.problem for failure in report.failures] == ["the turn failed: the disk is full"]


def test_a_folder_without_conversations_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no conversations; write some"):
        run_conversations(tmp_path, answering({}, []))


@pytest.mark.parametrize("file", sorted(DEMO.glob("*.toml")), ids=lambda file: file.stem)
def test_the_demo_shops_conversations_can_be_read(file: Path) -> None:
    assert read_spec(file).title
