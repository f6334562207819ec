"""The seam of the generator: any langchain chat model may reword a draft; with none, the draft is the reply."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from knowledge.domain import Language
from knowledge.errors import GeneratorError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

INSTRUCTION = (
    "Reword the shop assistant's reply below so that it reads naturally, in the same language. "
    "Keep every number, name, condition and negation. Add nothing."
)


class Generator(Protocol):
    """Gives a reply for a draft, in pieces."""

    name: str

    def reword(self, draft: str, language: Language) -> Iterator[str]: ...


class DraftGenerator:
    """No model: the draft goes out as it is, a sentence at a time."""

    name = "none"

    def reword(self, draft: str, language: Language) -> Iterator[str]:
        start = 0
        for end, char in enumerate(draft, 1):
            if char in "。！？\n" or (char in ".!?" and draft[end : end + 1] in ("", " ", "\n")):
                yield draft[start:end]
                start = end
        if start < len(draft):
            yield draft[start:]


class ChatModelGenerator:
    """Rewords with a langchain chat model. Raises GeneratorError when it says nothing."""

    def __init__(self, model: "BaseChatModel", name: str) -> None:
        self._model = model
        self.name = name

    def reword(self, draft: str, language: Language) -> Iterator[str]:
        said = False
        for chunk in self._model.stream([("system", INSTRUCTION), ("human", draft)]):
            if text := chunk.text:
                said = True
                yield text
        if not said:
            raise GeneratorError(f"the generator {self.name} gave an empty reply; the draft can be used instead")
