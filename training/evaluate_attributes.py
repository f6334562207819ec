"""How well attributes are found in texts: the feed's own are hidden, found again, and compared."""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from knowledge.catalogue import without_found
from knowledge.domain import Product
from knowledge.extraction.extractor import Extractor
from knowledge.extraction.traits import (
    KIND_OF_UNIT,
    TRAITS,
    UNIT_WORDS,
    UNITS_OF,
    canonical_parts,
    is_flag,
    squeezed,
    stem_of,
    trait_of,
)
from knowledge.phrases import TOKEN, normalise
from knowledge.wording import split_unit

Setting = Literal["all", "some"]
Half = Literal["chosen", "kept"]
Progress = Callable[[str, int, int], None]

N_FOLDS = 5
_TOLERANCE = 0.02
_BYTES_TOLERANCE = 0.05  # a gigabyte is 1000 or 1024 megabytes


@dataclass(frozen=True, slots=True)
class AttributeScore:
    """One attribute: `n_found` were compared with the `n_given` of the feed, and `n_right` agreed;
    `n_met` of the given ones were met, by one or more."""

    n_given: int
    n_found: int
    n_right: int
    n_met: int

    @property
    def precision(self) -> float | None:
        return self.n_right / self.n_found if self.n_found else None

    @property
    def recall(self) -> float | None:
        return self.n_met / self.n_given if self.n_given else None

    def to_json(self) -> dict[str, object]:
        low, high = wilson(self.n_right, self.n_found)
        return {
            "n": self.n_found,
            "right": self.n_right,
            "given": self.n_given,
            "precision": self.precision,
            "low": low,
            "high": high,
            "recall": self.recall,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """A found value beside the feed's: `name` is the feed's attribute, `right` None where it does not give one."""

    product: Product
    name: str
    found: str
    value: str | float
    given: str | float | None
    right: bool | None


@dataclass(frozen=True, slots=True)
class AttributesReport:
    """Scores by setting and half of the products, with all comparisons they were made of."""

    n_products: int
    scores: dict[str, dict[str, dict[str, AttributeScore]]]
    in_all: dict[str, dict[str, AttributeScore]]
    n_uncounted: dict[str, dict[str, int]]
    comparisons: dict[Setting, list[Comparison]] = field(repr=False)

    def to_json(self) -> dict[str, object]:
        settings: dict[str, object] = {}
        for setting, halves in self.scores.items():
            settings[setting] = {
                half: {
                    "in_all": self.in_all[setting][half].to_json(),
                    "not_given": self.n_uncounted[setting][half],
                    "attributes": {name: score.to_json() for name, score in scores.items()},
                }
                for half, scores in halves.items()
            }
        return {"n_products": self.n_products, "settings": settings}

    def lines(self) -> list[str]:
        """The report as text: by setting and half, what is in all, then each attribute."""
        told: list[str] = []
        for setting, halves in self.scores.items():
            for half, scores in halves.items():
                n_more = self.n_uncounted[setting][half]
                told.append(f"{setting}, {half} half; {n_more} more values found that the feed does not give")
                told.append(_line("in all", self.in_all[setting][half]))
                told += [_line(name, score) for name, score in scores.items()]
        return told


def _line(name: str, score: AttributeScore) -> str:
    low, high = wilson(score.n_right, score.n_found)
    interval = f"{score.precision or 0:.3f} ({low or 0:.3f} to {high or 0:.3f})"
    return f"  {name:44} n {score.n_found:6}  precision {interval}  recall {score.recall or 0:.3f} of {score.n_given}"


def wilson(n_right: int, n: int, z: float = 1.96) -> tuple[float, float] | tuple[None, None]:
    """The 95 % interval of a share (Wilson 1927); None without any."""
    if not n:
        return None, None
    share = n_right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def half_of(product: Product) -> Half:
    """By a hash of the id: rules were chosen while looking at one half, and the other was kept aside."""
    return "chosen" if _digest(product)[0] % 2 == 0 else "kept"


def evaluate_attributes(products: Sequence[Product], progress: Progress) -> AttributesReport:
    """Hides brand and attributes of all products at once (`all`), and of each fifth while the others are known
    (`some`), and compares what is found with what was hidden."""
    given = [without_found(product) for product in products]
    comparisons: dict[Setting, list[Comparison]] = {"all": _without_any(given, progress), "some": []}
    for fold in range(N_FOLDS):
        progress("some", fold, N_FOLDS)
        comparisons["some"] += _with_others(given, fold)
    scores: dict[str, dict[str, dict[str, AttributeScore]]] = {}
    in_all: dict[str, dict[str, AttributeScore]] = {}
    uncounted: dict[str, dict[str, int]] = {}
    halves: tuple[Half, ...] = ("chosen", "kept")
    for setting, compared in comparisons.items():
        by_half = {half: [c for c in compared if half_of(c.product) == half] for half in halves}
        scores[setting] = {half: _scores(by_half[half], given, half) for half in halves}
        in_all[setting] = {half: _sum(scores[setting][half].values()) for half in halves}
        uncounted[setting] = {half: sum(c.right is None for c in by_half[half]) for half in halves}
    return AttributesReport(len(given), scores, in_all, uncounted, comparisons)


def _without_any(given: Sequence[Product], progress: Progress) -> list[Comparison]:
    extractor = Extractor.from_products([])
    progress("all", 0, 1)
    return [compared for product in given for compared in compare(product, extractor.extract(_hidden(product)))]


def _with_others(given: Sequence[Product], fold: int) -> list[Comparison]:
    out = [product for product in given if _digest(product)[1] % N_FOLDS == fold]
    hidden = {product.product_id for product in out}
    extractor = Extractor.from_products(p if p.product_id not in hidden else _hidden(p) for p in given)
    return [compared for product in out for compared in compare(product, extractor.extract(_hidden(product)))]


def _hidden(product: Product) -> Product:
    return replace(product, brand="", attributes={})


def _digest(product: Product) -> bytes:
    return hashlib.sha256(str(product.product_id).encode()).digest()


# ------------------------------------------------------------------ the rule


def compare(given: Product, extracted: Product) -> Iterator[Comparison]:
    """Each found value beside the one given under the same name, or under the first other name of the same trait."""
    for found in extracted.found:
        value: str | float = extracted.brand if found == "brand" else extracted.attributes[found]
        name = _name_given(given, found, value)
        own = given.brand if name == "brand" else given.attributes.get(name)
        if not own:
            yield Comparison(given, found, found, value, None, None)
        else:
            yield Comparison(given, name, found, value, own, _agrees(found, value, name, own))


def _name_given(given: Product, found: str, value: str | float) -> str:
    if found == "brand" or (found in given.attributes and is_flag(given.attributes[found]) <= is_flag(value)):
        return found
    stems: dict[str, str] = {}
    for name, own in given.attributes.items():
        if not is_flag(own) and (isinstance(value, str) or _number_of(own) is not None):
            stems.setdefault(stem_of(name), name)
    traits = sorted(trait_of(found))
    named = (stems.get(stem, "") for trait in traits for stem in TRAITS[trait].names)
    return next(filter(None, named), "") if len(traits) == 1 or isinstance(value, str) else ""


def _agrees(found: str, value: str | float, name: str, own: str | float) -> bool:
    if isinstance(value, str) and not (isinstance(own, float) or (found == name and _number_of(value) is not None)):
        return _same_text(found, value, str(own))
    number, given = _number_of(value), _number_of(own)
    if number is None or given is None:
        return False
    if found == name:
        return _is_close(number, given)
    unit = split_unit(found)[1] or next((TRAITS[t].unit for t in trait_of(found)), "")
    stated = split_unit(name)[1] or _unit_in(own)
    kind = UNITS_OF.get(KIND_OF_UNIT.get(unit, ""), {})
    units = [kind[stated]] if stated in kind else list(kind.values())
    if unit not in kind:
        return _is_close(number, given)
    slack = _BYTES_TOLERANCE if kind is UNITS_OF["bytes"] else _TOLERANCE
    return any(_is_close(number * kind[unit] / one, given, slack) for one in units)


def _same_text(found: str, value: str, own: str) -> bool:
    traits = trait_of(found)
    trait = next((trait for trait in ("colour", "material") if trait in traits), "")
    if canonical_parts(trait, value) <= canonical_parts(trait, own) or squeezed(value) == squeezed(own):
        return True
    return "compatible_with" in traits and not _models(value).isdisjoint(_models(own))


def _models(text: str) -> set[str]:
    return {token for token in TOKEN.findall(normalise(text)) if any(map(str.isdigit, token))}


def _number_of(value: str | float) -> float | None:
    if not isinstance(value, str):
        return float(value)
    digits = value.strip().split()[0] if value.strip() else ""
    plain = "".join(char for char in digits if char.isdigit() or char == ".").strip(".")
    return float(plain) if plain and plain.count(".") < 2 and value.strip()[0].isdigit() else None


def _unit_in(value: str | float) -> str:
    if not isinstance(value, str):
        return ""
    word = value.strip().lstrip("0123456789. -").split(" ")[0].lower()
    return UNIT_WORDS.get(word, "")


def _is_close(number: float, other: float, tolerance: float = _TOLERANCE) -> bool:
    return abs(number - other) <= tolerance * abs(other)


# ------------------------------------------------------------------ counting


def _scores(compared: Sequence[Comparison], given: Sequence[Product], half: Half) -> dict[str, AttributeScore]:
    """By the feed's attribute, the most found first; what nothing was found of is left out."""
    found: defaultdict[str, Counter[bool]] = defaultdict(Counter)
    for comparison in compared:
        if comparison.right is not None:
            found[comparison.name][comparison.right] += 1
    met = {(c.product.product_id, c.name) for c in compared if c.right}
    n_met = Counter(name for _, name in met)
    n_given: Counter[str] = Counter()
    for product in given:
        if half_of(product) == half:
            n_given.update(product.attributes.keys())
            n_given["brand"] += bool(product.brand)
    scores = {
        name: AttributeScore(n_given[name], counts.total(), counts[True], n_met[name]) for name, counts in found.items()
    }
    return dict(sorted(scores.items(), key=lambda row: (-row[1].n_found, row[0])))


def _sum(scores: Iterable[AttributeScore]) -> AttributeScore:
    rows = list(scores)
    return AttributeScore(
        sum(row.n_given for row in rows),
        sum(row.n_found for row in rows),
        sum(row.n_right for row in rows),
        sum(row.n_met for row in rows),
    )
