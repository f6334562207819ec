from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.cards import Exchange
from assistant.labels import LABELS
from assistant.page import FEEDBACK_KEY, ChatPage, Conversations
from assistant.sessions import SessionIds
from assistant.storefront import Storefront
from assistant.wire import MAX_TEXT_CHARS
from assistant.worker import Worker
from knowledge.catalogue import Catalogue
from knowledge.domain import Feedback, SessionId, TurnId
from tests.assistant.scripted import ScriptedAssistant

SESSIONS = SessionIds(b"k" * 32)


@pytest.fixture
def assistant(catalogue: Catalogue) -> ScriptedAssistant:
    return ScriptedAssistant(catalogue.products[:3])


@pytest.fixture
def page(assistant: ScriptedAssistant, tmp_path: Path) -> Iterator[ChatPage]:
    worker = Worker(assistant, max_waiting=1)
    storefront = Storefront("Tiny", "USD", ("en", "zh"), tmp_path)
    yield ChatPage(lambda: storefront, worker, assistant, SESSIONS)
    assistant.go_on.set()
    worker.close()


def ask(page: ChatPage, text: str, session_id: SessionId) -> str:
    return list(page.say(text, session_id, "en"))[-1][1]


def test_a_question_is_drawn_at_once_and_its_answer_as_it_comes(page: ChatPage) -> None:
    drawn = list(page.say("headphones", SESSIONS.new(), "en"))

    assert drawn[0][0] == ""
    assert "headphones" in drawn[0][1]
    assert "waiting" in drawn[0][1]
    assert [before for before, _ in drawn[1:]] == [None] * (len(drawn) - 1)
    assert "Brenvik Hush headphones" in drawn[-1][1]
    assert 'aria-busy="false"' in drawn[-1][1]


def test_a_reload_shows_the_conversation_again(page: ChatPage) -> None:
    session_id = SESSIONS.new()
    ask(page, "headphones", session_id)
    last = ask(page, "can I return them?", session_id)

    before, newest = page.drawn(session_id, "en")

    assert "Brenvik Hush headphones" in before
    assert newest == last


def test_an_endless_text_is_cut_before_it_is_kept_and_asked(page: ChatPage, assistant: ScriptedAssistant) -> None:
    session_id = SESSIONS.new()
    ask(page, "水" * (MAX_TEXT_CHARS + 1), session_id)

    _, newest = page.drawn(session_id, "en")

    assert newest.count("水") == MAX_TEXT_CHARS
    assert assistant.utterances == ["水" * MAX_TEXT_CHARS]


def test_another_session_sees_nothing_of_it(page: ChatPage) -> None:
    ask(page, "headphones", SESSIONS.new())

    before, newest = page.drawn(SESSIONS.new(), "zh")

    assert before == ""
    assert LABELS["zh"].greeting in newest


def test_a_failing_turn_is_told_kindly_and_logged(page: ChatPage, caplog: pytest.LogCaptureFixture) -> None:
    drawn = list(page.say("please break", SESSIONS.new(), "zh"))[-1][1]

    assert LABELS["zh"].failed in drawn
    assert caplog.messages == ["turn failed"]


def test_a_busy_shop_says_so(page: ChatPage, assistant: ScriptedAssistant) -> None:
    assistant.go_on.clear()
    running = page.say("headphones", SESSIONS.new(), "en")
    next(running)
    next(running)

    drawn = ask(page, "kettles", SESSIONS.new())

    assert LABELS["en"].busy in drawn


def test_a_verdict_reaches_the_journal_by_its_turn(page: ChatPage, assistant: ScriptedAssistant) -> None:
    session_id = SESSIONS.new()
    ask(page, "headphones", session_id)
    turn_id = assistant.turns[0].turn_id

    given = {"turn_id": turn_id, "rating": "down", "reasons": ["not_true", "made_up"], "comment": " it is red "}
    kept = page.take_feedback(given)

    assert kept
    assert assistant.feedback == [(Feedback(turn_id, "down", ("not_true",), "it is red"), FEEDBACK_KEY)]
    assert LABELS["en"].thanks in page.drawn(session_id, "en")[1]
    assert "data-turn" not in page.drawn(session_id, "en")[1]


@pytest.mark.parametrize(
    "given",
    [
        None,
        "up",
        {},
        {"turn_id": 1, "rating": "up"},
        {"turn_id": "t", "rating": "sideways"},
        {"turn_id": "unknown", "rating": "up", "reasons": None, "comment": None},
    ],
)
def test_what_is_no_verdict_on_a_known_turn_is_not_kept(
    page: ChatPage, assistant: ScriptedAssistant, given: object
) -> None:
    assert not page.take_feedback(given)
    assert assistant.feedback == []


def test_a_journal_that_fails_is_told_and_logged(page: ChatPage, caplog: pytest.LogCaptureFixture) -> None:
    kept = page.take_feedback({"turn_id": "t", "rating": "up", "comment": "disk full"})

    assert not kept
    assert caplog.messages == ["feedback on turn t was not kept"]


def test_a_session_that_this_server_did_not_make_is_replaced(page: ChatPage) -> None:
    made = SESSIONS.new()

    assert page.session({"session": made}) == made
    assert page.session({"session": "1"}) != "1"
    assert page.session({}) != page.session({})


def test_the_chosen_language_wins_over_the_browsers(page: ChatPage) -> None:
    assert page.language({"language": "en"}, "zh-CN") == "en"
    assert page.language({"language": "fr"}, "zh-CN") == "zh"
    assert page.language({}, "fr") == "en"
    assert (page.other("en"), page.other("zh")) == ("zh", "en")


def test_the_longest_untouched_conversations_are_forgotten() -> None:
    kept = Conversations(max_sessions=2, max_exchanges=2)
    for name in ("a", "b", "a", "c", "a"):
        kept.add(SessionId(name), Exchange(name, "en", TurnId(name)))

    assert [len(kept.of(SessionId(name))) for name in "abc"] == [2, 0, 1]
