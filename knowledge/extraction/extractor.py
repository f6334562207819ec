"""Missing brands and attributes, found in titles and descriptions with the words that say them.

Two sources are read. General knowledge (`finding`) sees colours, materials and quantities by their words and units. The
catalogue itself tells the rest: a word or a unit stands for an attribute when, in the products that give it, the one
agrees with the other nearly always. What a feed gives is never replaced, and what is unsure is left out.
"""

import random
import re
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import replace

from knowledge.catalogue import without_found
from knowledge.domain import Place, Product
from knowledge.extraction.agreement import BrandCounts, CueRule, rules_of, sampled, spellings_of, usual_names
from knowledge.extraction.finding import contradicts, finds_in
from knowledge.extraction.lookalikes import MEDIA
from knowledge.extraction.passages import Find, Text, kinds_of, phrases_in, texts_of
from knowledge.extraction.traits import (
    ACCESSORIES,
    KIND_OF_UNIT,
    TRAITS,
    conversion,
    in_one_form,
    is_flag,
    squeezed,
    trait_of,
)
from knowledge.wording import split_unit

_SAMPLE = 10_000
"""So many products, drawn evenly, tell what words and units stand for: memory and time are bounded by it."""


_NUMBERED = re.compile(r"[_ ]\d$")
"""A name beside others of its kind: connector_2."""
_OF_WORDS = ("colour", "material")
"""What names are easily taken for."""
_COUNTED = frozenset(["pcs", "pieces"])
"""Units that a name need not say."""
_AS_WRITTEN = frozenset(["ml", "l", "g", "kg", "m", "cm"])
"""Units of our own names that stay as the text writes them."""


class Lessons:
    """What an extractor learns from, product by product; memory is bounded."""

    def __init__(self, seed: int = 0) -> None:
        self._drawn: list[Product] = []
        self._brands = BrandCounts()
        self._draw = random.Random(seed)
        self._n_seen = 0

    def add(self, product: Product) -> None:
        product = without_found(product)
        self._brands.add(product)
        if self._n_seen < _SAMPLE:
            self._drawn.append(product)
        elif (place := self._draw.randrange(self._n_seen + 1)) < _SAMPLE:
            self._drawn[place] = product
        self._n_seen += 1

    def extractor(self) -> "Extractor":
        sample = [sampled(product) for product in self._drawn]
        rules = rules_of(sample)
        return Extractor(rules, spellings_of(sample, rules), usual_names(sample), self._brands.sure())


class Extractor:
    """Finds what a feed left out. Make it with `from_products` of all known products; it is immutable afterwards."""

    def __init__(
        self,
        rules: Mapping[str, tuple[CueRule, ...]],
        spellings: Mapping[str, Mapping[str, str]],
        names: Mapping[tuple[str, str], str],
        brands: Mapping[tuple[str, bool], str],
    ) -> None:
        self._rules = rules
        self._spellings = spellings
        self._names = names
        self._brands = brands
        self._capital = {name for name, ways in spellings.items() if _has_capitals(ways.values())}
        self._phrases = {cue[2:]: "" for cue in rules if cue.startswith("t~")}
        self._starts = frozenset(phrase[:3] for phrase in self._phrases)

    @classmethod
    def from_products(cls, products: Iterable[Product], *, seed: int = 0) -> "Extractor":
        """Learns from what products give; what was found before does not count."""
        lessons = Lessons(seed)
        for product in products:
            lessons.add(product)
        return lessons.extractor()

    def extract(self, product: Product) -> Product:
        """The product with what its texts say and its feed does not; `found` names each with its words."""
        product = without_found(product)
        texts = list(texts_of(product))
        title = texts[0]
        kinds = kinds_of(product, title)
        found: dict[str, tuple[str | float, Place]] = {}
        taken = set(_OF_WORDS) if any(MEDIA.fullmatch(part.lower()) for part in product.category) else set()
        taken |= {trait for name, value in product.attributes.items() if not is_flag(value) for trait in trait_of(name)}
        described = next((text for text in texts if text.field == "description"), None)
        for text in texts:
            for name, value, place in self._values(text, title, kinds, taken):
                if name not in product.attributes and not _is_denied(name, place, described):
                    found.setdefault(name, (value, place))
        brand = "" if product.brand else self._brand(title)
        if not found and not brand:
            return product
        places = {name: place for name, (_, place) in found.items()}
        if brand:
            places["brand"] = Place("title", title.raw[: len(brand)], title.language)
        return replace(
            product,
            brand=product.brand or brand,
            attributes={**product.attributes, **{name: value for name, (value, _) in found.items()}},
            found=places,
        )

    def _values(
        self, text: Text, title: Text, kinds: tuple[str, ...], taken: Container[str]
    ) -> Iterator[tuple[str, str | float, Place]]:
        """What a text says, general knowledge first; nothing of a trait in `taken`, which the feed gives."""
        finds = finds_in(text, title, self._rules)
        for find in finds:
            trait = find.cue[2:]
            if find.language != title.language and isinstance(find.value, str):
                find = find._replace(value=in_one_form(trait, find.value))  # the feed's values are in its own language
            if find.cue[1] == "=" and trait not in taken and (held := self._general(trait, find, kinds)):
                yield *held, Place(find.field, find.words, find.language)
        for find in finds:
            if find.cue[1] == ":":
                for rule in self._rules[find.cue]:
                    if rule.is_for(kinds):
                        yield rule.name, self._written(rule, find), Place(find.field, find.words, find.language)
        if text is title and self._phrases:
            yield from self._phrase_values(text, kinds)

    def _general(self, trait: str, find: Find, kinds: tuple[str, ...]) -> tuple[str, str | float] | None:
        """A value of general knowledge under the name that such products use; None where the feed contradicts it."""
        rules = self._rules.get(find.cue, ())
        holding = [rule for rule in rules if rule.sure and rule.holds(kinds)]
        best = next((rule for rule in holding if rule.is_usual(kinds)), None)
        best = best or next((rule for rule in holding if trait in trait_of(rule.name)), None)
        if best:
            return best.name, self._written(best, find)
        if any(not rule.holds(kinds) for rule in rules):
            return None
        for kind in (*kinds, ""):
            if name := self._names.get((kind, trait)):
                if isinstance(find.value, str):
                    return name, self._spelled(name, find)
                unit = split_unit(name)[1]
                if unit and (factor := conversion(find.unit, unit)):
                    return name, _tidy(find.value * factor)
        name, unit = TRAITS[trait].names[0], TRAITS[trait].unit
        if isinstance(find.value, str):
            return name, find.value
        if find.unit in _AS_WRITTEN and KIND_OF_UNIT.get(find.unit) == KIND_OF_UNIT.get(unit):
            unit = find.unit
        return (name if unit in _COUNTED else f"{name}_{unit}"), _tidy(find.value * (conversion(find.unit, unit) or 1))

    def _written(self, rule: CueRule, find: Find) -> str | float:
        if isinstance(find.value, str):
            return self._spelled(rule.name, find)
        number = _tidy(find.value * rule.factor)
        return rule.form.format(f"{number:g}") if rule.form else number

    def _spelled(self, name: str, find: Find) -> str:
        """The value as the feed writes it: Black, GREY."""
        spellings = self._spellings.get(name, {})
        parts = [part.strip() for part in str(find.value).split(",")]
        return ", ".join(
            spellings.get(squeezed(part), part[:1].upper() + part[1:] if name in self._capital else part)
            for part in parts
        )

    def _phrase_values(self, text: Text, kinds: tuple[str, ...]) -> Iterator[tuple[str, str | float, Place]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for phrase, words in phrases_in(text, self._phrases, self._starts):
            for rule in self._rules[f"t~{phrase}"]:
                if rule.is_for(kinds) and not (_NUMBERED.search(rule.name) and _is_one_of_two(words, text.raw)):
                    found[rule.name].setdefault(rule.form, words)
        for name, values in found.items():
            outer = [v for v in values if not any(squeezed(v) in squeezed(o) for o in values if o != v)]
            if len(outer) == 1:
                yield name, outer[0], Place("title", values[outer[0]], text.language)

    def _brand(self, title: Text) -> str:
        """A brand that a title begins with, where the feed's titles that begin so are of this brand."""
        accessory = not ACCESSORIES.isdisjoint(title.words)
        for n in range(min(4, len(title.tokens)), 0, -1):
            brand = self._brands.get((" ".join(title.tokens[:n]), accessory))
            if brand is not None and title.raw[: len(brand)].lower() == brand.lower():
                return brand
        return ""


def _is_denied(name: str, place: Place, described: Text | None) -> bool:
    """Whether what a title seems to say is something else by the description."""
    traits = trait_of(name)
    trait = "colour" if "colour" in traits else "material" if "material" in traits else ""
    if not trait or described is None or place.field != "title":
        return False
    return contradicts(trait, place.words, described)


def _is_one_of_two(words: str, title: str) -> bool:
    """Whether a title names two ends, of which nothing says which is the second: RJ45/DB9."""
    return re.search(rf"/\s?{re.escape(words)}|{re.escape(words)}\s?/", title) is not None


def _tidy(number: float) -> float:
    return float(f"{number:.4g}") if abs(number) < 10_000 else round(number)


def _has_capitals(values: Collection[str]) -> bool:
    return 2 * sum(value[:1].isupper() for value in values) > len(values)
