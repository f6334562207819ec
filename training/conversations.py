"""Conversations as specs: what a good assistant does in each turn, asserted on the trace, never on its prose."""

import difflib
import math
import tomllib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeAlias, TypeVar, cast, get_args

from knowledge.domain import Constraint, Language, Op, Route, Turn, Value
from knowledge.errors import FeedError, ShopError, refusal
from retrieval.constraints import passes

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of a file, how many conversations are done, and how many there are."""

Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class WantedConstraint:
    """A constraint that the turn must have; any of `ops` will do ("under 100" may be lt or le)."""

    field: str
    ops: tuple[Op, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Expect:
    """What a turn must show on its trace; what is empty or None is not asked.

    `route`, `intent`, `language` and `shown_first` name what is allowed, the other lists what must all be there.
    `cites` are pages, "page#section", or products. `known`: whether there is a path to an answer.
    """

    route: tuple[Route, ...] = ()
    intent: tuple[str, ...] = ()
    language: tuple[Language, ...] = ()
    constraints: tuple[WantedConstraint, ...] = ()
    products_all: tuple[Constraint, ...] = ()
    shown_first: tuple[str, ...] = ()
    shown_has: tuple[str, ...] = ()
    shown_min: int | None = None
    shown_max: int | None = None
    relaxed: bool | None = None
    known: bool | None = None
    order_verified: bool | None = None
    cites: tuple[str, ...] = ()
    path_has: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpecTurn:
    user: str
    expect: Expect


@dataclass(frozen=True, slots=True)
class Conversation:
    """A file of turns, held in one session."""

    name: str
    turns: tuple[SpecTurn, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went otherwise than expected; turns count from 1."""

    file: str
    turn: int
    user: str
    problem: str


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """How many conversations passed and failed, and each problem by file and turn."""

    passed: int
    failed: int
    failures: tuple[Failure, ...] = ()

    def to_json(self) -> dict[str, object]:
        problems = [{"file": f.file, "turn": f.turn, "user": f.user, "problem": f.problem} for f in self.failures]
        return {"passed": self.passed, "failed": self.failed, "failures": problems}


def run_conversations(
    folder: Path,
    respond: Callable[[str, str], Turn],
    progress: Progress = lambda name, done, total: None,
) -> ConversationReport:
    """Holds every conversation in the folder, in the order of file names, each in a session of its own.

    `respond(utterance, session_id)` gives the finished turn. A conversation goes on after a turn that failed,
    but not after one that raised. Raises FeedError, before anything runs, if a spec cannot be read or none is there.
    """
    conversations = [read_spec(file) for file in sorted(folder.glob("*.toml"))]
    if not conversations:
        raise FeedError(f"{folder}: no conversations; write some as .toml files with [[turn]] tables")
    failures: list[Failure] = []
    n_failed = 0
    for n_done, conversation in enumerate(conversations):
        progress(conversation.name, n_done, len(conversations))
        found = _hold(conversation, respond)
        n_failed += bool(found)
        failures += found
    progress("", len(conversations), len(conversations))
    return ConversationReport(len(conversations) - n_failed, n_failed, tuple(failures))


def _hold(conversation: Conversation, respond: Callable[[str, str], Turn]) -> list[Failure]:
    session_id = f"conversation-{uuid.uuid4().hex}"
    failures: list[Failure] = []
    for number, spec in enumerate(conversation.turns, 1):
        try:
            found = problems(respond(spec.user, session_id), spec.expect)
        except ShopError as error:
            return [*failures, Failure(conversation.name, number, spec.user, f"the turn failed: {error}")]
        failures += [Failure(conversation.name, number, spec.user, problem) for problem in found]
    return failures


def problems(turn: Turn, expect: Expect) -> list[str]:
    """What the turn's trace shows otherwise than expected, a sentence each."""
    found: list[str] = []
    found += _one_of("route", turn.route, expect.route)
    found += _one_of("intent", turn.reading.intent.intent, expect.intent)
    found += _one_of("language", turn.reading.language, expect.language)
    found += _is("relaxed", bool(turn.relaxed), expect.relaxed)
    found += _is("known", bool(turn.path), expect.known)
    found += _is("order_verified", turn.state.order_verified, expect.order_verified)
    had = ", ".join(f"{c.field} {c.op} {c.value}" for c in turn.constraints) or "none"
    for wanted in expect.constraints:
        if not any(_matches(wanted, constraint) for constraint in turn.constraints):
            found.append(f"constraint {wanted.field} {'/'.join(wanted.ops)} {wanted.value} is not among: {had}")
    found += _shown_problems(turn, expect)
    cited = {c.source_id for c in turn.citations} | {f"{c.source_id}#{c.section}" for c in turn.citations}
    found += _missing("cites", expect.cites, cited)
    for text in expect.path_has:
        if not any(text.casefold() in node.casefold() for node in turn.path):
            found.append(f"path_has: {text!r} is in no step of: {' | '.join(turn.path) or 'an empty path'}")
    for text in expect.must_not:
        if text.casefold() in turn.reply.casefold():
            found.append(f"must_not: {text!r} stands in the reply {turn.reply!r}")
    return found


def _shown_problems(turn: Turn, expect: Expect) -> list[str]:
    found: list[str] = []
    ids = [str(shown.product.product_id) for shown in turn.shown]
    shown_min = expect.shown_min if expect.shown_min is not None else int(bool(expect.products_all))
    if len(ids) < shown_min:
        found.append(f"{len(ids)} products shown, at least {shown_min} expected")
    if expect.shown_max is not None and len(ids) > expect.shown_max:
        found.append(f"{len(ids)} products shown, at most {expect.shown_max} expected")
    for constraint in expect.products_all:
        strays = [str(s.product.product_id) for s in turn.shown if not passes(s.product, constraint)]
        if strays:
            wanted = f"{constraint.field} {constraint.op} {constraint.value}"
            found.append(f"products_all: {', '.join(strays)} is not {wanted}")
    if expect.shown_first:
        found += _one_of("shown_first", ids[0] if ids else "nothing", expect.shown_first)
    return found + _missing("shown_has", expect.shown_has, ids)


def _one_of(name: str, found: str, allowed: Sequence[str]) -> list[str]:
    if not allowed or found in allowed:
        return []
    return [f"{name} is {found}, expected {' or '.join(allowed)}"]


def _is(name: str, found: bool, expected: bool | None) -> list[str]:
    if expected is None or found is expected:
        return []
    return [f"{name} is {str(found).lower()}, expected {str(expected).lower()}"]


def _missing(name: str, expected: Iterable[str], found: Iterable[str]) -> list[str]:
    there = {text.casefold() for text in found}
    listed = ", ".join(sorted(found)) or "nothing"
    return [f"{name}: {text} is not among {listed}" for text in expected if text.casefold() not in there]


def _matches(wanted: WantedConstraint, found: Constraint) -> bool:
    if wanted.field.casefold() != found.field.casefold() or found.op not in wanted.ops:
        return False
    if wanted.field == "category" and isinstance(wanted.value, str) and isinstance(found.value, str):
        levels, deep = _levels(wanted.value), _levels(found.value)
        return deep[-len(levels) :] == levels
    return _same(wanted.value, found.value)


def _levels(path: str) -> list[str]:
    return [level.strip().casefold() for level in path.split(">")]


def _same(wanted: Value, found: Value) -> bool:
    if isinstance(wanted, tuple) or isinstance(found, tuple):
        both = (wanted if isinstance(wanted, tuple) else (wanted,), found if isinstance(found, tuple) else (found,))
        return {str(part).casefold() for part in both[0]} == {str(part).casefold() for part in both[1]}
    if isinstance(wanted, str) or isinstance(found, str):
        return str(wanted).casefold() == str(found).casefold()
    return math.isclose(wanted, found)


# ------------------------------------------------------------------ reading a spec


def read_spec(file: Path) -> Conversation:
    """Reads a conversation. Raises FeedError that names the turn, the key and the nearest known one."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FeedError(f"{file}: not valid TOML in UTF-8: {error}") from error
    except OSError as error:
        raise FeedError(f"{file}: cannot be read: {refusal(error)}") from error
    reader = _Reader(str(file))
    reader.known(table, ("title", "turn"))
    turns = table.get("turn")
    if not isinstance(turns, list) or not turns:
        raise FeedError(f"{file}: no turns; write each as a [[turn]] table with 'user' and 'expect'")
    read = tuple(_read_turn(_Reader(f"{file}: turn {number}"), row) for number, row in enumerate(turns, 1))
    return Conversation(file.name, read, reader.text(table, "title"))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads parts of a spec; `where` begins every message."""

    where: str

    def known(self, table: Mapping[str, object], names: Sequence[str]) -> None:
        for key in table:
            if key not in names:
                raise FeedError(f"{self.where}: unknown key {key!r}{_hint(key, names)}")

    def table(self, value: object, what: str) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise FeedError(f"{self.where}: {what} = {value!r} must be a table")
        return value

    def text(self, table: Mapping[str, object], key: str) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            raise FeedError(f"{self.where}: {key} = {value!r} must be a text")
        return value

    def texts(self, table: Mapping[str, object], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str) for row in rows):
            raise FeedError(f"{self.where}: {key} = {value!r} must be a text or a list of texts")
        return tuple(rows)

    def words(self, table: Mapping[str, object], key: str, allowed: Sequence[Word]) -> tuple[Word, ...]:
        for word in (texts := self.texts(table, key)):
            if word not in allowed:
                raise FeedError(f"{self.where}: {key} {word!r} is not known{_hint(word, allowed)}")
        return cast(tuple[Word, ...], texts)

    def number(self, table: Mapping[str, object], key: str) -> int | None:
        value = table.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise FeedError(f"{self.where}: {key} = {value!r} must be a whole number from 0")
        return value

    def yes_or_no(self, table: Mapping[str, object], key: str) -> bool | None:
        value = table.get(key)
        if value is not None and not isinstance(value, bool):
            raise FeedError(f"{self.where}: {key} = {value!r} must be true or false")
        return value

    def constraints(self, table: Mapping[str, object], key: str) -> tuple[WantedConstraint, ...]:
        value = table.get(key, [])
        rows = value if isinstance(value, list) else [value]
        return tuple(self.constraint(self.table(row, key), key) for row in rows)

    def constraint(self, row: Mapping[str, object], key: str) -> WantedConstraint:
        self.known(row, ("field", "op", "value"))
        field, value = self.text(row, "field"), row.get("value")
        ops = self.words(row, "op", get_args(Op))
        if not field or not ops or value is None:
            raise FeedError(
                f"{self.where}: {key} needs field, op and value, as in {{field='price', op='le', value=50}}"
            )
        if isinstance(value, bool):
            return WantedConstraint(field, ops, "yes" if value else "no")
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return WantedConstraint(field, ops, tuple(value))
        if isinstance(value, str | int | float):
            return WantedConstraint(field, ops, value)
        raise FeedError(f"{self.where}: {key} value {value!r} must be a text, a number, or a list of texts")


def _read_turn(reader: _Reader, value: object) -> SpecTurn:
    row = reader.table(value, "turn")
    reader.known(row, ("user", "expect"))
    if "user" not in row:
        raise FeedError(f"{reader.where}: 'user' is missing; it is what the shopper writes")
    return SpecTurn(reader.text(row, "user"), _read_expect(reader, reader.table(row.get("expect", {}), "expect")))


def _read_expect(reader: _Reader, row: Mapping[str, object]) -> Expect:
    reader.known(row, [spec.name for spec in fields(Expect)])
    wanted = reader.constraints(row, "products_all")
    if any(len(one.ops) != 1 for one in wanted):
        raise FeedError(f"{reader.where}: products_all must have one op each")
    return Expect(
        route=reader.words(row, "route", get_args(Route)),
        intent=reader.texts(row, "intent"),
        language=reader.words(row, "language", get_args(Language)),
        constraints=reader.constraints(row, "constraints"),
        products_all=tuple(Constraint(one.field, one.ops[0], one.value) for one in wanted),
        shown_first=reader.texts(row, "shown_first"),
        shown_has=reader.texts(row, "shown_has"),
        shown_min=reader.number(row, "shown_min"),
        shown_max=reader.number(row, "shown_max"),
        relaxed=reader.yes_or_no(row, "relaxed"),
        known=reader.yes_or_no(row, "known"),
        order_verified=reader.yes_or_no(row, "order_verified"),
        cites=reader.texts(row, "cites"),
        path_has=reader.texts(row, "path_has"),
        must_not=reader.texts(row, "must_not"),
    )


def _hint(word: str, names: Sequence[str]) -> str:
    nearest = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; known: {', '.join(names)}"
