"""The command line as a user meets it: message, exit status, and that nothing is lost."""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app import app
from assistant.trace import LOG_FIELDS, constraints_from_json
from knowledge.catalogue import Catalogue
from knowledge.domain import Product
from knowledge.errors import BusyError
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.products import product_from_row
from knowledge.imports import import_file
from knowledge.shop import Shop
from retrieval.constraints import passes
from retrieval.weights import models_folder
from tests.command_line import (
    APP,
    run,
    snapshot,
    stop_at,
    titles,
    write_feed,
)

COMMANDS = (
    "init",
    "fetch-models",
    "import",
    "build",
    "chat",
    "explain",
    "serve",
    "train",
    "train intent",
    "evaluate",
    "evaluate intent",
    "evaluate search",
    "evaluate answers",
    "evaluate attributes",
    "evaluate conversations",
    "feedback",
    "feedback list",
    "feedback export",
    "count",
    "doctor",
)


# ------------------------------------------------------------------ help


def test_help_is_instant() -> None:
    def seconds(*command: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        return time.perf_counter() - begun

    def median(*command: str) -> float:
        return statistics.median(seconds(*command) for _ in range(3))

    app = str(Path(__file__).parents[1] / "app.py")
    # On a loaded machine everything takes longer, the import of the library for command lines too.
    limit = max(0.5, 5 * median("-c", "import typer"))

    late = [name for name in COMMANDS if seconds(app, *name.split(), "--help") > limit]

    assert [name for name in late if median(app, *name.split(), "--help") > limit] == []
    assert median(app, "--help") < limit


def test_help_names_the_commands_that_are_there_and_no_others() -> None:
    told = run("--help").out

    assert [name for name in COMMANDS if " " not in name and not re.search(rf"│ {name} ", told)] == []
    assert [name for name in ("replay", "retrain", "promote", "rollback") if name in told] == []


@pytest.mark.parametrize(
    "command",
    [
        "fetch-models --generator",
        "evaluate search --queries q.jsonl --qrels q.tsv --train-queries t.jsonl --train-qrels t.tsv",
    ],
)
def test_an_option_that_does_not_work_yet_says_so_and_is_not_in_the_help(command: str) -> None:
    ended = run(*command.split())
    name = command.partition(" --")[0]
    told = run(*name.split(), "--help").out

    assert (ended.status, ended.out, ended.err.startswith("error: not yet: ")) == (1, "", True)
    assert [option for option in ("--generator", "--train-") if option in told] == []


@pytest.mark.parametrize(
    "wrong",
    [
        *("sell", "import", "chat --loud", "serve --port 99999", "import x.csv --kind shoes"),
        *("--shop= build", "import --watch="),
    ],
)
def test_wrong_usage_ends_with_2(wrong: str) -> None:
    ended = run(*wrong.split())

    assert (ended.status, ended.out) == (2, "")
    assert "Usage:" in ended.err


# ------------------------------------------------------------------ a shop and its settings


def test_init_refuses_a_folder_that_is_a_shop_already(shop: Path) -> None:
    before = snapshot(shop)

    again = run("init", shop)

    assert again.status == 1
    assert f"{shop / 'shop.toml'} exists already" in again.err
    assert snapshot(shop) == before


def test_init_writes_utterances_of_the_languages_asked_for(shop: Path) -> None:
    rows = (shop / "intents" / "utterances.csv").read_text("utf-8").splitlines()

    assert len(rows) > 300
    assert {row.rpartition(",")[2] for row in rows[1:]} == {"en"}


def test_a_folder_that_is_no_shop_is_told_with_the_remedy(tmp_path: Path) -> None:
    ended = run("--shop", tmp_path / "none", "chat", "--once", "hello")

    assert ended.status == 1
    assert f"shop-assistant init {tmp_path / 'none'}" in ended.err


def test_an_unknown_setting_is_told_with_the_nearest_name(shop: Path) -> None:
    settings = shop / "shop.toml"
    settings.write_text(settings.read_text("utf-8").replace("[search]", "[search]\ndocment_tokens = 64"), "utf-8")

    ended = run("--shop", shop, "build")

    assert ended.status == 1
    assert (
        ended.err == f"error: {settings}: unknown key 'search.docment_tokens'; did you mean 'search.document_tokens'?\n"
    )


def test_a_wrong_value_in_the_environment_is_told_by_the_name_of_the_variable(shop: Path) -> None:
    ended = run("--shop", shop, "build", env={"SHOP_ASSISTANT_SEARCH__K": "many"})

    assert ended.status == 1
    assert "environment variable SHOP_ASSISTANT_SEARCH__K: search.k = 'many'" in ended.err


def test_a_shop_that_was_not_built_is_told_so(shop: Path) -> None:
    ended = run("--shop", shop, "chat", "--once", "hello")

    assert ended.status == 1
    assert f"run 'shop-assistant --shop {shop} build'" in ended.err


# ------------------------------------------------------------------ what the system refuses


@pytest.mark.parametrize(
    "command", ["init {file}", "init {file}/shop", "--shop {shop} feedback export {file}/log.jsonl"]
)
def test_a_file_where_a_folder_should_be_is_told_in_a_line(shop: Path, tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")

    ended = run(*command.format(file=file, shop=shop).split())

    assert ended.status == 1
    assert re.fullmatch(rf"error: {file}.*; a file stands where a folder should be; .*\n", ended.err)
    assert file.read_text("utf-8") == "mine"


@pytest.mark.parametrize("command", ["build", "chat --once hello", "serve", "feedback list", "import feed.csv"])
def test_a_file_for_a_shop_is_told_with_the_remedy(tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.write_text("", "utf-8")

    ended = run("--shop", file, *command.split())

    assert (ended.status, ended.err) == (1, f"error: {file} is a file; --shop names a folder, with shop.toml in it\n")


@pytest.mark.models
def test_a_log_that_cannot_be_written_is_told(built: Path) -> None:
    log = built / "var" / "build.log"
    log.mkdir()

    ended = run("--shop", built, "serve", "--build-behind")

    assert ended.status == 1
    assert ended.err.startswith(f"error: {log}: Is a directory; ")


@pytest.mark.models
def test_the_doctor_finds_a_shop_that_cannot_be_written(built: Path) -> None:
    lock = built / "var" / "writer.lock"
    lock.unlink()
    lock.mkdir()

    ended = run("--shop", built, "doctor", "--json")

    assert ended.status == 1
    assert [finding["what"] for finding in ended.json["findings"] if not finding["well"]] == ["writer"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_result_that_cannot_be_written_is_told(shop: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ended = subprocess.run(
            [sys.executable, APP, "--shop", shop, "feedback", "list", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr == "error: standard output: No space left on device; free some space on its disk\n"


@pytest.mark.models
@pytest.mark.parametrize("max_file_kib", [1, 8])
def test_a_build_that_finds_the_disk_full_leaves_the_old_generation_in_use(built: Path, max_file_kib: int) -> None:
    file = built / "catalogue" / "products.jsonl"
    file.write_text(file.read_text("utf-8").replace("Brenvik Hush", "Brenvik Whisper"), "utf-8")

    failed = run("--shop", built, "build", "--quick", max_file_kib=max_file_kib)
    meanwhile = run("--shop", built, "explain", "I need good wireless headphones", "--json")
    finished = run("--shop", built, "build", "--quick")

    assert (failed.status, failed.out) == (1, "")
    assert re.fullmatch(rf"error: {built}.*: (File too large|.* and \d+ written); .*", failed.err.splitlines()[-1])
    assert "Brenvik Hush headphones" in titles(meanwhile.json)
    assert (finished.status, "generation 2 is in use" in finished.out) == (0, True)


@pytest.mark.models
def test_a_turn_that_the_journal_cannot_keep_is_told_and_the_turns_before_it_stay(built: Path) -> None:
    once = ("--shop", built, "chat", "--json", "--once", "a kettle")
    first = run(*once)

    failed = run(*once, max_file_kib=1)
    exported = run("--shop", built, "feedback", "export")

    assert (failed.status, failed.out) == (1, "")
    assert re.fullmatch(rf"error: {built / 'var' / 'journal.db'}: .*space.*\n", failed.err)
    assert [json.loads(line)["turn_id"] for line in exported.out.splitlines()] == [first.json["turn_id"]]


# ------------------------------------------------------------------ feeds


def test_good_rows_go_in_and_a_broken_one_is_told_by_file_and_line(shop: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"product_id": "N1", "title": "One"}\n{"product_id": \n{"product_id": "N3", "title": "Three"}\n')

    ended = run("--shop", shop, "import", feed)

    assert ended.status == 3
    assert f"{feed}:2: " in ended.err
    assert "2 added, 0 changed, 0 unchanged, 0 removed; 1 with a problem" in ended.out
    assert {"P1", "N1", "N3"} <= _ids(shop)
    assert len(_ids(shop)) == 14


@pytest.mark.parametrize(
    ("rows", "line", "told"),
    [
        ('{"product_id": "N1", "title": "A"}\n{"product_id": "N1", "title": "B"}\n', 2, "N1"),
        ('{"product_id": "N1", "title": "A"}\n{"product_id": "N2", "title": "B", "price": "12,x"}\n', 2, "12,x"),
    ],
    ids=["a duplicated id", "a price that cannot be read"],
)
def test_a_row_that_cannot_be_taken_is_left_out(shop: Path, tmp_path: Path, rows: str, line: int, told: str) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text(rows, "utf-8")

    ended = run("--shop", shop, "import", feed, "--json")

    assert ended.status == 3
    assert f"{feed}:{line}: " in ended.err
    assert told in ended.err
    assert [file["added"] for file in ended.json["files"]] == [1]
    assert len(_ids(shop)) == 13


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"product_id": "N1", "title": "Наушники без проводов"}\n'.encode("cp1251"), "UTF-8"),
        (b"id\tprice\nN1\t12.00 USD\n", "title"),
        (b"", "empty"),
        (b"PK\x03\x04 a spreadsheet", "spreadsheet"),
    ],
    ids=["another encoding", "a missing column", "nothing", "a spreadsheet"],
)
def test_a_file_that_cannot_be_read_changes_nothing(shop: Path, tmp_path: Path, content: bytes, told: str) -> None:
    feed = tmp_path / "feed.tsv"
    feed.write_bytes(content)
    before = snapshot(shop)

    ended = run("--shop", shop, "import", feed, "--kind", "catalogue")

    assert ended.status == 1
    assert str(feed) in ended.err
    assert told in ended.err
    assert snapshot(shop) == before


@pytest.mark.parametrize(
    ("name", "row"),
    [("orders.jsonl", '{"order_id": "A-1"}'), ("feed.jsonl", '{"product_id": "N1"}'), ("a.md", "---\nrules: [\n---\n")],
)
def test_an_import_that_takes_nothing_has_failed(shop: Path, tmp_path: Path, name: str, row: str) -> None:
    file = tmp_path / name
    file.write_text(row + "\n", "utf-8")
    before = snapshot(shop)

    ended = run("--shop", shop, "import", file, "--json")

    assert (ended.status, ended.json["files"][0]["added"]) == (1, 0)
    assert f"{file}:" in ended.err
    assert snapshot(shop) == before


def test_one_file_that_cannot_be_read_does_not_keep_the_others_out(shop: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    good.write_text('{"product_id": "N1", "title": "One"}\n', "utf-8")
    bad.write_bytes(b"")

    ended = run("--shop", shop, "import", bad, good, "--json")

    assert ended.status == 3
    assert [file["file"] for file in ended.json["files"]] == [str(good)]
    assert str(bad) in ended.json["refused"][0]
    assert str(bad) in ended.err
    assert "N1" in _ids(shop)


def test_a_shop_that_gets_busy_keeps_out_only_the_files_that_are_left(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    first.write_text('{"product_id": "N1", "title": "One"}\n', "utf-8")
    second.write_text('{"product_id": "N2", "title": "Two"}\n', "utf-8")
    free = iter([True, False])

    @contextmanager
    def writer(_: Shop, purpose: str) -> Iterator[None]:
        if not next(free):
            raise BusyError("the shop is being written by pid 7 (build)")
        yield

    monkeypatch.setattr(Shop, "writer", writer)

    ended = CliRunner().invoke(app, ["--shop", str(shop), "import", str(first), str(second), "--json"])

    told = json.loads(ended.stdout)
    assert ended.exit_code == 3
    assert ([file["file"] for file in told["files"]], len(told["refused"])) == ([str(first)], 1)
    assert "N1" in _ids(shop)


@pytest.mark.models
def test_an_import_that_cannot_be_built_is_told_all_the_same(built: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"product_id": "N1", "title": "One"}\n', "utf-8")
    (built / "orders" / "orders.jsonl").write_bytes(b"\xff\n")

    ended = run("--shop", built, "import", feed, "--json")

    assert (ended.status, ended.json["files"][0]["added"], ended.json["build"]) == (1, 1, None)
    assert "is not UTF-8" in ended.err


def test_a_dry_run_counts_and_changes_nothing(shop: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    feed = write_feed(tmp_path / "feed.jsonl", list(catalogue)[:2], price=1.0)
    before = snapshot(shop)

    ended = run("--shop", shop, "import", feed, "--dry-run")

    assert ended.status == 0
    assert "dry run): 0 added, 2 changed" in ended.out
    assert snapshot(shop) == before


def test_a_complete_feed_that_would_take_away_much_needs_a_yes(
    shop: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    feed = write_feed(tmp_path / "feed.jsonl", list(catalogue)[:10])
    before = snapshot(shop)

    refused = run("--shop", shop, "import", feed, "--full")
    kept = snapshot(shop)
    told = run("--shop", shop, "import", feed, "--full", "--yes")

    assert refused.status == 1
    assert "would remove 2 of 12" in refused.err
    assert "--yes" in refused.err
    assert kept == before
    assert (told.status, len(_ids(shop))) == (0, 10)


# ------------------------------------------------------------------ weights


@pytest.mark.models
@pytest.mark.parametrize("command", [["build"], ["chat", "--once", "hello"]])
def test_missing_weights_are_told_with_the_command_that_fetches_them(
    built: Path, tmp_path: Path, command: list[str]
) -> None:
    (built / "catalogue" / "products.jsonl").write_text('{"product_id": "N1", "title": "New"}\n', "utf-8")

    ended = run("--shop", built, *command, env={"SHOP_ASSISTANT_MODELS": str(tmp_path / "none")})

    assert ended.status == 1
    assert "'shop-assistant fetch-models'" in ended.err
    assert str(tmp_path / "none") in ended.err


@pytest.mark.models
@pytest.mark.parametrize("how", ["cut short", "changed"])
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_damaged_weights_are_told(built: Path, tmp_path: Path, name: str, how: str) -> None:
    models = _linked_models(tmp_path / "models", "minilm")
    damaged = models / "minilm" / name
    content = damaged.read_bytes()
    damaged.unlink()
    half = len(content) // 2
    damaged.write_bytes(content[:half] + (b"" if how == "cut short" else bytes(len(content) - half)))

    found = run("--shop", built, "doctor", "--json", env={"SHOP_ASSISTANT_MODELS": str(models)})
    said = run("--shop", built, "chat", "--once", "hello", env={"SHOP_ASSISTANT_MODELS": str(models)})

    assert found.status == 1
    assert not found.json["healthy"]
    assert [f["what"] for f in found.json["findings"] if not f["well"]] == ["weights minilm"]
    assert str(damaged) in found.out
    assert (said.status, said.out) == (1, "")
    assert "minilm" in said.err


@pytest.mark.parametrize("command", ["feedback list", "feedback export", "doctor"])
def test_looking_at_a_shop_that_was_never_used_leaves_it_as_it_is(shop: Path, command: str) -> None:
    before = snapshot(shop)

    run("--shop", shop, *command.split())

    assert snapshot(shop) == before
    assert not (shop / "var").exists()


def test_a_shop_without_a_journal_has_no_feedback(shop: Path) -> None:
    assert run("--shop", shop, "feedback", "list", "--json").json == {"feedback": []}
    assert run("--shop", shop, "feedback", "export").out == ""


def test_the_doctor_tells_who_is_writing_and_stays_out_of_the_way(shop: Path) -> None:
    with Shop(shop).writer("a test"):
        ended = run("--shop", shop, "doctor", "--json")
        told = (shop / "var" / "writer.lock").read_text("utf-8")

    assert told == f"pid {os.getpid()} (a test)"
    assert [f["found"] for f in ended.json["findings"] if f["what"] == "writer"] == [f"{told} is writing"]


@pytest.mark.models
def test_the_doctor_finds_a_built_shop_healthy(built: Path) -> None:
    before = snapshot(built)

    ended = run("--shop", built, "doctor")

    assert ended.status == 0, ended.out
    assert "MEND" not in ended.out
    assert snapshot(built) == before


# ------------------------------------------------------------------ building


@pytest.mark.models
def test_a_second_build_does_nothing(built: Path) -> None:
    before = snapshot(built)

    ended = run("--shop", built, "build", "--quick")

    assert (ended.status, ended.out) == (0, "nothing changed; generation 1 is in use\n")
    assert snapshot(built) == before


@pytest.mark.models
def test_a_page_that_is_left_out_is_told_by_every_build(built: Path) -> None:
    page = built / "knowledge" / "broken.en.md"
    page.write_text("---\npage_id: [\n---\n", "utf-8")

    ended = [run("--shop", built, "build", "--quick") for _ in range(2)]

    assert [e.status for e in ended] == [3, 3]
    assert ended[1].out.startswith("nothing changed")
    assert f"{page}:" in ended[0].err
    assert ended[0].err.splitlines()[-1] == ended[1].err.splitlines()[-1]


@pytest.mark.models
def test_an_import_into_a_built_shop_embeds_only_what_is_new(built: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    cheaper = write_feed(tmp_path / "cheaper.jsonl", [next(iter(catalogue))], price=77.0)
    renamed = write_feed(tmp_path / "renamed.jsonl", [next(iter(catalogue))], title="Brenvik Whisper headphones")
    models = sorted((built / "var" / "models").iterdir())

    priced = run("--shop", built, "import", cheaper, "--json").json["build"]
    titled = run("--shop", built, "import", renamed, "--json").json["build"]

    assert [(priced["n_embedded"], priced["n_offers"]), (titled["n_embedded"], titled["n_offers"])] == [(0, 1), (1, 0)]
    assert [priced["generation"], titled["generation"]] == ["1", "2"]
    assert sorted((built / "var" / "models").iterdir()) == models


@pytest.mark.models
def test_an_import_that_was_stopped_before_its_build_is_built_by_the_same_command(
    built: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    cheaper = write_feed(tmp_path / "cheaper.jsonl", catalogue, price=7.0)
    said = tmp_path / "said.csv"
    said.write_text("text,label\nmy parcel has not come,order_status\n", "utf-8")
    import_file(Shop(built), cheaper)  # and killed here
    again = run("--shop", built, "import", cheaper, "--json").json
    import_file(Shop(built), said)  # and here
    fitted = run("--shop", built, "import", said, "--json").json

    assert (again["files"][0]["changed"], again["build"]["n_offers"]) == (0, 12)
    assert (fitted["files"][0]["added"], fitted["build"]["changed"]) == (0, True)
    assert run("--shop", built, "import", cheaper, "--json").json["build"] is None


@pytest.mark.models
def test_an_empty_name_is_wrong_usage_and_not_this_folder(built: Path) -> None:
    assert run("--shop", built, "import", "").status == 2


@pytest.mark.models
def test_a_second_writer_is_refused_with_the_pid_of_the_first(built: Path, tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"product_id": "N1", "title": "One"}\n', "utf-8")
    before = snapshot(built)

    with Shop(built).writer("a test"):
        refused = [run("--shop", built, "import", feed), run("--shop", built, "build")]

    assert [ended.status for ended in refused] == [1, 1]
    assert all(f"pid {os.getpid()} (a test)" in ended.err for ended in refused)
    assert snapshot(built) == before


@pytest.mark.models
def test_a_stopped_build_leaves_the_old_generation_in_use_and_is_taken_up_again(built: Path) -> None:
    file = built / "catalogue" / "products.jsonl"
    file.write_text(file.read_text("utf-8").replace("Brenvik Hush", "Brenvik Whisper"), "utf-8")
    with (built / "intents" / "utterances.csv").open("a", encoding="utf-8") as table:
        table.write("one more kettle,find_product,en\n")
    sources = {name: text for name, text in snapshot(built).items() if not name.startswith("var/")}
    pointer = (built / "var" / "current").read_bytes()

    killed = stop_at("en: embed", signal.SIGKILL, "--shop", built, "build", "--quick")
    stopped = stop_at("encoding", signal.SIGINT, "--shop", built, "build", "--quick")
    between = (built / "var" / "current").read_bytes()
    meanwhile = run("--shop", built, "explain", "I need good wireless headphones", "--json")
    finished = run("--shop", built, "build", "--quick", "--json")

    assert (killed.status, stopped.status) == (-signal.SIGKILL, 130)
    assert stopped.err.splitlines()[-1].startswith("stopped; ")
    assert between == pointer
    assert "Brenvik Hush headphones" in titles(meanwhile.json)
    assert (finished.status, finished.json["generation"], finished.json["n_products"]) == (0, "2", 12)
    assert finished.json["n_embedded"] == 0  # the stopped builds had done it
    now = snapshot(built)
    assert {name: now[name] for name in sources} == sources


# ------------------------------------------------------------------ talking


@pytest.mark.models
def test_a_turn_is_one_json_object_and_a_session_goes_on_in_another_process(built: Path) -> None:
    once = ("--shop", built, "chat", "--json", "--once")

    first = run(*once, "wireless headphones under 200")
    second = run(*once, "anything cheaper? jane.doe@example.com", "--session", first.json["session_id"])
    exported = run("--shop", built, "feedback", "export")

    assert (first.status, second.status, exported.status) == (0, 0, 0)
    assert [name for name in (*LOG_FIELDS, "read", "products", "draft") if name not in first.json] == []
    assert (first.json["route"], first.json["language"]) == ("recommend", "en")
    assert len(first.json["products"]) == len(first.json["shown"]) > 1
    for turn in (first.json, second.json):
        wished = constraints_from_json(turn["constraints"])
        assert {c.field for c in wished} >= {"category", "price", "connection"}
        assert all(passes(_product(row), c) for row in turn["products"] for c in wished)
        assert all(row["reasons"] for row in turn["products"])
        assert turn["reply"] == turn["draft"]
    assert max(_prices(second.json)) < _prices(first.json)[0]
    assert "jane.doe" not in second.out
    assert not [name for name, kept in snapshot(built).items() if b"jane.doe" in kept]
    logged = [json.loads(line) for line in exported.out.splitlines()]
    assert [line["turn_id"] for line in logged] == [first.json["turn_id"], second.json["turn_id"]]
    assert [name for line in logged for name in LOG_FIELDS if name not in line] == []


@pytest.mark.models
@pytest.mark.parametrize("text", ["", "kettle " * 1430], ids=["nothing", "10,000 characters"])
def test_what_cannot_be_read_is_asked_back(built: Path, text: str) -> None:
    ended = run("--shop", built, "chat", "--json", "--once", text)

    assert (ended.status, ended.json["route"], ended.json["products"]) == (0, "clarify", [])
    assert ended.json["reply"]


@pytest.mark.models
def test_explaining_writes_nothing(built: Path) -> None:
    before = snapshot(built)

    ended = run("--shop", built, "explain", "can I return an opened kettle?")

    assert ended.status == 0
    assert re.search("^route +answer$", ended.out, re.MULTILINE)
    assert snapshot(built) == before


def _linked_models(folder: Path, name: str) -> Path:
    """A models folder with links to the files of one model."""
    for file in sorted((models_folder() / name).rglob("*")):
        link = folder / file.relative_to(models_folder())
        if file.is_dir():
            link.mkdir(parents=True)
        else:
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    return folder


def _ids(shop: Path) -> set[str]:
    rows = read_products(shop / "catalogue" / "products.jsonl")
    return {row.product_id for row in rows if isinstance(row, Product)}


def _prices(turn: Any) -> list[float]:
    return [row["price"] for row in turn["products"]]


def _product(row: Any) -> Product:
    return product_from_row({name: value for name, value in row.items() if name != "reasons"})
