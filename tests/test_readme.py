"""What the README says of the house is so."""

import re
from pathlib import Path

from tests.test_house import ROOT, STOREYS

README = (ROOT / "README.md").read_text("utf-8")


def modules(storey: str) -> set[str]:
    return {file.stem for file in (ROOT / storey).glob("*.py")} - {"__init__"}


def test_the_map_names_every_module_and_no_other() -> None:
    for storey in [*STOREYS[:-1], "knowledge/feeds", "knowledge/extraction"]:
        (row,) = re.findall(rf"^\| `{storey}/` \| (.*) \|$", README, re.MULTILINE)
        named = set(re.findall(r"`(\w+)`", row))

        assert named - {"migrations"} == modules(storey), storey


def test_its_two_commands_are_targets() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert {"demo", "test"} <= targets
    assert "make demo" in README
    assert "make test" in README


def test_every_file_it_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert [link for link in links if not Path(ROOT, link).exists()] == []


def test_it_is_short() -> None:
    assert len(README.splitlines()) < 200
