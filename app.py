"""The command line, and the one place where the parts are built. Commands parse, call one function, and print."""

import contextlib
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TypeVar

import typer

from assistant import console
from assistant.quiet import silence

if TYPE_CHECKING:
    from assistant.journal import Journal
    from assistant.live import LiveAssistant
    from assistant.proof import OrderTries
    from assistant.turn import Assistant, Keeps
    from knowledge.shop import Shop
    from training.intake import IntakeEvent
    from training.reports import BuildReport

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
_T = TypeVar("_T")
_shop_folder = Path("demo")


def main() -> None:
    """Runs a command; a ShopError, or what the system refuses, ends it with a message and status 1."""
    silence()
    from knowledge.errors import ShopError, refusal

    try:
        app()
    except ShopError as error:
        console.say(f"error: {error}")
        sys.exit(FAILED)
    except SystemExit as ended:
        if ended.code == STOPPED:  # what typer makes of Ctrl+C, without a word
            console.say("stopped; what was finished is kept, and the same command goes on from there")
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED)
    except OSError as error:
        console.say(f"error: {error.filename2 or error.filename or _shop_folder}: {refusal(error)}")
        sys.exit(FAILED)


def _named(name: str) -> Path:
    """A path of the command line. An empty one is a variable that was not set, and not this folder."""
    if not name:
        raise typer.BadParameter("the name is empty; is a variable of your script not set?")
    return Path(name)


@app.callback()
def _options(
    shop: Annotated[
        Path, typer.Option("--shop", help="The shop's folder.", parser=_named, metavar="FOLDER", show_default=True)
    ] = Path("demo"),
) -> None:
    global _shop_folder
    _shop_folder = shop


# ------------------------------------------------------------------ the parts


def open_shop() -> "Shop":
    from knowledge.shop import Shop

    return Shop(_shop_folder)


@contextlib.contextmanager
def build_assistant(
    shop: "Shop", journal: "Keeps", name: str = "", order_tries: "OrderTries | None" = None
) -> Iterator["Assistant"]:
    """An assistant on a generation, or the one in use, with its index open. Raises NotBuiltError, WeightsError."""
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
    from training.parts import load_encoders, load_intent

    generation = shop.generation(name)
    settings, folder = generation.settings(shop.settings), generation.folder
    catalogue = Catalogue.load(folder / "catalogue.jsonl", settings.currency)
    encoders = load_encoders(settings, models_folder(), threads=1)
    intent = load_intent(shop, generation, models_folder(), encoders)
    graph = ShopGraph.load(folder / "graph.json")
    with contextlib.ExitStack() as held:
        indexes = load_index(folder / "index", settings.languages)
        for index in indexes.values():
            held.callback(index.close)
        assistant = Assistant(
            house=House(settings.name, settings.currency, settings.contact, catalogue.spoken),
            reader=Reader(
                intent, Vocabulary.from_catalogue(catalogue, settings.languages), encoders, settings.currency
            ),
            gatherer=Gatherer(
                catalogue=catalogue,
                search=ProductSearch(catalogue, indexes, encoders, settings),
                answers=Answerer.load(folder / "answers", graph, encoders),
                orders=FileOrderBook.load(folder / "orders.jsonl"),
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
                "generation": generation.name,
                "intent": generation.intent,
                **{f"encoder_{language}": f"{e.name}:{e.fingerprint}" for language, e in encoders.items()},
            },
            languages=settings.languages,
            max_chars=settings.limits.utterance_chars,
            max_turns=settings.limits.session_turns,
        )
        offers = shop.offers(generation.name)
        yield assistant.offering(offers) if offers.catalogue else assistant


@contextlib.contextmanager
def open_assistant(shop: "Shop") -> Iterator["LiveAssistant"]:
    """An assistant that follows the shop's builds and keeps a journal."""
    from assistant.journal import Journal
    from assistant.live import LiveAssistant
    from assistant.proof import OrderTries
    from knowledge.shop import Shop

    order_tries = OrderTries()
    shop.generation()  # a shop that was never built gets no journal
    with (
        Journal.open(shop.journal_file) as journal,
        # The settings are read anew with each edition: who changes them need not start the server again.
        LiveAssistant(
            shop.edition,
            lambda name: build_assistant(Shop(shop.folder), journal, name, order_tries),
            lambda assistant, name: assistant.offering(shop.offers(name)),
        ) as assistant,
    ):
        yield assistant


def read_journal(read: Callable[["Journal"], Iterable[_T]]) -> list[_T]:
    """What is read of the shop's journal: nothing before the first turn, and none is made."""
    from assistant.journal import Journal

    file = open_shop().journal_file
    if not file.exists():
        return []
    with Journal.open(file) as journal:
        return list(read(journal))


def not_yet(what: str) -> NoReturn:
    """Says what a hidden option of the contract cannot do. Raises SettingsError."""
    from knowledge.errors import SettingsError

    raise SettingsError(f"not yet: {what}")


# ------------------------------------------------------------------ making a shop


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.", parser=_named, metavar="FOLDER")],
    name: Annotated[str | None, typer.Option(help="The shop's name. Default: My shop.")] = None,
    currency: Annotated[str | None, typer.Option(help="ISO 4217 code of its prices. Default: USD.")] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="en, zh; may be given twice, or as en,zh. Default: both.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="ISO 3166 code of where its shoppers live. Default: none.")] = None,
    contact: Annotated[str | None, typer.Option(help="How a shopper reaches a person. Default: none.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; what is not given is the default.")] = False,
) -> None:
    """Makes a shop folder with commented settings, starter utterances and an example to try.

    In a terminal it asks for what is not given.
    """
    from knowledge.codes import currency_code, region_code
    from knowledge.starter import EXAMPLE, NewShop, languages_of, line_of, make_shop, name_of, refuse_a_shop

    refuse_a_shop(folder)
    ask = sys.stdin.isatty() and not yes
    made = make_shop(
        folder,
        NewShop(
            name=_given(name, "--name", "Name of the shop", "My shop", name_of, ask),
            currency=_given(currency, "--currency", "Currency of its prices (ISO 4217)", "USD", currency_code, ask),
            languages=_given(
                ",".join(language) if language else None,
                "--language",
                "Languages of its shoppers",
                "en,zh",
                languages_of,
                ask,
            ),
            region=_given(region, "--region", "Country of its shoppers (ISO 3166; may be empty)", "", region_code, ask),
            contact=_given(contact, "--contact", "How they reach a person (may be empty)", "", line_of, ask),
        ),
    )
    console.show(f"made {folder}: {', '.join(made)}")
    console.show(f"next, with your own files in the place of {folder / EXAMPLE.name}:")
    for step in (f"import {shlex.quote(str(folder / EXAMPLE.name))}", "build --quick", "chat"):
        console.show(f"  {_called_as()} --shop {shlex.quote(str(folder))} {step}")
    console.show("'build' without --quick fits the intent model in full, which takes minutes")


def _given(value: str | None, option: str, question: str, default: str, read: Callable[[str], _T], ask: bool) -> _T:
    """A value as an option gives it, else as a person types it, else the default. What cannot be is wrong usage."""
    from knowledge.errors import SettingsError

    def checked(text: str) -> _T:
        try:
            return read(text)
        except SettingsError as error:
            raise typer.BadParameter(str(error), param_hint=None if value is None else option) from None

    if value is None and ask:
        answer: _T = typer.prompt(question, default=default, show_default=bool(default), value_proc=checked, err=True)
        return answer
    return checked(default if value is None else value)


def _called_as() -> str:
    """How this program was called, to be typed again."""
    called = sys.argv[0]
    if Path(called).suffix == ".py":
        return f"{shlex.quote(sys.executable)} {shlex.quote(called)}"
    found = shutil.which(Path(called).name)
    on_path = found is not None and Path(found).resolve() == Path(called).resolve()
    return Path(called).name if on_path else shlex.quote(called)


@app.command("fetch-models")
def fetch_models_command(
    offline: Annotated[bool, typer.Option(help="Use only what was downloaded before.")] = False,
    generator: Annotated[bool, typer.Option("--generator", hidden=True)] = False,
    json_: JsonFlag = False,
) -> None:
    """Fetches the pinned weights and checks every sha256."""
    if generator:
        not_yet("weights of a generator; replies are drafts written by code")
    from retrieval.weights import fetch_models, models_folder

    with console.progress() as progress:
        fetched = fetch_models(models_folder(), ["minilm", "e5"], progress, offline=offline)
    if json_:
        console.show_json({m.name: {"folder": str(m.folder), "was_there": m.was_there} for m in fetched})
    else:
        for model in fetched:
            console.show(f"{model.name}: {'in place' if model.was_there else 'ready'} in {model.folder}")


@app.command("import")
def import_command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Feeds, pages, orders or utterances; folders are walked.", parser=_named, metavar="FILE"),
    ] = None,
    kind: Annotated[
        Literal["catalogue", "knowledge", "orders", "intents"] | None,
        typer.Option(help="What the files hold; recognised when not given."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; change nothing.")] = False,
    full: Annotated[bool, typer.Option("--full", help="The feed is complete: ids that it lacks go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --full: even if over 10 % would go.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="Fetch the sources of shop.toml now.")] = False,
    watch: Annotated[
        Path | None,
        typer.Option(
            "--watch",
            help="Import what is dropped into this folder, and sources when due.",
            parser=_named,
            metavar="FOLDER",
        ),
    ] = None,
    json_: JsonFlag = False,
) -> None:
    """Reads feeds into the shop folder; a shop that was built before is brought up to date at once."""
    if not (files or sources or watch):
        raise typer.BadParameter("name a FILE, or give --sources or --watch", param_hint="FILES")
    if watch and (files or dry_run or sources):
        remedy = "it takes what is in its folder and fetches what is due; leave FILES, --sources and --dry-run out"
        raise typer.BadParameter(remedy, param_hint="--watch")
    from knowledge.imports import walk
    from training.intake import Feed, Intake, IntakeEvent, events_to_json, is_bad, is_taken, named_sources

    intake = Intake(open_shop(), console.progress, dry_run=dry_run, yes=yes, tell=console.say)
    feeds = (Feed(file, kind, full) for file in walk(files or [], console.say))
    events: list[IntakeEvent] = []
    try:
        for event in intake.all_of(named_sources(intake.shop) if sources else (), feeds):
            events.append(event)
            _tell_event(event, json_, at_once=bool(watch))
    finally:  # what went in is told even when it cannot be built
        if json_ and not watch:
            console.show_json(events_to_json(events))
    if watch:
        from training.watching import Drop
        from training.watching import watch as watching

        for event in watching(intake, Drop(watch, kind, full), console.say):
            _tell_event(event, json_, at_once=True)
    if files and not events:
        console.say(f"error: {', '.join(map(str, files))}: holds no file that can be imported; check the path")
        raise typer.Exit(FAILED)
    if any(is_bad(event) for event in events):
        raise typer.Exit(IN_PART if any(is_taken(event) for event in events) else FAILED)


def _tell_event(event: "IntakeEvent", as_json: bool, *, at_once: bool) -> None:
    """A line for what an import did. `at_once`: nobody tells it at the end, since there is none."""
    from training.intake import Refused, problems_of

    if isinstance(event, Refused):
        console.say(f"error: {event.error}")
    elif not as_json:
        console.show(event.summary())
    if as_json and at_once:
        console.show_json(event.to_json())
    console.say_remarks((), problems_of(event))


@app.command()
def build(
    quick: Annotated[bool, typer.Option("--quick", help="Fit the intent model without fine-tuning: seconds.")] = False,
    behind: Annotated[int, typer.Option(hidden=True, help="The process that this build ends with.")] = 0,
    json_: JsonFlag = False,
) -> None:
    """Brings index, graph and models up to date with the folder; does nothing when nothing changed."""
    from training.behind import end_with
    from training.build import build_held

    if behind:
        end_with(behind)
    shop = open_shop()
    with console.progress() as progress:
        report = build_held(shop, progress, console.say, fine_tune=not quick)
    _end_build(report, report.summary(), json_)


def _end_build(report: "BuildReport", summary: str, json_: bool) -> None:
    if json_:
        console.show_json(report.to_json())
    else:
        console.show(summary)
    console.say_remarks(report.warnings, report.problems)
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

    with open_assistant(open_shop()) as assistant:
        if once is None:
            console.say("Type a question; an empty line ends.")
        for text in iter(console.ask, "") if once is None else [once]:
            turn = assistant.turn(text, session)
            session = turn.session_id
            if json_:
                console.show_json(turn_to_json(turn))
            else:
                console.show_turn(turn)


@app.command()
def explain(text: Annotated[str, typer.Argument(help="What a shopper might write.")], json_: JsonFlag = False) -> None:
    """Shows what was read, routed, found and why, with scores. Nothing is written to the journal."""
    from assistant.memory import MemoryJournal
    from assistant.trace import turn_to_json

    with build_assistant(open_shop(), MemoryJournal()) as assistant:
        turn = assistant.turn(text)
    if json_:
        console.show_json(turn_to_json(turn))
    else:
        console.show_explanation(turn)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    build_behind: Annotated[
        bool, typer.Option("--build-behind", help="Build in another process meanwhile; used when it is done.")
    ] = False,
) -> None:
    """Serves the chat page and the API."""
    import signal

    from assistant.server import serve as run
    from training.behind import building_behind

    shop = open_shop()
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as held:  # an interrupt is the way to end it
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # and so is what a service manager sends
        assistant = held.enter_context(open_assistant(shop))
        if build_behind:
            log = held.enter_context(building_behind(shop, Path(__file__)))
            console.say(f"a full build runs behind this and is put in use when it is ready; see {log}")
        run(assistant, shop, host=host, port=port, announce=console.say)


# ------------------------------------------------------------------ fitting and measuring


@train_app.command("intent")
def train_intent(json_: JsonFlag = False) -> None:
    """Fits the intent model anew and puts it in use."""
    from training.build import build_held

    with console.progress() as progress:
        report = build_held(open_shop(), progress, console.say, refit=True)
    fitted = f"fitted on {report.n_utterances} utterances in {report.seconds['intent']:.0f} s"
    _end_build(report, f"{fitted}; in use as generation {report.generation}", json_)


@evaluate_app.command("intent")
def evaluate_intent_command(
    test: Annotated[Path, typer.Option(help="CSV: text,label[,language].")],
    train: Annotated[Path | None, typer.Option(help="Fit on this CSV first; otherwise the model in use.")] = None,
    json_: JsonFlag = False,
) -> None:
    """Measures the intent model on labelled utterances."""
    from training.commands import evaluate_intent_files

    with console.progress() as progress:
        report = evaluate_intent_files(_shop_folder, train, test, progress)
    console.show_report(report.to_json(), json_)


@evaluate_app.command("search")
def evaluate_search_command(
    queries: Annotated[Path, typer.Option(help="JSONL: query_id, text.")],
    qrels: Annotated[Path, typer.Option(help="TSV: query_id, product_id, grade.")],
    catalogue: Annotated[Path | None, typer.Option(help="A feed to index for this; otherwise the shop's own.")] = None,
    train_queries: Annotated[Path | None, typer.Option(hidden=True)] = None,
    train_qrels: Annotated[Path | None, typer.Option(hidden=True)] = None,
    json_: JsonFlag = False,
) -> None:
    """Measures product search on judged queries."""
    if train_queries or train_qrels:
        not_yet("learning from judgements; leave --train-queries and --train-qrels out")
    from training.commands import evaluate_search_files

    with console.progress() as progress:
        report = evaluate_search_files(open_shop(), catalogue, queries, qrels, progress, console.say)
    console.show_report(report.to_json(), json_)


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

    with console.progress() as progress:
        report = evaluate_answers_files(open_shop(), faq, queries, qrels, progress)
    console.show_report(report.to_json(), json_)


@evaluate_app.command("attributes")
def evaluate_attributes_command(
    catalogue: Annotated[Path, typer.Option(help="A feed whose products give attributes.")],
    json_: JsonFlag = False,
) -> None:
    """Hides a feed's attributes, finds them again in its texts, and compares."""
    from training.commands import evaluate_attributes_file

    with console.progress() as progress:
        report = evaluate_attributes_file(open_shop(), catalogue, progress, console.say)
    if json_:
        console.show_json(report.to_json())
    else:
        for line in report.lines():
            console.show(line)


@evaluate_app.command("conversations")
def evaluate_conversations_command(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of specs; otherwise the shop's own.", parser=_named, metavar="FOLDER"),
    ] = None,
    json_: JsonFlag = False,
) -> None:
    """Runs conversation specs and asserts on the trace."""
    from assistant.memory import MemoryJournal
    from training.conversations import run_conversations

    shop = open_shop()
    with build_assistant(shop, MemoryJournal()) as assistant, console.progress() as progress:
        report = run_conversations(folder or shop.conversations_folder, assistant.turn, progress)
    if json_:
        console.show_json(report.to_json())
    else:
        for failure in report.failures:
            console.show(f"{failure.file}, turn {failure.turn} ({failure.user!r}): {failure.problem}")
        console.show(f"{report.passed} passed, {report.failed} failed")
    if report.failed:
        raise typer.Exit(FAILED)


@feedback_app.command("list")
def feedback_list(
    rating: Annotated[str, typer.Option(help="Only these: up, down, or 1 to 5.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    json_: JsonFlag = False,
) -> None:
    """Lists verdicts, newest first."""
    known: dict[str, Literal["up", "down"] | int | None] = {"": None, "up": "up", "down": "down"}
    known |= {str(stars): stars for stars in range(1, 6)}
    if rating not in known:
        raise typer.BadParameter(f"{rating!r} is not up, down, or 1 to 5", param_hint="--rating")
    rows = read_journal(lambda journal: journal.feedback_list(limit=limit, rating=known[rating]))
    console.show_verdicts(rows, json_)


@feedback_app.command("export")
def feedback_export(
    file: Annotated[
        Path | None, typer.Argument(help="Where to write; otherwise standard output.", parser=_named, metavar="FILE")
    ] = None,
) -> None:
    """Writes the journal as dialogue logs: JSONL, one turn a line, with its feedback."""
    from knowledge.disk import write_atomically

    lines = [
        json.dumps(row, ensure_ascii=False, allow_nan=False) for row in read_journal(lambda journal: journal.export())
    ]
    if file is None:
        for line in lines:
            console.show(line)
    else:
        write_atomically(file, "".join(f"{line}\n" for line in lines))
        console.say(f"{len(lines)} turns written to {file}")


@app.command("count")
def count_command(
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="List texts that say nearly the same, nearest first.")
    ] = False,
    json_: JsonFlag = False,
) -> None:
    """Counts what the shop's folder holds."""
    from training.counts import count_shop

    shop = open_shop()
    if not duplicates:
        console.show_report(count_shop(shop), json_)
        return
    from training.commands import find_duplicates

    with console.progress() as progress:
        pairs = find_duplicates(shop, progress)
    if json_:
        console.show_json({"pairs": [pair.to_json() for pair in pairs]})
    else:
        for pair in pairs:
            console.show(pair.summary())
        console.show(f"{len(pairs)} pairs")


@app.command()
def doctor(json_: JsonFlag = False) -> None:
    """Checks the installation and says how to mend it."""
    from training.doctor import examine

    findings = examine(_shop_folder)
    if json_:
        console.show_json({"healthy": all(f.well for f in findings), "findings": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            console.show(finding.summary())
    if not all(f.well for f in findings):
        raise typer.Exit(FAILED)


if __name__ == "__main__":
    main()
