"""`init`: a shop folder that builds at once, with commented settings, starter utterances and an example to try."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from knowledge.disk import write_atomically
from knowledge.domain import Language, Utterance
from knowledge.errors import SettingsError
from knowledge.feeds.encodings import read_lines
from knowledge.feeds.utterances import read_utterances, utterances_to_csv
from knowledge.settings import FILE, load_settings

STARTER = Path(__file__).parents[1] / "demo" / "intents" / "utterances.csv"
NOT_FOR_ALL = STARTER.with_name("not_for_all.txt")
EXAMPLE = Path(__file__).with_name("example")

SETTINGS = """\
# The settings of this shop. Every one has a default; those behind '#' show it.

name = {name}
currency = {currency}          # ISO 4217, of prices without a currency of their own
region = {region}              # ISO 3166, where its shoppers live: "DE", "US"; "" says nothing of it
languages = [{languages}]  # en, zh; each gets an index of its own
contact = {contact}              # how a shopper reaches a person: shown at a handover

[models]
# encoder_en = "minilm"     # minilm, e5, a local folder, or a model hub's id
# encoder_zh = "e5"
# intent = "auto"           # the encoder fine-tuned for intents; auto: e5 where the utterances are not all English
# generator = "none"        # the draft is the reply

[search]
# k = 5                     # products shown in a reply
# depth = 100               # candidates taken from words and from vectors
# document_tokens = 64      # tokens of a product's text that are embedded

[feeds.columns]             # column of your feed = field that it stands for:
# "Artikelname" = "title"

[limits]
# utterance_chars = 2000    # a longer utterance is asked to be shortened
# session_turns = 200       # turns of a conversation; after them a new one is asked for

[routes]                    # intent = route, for intents of your own:
# gift_wrapping = "answer"  # recommend, compare, answer, order, clarify, handover, smalltalk, out_of_scope

# [[sources]]               # what 'import --sources' fetches, and 'import --watch' when it is due; may stand here often
# url = "https://www.example.com/products.xml"
# every = "1h"              # m, h or d; without it only when asked for
# kind = "catalogue"        # recognised when not given
# full = false              # true: the feed is complete, so ids that it lacks go
# name = "products.xml"     # its file below var/sources
# max_mb = 200              # larger ones are refused
# timeout_s = 300
# header = "Authorization"  # sent with the secret in the environment's variable of this name:
# secret_env = "FEED_TOKEN"
# private = false           # true: the address may be one of the house's own network
"""


@dataclass(frozen=True, slots=True)
class NewShop:
    """What is asked of a new shop, as the functions below and knowledge.codes read it."""

    name: str
    currency: str
    languages: tuple[Language, ...]
    region: str
    contact: str


def line_of(text: str) -> str:
    """The text without blanks around it. Raises SettingsError where it has a control character."""
    if not text.strip().isprintable():
        raise SettingsError(f"{text!r}: one line of text is needed, without control characters")
    return text.strip()


def name_of(text: str) -> str:
    """A line that is not empty. Raises SettingsError."""
    if not line_of(text):
        raise SettingsError("a shop needs a name; give one of at least a letter")
    return line_of(text)


def languages_of(text: str) -> tuple[Language, ...]:
    """One language or more, as "en" or "en, zh". Raises SettingsError for one that is not known."""
    known: dict[str, Language] = {language: language for language in get_args(Language)}
    asked = list(dict.fromkeys(name.strip().lower() for name in text.split(",")))
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise SettingsError(f"language {unknown[0]!r} is not known; choose from {', '.join(known)}")
    return tuple(known[name] for name in asked)


def make_shop(folder: Path, new: NewShop) -> list[str]:
    """Makes `folder` a shop and returns what was written. Raises SettingsError when it is one already."""
    refuse_a_shop(folder)
    for part in ("catalogue", "knowledge", "intents", "orders", "conversations"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    settings = SETTINGS.format(
        name=_quoted(new.name),
        currency=_quoted(new.currency),
        region=_quoted(new.region),
        languages=", ".join(_quoted(language) for language in new.languages),
        contact=_quoted(new.contact),
    )
    write_atomically(folder / FILE, settings)
    try:
        load_settings(folder)
    except SettingsError:
        (folder / FILE).unlink()
        raise
    written = [FILE]
    utterances = folder / "intents" / "utterances.csv"
    if not utterances.exists():  # the shop's own, which the starter set must not replace
        write_atomically(utterances, utterances_to_csv(starter_utterances(new.languages)))
        written.append("intents/utterances.csv")
    if not (folder / EXAMPLE.name).exists():
        _write_example(folder / EXAMPLE.name, new.languages)
        written.append(EXAMPLE.name)
    return written


def refuse_a_shop(folder: Path) -> None:
    """Raises SettingsError when the folder is a shop already."""
    if (folder / FILE).exists():
        raise SettingsError(f"{folder / FILE} exists already; choose another folder, or edit that file")


def starter_utterances(languages: Iterable[Language]) -> Iterator[Utterance]:
    """The demo's utterances that hold for any shop, in these languages and in no other: an encoder that knows Chinese
    is larger than one that need not.
    """
    left_out = {line for _, line in read_lines(NOT_FOR_ALL)}
    wanted = frozenset(languages)
    for row in read_utterances(STARTER):
        if isinstance(row, Utterance) and row.language in wanted and row.text not in left_out:
            yield row


def _write_example(folder: Path, languages: Iterable[Language]) -> None:
    """The example's feed and orders, and its pages in these languages. Nothing of it is the shop's until imported."""
    wanted = {f".{language}" for language in languages}
    for file in sorted(path for path in EXAMPLE.rglob("*") if path.is_file()):
        if file.suffix != ".md" or Path(file.stem).suffix in wanted:
            target = folder / file.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
