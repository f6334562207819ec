import itertools
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import assistant.migrations
from assistant.journal import HEAD, METADATA, Journal, ShownRow
from assistant.trace import LOG_FIELDS
from knowledge.domain import (
    Citation,
    Constraint,
    Feedback,
    IntentReading,
    Product,
    ProductId,
    Reading,
    SessionId,
    SessionState,
    Shown,
    Turn,
    TurnId,
    Wish,
)
from knowledge.errors import JournalError

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
BLACK = Constraint("colour", "in", ("black", "blue"))


def turn(turn_id: str, session_id: str = "s-1", *, minutes: int = 0, text: str = "black headphones") -> Turn:
    wish = Wish(text, "en", (BLACK,), ("price", "asc"))
    return Turn(
        session_id=SessionId(session_id),
        turn_id=TurnId(turn_id),
        at=AT + timedelta(minutes=minutes),
        reading=Reading(text, "en", IntentReading("find_product", 0.9, True, 3.0), wish),
        constraints=(BLACK,),
        route="recommend",
        shown=(Shown(Product(ProductId("p-1"), "Headphones"), 1, 0.7, 0.5),),
        citations=(Citation("returns", "Returns", "Opened"),),
        path=("a", "b"),
        relaxed=(),
        suggestions=("Anything cheaper?",),
        draft="draft",
        reply="Here is one. 给您一个。",
        models={"intent": "i-1"},
        timings_ms={"read": 1.5},
        state=SessionState(wish=wish, shown=(ProductId("p-1"),), order_tries=1),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.open(tmp_path / "var" / "journal.db") as opened:
        yield opened


# ------------------------------------------------------------------ turns


def test_a_new_session_has_the_default_state(journal: Journal) -> None:
    assert journal.state(SessionId("s-1")) == SessionState()
    assert journal.turns(SessionId("s-1")) == []


def test_the_state_of_a_session_is_that_of_its_last_turn(journal: Journal) -> None:
    later = replace(turn("t-2"), state=SessionState(order_id="A-7"))
    journal.record(turn("t-1"))
    journal.record(later)
    journal.record(replace(turn("t-3", "s-2"), state=SessionState(order_id="B-8")))

    assert journal.state(SessionId("s-1")) == SessionState(order_id="A-7")
    assert journal.n_turns(SessionId("s-1")) == 2


def test_a_turn_reads_back_as_it_was_recorded(journal: Journal) -> None:
    journal.record(turn("t-1"))

    (row,) = journal.turns(SessionId("s-1"))

    assert row.reply == "Here is one. 给您一个。"
    assert row.constraints == (BLACK,)
    assert row.shown == (ShownRow(ProductId("p-1"), 1, 0.5, 0.7),)
    assert row.citations == (Citation("returns", "Returns", "Opened"),)
    assert (row.intent, row.probability, row.in_scope, row.route) == ("find_product", 0.9, True, "recommend")


def test_a_turn_id_cannot_be_used_twice(journal: Journal) -> None:
    journal.record(turn("t-1"))

    with pytest.raises(JournalError, match="'t-1' is in the journal already"):
        journal.record(turn("t-1", "s-2"))

    assert journal.turns(SessionId("s-2")) == []


def test_text_that_no_file_can_hold_is_recorded_without_what_cannot_be_held(journal: Journal) -> None:
    journal.record(turn("t-1", text="half a \ud83d face"))

    (row,) = journal.turns(SessionId("s-1"))

    assert row.utterance == "half a ? face"


# ------------------------------------------------------------------ feedback


def test_the_last_verdict_of_a_turn_and_key_holds_and_all_are_kept(journal: Journal, tmp_path: Path) -> None:
    journal.record(turn("t-1"))
    journal.feedback(Feedback(TurnId("t-1"), "up"), "k")
    journal.feedback(Feedback(TurnId("t-1"), "down", ("price",), "太贵"), "k")

    (row,) = journal.feedback_list()

    assert row.feedback == Feedback(TurnId("t-1"), "down", ("price",), "太贵")
    assert row.turn.utterance == "black headphones"
    with sqlite3.connect(tmp_path / "var" / "journal.db") as connection:
        assert connection.execute("SELECT count(*) FROM feedback").fetchone() == (2,)


def test_a_repeated_verdict_changes_nothing(journal: Journal) -> None:
    journal.record(turn("t-1"))
    for _ in range(3):
        journal.feedback(Feedback(TurnId("t-1"), 4), "k")
    journal.feedback(Feedback(TurnId("t-1"), 4), "another")

    assert sorted(row.key for row in journal.feedback_list()) == ["another", "k"]


def test_feedback_on_an_unknown_turn_names_it(journal: Journal) -> None:
    with pytest.raises(JournalError, match="'t-404' is not in the journal"):
        journal.feedback(Feedback(TurnId("t-404"), "up"))


@pytest.mark.parametrize("rating", [0, 6, True, "sideways"])
def test_a_rating_out_of_range_is_refused(journal: Journal, rating: int) -> None:
    journal.record(turn("t-1"))

    with pytest.raises(JournalError, match="is not known; give"):
        journal.feedback(Feedback(TurnId("t-1"), rating))


def test_feedback_is_listed_newest_first_and_by_rating(journal: Journal) -> None:
    for n, rating in enumerate(("up", "down", "up")):
        journal.record(turn(f"t-{n}"))
        journal.feedback(Feedback(TurnId(f"t-{n}"), "down" if rating == "down" else "up"))

    assert [row.feedback.turn_id for row in journal.feedback_list()] == ["t-2", "t-1", "t-0"]
    assert [row.feedback.turn_id for row in journal.feedback_list(rating="up")] == ["t-2", "t-0"]
    assert [row.feedback.turn_id for row in journal.feedback_list(limit=1)] == ["t-2"]


# ------------------------------------------------------------------ export


def test_an_exported_line_has_the_fields_of_a_dialogue_log(journal: Journal) -> None:
    journal.record(turn("t-1"))
    journal.feedback(Feedback(TurnId("t-1"), "up", ("fit",)), "k")

    (line,) = journal.export()

    assert tuple(line) == LOG_FIELDS
    assert json.loads(json.dumps(line)) == line
    assert line["constraints"] == [{"field": "colour", "op": "in", "value": ["black", "blue"]}]
    assert line["shown"] == [{"product_id": "p-1", "position": 1, "propensity": 0.5, "score": 0.7}]
    assert isinstance(line["feedback"], list)
    assert {name: line["feedback"][0][name] for name in ("turn_id", "rating", "reasons", "comment")} == {
        "turn_id": "t-1",
        "rating": "up",
        "reasons": ["fit"],
        "comment": "",
    }
    assert line["events"] == []


def test_an_export_has_each_turn_once_over_several_batches(journal: Journal) -> None:
    ids = [f"t-{n}" for n in range(250)]
    for turn_id in ids:
        journal.record(turn(turn_id))

    assert [line["turn_id"] for line in journal.export()] == ids


# ------------------------------------------------------------------ the file


def test_an_empty_file_is_brought_to_the_schema_that_the_program_writes(journal: Journal, tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'var' / 'journal.db'}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)

        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_the_last_migration_is_the_one_that_the_program_writes() -> None:
    scripts = ScriptDirectory(str(Path(str(assistant.migrations.__file__)).parent))

    assert scripts.get_current_head() == HEAD


def test_opening_again_keeps_what_was_recorded(tmp_path: Path) -> None:
    for n in range(3):
        with Journal.open(tmp_path / "journal.db") as journal:
            journal.record(turn(f"t-{n}"))

    with Journal.open(tmp_path / "journal.db") as journal:
        assert journal.n_turns(SessionId("s-1")) == 3


def test_the_file_is_durable_and_shared(journal: Journal) -> None:
    with journal._engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 10_000, 1]


def test_a_file_of_a_newer_program_is_refused_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    Journal.open(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")

    with pytest.raises(JournalError, match=r"schema 0099, and this program knows 0001.*install that version"):
        Journal.open(file)


def test_a_damaged_file_is_refused_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    file.write_bytes(b"this was a journal once" * 400)

    with pytest.raises(JournalError, match=r"journal\.db: .*the file is damaged; put a copy back"):
        Journal.open(file)


def test_a_damaged_page_is_told_when_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    with Journal.open(file) as journal:
        for n in range(20):
            journal.record(turn(f"t-{n}"))
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\xff" * (len(whole) - 4096)
    file.write_bytes(bytes(whole))

    with pytest.raises(JournalError, match=r"the file is damaged; put a copy back"), Journal.open(file) as journal:
        journal.turns(SessionId("s-1"))


def test_a_full_disk_is_told_and_the_turns_before_it_stay(journal: Journal) -> None:
    journal.record(turn("t-1"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(JournalError, match=r"check the disk and its free space|free some space"):
            journal.record(turn("t-2", text="long " * 100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    journal.record(turn("t-3"))

    assert [row.turn_id for row in journal.turns(SessionId("s-1"))] == ["t-1", "t-3"]


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")

    with pytest.raises(JournalError, match="a file stands where a folder should be"):
        Journal.open(tmp_path / "var" / "journal.db")


# ------------------------------------------------------------------ several processes

RECORDERS = """
import itertools, os, sys
from datetime import UTC, datetime
from pathlib import Path
from assistant.journal import Journal
from knowledge.domain import IntentReading, Reading, SessionId, Turn, TurnId, Wish


def record_for_ever(session):
    journal = Journal.open(Path(sys.argv[1]))
    for n in itertools.count():
        reading = Reading("hello", "en", IntentReading("greeting", 0.9, True, 1.0), Wish("hello", "en"))
        turn_id = f"{session}/{n}"
        journal.record(
            Turn(SessionId(session), TurnId(turn_id), datetime.now(UTC), reading, (), "smalltalk", (), (), (), (), (),
                 "hi", "hi", {}, {})
        )
        os.write(1, f"{os.getpid()} {turn_id}\\n".encode())


for line in sys.stdin:
    if os.fork() == 0:
        record_for_ever(line.strip())
"""


def test_every_acknowledged_turn_survives_the_kill_of_its_writer_exactly_once(tmp_path: Path) -> None:
    file = tmp_path / "journal.db"
    n_kills, n_at_once = 10, 3
    acknowledged: Counter[str] = Counter()

    with subprocess.Popen(
        [sys.executable, "-c", RECORDERS, str(file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as recorders:
        assert recorders.stdin is not None
        assert recorders.stdout is not None
        sessions = (f"s-{n}" for n in range(n_kills))
        turns_left: dict[str, int] = {}
        for session in itertools.islice(sessions, n_at_once):
            turns_left[session] = 5
            print(session, file=recorders.stdin, flush=True)
        while turns_left:
            pid, turn_id = recorders.stdout.readline().split()
            acknowledged[turn_id] += 1
            session = turn_id.split("/")[0]
            if session not in turns_left:
                continue
            turns_left[session] -= 1
            if turns_left[session] == 0:
                os.kill(int(pid), signal.SIGKILL)
                del turns_left[session]
                for another in itertools.islice(sessions, 1):
                    turns_left[another] = 5 + 2 * len(acknowledged) % 7
                    print(another, file=recorders.stdin, flush=True)
        recorders.stdin.close()
        acknowledged.update(line.split()[1] for line in recorders.stdout)

    with Journal.open(file) as journal:
        recorded = Counter(str(line["turn_id"]) for line in journal.export())
    assert len(acknowledged) >= 5 * n_kills
    assert set(acknowledged) <= set(recorded)
    assert set(recorded.values()) == {1}
    assert len(recorded) - len(acknowledged) <= n_kills
