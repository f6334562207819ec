"""`serve` as a process: what it follows, and how it ends."""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from knowledge.catalogue import Catalogue
from knowledge.disk import hold
from knowledge.domain import Product, ProductId
from knowledge.errors import BusyError
from tests.command_line import end, run, start, titles, write_feed

pytestmark = pytest.mark.models


def test_an_import_beside_a_server_is_seen_by_the_next_turn(built: Path, catalogue: Catalogue, tmp_path: Path) -> None:
    toaster = replace(
        next(iter(catalogue)),
        product_id=ProductId("T1"),
        title="Ollumo Crisp toaster",
        brand="Ollumo",
        category=("Kitchen", "Toasters"),
        translations={},
    )
    more = write_feed(tmp_path / "more.jsonl", [toaster])
    without = write_feed(tmp_path / "without.jsonl", catalogue)

    left = built / "var" / "generations" / "1" / "index" / "en" / "chroma.lock"

    with _serving(built) as ask:
        before = ask("do you sell a toaster")
        added = run("--shop", built, "import", more)
        there = ask("do you sell a toaster")
        with hold(left, f"{left.parent} is held", "a test"):
            pass  # the server has closed what it left
        removed = run("--shop", built, "import", without, "--full")
        gone = ask("do you sell a toaster")

    assert (added.status, removed.status) == (0, 0)
    assert "Ollumo Crisp toaster" not in titles(before)
    assert titles(there) == ["Ollumo Crisp toaster"]
    assert "Ollumo Crisp toaster" not in titles(gone)


def test_no_turn_mixes_what_was_before_an_import_with_what_is_after(
    built: Path, catalogue: Catalogue, tmp_path: Path
) -> None:
    editions = [(1, 10.0), (1, 11.0), (2, 20.0), (3, 30.0), (3, 31.0)]  # what every title says, and every price
    turns: list[tuple[float, Any]] = []
    ended_at: list[float] = []
    chatting = Event()

    def put_in_use(version: int, price: float) -> None:
        feed = write_feed(tmp_path / "feed.jsonl", _edition(catalogue, version), price=price)
        imported = run("--shop", built, "import", feed, "--full", "--yes")
        assert imported.status == 0, imported
        ended_at.append(time.monotonic())

    def chat() -> None:
        while chatting.is_set():
            began_at = time.monotonic()
            turns.append((began_at, ask("show me headphones")["products"]))

    put_in_use(*editions[0])
    with _serving(built) as ask, ThreadPoolExecutor(1) as shopper:
        chatting.set()
        loop = shopper.submit(chat)
        for version, price in editions[1:]:
            put_in_use(version, price)
            time.sleep(0.5)  # some turns are of this edition
        chatting.clear()
        loop.result()

    marks = [{(int(product["title"].split()[-1]), product["price"]) for product in shown} for _, shown in turns]
    assert {len(mark) for mark in marks} == {1}
    numbers = [editions.index(next(iter(mark))) for mark in marks]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(len(editions)))
    for (began_at, shown), number in zip(turns, numbers, strict=True):
        assert number >= max(i for i, ended in enumerate(ended_at) if ended < began_at)
        assert {product["product_id"] for product in shown} <= {f"H{i}" for i in range(editions[number][0], 8)}


def _edition(catalogue: Catalogue, version: int) -> list[Product]:
    """Headphones of which every version lacks one more, and says its number in each title."""
    of_kind = next(iter(catalogue))
    return [
        replace(of_kind, product_id=ProductId(f"H{i}"), title=f"Brenvik Hush {i} headphones {version}", translations={})
        for i in range(version, 8)
    ]


def test_a_server_goes_on_when_the_encoder_is_changed_and_when_it_is_built_with(built: Path) -> None:
    settings = built / "shop.toml"

    with _serving(built) as ask:
        settings.write_text(settings.read_text("utf-8").replace("# encoder_en", 'encoder_en = "e5" #'), "utf-8")
        between = run("--shop", built, "chat", "--json", "--once", "I need good wireless headphones")
        rebuilt = run("--shop", built, "build", "--quick", "--json")
        after = ask("I need good wireless headphones")

    assert (between.status, rebuilt.status, rebuilt.json["n_embedded"]) == (0, 0, 12), (between, rebuilt)
    assert between.json["models"]["encoder_en"].startswith("minilm:")
    assert after["products"], after


def test_the_next_turn_of_a_server_is_of_the_settings_of_today(built: Path) -> None:
    settings = built / "shop.toml"
    before = settings.read_text("utf-8")

    with _serving(built) as ask:
        said = [ask("I want to talk to a person")["handoff"]]
        settings.write_text(before.replace("care@example.com", "new@example.com"), "utf-8")
        said.append(ask("I want to talk to a person")["handoff"])
        settings.write_text("contact = \n", "utf-8")
        said.append(ask("I want to talk to a person")["handoff"])

    assert [handoff["contact"] for handoff in said] == ["care@example.com", "new@example.com", "new@example.com"]


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_build_behind_a_server_ends_with_it(built: Path, sent: signal.Signals) -> None:
    lock = built / "var" / "writer.lock"
    server = start("--shop", built, "serve", "--port", str(_free_port()), "--build-behind")
    try:
        _wait_until("the build begins", lambda: server.poll() is None and "(build)" in lock.read_text("utf-8"))
    finally:
        server.send_signal(sent)
        ended = end(server)

    assert ended.status == (0 if sent != signal.SIGKILL else -signal.SIGKILL)
    if sent == signal.SIGKILL:
        _wait_until("the build has ended", lambda: _is_free(lock), timeout_s=5)
    assert _is_free(lock)


def _is_free(lock: Path) -> bool:
    try:
        with hold(lock, "the shop is being written", "a test"):
            return True
    except BusyError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_until(what: str, holds: Callable[[], bool], timeout_s: float = 60) -> None:
    give_up_at = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < give_up_at, f"{what}: not within {timeout_s:g} s"
        time.sleep(0.05)


@contextmanager
def _serving(shop: Path) -> Iterator[Any]:
    """Gives `ask(text)`, the reply of POST /v1/chat. The server is ended as a person would, with Ctrl+C."""
    port = _free_port()
    server = start("--shop", shop, "serve", "--port", str(port))

    def call(path: str, body: bytes | None = None) -> Any:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    try:
        _wait_until_ready(server, call)
        yield lambda text: call("/v1/chat", json.dumps({"text": text}).encode())
    finally:
        server.send_signal(signal.SIGINT)
        ended = end(server)
    assert ended.status == 0, ended
    assert f"http://127.0.0.1:{port}/" in ended.err


def _wait_until_ready(server: "subprocess.Popen[str]", call: Any) -> None:
    for _ in range(600):
        assert server.poll() is None, end(server)
        try:
            call("/readyz")
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise AssertionError("the server did not get ready")
