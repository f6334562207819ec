"""An assistant that follows a pointer, without a shop: generations are names, and what they say is their name."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from assistant.events import Event
from assistant.live import RETRY_S, LiveAssistant
from assistant.turn import Assistant
from knowledge.domain import Turn
from knowledge.errors import NotBuiltError, ShopError


@dataclass
class Named:
    """Says its name."""

    name: str

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        return cast(Turn, self.name)

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        yield cast(Event, self.name)


@dataclass
class Shelf:
    """Generations and the pointer to one of them; those that are broken cannot be loaded."""

    pointer: str = "1"
    broken: dict[str, Exception] = field(default_factory=dict)
    loaded: list[str] = field(default_factory=list)
    now: float = 0.0

    def load(self, name: str) -> Assistant:
        self.loaded.append(name)
        if name in self.broken:
            raise self.broken[name]
        return cast(Assistant, Named(name))

    def live(self) -> LiveAssistant:
        return LiveAssistant(lambda: self.pointer, self.load, lambda: self.now)


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
    assert shelf.loaded == ["1", "2"]


@pytest.mark.parametrize("error", [NotBuiltError("run build"), PermissionError(13, "denied", "index.json")])
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
