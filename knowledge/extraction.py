"""Missing brands and attributes, found in titles and descriptions with the words that say them.

Two sources are read. General knowledge (`knowledge.finding`) sees colours, materials and quantities by their words and
units. The catalogue itself tells the rest: a word or a unit stands for an attribute when, in the products that give it,
the one agrees with the other nearly always. What a feed gives is never replaced, and what is unsure is left out.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from knowledge.domain import Language, Place, Product
from knowledge.finding import Find, Text, finds_in, text_of
from knowledge.language import detect_language
from knowledge.lexicon import ACCESSORY_NOUNS, NO, ORDINARY, YES
from knowledge.phrases import MAX_VALUE_WORDS, TOKEN, normalise, parts_of
from knowledge.traits import KIND_OF_UNIT, TRAITS, UNITS_OF, canonical_parts, squeezed, trait_of
from knowledge.wording import split_unit

_SAMPLE = 10_000
"""So many products, drawn evenly, tell what words and units stand for: memory and time are bounded by it."""
_MOST_KEYS = 200_000
_MIN_AGREEING = 5
_SURE = 0.9  # lower bound of the share of products in which a cue and the attribute agree
_DOUBTFUL = 0.85  # below this share in one kind of product, a cue is not used for that kind
_USUAL = 0.3  # share of a kind's products with the cue that give the attribute
_UNUSUAL = 0.03
_KNOWN_KIND = 8  # products from which on a kind tells something
_MOST_KINDS = 10
_TOLERANCE = 0.02  # 12 ft is written as 3.66 m and as 3.6 m
_TRUST = 20  # general knowledge counts as so many products that agree, and one that does not
_NUMBER_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)([\s-]?[^\W\d_]*[\"″]?)\s*")


def without_found(product: Product) -> Product:
    """The product as its feed gave it."""
    if not product.found:
        return product
    given = {name: value for name, value in product.attributes.items() if name not in product.found}
    return replace(product, brand="" if "brand" in product.found else product.brand, attributes=given, found={})


@dataclass(frozen=True, slots=True)
class _Rule:
    """A cue and the attribute that it tells. A number is multiplied with `factor`, and written by `form` if the feed
    writes texts. `verdicts` hold, by kind of product, whether it may be used and whether such products give it.
    """

    name: str
    factor: float
    form: str
    sure: bool
    n_agreeing: int
    doubtful: frozenset[str]
    usual: frozenset[str]
    unusual: frozenset[str]

    def holds(self, kinds: Iterable[str]) -> bool:
        return self.doubtful.isdisjoint(kinds)

    def is_usual(self, kinds: Iterable[str]) -> bool:
        return not self.usual.isdisjoint(kinds) and self.unusual.isdisjoint(kinds)

    def is_for(self, kinds: Iterable[str]) -> bool:
        """Whether it is sure enough to be used for such products without general knowledge."""
        return self.sure and self.is_usual(kinds) and self.holds(kinds)


@dataclass(slots=True)
class _Seen:
    """How often a cue stood in a text, how often the attribute was given then, and how often they agreed."""

    n: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    agreeing: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Sampled:
    """What a product's texts say, beside what its feed gives."""

    finds: tuple[Find, ...]
    phrases: frozenset[str]
    kinds: tuple[str, ...]
    numbers: Mapping[str, float]
    texts: Mapping[str, str]


class Extractor:
    """Finds what a feed left out. Make it with `from_products`, of all products that are known; it is immutable then."""

    def __init__(
        self,
        rules: Mapping[str, tuple[_Rule, ...]],
        spellings: Mapping[str, Mapping[str, str]],
        names: Mapping[tuple[str, str], str],
        brands: Mapping[tuple[str, bool], str],
    ) -> None:
        self._rules = rules
        self._spellings = spellings
        self._names = names
        self._brands = brands
        self._phrases = {cue[2:]: "" for cue in rules if cue.startswith("t~")}
        self._starts = frozenset(phrase[:3] for phrase in self._phrases)

    @classmethod
    def from_products(cls, products: Iterable[Product], *, seed: int = 0) -> "Extractor":
        """Learns from what products give; what was found before does not count."""
        drawn: list[Product] = []
        brands = _BrandCounts()
        draw = random.Random(seed)
        for n, raw in enumerate(products):
            product = without_found(raw)
            brands.add(product)
            if n < _SAMPLE:
                drawn.append(product)
            elif (place := draw.randrange(n + 1)) < _SAMPLE:
                drawn[place] = product
        sample = [_sampled(product) for product in drawn]
        return cls(_rules(sample), _spellings(sample), _usual_names(sample), brands.sure())

    def extract(self, product: Product) -> Product:
        """The product with what its texts say and its feed does not; `found` names each with its words."""
        product = without_found(product)
        texts = list(_texts(product))
        title = texts[0]
        kinds = _kinds(product, title)
        found: dict[str, tuple[str | float, Place]] = {}
        taken = {trait for name, value in product.attributes.items() if not _is_flag(value) for trait in trait_of(name)}
        for text in texts:
            for name, value, place in self._values(text, title, kinds, taken):
                if name not in product.attributes:
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
            if find.cue[1] == "=" and trait not in taken and (held := self._general(trait, find, kinds)):
                yield *held, Place(find.field, find.words, find.language)
        for find in finds:
            if find.cue[1] == ":":
                for rule in self._rules[find.cue]:
                    if rule.is_for(kinds):
                        yield rule.name, self._written(rule, find), Place(find.field, find.words, find.language)
        if text.field == "title" and self._phrases:
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
                    return name, self._spelled(name, trait, find)
                unit = split_unit(name)[1]
                if unit and (factor := _conversion(find.unit, unit)):
                    return name, _tidy(find.value * factor)
        name, unit = TRAITS[trait].names[0], TRAITS[trait].unit
        if isinstance(find.value, str):
            return name, find.value
        if find.unit in _AS_WRITTEN and KIND_OF_UNIT.get(find.unit) == KIND_OF_UNIT.get(unit):
            unit = find.unit
        return (name if unit == "pcs" else f"{name}_{unit}"), _tidy(find.value * (_conversion(find.unit, unit) or 1))

    def _written(self, rule: _Rule, find: Find) -> str | float:
        if isinstance(find.value, str):
            return self._spelled(rule.name, find.cue[2:], find)
        number = _tidy(find.value * rule.factor)
        return rule.form.format(f"{number:g}") if rule.form else number

    def _spelled(self, name: str, trait: str, find: Find) -> str:
        """The value as the feed writes it: Black, GREY."""
        spellings = self._spellings.get(name, {})
        parts = [part.strip() for part in str(find.value).split(",")]
        return ", ".join(spellings.get(squeezed(part), _cased(part, spellings)) for part in parts)

    def _phrase_values(self, text: Text, kinds: tuple[str, ...]) -> Iterator[tuple[str, str | float, Place]]:
        found: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for phrase, words in _phrases(text, self._phrases, self._starts):
            for rule in self._rules[f"t~{phrase}"]:
                if rule.is_for(kinds):
                    found[rule.name].setdefault(rule.form, words)
        for name, values in found.items():
            outer = [v for v in values if not any(squeezed(v) in squeezed(o) for o in values if o != v)]
            if len(outer) == 1:
                yield name, outer[0], Place("title", values[outer[0]], text.language)

    def _brand(self, title: Text) -> str:
        """A brand that a title begins with, where the feed's titles that begin so are of this brand."""
        accessory = not ACCESSORY_NOUNS.isdisjoint(title.words)
        for n in range(min(4, len(title.tokens)), 0, -1):
            brand = self._brands.get((" ".join(title.tokens[:n]), accessory))
            if brand is not None and title.raw[: len(brand)].lower() == brand.lower():
                return brand
        return ""


def _is_flag(value: str | float) -> bool:
    return isinstance(value, str) and len(value) < 5 and value.lower() in _FLAGS


_FLAGS = YES | NO
_AS_WRITTEN = frozenset(["ml", "l", "g", "kg", "m", "cm"])


def _tidy(number: float) -> float:
    return float(f"{number:.4g}") if abs(number) < 10_000 else round(number)


def _cased(part: str, spellings: Mapping[str, str]) -> str:
    """A value that the feed has not, with a capital where its values have one."""
    capital = spellings and sum(value[:1].isupper() for value in spellings.values()) > len(spellings) / 2
    return part[:1].upper() + part[1:] if capital else part


def _conversion(unit: str, other: str) -> float:
    """What a number in the first unit is multiplied with; 0.0 where they are not of one kind."""
    if unit == other:
        return 1.0
    kind = KIND_OF_UNIT.get(unit)
    return UNITS_OF[kind][unit] / UNITS_OF[kind][other] if kind and kind == KIND_OF_UNIT.get(other) else 0.0


# ------------------------------------------------------------------ what is read


def _texts(product: Product) -> Iterator[Text]:
    language = detect_language(product.title)
    yield text_of(product.title, "title", language)
    if product.description and product.description not in product.title:
        yield text_of(product.description, "description", language)
    for other, translation in product.translations.items():
        if translation.title and not product.attributes:
            yield text_of(translation.title, "title", other)


def _kinds(product: Product, title: Text) -> tuple[str, ...]:
    """What kind of product it is: its category, and the words of its title."""
    category = (f"> {' > '.join(product.category)}",) if product.category else ()
    words = [word for word in title.tokens if len(word) > 2 and word.isalpha()]
    return (*category, *dict.fromkeys(words[:_MOST_KINDS]))


def _phrases(
    text: Text, wanted: Container[str] | None = None, starts: Container[str] = ""
) -> Iterator[tuple[str, str]]:
    """The runs of words, squeezed, with the words themselves; of those `wanted`, whose first letters are `starts`."""
    words = [(match.start(), match.end(), squeezed(match.group())) for match in _WORD.finditer(text.plain)]
    for first, (start, _, word) in enumerate(words):
        if wanted is not None and len(word) > 2 and word[:3] not in starts:
            continue
        if not text.is_own(start):
            continue
        joined = ""
        for _, end, more in words[first : first + MAX_VALUE_WORDS]:
            joined += more
            if len(joined) > 1 and (wanted is None or joined in wanted):
                yield joined, text.raw[start:end]


_WORD = re.compile(r"[^\s,;|/()]+")


# ------------------------------------------------------------------ what the catalogue tells


def _sampled(product: Product) -> _Sampled:
    texts = list(_texts(product))
    title = texts[0]
    numbers: dict[str, float] = {}
    held: dict[str, str] = {}
    for name, value in product.attributes.items():
        if not isinstance(value, str):
            numbers[name] = float(value)
        elif len(value) <= 60:
            held[name] = value
            if value[:1].isdigit() and (match := _NUMBER_TEXT.fullmatch(value)):
                numbers[name] = float(match[1])
    return _Sampled(
        tuple(find for text in texts for find in finds_in(text, title)),
        frozenset(phrase for phrase, _ in _phrases(title)),
        _kinds(product, title),
        numbers,
        held,
    )


def _rules(sample: list[_Sampled]) -> dict[str, tuple[_Rule, ...]]:
    agreeing = _agreements(sample)
    candidates: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for (cue, name, factor), n in agreeing.items():
        if n >= _MIN_AGREEING:
            candidates[cue].append((name, factor))
    frequent = _frequent_kinds(sample)
    seen: defaultdict[tuple[str, str, float], _Seen] = defaultdict(_Seen)
    spelled: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in sample:
        kinds = ("", *(kind for kind in one.kinds if kind in frequent))
        for cue, find in _cues(one):
            for name, factor in candidates.get(cue, ()):
                counts = seen[cue, name, factor]
                counts.n.update(kinds)
                if name in one.numbers or name in one.texts:
                    counts.given.update(kinds)
                    if _agrees(one, find, cue, name, factor):
                        counts.agreeing.update(kinds)
                        if find is None:
                            spelled[cue, name][_part(one.texts[name], cue[2:])] += 1
    forms = _forms(sample)
    rules: defaultdict[str, list[_Rule]] = defaultdict(list)
    for (cue, name, factor), counts in seen.items():
        form = spelled[cue, name].most_common(1)[0][0] if cue[1] == "~" and counts.agreeing[""] else forms.get(name, "")
        if (rule := _rule(cue, name, factor, form, counts)) is not None:
            rules[cue].append(rule)
    return {cue: tuple(sorted(found, key=lambda rule: -rule.n_agreeing)) for cue, found in rules.items()}


def _agreements(sample: list[_Sampled]) -> Counter[tuple[str, str, float]]:
    """How often a find and an attribute agree, by cue, name and factor."""
    agreeing: Counter[tuple[str, str, float]] = Counter()
    for one in sample:
        for find in one.finds:
            if isinstance(find.value, str):
                trait = find.cue[2:]
                wanted = canonical_parts(trait, find.value)
                for name, value in one.texts.items():
                    if wanted <= canonical_parts(trait, value):
                        agreeing[find.cue, name, 1.0] += 1
                continue
            factors = _factors(find.unit)
            for name, number in one.numbers.items():
                for factor in factors:
                    if _is_close(find.value * factor, number):
                        agreeing[find.cue, name, factor] += 1
                        break
        for name, value in one.texts.items():
            for phrase in one.phrases.intersection(_told(name, value)):
                agreeing[f"t~{phrase}", name, 1.0] += 1
        if len(agreeing) > _MOST_KEYS:
            agreeing = Counter({key: n for key, n in agreeing.items() if n > 1})
    return agreeing


def _factors(unit: str) -> tuple[float, ...]:
    kind = KIND_OF_UNIT.get(unit)
    if kind is None:
        return (1.0,)
    factors = [1.0, *(UNITS_OF[kind][unit] / of for other, of in UNITS_OF[kind].items() if other != unit)]
    return tuple([*factors, 1024.0, 1 / 1024]) if kind == "bytes" else tuple(factors)


def _is_close(number: float, other: float) -> bool:
    return abs(number - other) <= _TOLERANCE * abs(other) and other != 0


def _told(name: str, value: str) -> set[str]:
    """The words by which a title may say a value: its parts, or the name where the value is a yes."""
    plain = value.strip().lower()
    if plain in YES:
        return {squeezed(name)}
    if plain in NO:
        return set()
    return {key for part in parts_of(value) if len(key := squeezed(part)) > 1 and not key.isdigit()}


def _agrees(one: _Sampled, find: Find | None, cue: str, name: str, factor: float) -> bool:
    if find is None:
        return cue[2:] in _told(name, one.texts.get(name, ""))
    if isinstance(find.value, str):
        return name in one.texts and canonical_parts(cue[2:], find.value) <= canonical_parts(cue[2:], one.texts[name])
    return name in one.numbers and _is_close(find.value * factor, one.numbers[name])


def _cues(one: _Sampled) -> Iterator[tuple[str, Find | None]]:
    yield from ((find.cue, find) for find in one.finds)
    yield from ((f"t~{phrase}", None) for phrase in one.phrases)


def _frequent_kinds(sample: list[_Sampled]) -> frozenset[str]:
    counts = Counter(kind for one in sample for kind in one.kinds)
    return frozenset(kind for kind, n in counts.most_common(5_000) if n >= _KNOWN_KIND)


def _forms(sample: list[_Sampled]) -> dict[str, str]:
    """How a feed writes a number as a text: "{} GB"; only where nearly all values of the name are written so."""
    forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in sample:
        for name, value in one.texts.items():
            match = _NUMBER_TEXT.fullmatch(value)
            forms[name]["{}" + match[2].replace("{", "") if match else ""] += 1
    best = {name: counts.most_common(1)[0] for name, counts in forms.items()}
    return {name: form for name, (form, n) in best.items() if form and n > 0.5 * forms[name].total()}


def _part(value: str, phrase: str) -> str:
    """The part of a value that a word says; a yes is said by the attribute's name."""
    return next((part for part in parts_of(value) if squeezed(part) == phrase), value)


def _rule(cue: str, name: str, factor: float, form: str, counts: _Seen) -> _Rule | None:
    trusted = _TRUST if cue[1] == "=" else 0
    share = counts.agreeing[""] / max(counts.given[""], 1)
    if share < _DOUBTFUL and not any(
        counts.agreeing[kind] >= max(_KNOWN_KIND, _SURE * counts.given[kind]) for kind in counts.given
    ):
        return None
    doubtful = {
        kind
        for kind, n in counts.given.items()
        if kind and n >= _KNOWN_KIND and counts.agreeing[kind] < _DOUBTFUL * n
    }
    known = {kind: n for kind, n in counts.n.items() if n >= _KNOWN_KIND and (kind or len(counts.n) == 1)}
    usual = {kind for kind, n in known.items() if counts.given[kind] >= _USUAL * n}
    unusual = {kind for kind, n in known.items() if n >= 2 * _KNOWN_KIND and counts.given[kind] < _UNUSUAL * n}
    sure = _lower(counts.agreeing[""] + trusted, counts.given[""] + trusted) >= _SURE
    return _Rule(
        name, factor, form, sure, counts.agreeing[""], frozenset(doubtful), frozenset(usual), frozenset(unusual)
    )


def _lower(n_agreeing: int, n: int, z: float = 1.645) -> float:
    """The lower bound of a share (Wilson 1927), one-sided at 95 %."""
    if not n:
        return 0.0
    share = n_agreeing / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (share + z * z / (2 * n) - spread) / (1 + z * z / n)


def _spellings(sample: list[_Sampled]) -> dict[str, dict[str, str]]:
    """How a feed writes colours and materials: the canonical form, squeezed → its usual spelling, by name."""
    counts: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in sample:
        for name, value in one.texts.items():
            for trait in trait_of(name) & {"colour", "material"}:
                for part in parts_of(value):
                    canonical = canonical_parts(trait, part)
                    for key in canonical:
                        counts[name][squeezed(key)][part] += 1
                        counts[name][squeezed(part)][part] += 1
    return {
        name: {key: parts.most_common(1)[0][0] for key, parts in by_key.items()} for name, by_key in counts.items()
    }


def _usual_names(sample: list[_Sampled]) -> dict[tuple[str, str], str]:
    """How a trait is called in a category and in the whole feed, where its names alone tell the unit."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in sample:
        category = next((kind for kind in one.kinds if kind.startswith("> ")), "")
        for name in (*one.texts, *(name for name in one.numbers if name not in one.texts)):
            if one.texts.get(name, "").strip().lower() in YES | NO and name in one.texts:
                continue
            for trait in trait_of(name):
                for kind in {category, ""}:
                    counts[kind, trait][name] += 1
    return {key: names.most_common(1)[0][0] for key, names in counts.items()}


class _BrandCounts:
    """Which brand titles with the same beginning are of; accessories apart, since they name other brands first."""

    def __init__(self) -> None:
        self._starts: Counter[tuple[str, bool]] = Counter()
        self._own: Counter[tuple[str, bool]] = Counter()
        self._brands: dict[str, str] = {}

    def add(self, product: Product) -> None:
        if not product.brand:
            return
        words = product.title.lower().split()[:40]
        accessory = not ACCESSORY_NOUNS.isdisjoint(words)
        plain = product.brand.lower()
        if len(self._brands) < _MOST_KEYS:
            self._brands.setdefault(plain, product.brand)
        start = product.title.lower()
        for n in range(1, 5):
            self._starts[" ".join(words[:n]), accessory] += 1
        if start.startswith(plain):
            self._own[plain, accessory] += 1
        if len(self._starts) > _MOST_KEYS:
            self._starts = Counter({key: n for key, n in self._starts.items() if n > 1})

    def sure(self) -> dict[tuple[str, bool], str]:
        found: dict[tuple[str, bool], str] = {}
        for plain, brand in self._brands.items():
            for accessory in (False, True):
                own, all_ = self._own[plain, accessory], self._starts[plain, accessory]
                enough = 3 if accessory or plain in ORDINARY else 1
                if own >= enough and own >= 0.95 * all_:
                    found[" ".join(TOKEN.findall(normalise(plain))), accessory] = brand
        return found


