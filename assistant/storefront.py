"""What page and API say of the shop itself."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from knowledge.domain import Language
from knowledge.errors import ShopError
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
        """In the languages of the generation in use. Raises NotBuiltError before the first build."""
        settings = shop.generation().settings(shop.settings)
        return cls(settings.name, settings.currency, settings.languages, shop.folder / "images")


Shows = Callable[[], Storefront]
"""The storefront of the moment."""


class LiveStorefront:
    """Follows builds and shop.toml; what cannot be read changes nothing."""

    def __init__(self, shop: Shop) -> None:
        """Raises NotBuiltError before the first build."""
        self._shop = shop
        self._edition = shop.edition()
        self._storefront = Storefront.of(shop)

    def __call__(self) -> Storefront:
        with suppress(ShopError):
            edition = self._shop.edition()
            if edition != self._edition:
                self._edition = edition
                self._storefront = Storefront.of(Shop(self._shop.folder))
        return self._storefront
