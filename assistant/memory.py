"""A journal that is not kept: for trying things out and for measuring."""

from collections import Counter

from knowledge.domain import Feedback, SessionId, SessionState, Turn


class MemoryJournal:
    """Remembers the state of each session and counts its turns, and nothing else, as long as it lives."""

    def __init__(self) -> None:
        self._states: dict[SessionId, SessionState] = {}
        self._n_turns: Counter[SessionId] = Counter()

    def record(self, turn: Turn) -> None:
        self._states[turn.session_id] = turn.state
        self._n_turns[turn.session_id] += 1

    def state(self, session_id: SessionId) -> SessionState:
        return self._states.get(session_id, SessionState())

    def n_turns(self, session_id: SessionId) -> int:
        return self._n_turns[session_id]

    def feedback(self, feedback: Feedback, key: str = "") -> None:
        """There is nothing to keep it beside."""
