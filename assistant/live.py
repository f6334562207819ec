"""An assistant that follows the shop: what is built, set or priced anew answers the next turn, or a later one where it
takes long to load."""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
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

WAIT_S = 3.0
"""So long turns wait for an edition that is being loaded; from then on the one before answers until it is."""

_DAMAGE = (ShopError, OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
"""What may be raised by a file that is damaged, or that says what nobody expects in it."""


@dataclass(slots=True)
class _Opened:
    """An assistant of one edition, what closes it, and how many use it: being in use is one, each turn another."""

    edition: Edition
    assistant: Assistant
    held: ExitStack
    n_users: int = 1


@dataclass(frozen=True, slots=True)
class _Loading:
    """An edition that is being loaded, since a time of the monotonic clock."""

    made_of: tuple[str, str]
    opened: "Future[_Opened]"
    since: float


class LiveAssistant:
    """Hands each turn to the assistant of the edition in use. A turn that runs keeps the one it began with.

    Another generation or shop.toml is loaded in a thread while the one before serves; other offers are taken in at
    once. An edition is closed when it is left and its last turn has ended. One that cannot be loaded is told in the
    log, once, and the one before it serves on.
    """

    def __init__(
        self,
        current: Callable[[], Edition],
        open_: Callable[[str], AbstractContextManager[Assistant]],
        offer: Callable[[Assistant, str], Assistant],
        clock: Callable[[], float] = time.monotonic,
        wait_s: float = WAIT_S,
    ) -> None:
        """`current` is the edition in use; `open_` holds an assistant on a generation, by name, with today's settings;
        `offer` gives it the offers of now. Raises what `open_` raises.
        """
        self._current = current
        self._open = open_
        self._offer = offer
        self._clock = clock
        self._wait_s = wait_s
        self._following = Lock()
        self._counting = Lock()
        self._failed: tuple[Edition | None, float] = (None, 0.0)  # the edition that could not be loaded, and when
        self._loader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="editions")
        self._loading: _Loading | None = None
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
        self._loader.shutdown()
        self._drop(self._loading)
        self._leave(self._opened)

    def __enter__(self) -> "LiveAssistant":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _held(self) -> Iterator[Assistant]:
        with self._following:
            self._follow()
            opened, assistant = self._opened, self._opened.assistant
            with self._counting:
                opened.n_users += 1
        try:
            yield assistant
        finally:
            self._leave(opened)

    def _follow(self) -> None:
        before = self._opened
        edition = before.edition
        try:
            edition = self._current()
            if edition == before.edition or (edition == self._failed[0] and self._clock() - self._failed[1] < RETRY_S):
                return
            if _made_of(edition) != _made_of(before.edition):
                opened = self._loaded(edition)
                if opened is None:
                    return
                self._opened = opened
                self._leave(before)
            if edition != self._opened.edition and _made_of(edition) == _made_of(self._opened.edition):
                self._opened.assistant = self._offer(self._opened.assistant, edition.generation)
                self._opened.edition = edition
        except _DAMAGE as error:
            if edition != self._failed[0]:
                logging.getLogger(__name__).error(_told(self._opened.edition, edition, error))
            self._failed = (edition, self._clock())

    def _loaded(self, edition: Edition) -> _Opened | None:
        """The edition, when it has been loaded; None while it is. Raises what loading it raised."""
        while True:
            loading = self._loading
            if loading is None:
                opened = self._loader.submit(self._load, edition)
                loading = self._loading = _Loading(_made_of(edition), opened, time.monotonic())
            wait([loading.opened], timeout=max(0.0, loading.since + self._wait_s - time.monotonic()))
            if not loading.opened.done():
                return None
            self._loading = None
            if loading.made_of == _made_of(edition) or not loading.opened.exception():
                return loading.opened.result()  # one that was overtaken is newer than what serves

    def _drop(self, loading: _Loading | None) -> None:
        if loading and not loading.opened.exception():
            self._leave(loading.opened.result())

    def _load(self, edition: Edition) -> _Opened:
        held = ExitStack()
        opened = _Opened(edition, held.enter_context(self._open(edition.generation)), held)
        gc.collect()  # of editions that were left: it halts every thread, but only where an edition is loaded anyway
        return opened

    def _leave(self, opened: _Opened) -> None:
        with self._counting:
            opened.n_users -= 1
            unused = not opened.n_users
        if unused:
            opened.held.close()


def _made_of(edition: Edition) -> tuple[str, str]:
    """What must be loaded anew when it changes."""
    return edition.generation, edition.settings


def _told(before: Edition, edition: Edition, error: Exception) -> str:
    if edition.settings == before.settings and edition.generation == before.generation:
        return f"the prices and stock of today cannot be used, and those before serve on: {error}"
    if edition.generation == before.generation:
        return f"the settings of today cannot be used, and those before serve on: {error}"
    return f"generation {edition.generation or '(none)'} cannot be used, and {before.generation} serves on: {error}"
