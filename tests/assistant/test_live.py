"""An assistant that follows a pointer, without a shop: generations are names, and what they say is their name."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from time import monotonic, sleep
from typing import cast

import pytest

from assistant import events
from assistant.live import RETRY_S, LiveAssistant
from assistant.turn import Assistant
from knowledge.domain import Turn
from knowledge.errors import NotBuiltError, SettingsError, ShopError
from knowledge.shop import Edition


@dataclass
class Named:
    """Says its name, and must be open until it has done so."""

    name: str
    closed: bool = False

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        return cast(Turn, self.name)

    def respond(self, utterance: str, session_id: str = "") -> Iterator[events.Event]:
        yield cast(events.Event, self.name)
        assert not self.closed


@dataclass
class Shelf:
    """Generations and the pointer to one of them; those that are broken cannot be loaded."""

    pointer: str = "1"
    settings: str = "a"
    offers: str = ""
    broken: dict[str, Exception] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    now: float = 0.0
    gate: Event = field(default_factory=Event)
    """Opening a generation waits for it."""

    def __post_init__(self) -> None:
        self.gate.set()

    @contextmanager
    def open(self, name: str) -> Iterator[Assistant]:
        self.gate.wait(timeout=10)
        if name in self.broken:
            raise self.broken[name]
        self.opened.append(name)
        named = Named(name)
        yield cast(Assistant, named)
        named.closed = True
        self.closed.append(name)

    def offer(self, assistant: Assistant, name: str) -> Assistant:
        return cast(Assistant, Named(f"{name} at {self.offers}"))

    def live(self, wait_s: float = 10.0) -> LiveAssistant:
        return LiveAssistant(
            lambda: Edition(self.pointer, self.settings, self.offers), self.open, self.offer, lambda: self.now, wait_s
        )


def ask(live: LiveAssistant) -> str:
    """The name of the generation that answers."""
    return cast(str, live.turn("hello"))


def test_the_turn_after_a_build_is_of_the_new_generation() -> None:
    shelf = Shelf()
    live = shelf.live()

    said = [ask(live)]
    shelf.pointer = "2"
    said += [ask(live), ask(live)]

    assert said == ["1", "2", "2"]
    assert shelf.opened == ["1", "2"]


def test_the_turn_after_a_change_of_the_settings_is_answered_with_them() -> None:
    shelf = Shelf()
    live = shelf.live()
    ask(live)

    shelf.settings = "b"
    ask(live)
    ask(live)

    assert shelf.opened == ["1", "1"]
    assert shelf.closed == ["1"]


def test_settings_that_cannot_be_used_leave_those_before_serving_and_are_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf()
    live = shelf.live()
    shelf.settings = "b"
    shelf.broken["1"] = SettingsError("shop.toml: unknown key 'limts'")

    with caplog.at_level(logging.ERROR):
        said = [ask(live), ask(live)]

    assert said == ["1", "1"]
    assert [record.getMessage() for record in caplog.records] == [
        "the settings of today cannot be used, and those before serve on: shop.toml: unknown key 'limts'"
    ]


@pytest.mark.parametrize(
    "error",
    [
        *(NotBuiltError("run build"), PermissionError(13, "denied", "index.json"), ValueError("no text")),
        *(AttributeError("no bindings"), KeyError("rows"), TypeError("no list")),
    ],
)
def test_a_generation_that_cannot_be_loaded_leaves_the_one_before_serving_and_is_told_once(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    shelf = Shelf(broken={"2": error})
    live = shelf.live()
    shelf.pointer = "2"

    with caplog.at_level(logging.ERROR):
        said = []
        for _ in range(3):
            said.append(ask(live))
            shelf.now += RETRY_S

    assert said == ["1", "1", "1"]
    assert [record.getMessage() for record in caplog.records] == [
        f"generation 2 cannot be used, and 1 serves on: {error}"
    ]


def test_a_generation_that_could_not_be_loaded_is_tried_again_after_a_pause() -> None:
    shelf = Shelf(broken={"2": NotBuiltError("run build")})
    live = shelf.live()
    shelf.pointer = "2"
    ask(live)
    del shelf.broken["2"]

    at_once = ask(live)
    shelf.now += RETRY_S
    later = ask(live)

    assert (at_once, later) == ("1", "2")


def test_the_next_generation_is_tried_at_once() -> None:
    shelf = Shelf(broken={"2": NotBuiltError("run build")})
    live = shelf.live()
    shelf.pointer = "2"
    ask(live)

    shelf.pointer = "3"

    assert ask(live) == "3"


def test_a_first_generation_that_cannot_be_loaded_is_an_error() -> None:
    with pytest.raises(ShopError, match="run build"):
        Shelf(broken={"1": NotBuiltError("run build")}).live()


def test_a_generation_is_closed_when_its_last_turn_has_ended() -> None:
    shelf = Shelf()
    live = shelf.live()
    first, second = live.respond("hello"), live.respond("hello")
    next(first)
    next(second)
    shelf.pointer = "2"

    said = ask(live)
    while_used = list(shelf.closed)
    assert list(first) == []
    while_still_used = list(shelf.closed)
    second.close()  # type: ignore[attr-defined]  # nobody takes its events any more

    assert said == "2"
    assert (while_used, while_still_used, shelf.closed) == ([], [], ["1"])


def test_every_generation_but_the_last_is_closed_once_when_turns_run_in_many_threads() -> None:
    shelf = Shelf()
    live = shelf.live()

    def turn(n: int) -> int:
        shelf.pointer = str(1 + n // 4)
        return len(list(live.respond("hello")))

    with ThreadPoolExecutor(8) as threads:
        n_events = sum(threads.map(turn, range(400)))
    n_open = len(shelf.opened) - len(shelf.closed)
    live.close()

    assert (n_events, n_open) == (400, 1)
    assert sorted(shelf.closed) == sorted(shelf.opened)


def test_a_generation_that_cannot_be_loaded_leaves_the_one_before_open() -> None:
    shelf = Shelf(broken={"2": NotBuiltError("run build")})
    live = shelf.live()
    shelf.pointer = "2"
    ask(live)

    assert shelf.closed == []
    live.close()
    assert shelf.closed == ["1"]


def test_the_turn_after_a_change_of_prices_has_them_and_nothing_is_loaded() -> None:
    shelf = Shelf()
    live = shelf.live()
    ask(live)

    shelf.offers = "cheaper"
    said = ask(live)

    assert said == "1 at cheaper"
    assert (shelf.opened, shelf.closed) == (["1"], [])


def test_a_turn_keeps_the_prices_with_which_it_began() -> None:
    shelf = Shelf()
    live = shelf.live()
    running = live.respond("hello")

    shelf.offers = "cheaper"
    began = next(running)
    shelf.offers = "dearer"
    ask(live)

    assert cast(str, began) == "1 at cheaper"
    assert list(running) == []


def test_what_takes_long_to_load_is_waited_for_by_no_turn_but_the_first() -> None:
    shelf = Shelf()
    live = shelf.live(wait_s=0.05)
    shelf.gate.clear()
    shelf.pointer = "2"

    first = ask(live)
    start = monotonic()
    meanwhile = [ask(live) for _ in range(100)]
    spent = monotonic() - start
    shelf.gate.set()
    while ask(live) == "1":
        sleep(0.001)

    assert (first, set(meanwhile)) == ("1", {"1"})
    assert spent < 0.05
    assert ask(live) == "2"
    assert shelf.closed == ["1"]


def test_what_is_overtaken_while_it_is_loaded_serves_until_the_next_is_there() -> None:
    shelf = Shelf()
    live = shelf.live(wait_s=0.01)
    shelf.gate.clear()
    shelf.pointer = "2"
    ask(live)
    shelf.pointer = "3"

    shelf.gate.set()
    said: list[str] = []
    while not said or said[-1] != "3":
        said.append(ask(live))
        sleep(0.001)

    assert shelf.opened == ["1", "2", "3"]
    assert sorted(shelf.closed) == ["1", "2"]
    assert said == sorted(said)


def test_what_is_being_loaded_when_the_assistant_is_closed_is_closed_too() -> None:
    shelf = Shelf()
    live = shelf.live(wait_s=0.01)
    shelf.gate.clear()
    shelf.pointer = "2"
    ask(live)

    shelf.gate.set()
    live.close()

    assert sorted(shelf.closed) == ["1", "2"]
