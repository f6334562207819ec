from dataclasses import replace
from pathlib import Path

import pytest

from assistant.pictures import PLACEHOLDER, Pictures
from knowledge.catalogue import Catalogue
from knowledge.domain import Product


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    (folder / "sub").mkdir(parents=True)
    (folder / "a b.png").write_bytes(b"png")
    (folder / "sub" / "c.svg").write_text("<svg/>")
    (folder / "notes.txt").write_text("no picture")
    (tmp_path / "secret.svg").write_text("<svg/>")
    (folder / "away.svg").symlink_to(tmp_path / "secret.svg")
    return folder


@pytest.fixture
def product(catalogue: Catalogue) -> Product:
    return catalogue.products[0]


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("images/a b.png", "/images/a%20b.png"),
        ("./images/sub/c.svg", "/images/sub/c.svg"),
        ("sub/c.svg", "/images/sub/c.svg"),
    ],
)
def test_a_picture_of_the_shop_has_an_address_on_this_server(
    images: Path, product: Product, image: str, address: str
) -> None:
    assert Pictures(images).address(replace(product, image=image)) == address


@pytest.mark.parametrize(
    "image",
    [
        "",
        "https://elsewhere.example/pixel.png",
        "//elsewhere.example/pixel.png",
        "images/none.png",
        "images/../secret.svg",
        "images/notes.txt",
        "images/away.svg",
        "/etc/passwd",
        "images/\ud800.png",
        "images/" + "x" * 300 + ".png",
        "images/a\0.png",
    ],
)
def test_any_other_picture_becomes_the_placeholder(images: Path, product: Product, image: str) -> None:
    assert Pictures(images).address(replace(product, image=image)) == "/images/placeholder.svg"


def test_the_placeholder_is_there_without_a_folder(tmp_path: Path) -> None:
    assert Pictures(tmp_path / "none").file("placeholder.svg") == PLACEHOLDER
    assert PLACEHOLDER.is_file()


def test_a_shop_may_have_a_placeholder_of_its_own(images: Path) -> None:
    (images / "placeholder.svg").write_text("<svg/>")

    assert Pictures(images).file("placeholder.svg") == images.resolve() / "placeholder.svg"
