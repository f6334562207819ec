"""One tiny world for all tests, and no network: a connection to anywhere but this machine fails the test."""

import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Product, ProductId, Translation
from tests.command_line import run, write_feed, write_sources, write_utterances
from tests.feed_server import FeedServer, make_certificate, serving_feeds

# A shell that starts the tests in its background makes them, and so what they start, deaf to an interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)


def _product(
    number: int,
    title: str,
    zh: str,
    category: str,
    price: float,
    *,
    stock: int = 5,
    rating: float = 4.0,
    **attributes: str | float,
) -> Product:
    return Product(
        product_id=ProductId(f"P{number}"),
        title=title,
        brand=title.split()[0],
        category=tuple(category.split(" > ")),
        description=f"{title}, for every day.",
        price=price,
        currency="USD",
        stock=stock,
        rating=rating,
        attributes=attributes,
        translations={"zh": Translation(title=zh, attributes={k: _ZH[v] for k, v in attributes.items() if v in _ZH})},
    )


_ZH: dict[object, str] = {"black": "黑色", "red": "红色", "silver": "银色", "wireless": "无线", "wired": "有线"}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Twelve products in three categories, English and Chinese."""
    return Catalogue(
        [
            _product(
                1,
                "Brenvik Hush headphones",
                "Brenvik 静音耳机",
                "Audio > Headphones",
                149,
                colour="black",
                connection="wireless",
                battery_life_h=30.0,
            ),
            _product(
                2,
                "Brenvik Clip headphones",
                "Brenvik 夹式耳机",
                "Audio > Headphones",
                39,
                colour="red",
                connection="wired",
                rating=3.6,
            ),
            _product(
                3,
                "Ostrelle Drift headphones",
                "Ostrelle 漂流耳机",
                "Audio > Headphones",
                89,
                colour="black",
                connection="wireless",
                battery_life_h=22.0,
            ),
            _product(
                4,
                "Ostrelle Air headphones",
                "Ostrelle 轻风耳机",
                "Audio > Headphones",
                219,
                colour="silver",
                connection="wireless",
                stock=0,
            ),
            _product(
                5,
                "Kuvandel Slim laptop",
                "Kuvandel 轻薄笔记本",
                "Computers > Laptops",
                899,
                colour="silver",
                memory_gb=16.0,
            ),
            _product(
                6,
                "Kuvandel Core laptop",
                "Kuvandel 核心笔记本",
                "Computers > Laptops",
                549,
                colour="black",
                memory_gb=8.0,
            ),
            _product(
                7,
                "Paprello Studio laptop",
                "Paprello 创作笔记本",
                "Computers > Laptops",
                1799,
                colour="black",
                memory_gb=32.0,
                rating=4.8,
            ),
            _product(
                8,
                "Paprello Note laptop",
                "Paprello 便签笔记本",
                "Computers > Laptops",
                429,
                colour="red",
                memory_gb=8.0,
            ),
            _product(
                9,
                "Tarnwick Fenlow kettle",
                "Tarnwick 芬洛水壶",
                "Kitchen > Kettles",
                39,
                colour="silver",
                capacity_l=1.7,
            ),
            _product(
                10, "Tarnwick Moss kettle", "Tarnwick 苔原水壶", "Kitchen > Kettles", 59, colour="black", capacity_l=1.5
            ),
            _product(
                11,
                "Ollumo Steep kettle",
                "Ollumo 泡茶水壶",
                "Kitchen > Kettles",
                79,
                colour="black",
                capacity_l=0.8,
                rating=4.7,
            ),
            _product(
                12, "Ollumo Mini kettle", "Ollumo 迷你水壶", "Kitchen > Kettles", 25, colour="red", capacity_l=0.5
            ),
        ]
    )


@pytest.fixture(scope="session")
def empty_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop folder as `init` makes it."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    made = run("init", folder, "--language", "en", "--contact", "care@example.com")
    assert made.status == 0, made.err
    return folder


@pytest.fixture
def shop(empty_shop: Path, catalogue: Catalogue, tmp_path: Path) -> Path:
    """A shop with a catalogue, not built."""
    folder = tmp_path / "shop"
    shutil.copytree(empty_shop, folder)
    write_feed(folder / "catalogue" / "products.jsonl", catalogue)
    return folder


@pytest.fixture(scope="session")
def built_once(empty_shop: Path, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "shop"
    shutil.copytree(empty_shop, folder)
    write_utterances(folder / "intents" / "utterances.csv")
    sources = write_sources(folder.with_name("sources"), catalogue)
    imported = run("--shop", folder, "import", sources)
    assert (imported.status, len(imported.out.splitlines())) == (0, 4), imported
    built = run("--shop", folder, "build", "--quick")
    assert (built.status, "12 products" in built.out) == (0, True), built
    return folder


@pytest.fixture
def built(built_once: Path, tmp_path: Path) -> Path:
    """A shop that was built, for one test to change."""
    return shutil.copytree(built_once, tmp_path / "shop")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the servers of this machine, and its key."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def feeds(certificate: Path) -> Iterator[FeedServer]:
    """A server of feeds, over https, with nothing to give yet."""
    with serving_feeds(certificate) as server:
        yield server
