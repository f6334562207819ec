"""A journal that is not kept: for trying things out and for measuring."""

from knowledge.domain import Feedback, SessionId, SessionState, Turn


class MemoryJournal:
    """Remembers the state of each session, and nothing else, as long as it lives."""

    def __init__(self) -> None:
        self._states: dict[SessionId, SessionState] = {}

    def record(self, turn: Turn) -> None:
        self._states[turn.session_id] = turn.state

    def state(self, session_id: SessionId) -> SessionState:
        return self._states.get(session_id, SessionState())

    def feedback(self, feedback: Feedback, key: str = "") -> None:
        """There is nothing to keep it beside."""
