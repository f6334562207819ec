"""A new user's first shop: what `init` asks and makes, and the commands of the README from it to a good answer."""

import os
import pty
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from knowledge.settings import Settings, Source, load_settings
from knowledge.starter import SETTINGS
from tests.command_line import APP, Ended, end, environment, run, snapshot, titles
from tests.test_house import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PROGRAM = ".venv/bin/shop-assistant"


def commands() -> list[list[str]]:
    """The indented lines of the README's chapter on a shop of one's own, which are commands."""
    (chapter,) = re.findall(r"^## Your own shop\n(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for line in re.findall(r"^    (\S.*)$", chapter, re.MULTILINE)]


def typed(arguments: Sequence[str], folder: Path) -> Ended:
    command = [sys.executable, str(APP), *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=folder,
        env=environment(),
    )
    return end(process, timeout_s=900)


def in_a_terminal(folder: Path, *arguments: str, answers: str) -> tuple[int, str]:
    """Status and standard error of a command at a terminal whose user types `answers`."""
    ours, theirs = pty.openpty()
    os.write(ours, answers.encode())
    with subprocess.Popen(
        [sys.executable, str(APP), *arguments],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(),
    ) as process:
        _, err = process.communicate(timeout=120)
    os.close(ours)
    os.close(theirs)
    return process.returncode, err.decode()


# ------------------------------------------------------------------ the README's commands


@pytest.mark.models
def test_the_commands_of_the_readme_lead_from_init_to_a_good_answer(tmp_path: Path) -> None:
    listed = commands()

    ended = [typed(command[1:], tmp_path) for command in listed]

    assert len(listed) <= 6
    assert {command[0] for command in listed} == {PROGRAM}
    assert [e.status for e in ended] == [0] * len(listed), [e.err for e in ended]
    bike, helmet = ended[-2].out, ended[-1].out
    assert "1. Lindrell Harbour city bike, green, €549.00" in bike
    assert "Tarn" not in bike
    assert helmet.startswith("A helmet can only be returned while its seal is unbroken.\n")
    assert "  [Returns § Can I return a helmet?]\n" in helmet
    assert "  > rule: returns-helmet-opened\n" in helmet


@pytest.mark.models
def test_a_shop_is_built_and_answers_before_it_has_products(tmp_path: Path) -> None:
    made = typed(["init", "new"], tmp_path)
    utterances = tmp_path / "new" / "intents" / "utterances.csv"
    lines = utterances.read_text("utf-8").splitlines()
    utterances.write_text("\n".join([lines[0], *lines[1::5]]) + "\n", "utf-8")  # few are fitted on in less time
    built = typed(["--shop", "new", "build", "--quick", "--json"], tmp_path)
    asked = ["find me a red kettle under 50", "show me a laptop", "有没有便宜的耳机"]
    said = [typed(["--shop", "new", "chat", "--json", "--once", text], tmp_path) for text in asked]
    page = Path(__file__).parents[1] / "knowledge" / "example" / "pages" / "returns.en.md"
    imported = typed(["--shop", "new", "import", str(page), "--json"], tmp_path)
    rule = typed(["--shop", "new", "chat", "--once", "what is your return policy"], tmp_path)
    looked = typed(["--shop", "new", "doctor"], tmp_path)

    assert (made.status, built.status, built.json["n_products"]) == (0, 0, 0)
    assert any("--shop new import FEED" in warning for warning in built.json["warnings"])
    assert [(s.status, titles(s.json)) for s in said] == [(0, [])] * 3
    assert [s.json["reply"].split(".")[0] for s in said[:2]] == ["There are no products in this shop yet"] * 2
    assert said[2].json["reply"].startswith("店里还没有上架商品")
    assert imported.json["build"]["generation"] == "2"
    assert rule.out.startswith("You can send anything back within 30 days of delivery.")
    assert (looked.status, "MEND catalogue: no products yet" in looked.out) == (1, True)


def test_what_init_prints_next_can_be_typed(tmp_path: Path) -> None:
    made = typed(["init", "my first shop"], tmp_path)
    steps = [shlex.split(line) for line in made.out.splitlines() if line.startswith("  ")]

    imported = subprocess.run(steps[0], cwd=tmp_path, env=environment(), capture_output=True, check=False)

    assert [step[-1] for step in steps] == ["my first shop/example", "--quick", "chat"]
    assert imported.returncode == 0, imported.stderr
    assert (tmp_path / "my first shop" / "catalogue" / "products.jsonl").is_file()
    assert (tmp_path / "my first shop" / "knowledge" / "returns.zh.md").is_file()


# ------------------------------------------------------------------ what init asks


def test_without_a_terminal_it_asks_nothing_and_takes_the_defaults(tmp_path: Path) -> None:
    made = run("init", tmp_path / "shop")
    settings = load_settings(tmp_path / "shop")

    assert (made.status, made.err) == (0, "")
    assert (settings.name, settings.currency, settings.region) == ("My shop", "USD", "")
    assert settings.languages == ("en", "zh")


def test_in_a_terminal_it_asks_for_what_was_not_given_and_asks_again_for_what_cannot_be(tmp_path: Path) -> None:
    status, err = in_a_terminal(
        tmp_path, "init", "shop", "--name", "Nordwind", answers="EURO\nEUR\n\nUK\nGB\ncall 555\n"
    )
    settings = load_settings(tmp_path / "shop")

    assert status == 0
    assert "Name" not in err
    assert "did you mean EUR?" in err
    assert "did you mean GB?" in err
    assert (settings.name, settings.currency, settings.region) == ("Nordwind", "EUR", "GB")
    assert (settings.languages, settings.contact) == (("en", "zh"), "call 555")


def test_with_yes_it_asks_nothing_in_a_terminal_either(tmp_path: Path) -> None:
    status, err = in_a_terminal(tmp_path, "init", "shop", "--yes", "--currency", "cny", answers="")

    assert (status, err) == (0, "")
    assert load_settings(tmp_path / "shop").currency == "CNY"


@pytest.mark.parametrize(
    ("option", "value", "remedy"),
    [
        ("--currency", "EURO", "did you mean EUR?"),
        ("--currency", "dollars", "did you mean USD?"),
        ("--currency", "QQQ", "ISO 4217"),
        ("--region", "UK", "did you mean GB?"),
        ("--region", "Atlantis", "ISO 3166"),
        ("--language", "de", "choose from en, zh"),
        ("--name", " ", "a shop needs a name"),
        ("--contact", "a\nb", "one line of text"),
    ],
)
def test_a_value_that_cannot_be_is_wrong_usage_and_makes_nothing(
    tmp_path: Path, option: str, value: str, remedy: str
) -> None:
    ended = run("init", tmp_path / "shop", option, value)

    assert (ended.status, ended.out) == (2, "")
    assert option in ended.err
    assert remedy in " ".join(ended.err.replace("│", " ").split())
    assert not (tmp_path / "shop").exists()


# ------------------------------------------------------------------ what init makes


def test_every_setting_stands_in_the_new_file_and_what_is_behind_a_mark_is_the_default(tmp_path: Path) -> None:
    run("init", tmp_path / "shop")
    file = tmp_path / "shop" / "shop.toml"
    text = file.read_text("utf-8")
    keys = [name for name in Settings.model_fields if name not in ("routes", "sources")]

    file.write_text(re.sub(r"^# (?=[\w\"]+ = )", "", text.partition("[routes]")[0], flags=re.MULTILINE), "utf-8")
    shown, told = load_settings(tmp_path / "shop"), tomllib.loads(file.read_text("utf-8"))

    assert [key for key in keys if key not in told] == []
    inner = {key: set(type(getattr(shown, key)).model_fields) for key in ("models", "search", "feeds", "limits")}
    assert {key: set(told[key]) for key in inner} == inner
    assert shown.model_copy(update={"feeds": Settings().feeds}) == Settings()
    assert "[routes]" in SETTINGS
    assert [name for name in Source.model_fields if f"# {name} = " not in SETTINGS] == []


def test_a_shop_of_one_language_gets_pages_and_utterances_of_that_alone(tmp_path: Path) -> None:
    run("init", tmp_path / "shop", "--language", "zh")
    utterances = (tmp_path / "shop" / "intents" / "utterances.csv").read_text("utf-8").splitlines()

    assert {row.rpartition(",")[2] for row in utterances[1:]} == {"zh"}
    assert {page.name for page in (tmp_path / "shop" / "example").rglob("*.md")} == {"returns.zh.md", "delivery.zh.md"}


def test_nothing_of_the_example_is_the_shops_before_it_is_imported(tmp_path: Path) -> None:
    run("init", tmp_path / "shop")

    assert [name for name in snapshot(tmp_path / "shop") if name.split("/")[0] in ("catalogue", "knowledge")] == []
