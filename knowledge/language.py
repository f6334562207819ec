"""Which language a text is in, and traditional Chinese as simplified."""

import re
from functools import cache
from typing import TYPE_CHECKING

from knowledge.domain import Language

if TYPE_CHECKING:
    from opencc import OpenCC  # type: ignore[import-untyped]

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"

_HAN_CHARACTER = re.compile(f"[{HAN}]")
_LATIN_WORD = re.compile(
    r"(?<![A-Za-z\u00c0-\u024f'’-])[a-z\u00df-\u00ff][A-Za-z\u00c0-\u024f]*(?:['’-][A-Za-z\u00c0-\u024f]+)*"
)
_SHEN_ME = re.compile("甚(?=[么麼])")


def detect_language(text: str) -> Language:
    """Chinese when it holds at least as many Chinese characters as Latin words; English without either.

    Words with a capital letter do not count: a Chinese sentence names products in Latin letters too.
    """
    n_han = len(_HAN_CHARACTER.findall(text))
    return "zh" if n_han and n_han >= len(_LATIN_WORD.findall(text)) else "en"


def simplify(text: str) -> str:
    """Traditional characters as simplified ones, by phrases, so that 著作 and 乾坤 stay; other text is unchanged."""
    if not _HAN_CHARACTER.search(text):
        return text
    return _SHEN_ME.sub("什", _converter().convert(text)).replace("妳", "你")


@cache
def _converter() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")
