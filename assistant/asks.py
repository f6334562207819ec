"""Several asks in one utterance: "do you deliver to Canada, and how long is the warranty?" """

import re
from collections.abc import Sequence

from knowledge.phrases import normalise

MAX_ASKS = 3
_BREAK = re.compile(
    r"[?？!！。]+ ?(?=\S)|\.\s+(?=[A-Za-z])|[;；]\s*|"
    r",?\s*\b(?:and also|and btw|also,?|by the way,?|btw,?|plus,?)\s+|"
    r",?\s+and\s+(?=(?:what|how|where|when|which|i|show|find)\b)|"
    r",?\s+and\s+(?=(?:do|does|is|are|can|could|will|would)\s+(?:it|they|there|you|i|we|this|that|these|those|the|my|your)\b)|"
    r"[,，]?\s*(?:另外|还有就是|还有(?=[，,])|顺便(?:问(?:一下|下)?)?|对了|再问(?:一下|下)?|同时)[，,]?\s*",
    re.IGNORECASE,
)


def split_asks(utterance: str) -> tuple[str, ...]:
    """The parts of an utterance that may be asks of their own, in order; the utterance alone where it is one."""
    parts = [part.strip(" ,，") for part in _BREAK.split(" ".join(utterance.split()))]
    asks = [part for part in parts if _n_words(part) >= 2]
    return tuple(asks) if 2 <= len(asks) <= MAX_ASKS and len(asks) == len([p for p in parts if p]) else (utterance,)


def join_asks(parts: Sequence[str], matters: Sequence[str]) -> tuple[str, ...]:
    """The parts with those joined that are on one matter and stand together.

    A part without a matter of its own belongs to the one before it ("Postcode 10583."), the first to the one after it.
    """
    asks: list[str] = []
    about = ""
    for part, matter in zip(parts, matters, strict=True):
        if asks and (not about or not matter or matter == about):
            asks[-1] = f"{asks[-1]}. {part}"
        else:
            asks.append(part)
        about = matter or about
    return tuple(asks)


def _n_words(text: str) -> float:
    plain = normalise(text)
    return len(re.findall(r"[a-z\d']+", plain)) + len(re.findall(r"[\u4e00-\u9fff]", plain)) / 2
