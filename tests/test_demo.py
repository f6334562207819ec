from pathlib import Path

from knowledge.domain import Utterance
from knowledge.feeds import read_utterances

INTENTS = Path(__file__).resolve().parents[1] / "demo" / "intents"


def texts(name: str) -> set[str]:
    rows = read_utterances(INTENTS / name)
    return {" ".join(row.text.casefold().split()) for row in rows if isinstance(row, Utterance)}


def test_no_utterance_that_is_held_out_is_fitted_on() -> None:
    assert texts("held_out.csv") & texts("utterances.csv") == set()
