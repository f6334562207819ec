"""The program as its people meet it: run as a process, on a small shop of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.domain import Product
from knowledge.feeds.products import product_to_row

APP = Path(__file__).resolve().parents[1] / "app.py"

ASKS = {
    "find_product": "show me a {}|I need a good {}|do you sell a {}|a {} for my sister|looking for a {}",
    "refine_search": "a cheaper {}|the same {} in black|only {} in stock|show another {}|a smaller {} please",
    "return_policy": "can I return a {}|how do I send a {} back|is an opened {} returnable|give back a {}|return a {}",
    "order_status": "where is my {}|has my {} been sent|track the {} I ordered|when does my {} come|my {} is late",
    "talk_to_person": "a person about my {}|call me on my {}|human for a {}|agent, my {}|talk to staff about the {}",
    "oos": "the weather and a {}|a poem about a {}|who invented the {}|stock price of {} makers|{} in Latin",
}
THINGS = ("kettle", "laptop")

PAGES = {
    "returns.en.md": """\
---
page_id: returns
language: en
title: Returns
rules:
  - rule_id: returns-all
    topic: return
    section: How long do I have?
    outcome: {allowed: yes, days: 30}
    answer: {en: "You can send anything back within 30 days.", zh: "30天内可退。"}
---
## How long do I have?
You can send anything back within 30 days of delivery.
""",
    "delivery.en.md": """\
---
page_id: delivery
language: en
title: Delivery
---
## What does delivery cost?
Delivery is free above $50 and costs $4.90 below.
""",
}

ORDERS = [
    {"order_id": f"A-{number}", "email": f"shopper{number}@example.com", "state": state, "items": []}
    for number, state in ((1001, "placed"), (1002, "shipped"), (1003, "delivered"))
]


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended. No command may end with a traceback."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        return json.loads(self.out)


def environment(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """The process's own, in a terminal of a known width, without settings of a shop; models where they are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_ASSISTANT_")}
    models = {"SHOP_ASSISTANT_MODELS": os.environ.get("SHOP_ASSISTANT_MODELS", "")}
    return {**kept, **models, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8", **(changes or {})}


def start(
    *arguments: str | Path, env: Mapping[str, str] | None = None, max_file_kib: int = 0
) -> "subprocess.Popen[str]":
    """Starts a command in the file system's root, since no command may depend on where it is called.

    With `max_file_kib` no file may get longer, as if the disk were full.
    """
    command = [sys.executable, str(APP), *map(str, arguments)]
    if max_file_kib:
        command = ["sh", "-c", 'ulimit -f "$0"; exec "$@"', str(2 * max_file_kib), *command]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd="/",
        env=environment(env),
    )


def end(process: "subprocess.Popen[str]", timeout_s: float = 120) -> Ended:
    """Waits for the end. Fails on a traceback."""
    with process:
        try:
            out, err = process.communicate(timeout=timeout_s)
        finally:
            process.kill()
    assert "Traceback" not in err, err
    return Ended(process.returncode, out, err)


def run(*arguments: str | Path, env: Mapping[str, str] | None = None, max_file_kib: int = 0) -> Ended:
    return end(start(*arguments, env=env, max_file_kib=max_file_kib))


def stop_at(stage: str, sent: signal.Signals, *arguments: str | Path) -> Ended:
    """Starts a command and sends it a signal when its progress first tells of `stage`."""
    process = start(*arguments)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith(stage):
            process.send_signal(sent)
            return end(process)
    raise AssertionError(f"before '{stage}' it ended: {end(process)}")


def write_feed(file: Path, products: Iterable[Product], **changes: object) -> Path:
    """The products as JSONL, with other values of some fields."""
    rows = [{**product_to_row(product), **changes} for product in products]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


def write_sources(folder: Path, products: Iterable[Product]) -> Path:
    """What a shop's people would import: a feed, orders and two pages; and the utterances, in `utterances.csv`."""
    folder.mkdir()
    write_feed(folder / "products.jsonl", products)
    (folder / "orders.jsonl").write_text("".join(json.dumps(order) + "\n" for order in ORDERS), "utf-8")
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def write_utterances(file: Path) -> None:
    """60 utterances of six intents."""
    with file.open("w", encoding="utf-8", newline="") as table:
        rows = csv.writer(table)
        rows.writerow(("text", "label", "language"))
        for label, patterns in ASKS.items():
            rows.writerows((pattern.format(thing), label, "en") for pattern in patterns.split("|") for thing in THINGS)


def snapshot(shop: Path) -> dict[str, bytes]:
    """Every file of a shop's folder, to see that nothing was lost or changed; without what changes by being opened."""
    files = (path for path in sorted(shop.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(shop)): path.read_bytes() for path in files if "chroma" not in path.parts}


def titles(turn: Any) -> list[str]:
    """Of the products that a turn shows."""
    return [row["title"] for row in turn["products"]]
