"""What page and API say of the shop itself."""

from dataclasses import dataclass
from pathlib import Path

from knowledge.domain import Language
from knowledge.shop import Shop


@dataclass(frozen=True, slots=True)
class Storefront:
    """`currency` is that of prices without one of their own; the first language is the one to fall back on."""

    name: str
    currency: str
    languages: tuple[Language, ...]
    images: Path

    @classmethod
    def of(cls, shop: Shop) -> "Storefront":
        settings = shop.settings
        return cls(settings.name, settings.currency, settings.languages, shop.folder / "images")
