"""The journal: every turn, and the shoppers' verdicts on them, in one SQLite file that several processes share."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, cast

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from assistant.trace import (
    LOG_FIELDS,
    citation_from_json,
    constraints_from_json,
    state_from_json,
    state_to_json,
    time_to_text,
    trace_to_json,
)
from knowledge.disk import hold
from knowledge.domain import (
    Citation,
    Constraint,
    Feedback,
    Language,
    ProductId,
    Route,
    SessionId,
    SessionState,
    Turn,
    TurnId,
)
from knowledge.errors import BusyError, JournalError, UnknownTurnError, refusal

HEAD = "0001"
"""The schema that this program writes; `migrations/versions` leads there."""

METADATA = sa.MetaData()
TURNS = sa.Table(
    "turns",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("turn_id", sa.Text, nullable=False),
    sa.Column("session_id", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("in_scope", sa.Boolean, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("utterance", sa.Text, nullable=False),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("trace", sa.JSON, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.UniqueConstraint("turn_id", name="turns_turn_id"),
    sa.Index("turns_session", "session_id", "seq"),
    sa.Index("turns_at", "at"),
    sqlite_autoincrement=True,
)
FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("turn_id", sa.Text, sa.ForeignKey("turns.turn_id", name="feedback_turn"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("rating", sa.Text, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Index("feedback_turn_key", "turn_id", "key"),
    sqlite_autoincrement=True,
)

_COLUMNS = frozenset(column.name for column in TURNS.columns)
_RATINGS = ("up", "down", 1, 2, 3, 4, 5)
_BUSY_MS = 10_000
_OPENING_S = 30.0
_BATCH = 200

Rating = Literal["up", "down"] | int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A product as the journal keeps it; its record stands in the catalogue."""

    product_id: ProductId
    position: int
    propensity: float
    score: float


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A turn as the journal keeps it; `at` is ISO 8601 in UTC."""

    session_id: SessionId
    turn_id: TurnId
    at: str
    utterance: str
    language: Language
    intent: str
    probability: float
    in_scope: bool
    route: Route
    constraints: tuple[Constraint, ...]
    shown: tuple[ShownRow, ...]
    citations: tuple[Citation, ...]
    path: tuple[str, ...]
    relaxed: tuple[Constraint, ...]
    suggestions: tuple[str, ...]
    draft: str
    reply: str
    models: Mapping[str, str]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """A verdict with the turn it is on; `at` is when it was given, ISO 8601 in UTC."""

    at: str
    key: str
    feedback: Feedback
    turn: JournalRow


class Journal:
    """Turns and feedback of one shop, safe to write from several processes and threads at once.

    Every method raises JournalError, with what to do, when the file cannot be read or written.
    """

    def __init__(self, file: Path, engine: sa.Engine) -> None:
        """For an engine on a file of the present schema; `open` makes both."""
        self._file = file
        self._engine = engine

    @classmethod
    def open(cls, file: Path) -> Self:
        """Opens the journal, making the file or bringing its schema up to date where needed.

        Processes that open at once wait for one another, half a minute at most (BusyError). Raises JournalError
        for a damaged file, and for one that a newer program wrote.
        """
        engine = _engine(file)
        try:
            with _told(file), _alone(file):
                _bring_to_head(file, engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(file, engine)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, turn: Turn) -> None:
        """Writes the turn, whole and on the disk before it returns. Its texts are kept as they are: mask them before.

        Raises JournalError for a turn_id that the journal holds already.
        """
        trace = trace_to_json(turn)
        columns: dict[str, object] = {name: trace[name] for name in trace if name in _COLUMNS}
        kept = {name: part for name, part in trace.items() if name not in _COLUMNS | {"feedback", "events"}}
        row = {
            **columns,
            "utterance": _storable(turn.reading.utterance),
            "reply": _storable(turn.reply),
            "probability": turn.reading.intent.probability,
            "in_scope": turn.reading.intent.in_scope,
            "trace": kept,
            "state": state_to_json(turn.state),
        }
        with _told(self._file):
            try:
                with self._writing() as connection:
                    connection.execute(sa.insert(TURNS).values(row))
            except IntegrityError:
                raise JournalError(
                    f"{self._file}: turn {turn.turn_id!r} is in the journal already; give each turn an id of its own"
                ) from None

    def state(self, session_id: SessionId) -> SessionState:
        """What the session's last turn left; a new session has the default state."""
        row = self._last(session_id)
        return state_from_json(row["state"]) if row else SessionState()

    def n_turns(self, session_id: SessionId) -> int:
        query = sa.select(sa.func.count()).where(TURNS.c.session_id == session_id)
        with _told(self._file), self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def turns(self, session_id: SessionId) -> list[JournalRow]:
        """The session's turns, first to last; none for a session that the journal does not know."""
        query = sa.select(TURNS).where(TURNS.c.session_id == session_id).order_by(TURNS.c.seq)
        with _told(self._file), self._engine.connect() as connection:
            return [_journal_row(row) for row in connection.execute(query).mappings()]

    def feedback(self, feedback: Feedback, key: str = "") -> None:
        """Keeps a verdict. The last one of a turn and key holds, the earlier ones stay in the file.

        The same verdict again with the same key changes nothing, so that a request can be repeated safely.
        Raises JournalError for a turn that the journal does not know and for a rating out of range.
        """
        if isinstance(feedback.rating, bool) or feedback.rating not in _RATINGS:
            raise JournalError(f"rating {feedback.rating!r} is not known; give 'up', 'down', or 1 to 5")
        said = {
            "rating": str(feedback.rating),
            "reasons": [_storable(reason) for reason in feedback.reasons],
            "comment": _storable(feedback.comment),
        }
        last = sa.select(FEEDBACK).where(FEEDBACK.c.turn_id == feedback.turn_id, FEEDBACK.c.key == key)
        known = sa.select(TURNS.c.seq).where(TURNS.c.turn_id == feedback.turn_id)
        with _told(self._file), self._writing() as connection:
            if connection.execute(known).first() is None:
                raise UnknownTurnError(
                    f"turn {feedback.turn_id!r} is not in the journal; send the turn_id that the reply came with"
                )
            before = connection.execute(last.order_by(FEEDBACK.c.seq.desc()).limit(1)).mappings().first()
            if before is not None and all(before[name] == value for name, value in said.items()):
                return
            given = {"turn_id": feedback.turn_id, "key": key, "at": time_to_text(datetime.now(UTC)), **said}
            connection.execute(sa.insert(FEEDBACK).values(given))

    def feedback_list(self, limit: int = 50, rating: Rating | None = None) -> list[FeedbackRow]:
        """The verdicts that hold, newest first, with their turns; only those of one rating if it is given."""
        turns = TURNS.alias("turn")
        query = (
            sa.select(FEEDBACK, *(column.label(f"turn_{column.name}") for column in turns.columns))
            .join(turns, turns.c.turn_id == FEEDBACK.c.turn_id)
            .where(FEEDBACK.c.seq.in_(_holding()))
            .order_by(FEEDBACK.c.seq.desc())
            .limit(limit)
        )
        if rating is not None:
            query = query.where(FEEDBACK.c.rating == str(rating))
        with _told(self._file), self._engine.connect() as connection:
            return [_feedback_row(row) for row in connection.execute(query).mappings()]

    def export(self) -> Iterator[dict[str, object]]:
        """One JSON object a turn, in the order of writing: a dialogue log.

        `feedback` holds the verdicts that hold, in the order in which they were given. Turns that are written
        meanwhile may be among them.
        """
        seq = 0
        while True:
            with _told(self._file), self._engine.connect() as connection:
                query = sa.select(TURNS).where(TURNS.c.seq > seq).order_by(TURNS.c.seq).limit(_BATCH)
                rows = connection.execute(query).mappings().all()
                verdicts = _verdicts(connection, [row["turn_id"] for row in rows])
            if not rows:
                return
            seq = rows[-1]["seq"]
            for row in rows:
                whole = {**row, **row["trace"], "feedback": verdicts.get(row["turn_id"], []), "events": []}
                yield {name: whole[name] for name in LOG_FIELDS}

    def _last(self, session_id: SessionId) -> sa.RowMapping | None:
        query = (
            sa.select(TURNS.c.language, TURNS.c.state)
            .where(TURNS.c.session_id == session_id)
            .order_by(TURNS.c.seq.desc())
            .limit(1)
        )
        with _told(self._file), self._engine.connect() as connection:
            return connection.execute(query).mappings().first()

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        """A transaction that has the write lock from its start: what it reads stays true until it is written."""
        with self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection


def _engine(file: Path) -> sa.Engine:
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(file)), connect_args={"timeout": _BUSY_MS / 1000})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver would open transactions on its own, and too late to hold the lock: `begin` below does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Waits until no other process opens the same journal."""
    file.parent.mkdir(parents=True, exist_ok=True)
    give_up_at = time.monotonic() + _OPENING_S
    while True:
        try:
            with hold(file.with_name(file.name + ".lock"), f"{file} is being opened", "opening the journal"):
                yield
            return
        except BusyError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)


def _bring_to_head(file: Path, engine: sa.Engine) -> None:
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        found = _version(connection)
        if found == HEAD:
            return
        if found and found > HEAD:
            raise JournalError(
                f"{file} has schema {found}, and this program knows {HEAD}: a newer version of the program wrote it; "
                "install that version again, or move the file away to begin a new journal"
            )
        from alembic import command
        from alembic.config import Config
        from alembic.util import CommandError

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise JournalError(
                f"{file} has schema {found!r}, which this program does not know ({error}); move the file away to begin "
                "a new journal"
            ) from error


def _version(connection: sa.Connection) -> str:
    """The file's schema, or "" for a new file."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


_REMEDIES: tuple[tuple[str, str], ...] = (
    ("disk is full", "free some space on its disk"),
    ("disk i/o error", "check the disk and its free space"),
    ("readonly", "make the file and its folder writable for this user"),
    ("unable to open", "check that its folder is there and writable for this user"),
    ("locked", "another process has held it for too long; stop that process and try again"),
    ("not a database", "the file is damaged; put a copy back, or move it away to begin a new journal"),
    ("malformed", "the file is damaged; put a copy back, or move it away to begin a new journal"),
)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Turns what the database and the disk say into a JournalError with a remedy."""
    try:
        yield
    except DBAPIError as error:
        said = str(error.orig)
        remedies = (remedy for words, remedy in _REMEDIES if words in said.lower())
        remedy = next(remedies, "the file may be of another program; move it away to begin a new journal")
        raise JournalError(f"{file}: {said}; {remedy}") from error
    except SQLAlchemyError as error:
        raise JournalError(f"{file}: {error}; the file may be of another program or damaged") from error
    except json.JSONDecodeError as error:
        raise JournalError(f"{file}: a row is damaged ({error}); put a copy of the file back") from error
    except OSError as error:
        raise JournalError(f"{file}: {refusal(error)}") from error


def _holding() -> sa.Select[tuple[int]]:
    """The last verdict of each turn and key."""
    return sa.select(sa.func.max(FEEDBACK.c.seq)).group_by(FEEDBACK.c.turn_id, FEEDBACK.c.key)


def _verdicts(connection: sa.Connection, turn_ids: Sequence[str]) -> dict[str, list[dict[str, object]]]:
    holding = _holding().where(FEEDBACK.c.turn_id.in_(turn_ids))
    query = sa.select(FEEDBACK).where(FEEDBACK.c.seq.in_(holding)).order_by(FEEDBACK.c.seq)
    verdicts: dict[str, list[dict[str, object]]] = {}
    for row in connection.execute(query).mappings():
        verdict = {name: row[name] for name in ("turn_id", "rating", "reasons", "comment", "at")}
        verdict["rating"] = _rating(row["rating"])
        verdicts.setdefault(row["turn_id"], []).append(verdict)
    return verdicts


def _journal_row(columns: sa.RowMapping, prefix: str = "") -> JournalRow:
    trace = columns[prefix + "trace"]
    return JournalRow(
        session_id=SessionId(columns[prefix + "session_id"]),
        turn_id=TurnId(columns[prefix + "turn_id"]),
        at=columns[prefix + "at"],
        utterance=columns[prefix + "utterance"],
        language=columns[prefix + "language"],
        intent=columns[prefix + "intent"],
        probability=columns[prefix + "probability"],
        in_scope=columns[prefix + "in_scope"],
        route=columns[prefix + "route"],
        constraints=constraints_from_json(trace["constraints"]),
        shown=tuple(
            ShownRow(ProductId(s["product_id"]), s["position"], s["propensity"], s["score"]) for s in trace["shown"]
        ),
        citations=tuple(citation_from_json(citation) for citation in trace["citations"]),
        path=tuple(trace["path"]),
        relaxed=constraints_from_json(trace["relaxed"]),
        suggestions=tuple(trace["suggestions"]),
        draft=trace["draft"],
        reply=columns[prefix + "reply"],
        models=trace["models"],
        timings_ms=trace["timings_ms"],
    )


def _feedback_row(row: sa.RowMapping) -> FeedbackRow:
    feedback = Feedback(TurnId(row["turn_id"]), _rating(row["rating"]), tuple(row["reasons"]), row["comment"])
    return FeedbackRow(at=row["at"], key=row["key"], feedback=feedback, turn=_journal_row(row, "turn_"))


def _rating(text: str) -> Rating:
    return int(text) if text.isdigit() else cast(Rating, text)


def _storable(text: str) -> str:
    """Without lone surrogates, which no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")
