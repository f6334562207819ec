"""A large catalogue: how fast it goes in, in how much memory, and how little is done when it comes again.

`make proofs` measures 100,000 products; the tests hold the same claims on few.
"""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command_line import APP, environment, run
from tests.generated import write_catalogue

MANY = 100_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A command that has ended well: what it printed, how long it took, and its peak of resident memory."""

    out: str
    err: str
    seconds: float
    peak_mib: float


def measure(folder: Path, *arguments: str | Path) -> Measured:
    out, err = folder / "out.txt", folder / "err.txt"
    start = time.monotonic()
    with out.open("w") as out_file, err.open("w") as err_file:
        command = [sys.executable, str(APP), *map(str, arguments)]
        process = subprocess.Popen(command, stdout=out_file, stderr=err_file, env=environment())
        peak_kib = 0  # of the program alone: what the system counts of a child begins with what its parent held
        while process.poll() is None:
            peak_kib = max(peak_kib, _peak_kib(process.pid))
            time.sleep(0.02)
    seconds = time.monotonic() - start
    assert process.returncode == 0, err.read_text("utf-8")
    return Measured(out.read_text("utf-8"), err.read_text("utf-8"), seconds, peak_kib / 1024)


def _peak_kib(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
    except OSError:  # it has ended
        return 0
    return int(found[1]) if found else 0


def shop_of(folder: Path) -> Path:
    made = run("init", folder / "shop", "--language", "en")
    assert made.status == 0, made.err
    return folder / "shop"


def with_other_prices(feed: Path, target: Path, n: int, price: float) -> Path:
    """The first `n` rows of a feed at this price."""
    with feed.open(encoding="utf-8") as lines:
        rows = [{**json.loads(next(lines)), "price": price} for _ in range(n)]
    target.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return target


def test_three_times_the_feed_takes_the_same_memory(tmp_path: Path) -> None:
    short = write_catalogue(tmp_path / "short.jsonl", 11_000)
    long = write_catalogue(tmp_path / "long.jsonl", 33_000)

    of_short = measure(tmp_path, "--shop", shop_of(tmp_path / "a"), "import", short)
    of_long = measure(tmp_path, "--shop", shop_of(tmp_path / "b"), "import", long)

    assert "33000 added" in of_long.out
    assert of_long.peak_mib < of_short.peak_mib + 24


@pytest.mark.models
def test_a_feed_that_comes_again_embeds_nothing_and_a_hundred_prices_build_nothing(built: Path, tmp_path: Path) -> None:
    feed = write_catalogue(tmp_path / "feed.jsonl", 400)
    prices = with_other_prices(feed, tmp_path / "prices.jsonl", 100, 7.77)

    first, again, priced = (run("--shop", built, "import", file, "--json").json for file in (feed, feed, prices))

    assert first["build"]["n_embedded"] == 400
    assert (again["files"][0]["unchanged"], again["build"]) == (400, None)
    assert priced["files"][0]["changed"] == 100
    assert [priced["build"][name] for name in ("changed", "n_offers", "n_embedded")] == [False, 100, 0]


@pytest.mark.models
@pytest.mark.proof
def test_a_hundred_thousand_products(tmp_path: Path) -> None:
    shop = shop_of(tmp_path)
    feed = write_catalogue(tmp_path / "feed.jsonl", MANY)
    prices = with_other_prices(feed, tmp_path / "prices.jsonl", 100, 7.77)

    imported = measure(tmp_path, "--shop", shop, "import", feed)
    built = measure(tmp_path, "--shop", shop, "build")
    again = measure(tmp_path, "--shop", shop, "import", feed, "--json")
    priced = measure(tmp_path, "--shop", shop, "import", prices, "--json")

    foretold = _foretold(built.err)
    figures = {
        "import": f"{imported.seconds:.1f} s, {MANY / imported.seconds:.0f} rows/s, peak {imported.peak_mib:.0f} MiB",
        "build": f"{built.seconds:.0f} s, foretold {foretold:.0f} s, peak {built.peak_mib:.0f} MiB",
        "the same feed again": f"{again.seconds:.2f} s, {again.seconds / (imported.seconds + built.seconds):.2%}",
        "100 prices": f"{priced.seconds:.2f} s",
    }
    sys.stdout.write("".join(f"\n{name}: {figure}" for name, figure in figures.items()) + "\n")
    assert MANY / imported.seconds >= 5_000
    assert 0.5 <= foretold / built.seconds <= 2
    assert _imported(again)["build"] is None
    assert again.seconds < 0.05 * (imported.seconds + built.seconds)
    assert _imported(priced)["build"]["n_offers"] == 100
    assert priced.seconds < 2


def _imported(ended: Measured) -> Any:
    return json.loads(ended.out)


def _foretold(said: str) -> float:
    """Seconds in "this will take about 4 min"."""
    found = re.search(r"this will take about (\d+) (s|min)", said)
    assert found, said
    return float(found[1]) * (60 if found[2] == "min" else 1)
