"""An assistant that follows the shop: after a build or a change of shop.toml the next turn is answered from the new."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from threading import Lock

from assistant.events import Event
from assistant.masking import mask
from assistant.turn import Assistant
from knowledge.domain import Feedback, Turn
from knowledge.errors import ShopError
from knowledge.shop import Edition

RETRY_S = 30.0
"""Between two tries to load an edition that could not be loaded."""


@dataclass(slots=True)
class _Opened:
    """An assistant of one edition, what closes it, and how many use it: being in use is one, each turn another."""

    edition: Edition
    assistant: Assistant
    held: ExitStack
    n_users: int = 1


class LiveAssistant:
    """Hands each turn to the assistant of the edition in use. A turn that runs keeps the one it began with.

    An edition is closed when it is left and its last turn has ended. One that cannot be loaded is told in the log,
    once, and the one before it serves on.
    """

    def __init__(
        self,
        current: Callable[[], Edition],
        open_: Callable[[str], AbstractContextManager[Assistant]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`current` is the edition in use; `open_` holds an assistant on a generation, by name, with today's settings.

        Raises what `open_` raises.
        """
        self._current = current
        self._open = open_
        self._clock = clock
        self._following = Lock()
        self._counting = Lock()
        self._failed: tuple[Edition | None, float] = (None, 0.0)  # the edition that could not be loaded, and when
        self._opened = self._load(current())

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        """Runs one turn; its edition is held until the last event, or until nobody takes them any more."""
        with self._held() as assistant:
            yield from assistant.respond(utterance, session_id)

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        with self._held() as assistant:
            return assistant.turn(utterance, session_id)

    def give_feedback(self, feedback: Feedback, key: str = "") -> None:
        """Keeps a verdict, with personal details in its words masked."""
        reasons = tuple(mask(reason) for reason in feedback.reasons)
        masked = replace(feedback, comment=mask(feedback.comment), reasons=reasons)
        self._opened.assistant.journal.feedback(masked, key)

    def close(self) -> None:
        """Leaves the edition in use; call it when no turn will begin any more."""
        self._leave(self._opened)

    def __enter__(self) -> "LiveAssistant":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _held(self) -> Iterator[Assistant]:
        with self._following:
            self._follow()
            opened = self._opened
            with self._counting:
                opened.n_users += 1
        try:
            yield opened.assistant
        finally:
            self._leave(opened)

    def _follow(self) -> None:
        before = self._opened
        edition = before.edition
        try:
            edition = self._current()
            if edition == before.edition or (edition == self._failed[0] and self._clock() - self._failed[1] < RETRY_S):
                return
            self._opened = self._load(edition)
        except (ShopError, OSError) as error:
            if edition != self._failed[0]:
                logging.getLogger(__name__).error(_told(before.edition, edition, error))
            self._failed = (edition, self._clock())
            return
        self._leave(before)

    def _load(self, edition: Edition) -> _Opened:
        held = ExitStack()
        return _Opened(edition, held.enter_context(self._open(edition.generation)), held)

    def _leave(self, opened: _Opened) -> None:
        with self._counting:
            opened.n_users -= 1
            unused = not opened.n_users
        if unused:
            opened.held.close()


def _told(before: Edition, edition: Edition, error: Exception) -> str:
    if edition.generation == before.generation:
        return f"the settings of today cannot be used, and those before serve on: {error}"
    return f"generation {edition.generation or '(none)'} cannot be used, and {before.generation} serves on: {error}"
