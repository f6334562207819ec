"""The models of a shop, loaded as its settings and its generation name them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from assistant.intent import IntentModel
from knowledge.domain import Language, Utterance
from knowledge.generations import Generation
from knowledge.settings import Settings
from knowledge.shop import Shop
from retrieval.bulk import load_bulk
from retrieval.encoder import Encoder
from retrieval.model_folder import read_manifest
from retrieval.weights import resolve_model


def encoder_name(utterances: Sequence[Utterance]) -> Literal["minilm", "e5"]:
    """The encoder for these utterances: the small English one knows no Chinese."""
    return "minilm" if all(utterance.language == "en" for utterance in utterances) else "e5"


def load_encoders(settings: Settings, models: Path, *, threads: int, bulk: bool = False) -> dict[Language, Encoder]:
    """One encoder for each language of the shop; one that serves two languages is loaded once.

    `bulk` loads slower and encodes thousands of texts faster.
    """
    loaded: dict[str, Encoder] = {}
    encoders: dict[Language, Encoder] = {}
    for language, name in encoder_names(settings).items():
        if name not in loaded:
            folder = resolve_model(name, models)
            loaded[name] = load_bulk(folder, threads=threads) if bulk else Encoder.load(folder, threads=threads)
        encoders[language] = loaded[name]
    return encoders


def load_intent(shop: Shop, generation: Generation, models: Path, encoders: Mapping[Language, Encoder]) -> IntentModel:
    """The intent model of a generation, on one of `encoders` where it was fitted on that."""
    folder = resolve_model(generation.intent_encoder, models)
    fingerprint = read_manifest(folder).fingerprint
    encoder = next((e for e in encoders.values() if e.fingerprint == fingerprint), None)
    return IntentModel.load(shop.models_folder / generation.intent, encoder or Encoder.load(folder))


def encoder_names(settings: Settings) -> dict[Language, str]:
    """What the setting of each language's encoder says."""
    names: dict[Language, str] = {"en": settings.models.encoder_en, "zh": settings.models.encoder_zh}
    return {language: names[language] for language in settings.languages}
