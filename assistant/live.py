"""An assistant that follows the shop's pointer: after a build, the next turn is answered from the new generation."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Lock

from assistant.events import Event
from assistant.masking import mask
from assistant.turn import Assistant
from knowledge.domain import Feedback, Turn
from knowledge.errors import ShopError

RETRY_S = 30.0
"""Between two tries to load a generation that could not be loaded."""


class LiveAssistant:
    """Hands each turn to the assistant of the generation in use. A turn that runs keeps the one it began with.

    A generation that cannot be loaded is told in the log, once, and the one before it serves on.
    """

    def __init__(
        self,
        current: Callable[[], str],
        load: Callable[[str], Assistant],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`current` names the generation in use, `load` builds its assistant. Raises what `load` raises."""
        self._current = current
        self._load = load
        self._clock = clock
        self._lock = Lock()
        self._name = current()
        self._assistant = load(self._name)
        self._failed: tuple[str | None, float] = (None, 0.0)  # the generation that could not be loaded, and when

    @property
    def assistant(self) -> Assistant:
        """The assistant of the generation in use, loaded when the pointer has moved."""
        with self._lock:
            self._follow()
            return self._assistant

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        return self.assistant.respond(utterance, session_id)

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        return self.assistant.turn(utterance, session_id)

    def give_feedback(self, feedback: Feedback, key: str = "") -> None:
        """Keeps a verdict, with personal details in its words masked."""
        reasons = tuple(mask(reason) for reason in feedback.reasons)
        masked = replace(feedback, comment=mask(feedback.comment), reasons=reasons)
        self._assistant.journal.feedback(masked, key)

    def _follow(self) -> None:
        name = self._name
        try:
            name = self._current()
            if name == self._name or (name == self._failed[0] and self._clock() - self._failed[1] < RETRY_S):
                return
            self._assistant, self._name = self._load(name), name
        except (ShopError, OSError) as error:
            if name != self._failed[0]:
                said = f"generation {name or '(none)'} cannot be used, and {self._name} serves on: {error}"
                logging.getLogger(__name__).error(said)
            self._failed = (name, self._clock())
