"""One turn: read, route, gather evidence, compose, journal. The flow of the whole house, top to bottom."""

import secrets
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from assistant.asks import join_asks, split_asks
from assistant.drafts import House, write_draft
from assistant.events import (
    CitationsEvent,
    DeltaEvent,
    DoneEvent,
    Event,
    HandoffEvent,
    ProductsEvent,
    RouteEvent,
    SessionEvent,
    SuggestionsEvent,
)
from assistant.evidence import Evidence, join
from assistant.gather import Gatherer
from assistant.generator import Generator
from assistant.masking import mask
from assistant.routing import choose_route, matter_of
from knowledge.domain import (
    Feedback,
    IntentReading,
    Language,
    Product,
    Reading,
    Route,
    SessionId,
    SessionState,
    Turn,
    TurnId,
    Wish,
)
from knowledge.language import detect_language
from knowledge.offers import Offers


class Reads(Protocol):
    def read(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> Reading: ...


class Keeps(Protocol):
    """The journal."""

    def record(self, turn: Turn) -> None: ...

    def state(self, session_id: SessionId) -> SessionState: ...

    def n_turns(self, session_id: SessionId) -> int: ...

    def feedback(self, feedback: Feedback, key: str = "") -> None: ...


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage."""

    timings_ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timings_ms[name] = round((time.perf_counter() - start) * 1000, 2)


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers utterances. All of its parts are given; `app.py` builds them."""

    house: House
    reader: Reads
    gatherer: Gatherer
    generator: Generator
    journal: Keeps
    routes: Mapping[str, Route]
    models: Mapping[str, str]
    languages: tuple[Language, ...]
    max_chars: int
    max_turns: int

    def offering(self, offers: Offers) -> "Assistant":
        """The same assistant with these prices and this stock; turns that run keep those they began with."""
        gatherer = self.gatherer
        catalogue = gatherer.catalogue.offering(offers.products, gatherer.currency)
        gatherer = replace(gatherer, catalogue=catalogue, search=gatherer.search.offering(catalogue))
        models = {name: model for name, model in self.models.items() if name != "offers"}
        laid_over = {"offers": offers.catalogue} if offers.catalogue else {}
        return replace(self, gatherer=gatherer, models=models | laid_over)

    def respond(self, utterance: str, session_id: str = "") -> Iterator[Event]:
        """Runs one turn; the last event holds the finished turn, which is then in the journal.

        `session_id` "" begins a new session. Raises JournalError when the turn cannot be kept.
        """
        session = SessionId(session_id or secrets.token_urlsafe(16))
        turn_id = TurnId(uuid.uuid4().hex)
        watch = Stopwatch()
        yield SessionEvent(session, turn_id)

        state = self.journal.state(session)
        refusal = self._refusal(utterance, session)
        with watch.stage("read"):
            readings = [self._unread(utterance, state)] if refusal else self._read(utterance, state)
        reading = replace(readings[0], utterance=utterance)
        with watch.stage("evidence"):
            asked_again = Evidence("clarify", refusal, replace(state, asked=True))
            parts = [asked_again] if refusal else list(self._gather(readings, state))
        evidence = join(parts)
        yield RouteEvent(evidence.route, reading.intent.intent, reading.intent.probability)
        if evidence.shown:
            yield ProductsEvent(evidence.shown)

        draft = "\n\n".join(write_draft(part, reading.language, self.house) for part in parts)
        pieces: list[str] = []
        with watch.stage("compose"):
            for piece in self.generator.reword(draft, reading.language):
                pieces.append(piece)
                yield DeltaEvent(piece)
        if evidence.citations:
            yield CitationsEvent(evidence.citations)
        if evidence.suggestions:
            yield SuggestionsEvent(evidence.suggestions)
        if evidence.route == "handover":
            yield HandoffEvent(self.house.contact)

        # What the shop itself says is no shopper's detail: its contact, and what stands in its pages.
        own = " ".join([self.house.contact, *(part.answer.text for part in parts if part.answer)])
        reply = mask("".join(pieces), own)
        turn = self._turn(session, turn_id, reading, evidence, mask(draft, own), reply, watch)
        self.journal.record(turn)
        yield DoneEvent(turn)

    def turn(self, utterance: str, session_id: str = "") -> Turn:
        """Runs one turn to its end."""
        for event in self.respond(utterance, session_id):
            if isinstance(event, DoneEvent):
                return event.turn
        raise AssertionError("a turn ends with DoneEvent")

    def _refusal(self, utterance: str, session: SessionId) -> str:
        """Why the utterance is not read, as the kind of the reply that says so; "" when it is."""
        if self.journal.n_turns(session) >= self.max_turns:
            return "session_full"
        if len(utterance) > self.max_chars:
            return "too_long"
        return "" if any(char.isalnum() for char in utterance) else "empty"

    def _unread(self, utterance: str, state: SessionState) -> Reading:
        language = self._language(utterance, state)
        return Reading(utterance, language, IntentReading("", 0.0, False, 0.0), Wish("", language))

    def _read(self, utterance: str, state: SessionState) -> list[Reading]:
        """A reading for each ask of the utterance."""
        shown = [p for i in state.shown if (p := self.gatherer.catalogue.get(i)) is not None]
        parts = split_asks(utterance)
        if len(parts) > 1:
            readings = [self.reader.read(part, state, shown) for part in parts]
            asks = join_asks(parts, [matter_of(reading, self.routes) for reading in readings])
            if asks == parts:
                return readings
            if len(asks) > 1:
                return [self.reader.read(ask, state, shown) for ask in asks]
        return [self.reader.read(utterance, state, shown)]

    def _gather(self, readings: Sequence[Reading], state: SessionState) -> Iterator[Evidence]:
        for reading in readings:
            evidence = self.gatherer.gather(choose_route(reading, state, self.routes), reading, state)
            state = evidence.state
            yield evidence

    def _language(self, utterance: str, state: SessionState) -> Language:
        if any(char.isalpha() for char in utterance):
            return detect_language(utterance[: self.max_chars])
        return state.language or self.languages[0]

    def _turn(
        self,
        session: SessionId,
        turn_id: TurnId,
        reading: Reading,
        evidence: Evidence,
        draft: str,
        reply: str,
        watch: Stopwatch,
    ) -> Turn:
        """The record of the turn, with the shopper's personal details masked; draft and reply are masked already."""
        masked = replace(
            reading,
            utterance=mask(reading.utterance)[: self.max_chars],
            wish=replace(reading.wish, text=mask(reading.wish.text)),
        )
        wish = evidence.state.wish
        after = replace(
            evidence.state,
            language=reading.language,
            wish=replace(wish, text=mask(wish.text)) if wish else None,
            question=mask(evidence.state.question),
        )
        return Turn(
            session_id=session,
            turn_id=turn_id,
            at=datetime.now(UTC),
            reading=masked,
            constraints=evidence.wishes or reading.wish.constraints,
            route=evidence.route,
            shown=evidence.shown,
            citations=evidence.citations,
            path=evidence.path,
            relaxed=evidence.relaxed,
            suggestions=evidence.suggestions,
            draft=draft,
            reply=reply,
            models={**self.models, "generator": self.generator.name},
            timings_ms=watch.timings_ms,
            state=after,
        )
