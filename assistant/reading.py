"""What an utterance says: its language, its intent, its hard wishes, and which shown products it points to."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from assistant.attributes import asked_about
from assistant.comparatives import read_comparatives
from assistant.masking import without_marks
from assistant.references import read_pick, read_references
from assistant.wishes import read_wish
from knowledge.domain import IntentReading, Language, Product, Reading, SessionState, Wish
from knowledge.language import detect_language
from knowledge.vocabulary import Vocabulary

_LETTER = re.compile(r"[^\W\d_]")


class IntentReader(Protocol):
    def read(self, text: str) -> IntentReading: ...


class Reader:
    """Reads utterances of one shop. `encoders` has an entry for each language that the shop speaks."""

    def __init__(
        self,
        intent_model: IntentReader,
        vocabulary: Vocabulary,
        encoders: Mapping[Language, object],
        currency: str,
    ) -> None:
        self._intents = intent_model
        self._vocabulary = vocabulary
        self._languages: tuple[Language, ...] = tuple(encoders)
        self._currency = currency

    def read(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> Reading:
        """`shown` are the products of `state.shown`, in that order; what is left of the catalogue may be absent."""
        language = self._language(utterance, state)
        category = state.category
        impersonal = without_marks(utterance)
        wish = read_wish(impersonal, language, self._vocabulary, self._currency, category)
        pick = read_pick(utterance, shown)
        comparatives, sort = read_comparatives("" if pick else utterance, self._vocabulary, shown, wish.constraints)
        pointed = read_references(utterance, shown, wish, self._vocabulary, state.listed or state.shown)
        return Reading(
            utterance=utterance,
            language=language,
            intent=self._intents.read(utterance),
            wish=Wish(wish.words, language, (*wish.constraints, *comparatives), None if pick else wish.sort or sort),
            references=(pick,) if pick else pointed,
            foreign=wish.foreign,
            names_goods=self._vocabulary.names_goods(impersonal),
            about_goods=self._vocabulary.names_kind(asked_about(impersonal)),
        )

    def _language(self, utterance: str, state: SessionState) -> Language:
        """The utterance's language; without letters the session's, and always one that the shop speaks."""
        spoken = self._languages or ("en",)
        if not _LETTER.search(utterance):
            return state.language if state.language in spoken else spoken[0]
        language = detect_language(utterance)
        return language if language in spoken else spoken[0]
