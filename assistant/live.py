"""An assistant that follows the shop's pointer: after a build, the next turn is answered from the new generation."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Lock

from assistant.events import Event
from assistant.masking import mask
from assistant.turn import Assistant
from knowledge.domain import Feedback, Turn


class LiveAssistant:
    """Hands each turn to the assistant of the generation in use. A turn that runs keeps the one it began with."""

    def __init__(self, current: Callable[[], str], load: Callable[[], Assistant]) -> None:
        self._current = current
        self._load = load
        self._lock = Lock()
        self._name = current()
        self._assistant = load()

    @property
    def assistant(self) -> Assistant:
        """The assistant of the generation in use, loaded when the pointer has moved."""
        if self._current() == self._name:
            return self._assistant
        with self._lock:
            name = self._current()
            if name != self._name:
                self._assistant = self._load()
                self._name = name
        return self._assistant

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        return self.assistant.respond(utterance, session_id)

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        return self.assistant.turn(utterance, session_id)

    def give_feedback(self, feedback: Feedback, key: str = "") -> None:
        """Keeps a verdict, with personal details in its words masked."""
        reasons = tuple(mask(reason) for reason in feedback.reasons)
        masked = replace(feedback, comment=mask(feedback.comment), reasons=reasons)
        self.assistant.journal.feedback(masked, key)
