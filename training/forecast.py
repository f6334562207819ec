"""How long a build will take, told before it begins."""

import random
import time
from collections.abc import Mapping, Sequence

from knowledge.domain import Language
from retrieval.encoder import Encoder

WORTH_TELLING_S = 60.0
"""A build that is shorter needs no forecast."""

_N_SAMPLED = 96
_LEAST = 2000  # texts: embedding fewer is no part worth measuring
_INDEX_S = 1.1e-3  # for each product and language: words, graph and Chroma, measured on two cores
_FIT_S = {False: 8e-3, True: 7e-2}  # for each utterance, without and with fine-tuning


def seconds_ahead(
    missing: Mapping[Language, Sequence[str]],
    n_products: int,
    encoders: Mapping[Language, Encoder],
    document_tokens: int,
    n_utterances: int,
    *,
    fine_tune: bool,
) -> float:
    """Seconds that are ahead: for the texts to embed, whose speed is measured on a sample of them, in each language
    whose index is to be made, and for utterances to fit on, 0 where the model is there.
    """
    embedding = sum(
        len(texts) * _seconds_a_text(encoders[language], texts, document_tokens)
        for language, texts in missing.items()
        if len(texts) >= _LEAST
    )
    return embedding + _INDEX_S * n_products * len(missing) + _FIT_S[fine_tune] * n_utterances


def in_words(seconds: float) -> str:
    """As a person would say it: "about 4 min"."""
    return f"about {seconds:.0f} s" if seconds < 90 else f"about {seconds / 60:.0f} min"


def _seconds_a_text(encoder: Encoder, texts: Sequence[str], document_tokens: int) -> float:
    sample = sorted(random.Random(0).sample(texts, _N_SAMPLED), key=len)
    encoder.encode(sample[:8], kind="passage", max_tokens=document_tokens)  # the first call is slow
    start = time.perf_counter()
    encoder.encode(sample, kind="passage", max_tokens=document_tokens)
    return (time.perf_counter() - start) / len(sample)
