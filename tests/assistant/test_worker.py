import threading
from collections.abc import Iterator

import pytest

from assistant.cards import Exchange
from assistant.events import DoneEvent, Event
from assistant.worker import TooBusyError, TurnFailedError, Worker
from knowledge.catalogue import Catalogue
from knowledge.domain import SessionId
from tests.assistant.scripted import ScriptedAssistant

SESSION = SessionId("s")


@pytest.fixture
def assistant(catalogue: Catalogue) -> ScriptedAssistant:
    return ScriptedAssistant(catalogue.products[:2])


@pytest.fixture
def worker(assistant: ScriptedAssistant) -> Iterator[Worker]:
    worker = Worker(assistant, max_waiting=3)
    yield worker
    assistant.go_on.set()
    worker.close()


def test_all_turns_run_in_one_thread(worker: Worker, assistant: ScriptedAssistant) -> None:
    ends: list[Event] = []

    def ask(text: str) -> None:
        ends.append(list(worker.events(text, SESSION))[-1])

    askers = [threading.Thread(target=ask, args=(f"headphones {n}",)) for n in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert len(assistant.threads) == 1
    assert threading.current_thread().name not in assistant.threads
    assert [type(end) for end in ends] == [DoneEvent] * 3


def test_a_turn_goes_on_when_nobody_takes_its_events(worker: Worker, assistant: ScriptedAssistant) -> None:
    exchange = Exchange("headphones", "en")

    next(worker.events("headphones", SESSION, exchange))
    list(worker.events("kettles", SESSION))

    assert len(assistant.turns) == 2
    assert exchange.state == "done"


def test_a_failed_turn_is_logged_and_told_and_the_next_one_is_answered(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    exchange = Exchange("break it", "en")

    with pytest.raises(TurnFailedError):
        list(worker.events("break it", SESSION, exchange))

    assert [(line.message, line.levelname) for line in caplog.records] == [("turn failed", "ERROR")]
    assert exchange.state == "failed"
    assert isinstance(list(worker.events("headphones", SESSION))[-1], DoneEvent)


def test_a_turn_that_the_journal_cannot_keep_is_logged_in_a_line_with_the_remedy(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TurnFailedError):
        list(worker.events("disk full", SESSION))

    assert [(line.message, line.exc_info) for line in caplog.records] == [
        ("turn failed: the disk is full; make room", None)
    ]


def test_too_many_waiting_turns_are_refused_at_once(worker: Worker, assistant: ScriptedAssistant) -> None:
    assistant.go_on.clear()
    waiting = [worker.events("headphones", SESSION) for _ in range(3)]

    with pytest.raises(TooBusyError):
        worker.events("headphones", SESSION)
    assert not worker.ready

    assistant.go_on.set()
    for events in waiting:
        list(events)
    assert worker.ready


def test_a_turn_that_does_not_end_makes_the_server_unready(assistant: ScriptedAssistant) -> None:
    worker = Worker(assistant, stuck_seconds=0.0)
    assistant.go_on.clear()
    events = worker.events("headphones", SESSION)

    next(events)

    assert not worker.ready
    assistant.go_on.set()
    list(events)
    worker.close()


def test_closing_drops_the_turns_that_wait(assistant: ScriptedAssistant) -> None:
    worker = Worker(assistant)
    assistant.go_on.clear()
    running, waiting = worker.events("headphones", SESSION), worker.events("kettles", SESSION)
    next(running)
    closer = threading.Thread(target=worker.close)
    closer.start()

    with pytest.raises(TurnFailedError):
        list(waiting)

    assistant.go_on.set()
    closer.join()
    assert isinstance(list(running)[-1], DoneEvent)
