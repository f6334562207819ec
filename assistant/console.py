"""What the command line shows: results on standard output, remarks and progress on standard error."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from assistant.journal import FeedbackRow
    from knowledge.domain import RowProblem, Turn

Progress = Callable[[str, int, int], None]

_PAUSE_S = 5.0
"""Between two lines of progress where there is no terminal."""


def show(text: str) -> None:
    """A line of the result."""
    try:
        print(text, flush=True)
    except BrokenPipeError:  # nobody reads on, which is no failure of the disk
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


def show_json(value: object) -> None:
    """The whole result as one JSON object, which knows neither NaN nor infinity."""
    show(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))


def say(text: str) -> None:
    """A remark, which is not part of the result."""
    print(text, file=sys.stderr, flush=True)


def say_remarks(warnings: Iterable[str] = (), problems: Iterable["RowProblem"] = ()) -> None:
    """What a result came with: warnings, and rows that were left out."""
    for warning in warnings:
        say(f"warning: {warning}")
    for problem in problems:
        say(f"{problem.file}:{problem.line}: {problem.message}")


def ask() -> str:
    """What a person types; "" at the end."""
    try:
        return input("> ").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def show_turn(turn: "Turn") -> None:
    """The reply with its sources."""
    show(turn.reply)
    for citation in turn.citations:
        show(f"  [{citation.title}{' § ' + citation.section if citation.section else ''}]")
    for step in turn.path:
        show(f"  > {step}")


def show_explanation(turn: "Turn") -> None:
    """How the turn came about: what was read, routed, found and why, with scores."""
    intent = turn.reading.intent
    show(f"language    {turn.reading.language}")
    scope = f"in scope {intent.in_scope} ({intent.in_scope_score:+.2f})"
    show(f"intent      {intent.intent} ({intent.probability:.2f}); {scope}")
    show("            " + ", ".join(f"{name} {p:.2f}" for name, p in intent.ranking[:4]))
    show(f"constraints {'; '.join(f'{c.field} {c.op} {c.value}' for c in turn.constraints) or 'none'}")
    show(f"words       {turn.reading.wish.text!r}")
    show(f"route       {turn.route}")
    for shown in turn.shown:
        show(f"  {shown.position}. {shown.product.product_id} {shown.product.title}  {shown.score:.4f}")
        for reason in shown.reasons:
            show(f"       {'met   ' if reason.met else 'missed'} {reason.field} = {reason.value}: {reason.text}")
    for step in turn.path:
        show(f"  > {step}")
    show("timings     " + ", ".join(f"{stage} {ms:.1f} ms" for stage, ms in turn.timings_ms.items()))
    show(f"draft       {turn.draft}")


def show_verdicts(rows: "Sequence[FeedbackRow]", as_json: bool) -> None:
    """What shoppers said, each with the utterance of its turn."""
    if as_json:
        told = [{"at": row.at, "utterance": row.turn.utterance, **asdict(row.feedback)} for row in rows]
        show_json({"feedback": told})
        return
    for row in rows:
        given = row.feedback
        show(f"{row.at}  {given.rating!s:<5} {given.turn_id}  {row.turn.utterance!r}")
        if given.reasons or given.comment:
            show(f"    {', '.join(given.reasons)} {given.comment}".rstrip())


def show_report(report: Mapping[str, object], as_json: bool) -> None:
    """Measures by name, as a table or as JSON."""
    if as_json:
        show_json(report)
        return
    for line in _table(report, ""):
        show(line)


def _table(report: Mapping[str, Any], indent: str) -> Iterator[str]:
    for name, value in report.items():
        if isinstance(value, Mapping) and all(isinstance(v, int | float) or v is None for v in value.values()):
            cells = "  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in value.items())
            yield f"{indent}{name:<24} {cells}"
        elif isinstance(value, Mapping):
            yield f"{indent}{name}"
            yield from _table(value, indent + "  ")
        else:
            yield f"{indent}{name:<24} {value:.4g}" if isinstance(value, float) else f"{indent}{name:<24} {value}"


@contextlib.contextmanager
def progress() -> Iterator[Progress]:
    """A progress bar with the time left; without a terminal, a line now and then."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines()
        return
    with _bar(console) as advance:
        yield advance


class _Lines:
    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        is_done = 0 < total <= done and stage in self._said
        if is_done or now - self._said.get(stage, -_PAUSE_S) >= _PAUSE_S:
            self._said[stage] = now
            say(f"{stage}: {done}/{total}" if total else f"{stage}: {done}" if done else stage)


@contextlib.contextmanager
def _bar(console: "Console") -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield advance
