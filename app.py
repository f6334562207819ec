"""The command line, and the one place where the parts are built. Commands parse, call one function, and print."""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from assistant.live import LiveAssistant
    from assistant.proof import OrderTries
    from assistant.turn import Assistant, Keeps
    from knowledge.domain import Turn
    from knowledge.shop import Shop

app = typer.Typer(
    name="shop-assistant",
    help="A self-hosted shopping assistant: products, answers and orders, in English and Chinese.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
train_app = typer.Typer(no_args_is_help=True, help="Fits models from the shop folder.")
evaluate_app = typer.Typer(no_args_is_help=True, help="Measures what is in use, or a model fitted for the purpose.")
feedback_app = typer.Typer(no_args_is_help=True, help="Shows what shoppers said of the replies.")
app.add_typer(train_app, name="train")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(feedback_app, name="feedback")

JsonFlag = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
FAILED, IN_PART, STOPPED = 1, 3, 130
_shop_folder = Path("demo")


def main() -> None:
    """Runs a command; a ShopError ends it with its message and status 1."""
    # Set before any library reads them: nothing phones out.
    for name, value in {
        "ANONYMIZED_TELEMETRY": "False",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "LANGSMITH_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "TOKENIZERS_PARALLELISM": "false",
    }.items():
        os.environ[name] = value
    from knowledge.errors import ShopError

    try:
        app()
    except ShopError as error:
        _say(f"error: {error}")
        sys.exit(FAILED)
    except SystemExit as ended:
        if ended.code == STOPPED:  # what typer makes of Ctrl+C, without a word
            _say("stopped; what was finished is kept, and the same command goes on from there")
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)


@app.callback()
def _options(
    shop: Annotated[Path, typer.Option("--shop", help="The shop's folder.", show_default=True)] = Path("demo"),
) -> None:
    global _shop_folder
    _shop_folder = shop


# ------------------------------------------------------------------ the parts


def open_shop() -> "Shop":
    from knowledge.shop import Shop

    return Shop(_shop_folder)


def build_assistant(shop: "Shop", journal: "Keeps", order_tries: "OrderTries | None" = None) -> "Assistant":
    """Builds an assistant on the generation in use. Raises NotBuiltError, WeightsError, BusyError."""
    from assistant.drafts import House
    from assistant.gather import Gatherer
    from assistant.generator import DraftGenerator
    from assistant.proof import OrderTries
    from assistant.reading import Reader
    from assistant.turn import Assistant
    from knowledge.catalogue import Catalogue
    from knowledge.graph import ShopGraph
    from knowledge.orders import FileOrderBook
    from knowledge.vocabulary import Vocabulary
    from retrieval.answers import Answerer
    from retrieval.index import load_index
    from retrieval.search import ProductSearch
    from retrieval.weights import models_folder
    from training.build import load_encoders, load_intent

    settings = shop.settings
    generation, manifest = shop.current(), shop.manifest()
    catalogue = Catalogue.load(generation / "catalogue.jsonl")
    encoders = load_encoders(settings, models_folder(), threads=1)
    intent = load_intent(shop, models_folder(), encoders)
    graph = ShopGraph.load(generation / "graph.json")
    return Assistant(
        house=House(settings.name, settings.currency, settings.contact, catalogue.spoken),
        reader=Reader(intent, Vocabulary.from_catalogue(catalogue, settings.languages), encoders, settings.currency),
        gatherer=Gatherer(
            catalogue=catalogue,
            search=ProductSearch(catalogue, load_index(generation / "index", settings.languages), encoders, settings),
            answers=Answerer.load(generation / "answers", graph, encoders),
            orders=FileOrderBook.load(generation / "orders.jsonl"),
            read_facts=graph.read_facts,
            currency=settings.currency,
            k=settings.search.k,
            contact=settings.contact,
            order_tries=order_tries or OrderTries(),
        ),
        generator=DraftGenerator(),
        journal=journal,
        routes=settings.routes,
        models={
            "generation": str(manifest["name"]),
            "intent": str(manifest["intent"]),
            **{f"encoder_{language}": f"{e.name}:{e.fingerprint}" for language, e in encoders.items()},
        },
        languages=settings.languages,
        max_chars=settings.limits.utterance_chars,
        max_turns=settings.limits.session_turns,
    )


def open_assistant(shop: "Shop") -> "LiveAssistant":
    from assistant.journal import Journal
    from assistant.live import LiveAssistant
    from assistant.proof import OrderTries

    shop.current()
    journal, order_tries = Journal.open(shop.journal_file), OrderTries()
    return LiveAssistant(shop.current_name, lambda: build_assistant(shop, journal, order_tries))


# ------------------------------------------------------------------ making a shop


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    name: Annotated[str, typer.Option(help="The shop's name.")] = "My shop",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of its prices.")] = "USD",
    language: Annotated[list[str] | None, typer.Option(help="en, zh; may be given twice. Default: both.")] = None,
    contact: Annotated[str, typer.Option(help="How a shopper reaches a person.")] = "",
) -> None:
    """Makes a shop folder with commented settings and starter utterances."""
    from knowledge.starter import make_shop

    made = make_shop(folder, name=name, currency=currency, languages=language or ["en", "zh"], contact=contact)
    print(f"made {folder}: {', '.join(made)}")
    print(f"next: shop-assistant --shop {folder} import FEED, then shop-assistant --shop {folder} build")


@app.command("fetch-models")
def fetch_models_command(
    offline: Annotated[bool, typer.Option(help="Use only what was downloaded before.")] = False,
    json_: JsonFlag = False,
) -> None:
    """Fetches the pinned weights and checks every sha256."""
    from retrieval.weights import fetch_models, models_folder

    with _progress() as progress:
        fetched = fetch_models(models_folder(), ["minilm", "e5"], progress, offline=offline)
    if json_:
        _print_json({m.name: {"folder": str(m.folder), "was_there": m.was_there} for m in fetched})
    else:
        for model in fetched:
            print(f"{model.name}: {'in place' if model.was_there else 'ready'} in {model.folder}")


@app.command("import")
def import_command(
    files: Annotated[list[Path], typer.Argument(help="Feeds, pages, orders or utterances; folders are walked.")],
    kind: Annotated[
        Literal["catalogue", "knowledge", "orders", "intents"] | None,
        typer.Option(help="What the files hold; recognised when not given."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; change nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="The feed is complete: ids that it lacks go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --full: even if over 10 % would go.")] = False,
    json_: JsonFlag = False,
) -> None:
    """Reads feeds into the shop folder; a shop that was built before is brought up to date at once."""
    from knowledge.errors import FeedError, SettingsError
    from knowledge.imports import import_file
    from training.build import build_held

    shop = open_shop()
    reports, refused = [], []
    for file in _walk(files):
        try:
            with _progress() as progress:
                report = import_file(shop, file, kind, dry_run=dry_run, full=full, yes=yes, progress=progress)
        except (FeedError, SettingsError) as error:
            refused.append(str(error))
            _say(f"error: {error}")
            continue
        reports.append(report)
        if not json_:
            print(report.summary(), flush=True)
        for problem in report.problems:
            _say(f"{problem.file}:{problem.line}: {problem.message}")
    built = None
    if any(r.added or r.changed or r.removed for r in reports) and not dry_run and shop.current_name():
        with _progress() as progress:
            built = build_held(shop, progress, fine_tune=None)
    if json_:
        files_told = [r.to_json() for r in reports]
        _print_json({"files": files_told, "refused": refused, "build": built.to_json() if built else None})
    if refused and not reports:
        raise typer.Exit(FAILED)
    if refused or any(report.problems for report in reports):
        raise typer.Exit(IN_PART)


@app.command()
def build(
    quick: Annotated[bool, typer.Option("--quick", help="Fit the intent model without fine-tuning: seconds.")] = False,
    json_: JsonFlag = False,
) -> None:
    """Brings index, graph and models up to date with the folder; does nothing when nothing changed."""
    from training.build import build_held

    shop = open_shop()
    with _progress() as progress:
        report = build_held(shop, progress, fine_tune=not quick)
    if json_:
        _print_json(report.to_json())
    elif not report.changed:
        print(f"nothing changed; generation {report.generation} is in use")
    else:
        stages = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in report.seconds.items())
        print(
            f"generation {report.generation} is in use: {report.n_products} products ({report.n_embedded} texts "
            f"embedded), {report.n_pages} pages, {report.n_rules} rules, {report.n_utterances} utterances; {stages}"
        )
    for warning in report.warnings:
        _say(f"warning: {warning}")
    for problem in report.problems:
        _say(f"{problem.file}:{problem.line}: {problem.message}")
    if report.problems:
        raise typer.Exit(IN_PART)


# ------------------------------------------------------------------ talking


@app.command()
def chat(
    once: Annotated[str | None, typer.Option("--once", help="Say this, print the turn, and end.")] = None,
    session: Annotated[str, typer.Option(help="Go on with this session.")] = "",
    json_: JsonFlag = False,
) -> None:
    """Talks in the terminal."""
    from assistant.trace import turn_to_json

    assistant = open_assistant(open_shop())
    if once is not None:
        turn = assistant.turn(once, session)
        if json_:
            _print_json(turn_to_json(turn))
        else:
            _print_turn(turn)
        return
    _say("Type a question; an empty line ends.")
    while text := _ask():
        turn = assistant.turn(text, session)
        session = turn.session_id
        if json_:
            _print_json(turn_to_json(turn))
        else:
            _print_turn(turn)


@app.command()
def explain(text: Annotated[str, typer.Argument(help="What a shopper might write.")], json_: JsonFlag = False) -> None:
    """Shows what was read, routed, found and why, with scores. Nothing is written to the journal."""
    from assistant.memory import MemoryJournal
    from assistant.trace import turn_to_json

    turn = build_assistant(open_shop(), MemoryJournal()).turn(text)
    if json_:
        _print_json(turn_to_json(turn))
        return
    intent = turn.reading.intent
    print(f"language    {turn.reading.language}")
    scope = f"in scope {intent.in_scope} ({intent.in_scope_score:+.2f})"
    print(f"intent      {intent.intent} ({intent.probability:.2f}); {scope}")
    print("            " + ", ".join(f"{name} {p:.2f}" for name, p in intent.ranking[:4]))
    print(f"constraints {'; '.join(f'{c.field} {c.op} {c.value}' for c in turn.constraints) or 'none'}")
    print(f"words       {turn.reading.wish.text!r}")
    print(f"route       {turn.route}")
    for shown in turn.shown:
        print(f"  {shown.position}. {shown.product.product_id} {shown.product.title}  {shown.score:.4f}")
        for reason in shown.reasons:
            print(f"       {'met   ' if reason.met else 'missed'} {reason.field} = {reason.value}: {reason.text}")
    for step in turn.path:
        print(f"  > {step}")
    print("timings     " + ", ".join(f"{stage} {ms:.1f} ms" for stage, ms in turn.timings_ms.items()))
    print(f"draft       {turn.draft}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    build_behind: Annotated[
        bool, typer.Option("--build-behind", help="Build in another process meanwhile; used when it is done.")
    ] = False,
) -> None:
    """Serves the chat page and the API."""
    from assistant.server import serve as run

    shop = open_shop()
    behind = _building_behind(shop) if build_behind else contextlib.nullcontext()
    with contextlib.suppress(KeyboardInterrupt), behind:  # an interrupt is how it is meant to end
        run(open_assistant(shop), shop, host=host, port=port, announce=_say)


@contextlib.contextmanager
def _building_behind(shop: "Shop") -> Iterator[None]:
    """Builds in a process of low priority; the next turn after it is answered from what it made."""
    import subprocess

    command = [sys.executable, __file__, "--shop", str(shop.folder), "build"]
    log = shop.var / "build.log"
    with log.open("w", encoding="utf-8") as handle:
        nice = ["nice"] if shutil.which("nice") else []
        process = subprocess.Popen([*nice, *command], stdout=handle, stderr=handle)
    _say(f"a full build runs behind this and is put in use when it is ready; see {log}")
    try:
        yield
    finally:
        process.terminate()
        process.wait()


# ------------------------------------------------------------------ fitting and measuring


@train_app.command("intent")
def train_intent(json_: JsonFlag = False) -> None:
    """Fits the intent model anew and puts it in use."""
    from training.build import build_held

    with _progress() as progress:
        report = build_held(open_shop(), progress, refit=True)
    if json_:
        _print_json(report.to_json())
    else:
        seconds = f"{report.seconds['intent']:.0f} s"
        print(f"fitted on {report.n_utterances} utterances in {seconds}; in use as generation {report.generation}")
    for warning in report.warnings:
        _say(f"warning: {warning}")


@evaluate_app.command("intent")
def evaluate_intent_command(
    test: Annotated[Path, typer.Option(help="CSV: text,label[,language].")],
    train: Annotated[Path | None, typer.Option(help="Fit on this CSV first; otherwise the model in use.")] = None,
    json_: JsonFlag = False,
) -> None:
    """Measures the intent model on labelled utterances."""
    from training.commands import evaluate_intent_files

    with _progress() as progress:
        report = evaluate_intent_files(_shop_folder, train, test, progress)
    _print_report(report.to_json(), json_)


@evaluate_app.command("search")
def evaluate_search_command(
    queries: Annotated[Path, typer.Option(help="JSONL: query_id, text.")],
    qrels: Annotated[Path, typer.Option(help="TSV: query_id, product_id, grade.")],
    catalogue: Annotated[Path | None, typer.Option(help="A feed to index for this; otherwise the shop's own.")] = None,
    json_: JsonFlag = False,
) -> None:
    """Measures product search on judged queries."""
    from training.commands import evaluate_search_files

    with _progress() as progress:
        report = evaluate_search_files(open_shop(), catalogue, queries, qrels, progress)
    _print_report(report.to_json(), json_)


@evaluate_app.command("answers")
def evaluate_answers_command(
    queries: Annotated[Path, typer.Option(help="JSONL: query_id, text.")],
    qrels: Annotated[Path, typer.Option(help="TSV: query_id, faq_id, grade.")],
    faq: Annotated[
        Path | None, typer.Option(help="JSONL: faq_id, question, answer; otherwise the shop's pages.")
    ] = None,
    json_: JsonFlag = False,
) -> None:
    """Measures answers on judged questions."""
    from training.commands import evaluate_answers_files

    with _progress() as progress:
        report = evaluate_answers_files(open_shop(), faq, queries, qrels, progress)
    _print_report(report.to_json(), json_)


@evaluate_app.command("conversations")
def evaluate_conversations_command(
    folder: Annotated[Path | None, typer.Argument(help="Folder of specs; otherwise the shop's own.")] = None,
    json_: JsonFlag = False,
) -> None:
    """Runs conversation specs and asserts on the trace."""
    from assistant.memory import MemoryJournal
    from training.conversations import run_conversations

    shop = open_shop()
    assistant = build_assistant(shop, MemoryJournal())
    with _progress() as progress:
        report = run_conversations(folder or shop.conversations_folder, assistant.turn, progress)
    if json_:
        _print_json(report.to_json())
    else:
        for failure in report.failures:
            print(f"{failure.file}, turn {failure.turn} ({failure.user!r}): {failure.problem}")
        print(f"{report.passed} passed, {report.failed} failed")
    if report.failed:
        raise typer.Exit(FAILED)


@feedback_app.command("list")
def feedback_list(
    rating: Annotated[str, typer.Option(help="Only these: up, down, or 1 to 5.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    json_: JsonFlag = False,
) -> None:
    """Lists verdicts, newest first."""
    from assistant.journal import Journal

    known: dict[str, Literal["up", "down"] | int | None] = {"": None, "up": "up", "down": "down"}
    known |= {str(stars): stars for stars in range(1, 6)}
    if rating not in known:
        raise typer.BadParameter(f"{rating!r} is not up, down, or 1 to 5", param_hint="--rating")
    rows = Journal.open(open_shop().journal_file).feedback_list(limit=limit, rating=known[rating])
    if json_:
        _print_json({"feedback": [{"at": r.at, "utterance": r.turn.utterance, **asdict(r.feedback)} for r in rows]})
        return
    for row in rows:
        given = row.feedback
        print(f"{row.at}  {given.rating!s:<5} {given.turn_id}  {row.turn.utterance!r}")
        if given.reasons or given.comment:
            print(f"    {', '.join(given.reasons)} {given.comment}".rstrip())


@feedback_app.command("export")
def feedback_export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; otherwise standard output.")] = None,
) -> None:
    """Writes the journal as dialogue logs: JSONL, one turn a line, with its feedback."""
    from assistant.journal import Journal
    from knowledge.shop import write_atomically

    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in Journal.open(open_shop().journal_file).export())
    if file is None:
        for line in lines:
            print(line, end="")
    else:
        text = "".join(lines)
        write_atomically(file, text)
        _say(f"{text.count(chr(10))} turns written to {file}")


@app.command()
def doctor(json_: JsonFlag = False) -> None:
    """Checks the installation and says how to mend it."""
    from training.doctor import examine

    findings = examine(_shop_folder)
    if json_:
        _print_json({"healthy": all(f.well for f in findings), "findings": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            print(f"{'ok  ' if finding.well else 'MEND'} {finding.what}: {finding.found}")
            if finding.remedy:
                print(f"     {finding.remedy}")
    if not all(f.well for f in findings):
        raise typer.Exit(FAILED)


# ------------------------------------------------------------------ printing


def _print_turn(turn: "Turn") -> None:
    print(turn.reply)
    for citation in turn.citations:
        print(f"  [{citation.title}{' § ' + citation.section if citation.section else ''}]")
    for step in turn.path:
        print(f"  > {step}")


def _print_report(report: Mapping[str, object], as_json: bool) -> None:
    if as_json:
        _print_json(report)
        return
    for line in _table(report, ""):
        print(line)


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


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _ask() -> str:
    try:
        return input("> ").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def _walk(files: list[Path]) -> Iterator[Path]:
    for file in files:
        if file.is_dir():
            yield from sorted(p for p in file.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            yield file


@contextlib.contextmanager
def _progress() -> Iterator[Any]:
    """A progress bar with the time left on standard error; without a terminal, a line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        from time import monotonic

        said: dict[str, float] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if monotonic() - said.get(stage, -1e9) > 5 or (done >= total and stage in said):
                said[stage] = monotonic()
                _say(f"{stage}: {done}/{total}" if total else stage)

        yield tell
        return
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total or None)
            bar.update(tasks[stage], completed=done, total=total or None)

        yield advance


if __name__ == "__main__":
    main()
