"""The catalogue: products by id, in the order of their feed, and their texts in each language."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

from knowledge.domain import Constraint, Language, Product, ProductId, RowProblem
from knowledge.errors import FeedError
from knowledge.feeds.encodings import has_rows
from knowledge.feeds.products import read_held_products


@dataclass(frozen=True, slots=True)
class ProductText:
    """What a product says in one language. A number is a text too; its unit, if any, ends the attribute's name."""

    title: str
    description: str
    category: tuple[str, ...]
    attributes: Mapping[str, str]


class Catalogue:
    """The products of a shop. Immutable; iterating gives them in the feed's order."""

    def __init__(self, products: Iterable[Product]) -> None:
        self.products: tuple[Product, ...] = tuple(products)
        self._built = self.products
        self._by_id = {product.product_id: product for product in self.products}
        self._translated: dict[Language, Mapping[tuple[str, str], str]] = {}
        self.categories: tuple[tuple[str, ...], ...] = tuple(
            sorted({product.category for product in self.products if product.category})
        )
        self.brands: tuple[str, ...] = tuple(sorted({product.brand for product in self.products if product.brand}))

    @classmethod
    def load(cls, file: Path, currency: str = "") -> "Catalogue":
        """Reads the shop's own catalogue file, which a shop without products need not have; `currency` is that of the
        shop. Raises FeedError at its first bad row: `import` lets none in.
        """
        return cls(priced(product, currency) for product in _whole(file)) if has_rows(file) else cls(())

    def offering(self, offered: Iterable[Product], currency: str = "") -> "Catalogue":
        """The catalogue as it was built, but the products that stand in `offered` as they stand there."""
        now = {product.product_id: priced(product, currency) for product in offered}
        catalogue = copy(self)
        catalogue.products = tuple(now.get(product.product_id, product) for product in self._built)
        catalogue._by_id = {product.product_id: product for product in catalogue.products}
        return catalogue

    def get(self, product_id: str) -> Product | None:
        return self._by_id.get(ProductId(product_id))

    def spoken(self, constraint: Constraint, language: Language) -> Constraint:
        """The constraint with its texts as the catalogue's translations have them; what has none stays as it is."""
        value = constraint.value
        if isinstance(value, tuple):
            return replace(constraint, value=tuple(self._said(constraint.field, part, language) for part in value))
        if isinstance(value, str):
            return replace(constraint, value=self._said(constraint.field, value, language))
        return constraint

    def _said(self, field: str, value: str, language: Language) -> str:
        return self._translations(language).get((field, value.lower()), value)

    def _translations(self, language: Language) -> Mapping[tuple[str, str], str]:
        """Field and own text in lower case → translated text, the most usual one; made once for each language."""
        if language not in self._translated:
            counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
            for product in self.products:
                translation = product.translations.get(language)
                if translation is None:
                    continue
                for level in range(1, min(len(product.category), len(translation.category)) + 1):
                    path, said = " > ".join(product.category[:level]), " > ".join(translation.category[:level])
                    counts["category", path.lower()][said] += 1
                for name, own in product.attributes.items():
                    if (
                        isinstance(own, str)
                        and own not in ("yes", "no")
                        and (words := translation.attributes.get(name))
                    ):
                        counts[name, own.lower()][words] += 1
            self._translated[language] = {key: counter.most_common(1)[0][0] for key, counter in counts.items()}
        return self._translated[language]

    def __len__(self) -> int:
        return len(self.products)

    def __iter__(self) -> Iterator[Product]:
        return iter(self.products)

    def __contains__(self, product_id: object) -> bool:
        return product_id in self._by_id


def priced(product: Product, currency: str) -> Product:
    """The product as a shop of this currency has it, which is that of prices without one."""
    if not product.currency:
        return replace(product, currency=currency)
    return replace(product, shop_currency=currency) if currency not in ("", product.currency) else product


def without_found(product: Product) -> Product:
    """The product as its feed gave it."""
    if not product.found:
        return product
    given = {name: value for name, value in product.attributes.items() if name not in product.found}
    return replace(product, brand="" if "brand" in product.found else product.brand, attributes=given, found={})


def texts(product: Product, language: Language) -> ProductText:
    """A product's texts in a language; what is not translated stays in the product's own."""
    own = {name: value if isinstance(value, str) else f"{value:.12g}" for name, value in product.attributes.items()}
    translation = product.translations.get(language)
    if translation is None:
        return ProductText(product.title, product.description, product.category, own)
    return ProductText(
        title=translation.title or product.title,
        description=translation.description or product.description,
        category=translation.category or product.category,
        attributes={**own, **{name: value for name, value in translation.attributes.items() if value}},
    )


def _whole(file: Path) -> Iterator[Product]:
    for row in read_held_products(file):
        if isinstance(row, RowProblem):
            raise FeedError(f"{row.file}, line {row.line}: {row.message}; or delete the line")
        yield row
