"""The one thread that runs turns, so that models and index serve one turn at a time whoever asks."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Lock
from typing import Protocol

from assistant.events import Event
from knowledge.domain import Feedback, SessionId
from knowledge.errors import ShopError

MAX_WAITING = 24


class Chats(Protocol):
    """What page and API need of an assistant."""

    def respond(self, utterance: str, session_id: str) -> Iterator[Event]: ...

    def give_feedback(self, feedback: Feedback, key: str) -> None:
        """Raises JournalError when it cannot be kept."""


class Watches(Protocol):
    """Follows a turn to its end, in the worker's thread."""

    def take(self, event: Event) -> None: ...

    def fail(self) -> None: ...


class TurnFailedError(Exception):
    """A turn ended without its last event; why stands in the log."""


class TooBusyError(Exception):
    """More turns are waiting than will be answered while their shoppers are still there."""


class Worker:
    """Runs turns in the order in which they were asked for.

    A turn that has begun runs to its end and is journalled even when its shopper is gone; a slow reader of the
    events does not hold up the next turn.
    """

    def __init__(self, assistant: Chats, *, max_waiting: int = MAX_WAITING, stuck_seconds: float = 120.0) -> None:
        self._assistant = assistant
        self._max_waiting = max_waiting
        self._stuck_seconds = stuck_seconds
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="turns")
        self._lock = Lock()
        self._n_open = 0
        self._began_at: float | None = None

    def events(self, utterance: str, session_id: SessionId, watcher: Watches | None = None) -> Iterator[Event]:
        """The events of the turn as they come; blocks, so it belongs in a thread of its own.

        `watcher` is told too, and goes on being told when nobody takes the events any more. Raises TooBusyError
        at once, and TurnFailedError in the course of it.
        """
        with self._lock:
            if self._n_open >= self._max_waiting:
                raise TooBusyError(f"{self._n_open} turns are waiting")
            self._n_open += 1
        events: SimpleQueue[Event | None] = SimpleQueue()

        def run() -> None:
            with self._lock:
                self._began_at = time.monotonic()
            for event in self._assistant.respond(utterance, session_id):
                if watcher is not None:
                    watcher.take(event)
                events.put(event)

        def end(future: Future[None]) -> None:
            with self._lock:
                self._n_open -= 1
                self._began_at = None
            # The future holds whatever went wrong, so that nothing needs to be caught blindly.
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or error is not None:
                log = logging.getLogger(__name__)
                if isinstance(error, ShopError):
                    log.error("turn failed: %s", error)
                else:
                    log.error("turn failed", exc_info=error)
                if watcher is not None:
                    watcher.fail()
            events.put(None)

        future = self._thread.submit(run)
        future.add_done_callback(end)
        return _follow(future, events)

    @property
    def ready(self) -> bool:
        """False while turns pile up or one of them does not end."""
        with self._lock:
            stuck = self._began_at is not None and time.monotonic() - self._began_at > self._stuck_seconds
            return not stuck and self._n_open < self._max_waiting

    def close(self) -> None:
        """Lets the running turn end; those that wait are dropped."""
        self._thread.shutdown(wait=True, cancel_futures=True)


def _follow(future: Future[None], events: SimpleQueue[Event | None]) -> Iterator[Event]:
    while (event := events.get()) is not None:
        yield event
    if future.cancelled():
        raise TurnFailedError("the server stopped before the turn began")
    if (error := future.exception()) is not None:
        raise TurnFailedError("the turn failed") from error
