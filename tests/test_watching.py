"""`import --sources` and `import --watch` as processes: what is told, what goes in, and how it ends."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import ProductId
from tests.command_line import Ended, end, run, snapshot, start, titles, write_feed
from tests.feed_server import FeedServer

ROW = b'{"product_id": "N1", "title": "One"}\n'


def trusting(feeds: FeedServer, **variables: str) -> dict[str, str]:
    return {"SSL_CERT_FILE": str(feeds.certificate), **variables}


def name_source(shop: Path, *lines: str) -> None:
    with (shop / "shop.toml").open("a", encoding="utf-8") as settings:
        settings.write("[[sources]]\n" + "".join(f"{line}\n" for line in lines))


# ------------------------------------------------------------------ on demand


def test_sources_are_fetched_and_imported_on_demand_and_once(shop: Path, feeds: FeedServer) -> None:
    name_source(shop, f'url = "{feeds.url("/more.jsonl")}"', 'header = "X-Key"', 'secret_env = "FEED_KEY"')
    feeds.give("/more.jsonl", ROW, ETag='"1"')
    env = trusting(feeds, FEED_KEY="geheim")

    first = run("--shop", shop, "import", "--sources", "--json", env=env)
    again = run("--shop", shop, "import", "--sources", "--json", env=env)
    told = run("--shop", shop, "import", "--sources", env=env)

    assert [file["added"] for file in first.json["files"]] == [1]
    assert (again.status, again.json["files"], again.json["unchanged"]) == (0, [], ["more"])
    assert (told.status, told.out) == (0, "source more: unchanged\n")
    assert {headers["x-key"] for _, headers in feeds.asked} == {"geheim"}
    assert [name for name, kept in snapshot(shop).items() if b"geheim" in kept] == []


def test_a_source_that_fails_keeps_no_other_out(shop: Path, feeds: FeedServer) -> None:
    name_source(shop, f'url = "{feeds.url("/gone.jsonl?token=geheim")}"')
    name_source(shop, f'url = "{feeds.url("/more.jsonl")}"')
    feeds.give("/gone.jsonl?token=geheim", b"", 404)
    feeds.give("/more.jsonl", ROW)

    ended = run("--shop", shop, "import", "--sources", "--json", env=trusting(feeds))

    assert (ended.status, [file["added"] for file in ended.json["files"]]) == (3, [1])
    assert "error: source gone, https://127.0.0.1" in ended.err
    assert "answered 404; check its url in shop.toml" in ended.err
    assert "geheim" not in ended.out + ended.err


def test_what_was_refused_is_tried_once_more_on_demand(shop: Path, feeds: FeedServer, tmp_path: Path) -> None:
    name_source(shop, f'url = "{feeds.url("/more.jsonl")}"', "full = true")
    feeds.give("/more.jsonl", ROW, ETag='"1"')

    refused = run("--shop", shop, "import", "--sources", env=trusting(feeds))
    taken = run("--shop", shop, "import", "--sources", "--yes", env=trusting(feeds))

    assert (refused.status, "would remove 12 of 12" in refused.err) == (1, True)
    assert (taken.status, "1 added, 0 changed, 0 unchanged, 12 removed" in taken.out) == (0, True)


def test_a_dry_run_leaves_the_source_to_be_imported(shop: Path, feeds: FeedServer) -> None:
    name_source(shop, f'url = "{feeds.url("/more.jsonl")}"')
    feeds.give("/more.jsonl", ROW, ETag='"1"')

    tried = run("--shop", shop, "import", "--sources", "--dry-run", "--json", env=trusting(feeds))
    done = run("--shop", shop, "import", "--sources", "--json", env=trusting(feeds))

    assert [(file["added"], file["dry_run"]) for file in (*tried.json["files"], *done.json["files"])] == [
        (1, True),
        (1, False),
    ]


def test_a_shop_that_names_no_source_says_so(shop: Path) -> None:
    ended = run("--shop", shop, "import", "--sources")

    assert (ended.status, ended.err) == (
        1,
        f"error: {shop / 'shop.toml'}: names no source; add a [[sources]] with its url\n",
    )


@pytest.mark.parametrize("wrong", ["import --watch . feed.csv", "import --watch . --dry-run"])
def test_watching_takes_no_files_and_is_never_dry(wrong: str) -> None:
    ended = run(*wrong.split())

    assert (ended.status, "Usage:" in ended.err) == (2, True)


# ------------------------------------------------------------------ watching


class Watching:
    """A process that watches, and the objects that it tells, a line each."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.ended: Ended | None = None

    def next(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        return json.loads(line)

    def until_built(self) -> list[Any]:
        """What is told up to the next build, and that."""
        told = [self.next()]
        while "generation" not in told[-1]:
            told.append(self.next())
        return told

    def stop(self, sent: signal.Signals) -> Ended:
        self.process.send_signal(sent)
        self.ended = end(self.process)
        return self.ended


@contextmanager
def watching(shop: Path, folder: Path, env: dict[str, str] | None = None) -> Iterator[Watching]:
    watch = Watching(start("--shop", shop, "import", "--watch", folder, "--json", env=env))
    try:
        yield watch
    finally:
        if watch.ended is None:
            watch.process.kill()
            watch.process.communicate()


@pytest.mark.models
def test_what_is_dropped_in_is_answered_from_and_a_restart_imports_only_what_is_new(
    built: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    toaster = replace(
        next(iter(catalogue)),
        product_id=ProductId("T1"),
        title="Ollumo Crisp toaster",
        brand="Ollumo",
        category=("Kitchen", "Toasters"),
        translations={},
    )

    with watching(built, folder) as watch:
        (folder / "bad.jsonl").write_bytes(b"")
        write_feed(folder / "feed.part", [toaster]).rename(folder / "feed.jsonl")
        first = watch.until_built()
        answered = run("--shop", built, "chat", "--json", "--once", "do you sell a toaster")
        killed = watch.stop(signal.SIGKILL)
    with watching(built, folder) as watch:
        (folder / "more.md").write_text("---\npage_id: more\nlanguage: en\n---\n## What is more?\nMore is more.\n")
        second = watch.until_built()
        stopped = watch.stop(signal.SIGINT)

    assert [Path(told["refused"]).name for told in first if "refused" in told] == ["bad.jsonl"]
    assert [told["added"] for told in first if "added" in told] == [1]
    assert titles(answered.json) == ["Ollumo Crisp toaster"]
    assert (killed.status, "bad.jsonl" in killed.err) == (-signal.SIGKILL, True)
    assert [Path(told["file"]).name for told in second[:-1]] == ["more.md"]
    assert (stopped.status, stopped.out) == (130, "")
    assert stopped.err.splitlines()[-1].startswith("stopped; ")


@pytest.mark.models
def test_what_was_imported_and_not_built_is_built_by_the_next_watch(built: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    with (built / "catalogue" / "products.jsonl").open("ab") as held:  # as by an import that was killed
        held.write(ROW)

    with watching(built, folder) as watch:
        told = watch.next()

    assert (told["generation"], told["n_products"]) == ("2", 13)


@pytest.mark.models
def test_a_source_on_a_schedule_is_followed_by_the_watch(built: Path, feeds: FeedServer, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    name_source(built, f'url = "{feeds.url("/more.jsonl")}"', 'every = "1h"')
    feeds.give("/more.jsonl", ROW)

    with watching(built, folder, trusting(feeds)) as watch:
        told = watch.until_built()

    assert [(Path(event["file"]).name, event["added"]) for event in told[:-1]] == [("more.jsonl", 1)]
    assert told[-1]["n_products"] == 13
