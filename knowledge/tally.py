"""What stands in a catalogue and how often: the counts that decide what a word may mean."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from knowledge.domain import Product
from knowledge.lexicon import NO, UNITS, YES
from knowledge.phrases import name_key, parts_of

Path: TypeAlias = tuple[str, ...]

DOMINANT = 0.8
_NUMBER_TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*([^\W\d_]+|[\"″])")
_UNIT_OF_WORD = {
    word: unit for unit, words in UNITS.items() for word in words if unit not in ("gb", "tb") or len(word) > 1
}


class Counts:
    """What stands in a catalogue and how often. An attribute that is spelt in several ways counts as the usual one."""

    def __init__(self, products: Sequence[Product]) -> None:
        self.n_products = len(products)
        self.brands: Counter[str] = Counter(p.brand for p in products if p.brand)
        self.fields: Counter[str] = Counter()
        self.by_path: Counter[Path] = Counter()
        self.fields_by_path: Counter[tuple[Path, str]] = Counter()
        self.values_by_path: Counter[tuple[Path, str, str]] = Counter()
        self.numbers: defaultdict[str, Counter[float]] = defaultdict(Counter)
        self.texts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.category_names: defaultdict[Path, set[str]] = defaultdict(set)
        self.numbers_by_path: dict[tuple[Path, str], frozenset[float]] = {}
        self.units_in_text: dict[str, str] = {}
        pairs: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        by_path: defaultdict[tuple[Path, str], set[float]] = defaultdict(set)
        self.leaves = {p.category for p in products if p.category}
        usual = _usual_names(products)
        for product in products:
            paths = [product.category[: n + 1] for n in range(len(product.category))]
            self.by_path.update(paths)
            for written, value in product.attributes.items():
                name = usual[written]
                self.fields[name] += 1
                if isinstance(value, str):
                    self.texts[name][value] += 1
                    parts = parts_of(value) if paths else ()
                    for path in paths:
                        for part in parts:
                            self.values_by_path[path, name, part] += 1
                else:
                    self.numbers[name][float(value)] += 1
                for path in paths:
                    self.fields_by_path[path, name] += 1
                    if not isinstance(value, str):
                        by_path[path, name].add(float(value))
            for texts in product.translations.values():
                for path, name in zip(paths, texts.category, strict=False):
                    self.category_names[path].add(name)
                for written, chinese in texts.attributes.items():
                    own = product.attributes.get(written)
                    if isinstance(own, str) and chinese != own:
                        pairs[usual[written]][chinese, own] += 1
        self.numbers_by_path = {key: frozenset(values) for key, values in by_path.items()}
        self.translated = defaultdict(dict, {name: _clear_pairs(counter) for name, counter in pairs.items()})
        self.flags = {name for name, values in self.texts.items() if _is_yes_no(values)}
        self._read_numbers_in_texts()

    def _read_numbers_in_texts(self) -> None:
        """Fields whose texts are numbers with one unit, like "16 GB", count as numbers; so do sizes like "42"."""
        for name, values in self.texts.items():
            sample = list(values)[:50]
            if name in self.flags or not any(value[:1].isdigit() for value in sample):
                continue
            matches = [_NUMBER_TEXT.fullmatch(value.strip().lower()) for value in sample]
            units = Counter(_UNIT_OF_WORD.get(m[2], "") for m in matches if m)
            unit, n = units.most_common(1)[0] if units else ("", 0)
            if unit and n >= DOMINANT * len(sample):
                self.units_in_text[name] = unit
                found = (_NUMBER_TEXT.fullmatch(value.strip().lower()) for value in values)
                self.numbers[name].update(float(m[1]) for m in found if m)
            elif name.lower().endswith("size"):
                plain = [float(v) for v in values if re.fullmatch(r"\d+(?:\.\d+)?", v.strip())]
                if len(plain) >= DOMINANT * len(values):
                    self.numbers[name].update(plain)


def _usual_names(products: Sequence[Product]) -> dict[str, str]:
    """The name of each attribute as most products write it."""
    n = Counter(name for product in products for name in product.attributes)
    usual: dict[str, str] = {}
    for name, _ in n.most_common():
        usual.setdefault(name_key(name), name)
    return {name: usual[name_key(name)] for name in n}


def _is_yes_no(values: Mapping[str, int]) -> bool:
    return len(values) <= 4 and all(value.lower() in YES or value.lower() in NO for value in values)


def _clear_pairs(pairs: Counter[tuple[str, str]]) -> dict[str, str]:
    """A Chinese value to the product's own, where one is meant in most cases; else it stays Chinese."""
    by_chinese: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (chinese, own), n in pairs.items():
        by_chinese[chinese][own] += n
    clear: dict[str, str] = {}
    for chinese, owns in by_chinese.items():
        own, n = owns.most_common(1)[0]
        clear[chinese] = own if n >= DOMINANT * owns.total() else chinese
    return clear


def words_of_others(products: Sequence[Product], brands: set[str]) -> Counter[str]:
    """How often a brand's word stands, in lower case, in descriptions of other brands' products."""
    n: Counter[str] = Counter()
    for product in products:
        if product.description:
            for word in brands.intersection(product.description.split()):
                if product.brand.lower() != word:
                    n[word] += 1
    return n


def is_identifying(values: Mapping[str, int], n_holding: int) -> bool:
    """Part numbers, lists of models and prose: nearly every product has its own, and words alone do not name it."""
    coded = sum(len(value) > 40 or any(map(str.isdigit, value)) for value in values)
    return len(values) > 20 and len(values) > 0.5 * n_holding and coded > 0.3 * len(values)
