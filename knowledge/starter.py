"""`init`: a shop folder with commented settings and starter utterances."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from knowledge.domain import Language, Utterance
from knowledge.errors import SettingsError
from knowledge.feeds.utterances import read_utterances, utterances_to_csv
from knowledge.settings import FILE, load_settings
from knowledge.shop import write_atomically

STARTER = Path(__file__).parents[1] / "demo" / "intents" / "utterances.csv"

SETTINGS = """\
# The settings of this shop. Every one has a default; those behind '#' show it.

name = {name}
currency = {currency}          # ISO 4217, of prices without a currency of their own
languages = [{languages}]  # each gets an index of its own
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

[limits]
# utterance_chars = 2000    # a longer utterance is asked to be shortened
# session_turns = 200       # turns of a conversation; after them a new one is asked for

[routes]                    # intent = route, for intents of your own:
# gift_wrapping = "answer"  # recommend, compare, answer, order, clarify, handover, smalltalk, out_of_scope

# [[sources]]               # what 'import --sources' fetches, and 'import --watch' when it is due; may stand here often
# url = "https://www.example.com/products.xml"
# every = "1h"
"""


def make_shop(folder: Path, *, name: str, currency: str, languages: Sequence[str], contact: str) -> list[str]:
    """Makes `folder` a shop and returns what was written. Raises SettingsError when it is one already."""
    if (folder / FILE).exists():
        raise SettingsError(f"{folder / FILE} exists already; choose another folder, or edit that file")
    unknown = [language for language in languages if language not in get_args(Language)]
    if unknown:
        raise SettingsError(f"language {unknown[0]!r} is not known; choose from {', '.join(get_args(Language))}")
    # In no other language: an encoder that knows Chinese is larger than one that need not.
    starter = [u for u in read_utterances(STARTER) if isinstance(u, Utterance) and u.language in languages]
    for part in ("catalogue", "knowledge", "intents", "orders", "conversations"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    listed = ", ".join(_quoted(language) for language in dict.fromkeys(languages))
    settings = SETTINGS.format(
        name=_quoted(name), currency=_quoted(currency.upper()), languages=listed, contact=_quoted(contact)
    )
    write_atomically(folder / FILE, settings)
    try:
        load_settings(folder)
    except SettingsError:
        (folder / FILE).unlink()
        raise
    utterances = folder / "intents" / "utterances.csv"
    if utterances.exists():  # the shop's own, which the starter set must not replace
        return [FILE]
    write_atomically(utterances, utterances_to_csv(starter))
    return [FILE, "intents/utterances.csv"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
