"""The seam of the generator, with a langchain chat model that says what the test scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from assistant.generator import INSTRUCTION, ChatModelGenerator, DraftGenerator
from knowledge.errors import GeneratorError

DRAFT = "The kettle costs $39.00. It holds 1.7 l!\nSold out? Ask us"


class ScriptedModel(BaseChatModel):
    """Streams the scripted pieces, and remembers what it was asked."""

    pieces: list[str]
    asked: list[BaseMessage] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise AssertionError("a reply is streamed")

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        self.asked += messages
        yield from (ChatGenerationChunk(message=AIMessageChunk(content=piece)) for piece in self.pieces)


def test_a_chat_model_rewords_the_draft_in_pieces() -> None:
    model = ScriptedModel(pieces=["", "For $39.00 ", "the kettle is yours."])

    pieces = list(ChatModelGenerator(model, "scripted").reword(DRAFT, "en"))

    assert pieces == ["For $39.00 ", "the kettle is yours."]
    assert [(message.type, message.content) for message in model.asked] == [("system", INSTRUCTION), ("human", DRAFT)]


def test_a_chat_model_that_says_nothing_is_an_error_that_names_it() -> None:
    model = ScriptedModel(pieces=[""])

    with pytest.raises(GeneratorError, match="the generator scripted gave an empty reply"):
        list(ChatModelGenerator(model, "scripted").reword(DRAFT, "en"))


def test_without_a_model_the_draft_goes_out_a_sentence_at_a_time() -> None:
    pieces = list(DraftGenerator().reword(DRAFT, "en"))

    assert pieces == ["The kettle costs $39.00.", " It holds 1.7 l!", "\n", "Sold out?", " Ask us"]
