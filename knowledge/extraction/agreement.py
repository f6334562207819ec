"""What a catalogue tells of its own words and units: what they agree with in the products that give it."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from knowledge.domain import Product
from knowledge.extraction.finding import finds_in
from knowledge.extraction.passages import Find, kinds_of, phrases_in, texts_of
from knowledge.extraction.traits import (
    ACCESSORIES,
    KIND_OF_UNIT,
    UNITS_OF,
    canonical_parts,
    is_flag,
    squeezed,
    trait_of,
)
from knowledge.lexicon import NO, ORDINARY, YES
from knowledge.phrases import TOKEN, normalise, parts_of

_MOST_KEYS = 200_000
_MIN_AGREEING = 5
_SURE = 0.9  # lower bound of the share of products in which a cue and the attribute agree
_DOUBTFUL = 0.85  # below this share in one kind of product, a cue is not used for that kind
_USUAL = 0.3  # share of a kind's products with the cue that give the attribute
_UNUSUAL = 0.03
_KNOWN_KIND = 8  # products from which on a kind tells something
_SEEN_KIND = 3  # products from which on a kind tells that a cue is doubtful
_TOLERANCE = 0.02  # 12 ft is written as 3.66 m and as 3.6 m
_TRUST = 20  # general knowledge counts as so many products that agree
_NUMBER_TEXT = re.compile(r"\s*(\d+(?:\.\d+)?)([\s-]?[^\W\d_]*[\"″]?)\s*")


@dataclass(frozen=True, slots=True)
class CueRule:
    """A cue and the attribute that it tells. A number is multiplied with `factor`, and written by `form` if the feed
    writes texts; for a word it is the value itself. `doubtful` are kinds of products in which it may not be used,
    `usual` those whose products give the attribute, and `unusual` those whose products do not.
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
        """Whether it may be used for such products without general knowledge."""
        return self.is_usual(kinds) and self.holds(kinds)


@dataclass(slots=True)
class _Seen:
    """How often a cue stood in a text, how often the attribute was given then, and how often they agreed."""

    n: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    agreeing: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a product's texts say, beside what its feed gives."""

    finds: tuple[Find, ...]
    phrases: frozenset[str]
    kinds: tuple[str, ...]
    numbers: Mapping[str, float]
    texts: Mapping[str, str]


def sampled(product: Product) -> Sampled:
    """What counts of a product, so that it need not be held."""
    texts = list(texts_of(product))
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
    return Sampled(
        tuple(find for text in texts for find in finds_in(text, title)),
        frozenset(phrase for phrase, _ in phrases_in(title)),
        kinds_of(product, title),
        numbers,
        held,
    )


def rules_of(sample: list[Sampled]) -> dict[str, tuple[CueRule, ...]]:
    """The cues that agree with an attribute nearly always, those of most products first."""
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
    rules: defaultdict[str, list[CueRule]] = defaultdict(list)
    for (cue, name, factor), counts in seen.items():
        form = spelled[cue, name].most_common(1)[0][0] if cue[1] == "~" and counts.agreeing[""] else forms.get(name, "")
        rule = _rule(cue, name, factor, form, counts)
        if rule is not None and (
            cue[1] == "=" or (rule.sure and rule.usual)
        ):  # without general knowledge, sure or none
            rules[cue].append(rule)
    return {cue: tuple(sorted(found, key=lambda rule: -rule.n_agreeing)) for cue, found in rules.items()}


def _agreements(sample: list[Sampled]) -> Counter[tuple[str, str, float]]:
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
    return (*factors, 1024.0, 1 / 1024) if kind == "bytes" else tuple(factors)


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


def _agrees(one: Sampled, find: Find | None, cue: str, name: str, factor: float) -> bool:
    if find is None:
        return cue[2:] in _told(name, one.texts.get(name, ""))
    if isinstance(find.value, str):
        return name in one.texts and canonical_parts(cue[2:], find.value) <= canonical_parts(cue[2:], one.texts[name])
    return name in one.numbers and _is_close(find.value * factor, one.numbers[name])


def _cues(one: Sampled) -> Iterator[tuple[str, Find | None]]:
    yield from ((find.cue, find) for find in one.finds)
    yield from ((f"t~{phrase}", None) for phrase in one.phrases)


def _frequent_kinds(sample: list[Sampled]) -> frozenset[str]:
    counts = Counter(kind for one in sample for kind in one.kinds)
    return frozenset(kind for kind, n in counts.most_common(5_000) if n >= _KNOWN_KIND)


def _forms(sample: list[Sampled]) -> dict[str, str]:
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


def _rule(cue: str, name: str, factor: float, form: str, counts: _Seen) -> CueRule | None:
    trusted = _TRUST if cue[1] == "=" else 0
    share = counts.agreeing[""] / max(counts.given[""], 1)
    if share < _DOUBTFUL and not any(
        counts.agreeing[kind] >= max(_KNOWN_KIND, _SURE * counts.given[kind]) for kind in counts.given
    ):
        return None
    doubtful = {
        kind for kind, n in counts.given.items() if kind and n >= _SEEN_KIND and counts.agreeing[kind] < _DOUBTFUL * n
    }
    known = {kind: n for kind, n in counts.n.items() if n >= _KNOWN_KIND and (kind or len(counts.n) == 1)}
    usual = {kind for kind, n in known.items() if counts.given[kind] >= _USUAL * n}
    unusual = {kind for kind, n in known.items() if n >= 2 * _KNOWN_KIND and counts.given[kind] < _UNUSUAL * n}
    sure = _lower(counts.agreeing[""] + trusted, counts.given[""] + trusted) >= _SURE
    return CueRule(
        name, factor, form, sure, counts.agreeing[""], frozenset(doubtful), frozenset(usual), frozenset(unusual)
    )


def _lower(n_agreeing: int, n: int, z: float = 1.645) -> float:
    """The lower bound of a share (Wilson 1927), one-sided at 95 %."""
    if not n:
        return 0.0
    share = n_agreeing / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (share + z * z / (2 * n) - spread) / (1 + z * z / n)


def spellings_of(sample: list[Sampled], rules: Mapping[str, tuple[CueRule, ...]]) -> dict[str, dict[str, str]]:
    """How a feed writes colours and materials: the canonical form, squeezed → its usual spelling, by name."""
    traits: dict[str, str] = {}
    for trait in ("colour", "material"):
        told = (rule.name for side in "td" for rule in rules.get(f"{side}={trait}", ()))
        usual = (name for one in sample for name in one.texts if trait in trait_of(name))
        traits.update(dict.fromkeys((*told, *usual), trait))
    counts: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in sample:
        for name in one.texts.keys() & traits.keys():
            for part in parts_of(one.texts[name]):
                for key in {*canonical_parts(traits[name], part), squeezed(part)}:
                    counts[name][squeezed(key)][part] += 1
    return {name: {key: parts.most_common(1)[0][0] for key, parts in by_key.items()} for name, by_key in counts.items()}


def usual_names(sample: list[Sampled]) -> dict[tuple[str, str], str]:
    """How a trait is called in a category and in the whole feed, where its names alone tell the unit."""
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in sample:
        category = next((kind for kind in one.kinds if kind.startswith("> ")), "")
        for name in (*one.texts, *(name for name in one.numbers if name not in one.texts)):
            if is_flag(one.texts.get(name, "")):
                continue
            for trait in trait_of(name):
                for kind in {category, ""}:
                    counts[kind, trait][name] += 1
    return {key: names.most_common(1)[0][0] for key, names in counts.items()}


class BrandCounts:
    """Which brand titles with the same beginning are of; accessories apart, since they name other brands first."""

    def __init__(self) -> None:
        self._starts: Counter[tuple[str, bool]] = Counter()
        self._own: Counter[tuple[str, bool]] = Counter()
        self._brands: dict[str, str] = {}

    def add(self, product: Product) -> None:
        if not product.brand:
            return
        words = product.title.lower().split()[:40]
        accessory = not ACCESSORIES.isdisjoint(words)
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
