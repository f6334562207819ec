"""Generations of a shop without anything in them."""

from typing import Any

from knowledge.generations import Generation
from knowledge.settings import Models
from knowledge.shop import Shop


def drafted(shop: Shop, **changes: Any) -> Generation:
    """What the shop's draft folder would be published as."""
    made = Generation(
        folder=shop.draft_generation(),
        sources={},
        languages=("en",),
        models=Models(),
        encoders={},
        intent="intent",
        intent_encoder="minilm",
        n_products=1,
    )
    return made.model_copy(update=changes)
