"""The words of one shop's catalogue in both languages: brands, categories, values, yes-or-no names, numbers.

Everything that a shopper's constraint can be about is read from the catalogue; a word becomes a hard filter only where
it is unambiguous and usual, because a false filter hides what the shopper wants and a missed one only ranks it lower.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Literal, TypeAlias

from knowledge.catalogue import Catalogue
from knowledge.domain import Language, Product, ProductId
from knowledge.lexicon import (
    ACCESSORY_NOUNS,
    ACCESSORY_NOUNS_ZH,
    COLOURS,
    FLAG_NAMES_ZH,
    GENDERS,
    NUMBER_NAMES,
    ORDINARY,
    PRODUCT_NOUNS,
    YES,
)
from knowledge.phrases import (
    HAN,
    HAN_RUN,
    PARTS,
    TOKEN,
    aligned,
    brand_phrases,
    category_phrases,
    forms,
    is_distinctive,
    joined_names,
    names_a_product,
    normalise,
    parts_of,
    value_key,
)
from knowledge.tally import DOMINANT, Counts, Path, is_identifying, words_of_others
from knowledge.wording import field_name, split_unit

Kind: TypeAlias = Literal["brand", "category", "colour", "value", "flag"]

USUAL_IN_CATEGORY = 0.3
USUAL_SOMEWHERE = 0.5
MAX_MENTIONS = 100
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a text that name something of the catalogue, at characters `start` to `end` of the text.

    `value` is as the catalogue writes it; a category is its path joined by " > ". Several values: any of them is meant.
    A flag is a yes-or-no attribute that was mentioned by its name; its value is "yes". `weak` marks a word that is
    ordinary English too, so that it counts only beside words that make it a name.
    """

    kind: Kind
    field: str
    value: str | tuple[str, ...]
    start: int
    end: int
    weak: bool = False


@dataclass(frozen=True, slots=True)
class NumberField:
    """An attribute that holds numbers in `unit`; `names` are the ways to call it, lower case."""

    name: str
    stem: str
    unit: str
    names: tuple[str, ...]
    values: frozenset[float]


@dataclass(slots=True)
class _Meanings:
    """What a phrase may mean. `values` counts products by field, then by the value as it is written."""

    brand: str = ""
    weak_brand: bool = False
    categories: dict[str, int] = field(default_factory=dict)
    area: bool = False
    ordinary: bool = False
    colour: str = ""
    values: dict[str, Counter[str]] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


class Vocabulary:
    """Finds what a text mentions of one catalogue. Build it with `from_catalogue`; it is immutable afterwards."""

    def __init__(self, products: Sequence[Product], languages: Sequence[Language]) -> None:
        counts = Counts(products)
        self._languages = tuple(languages)
        self._counts = counts
        self.brands = tuple(counts.brands)
        self.has_categories = bool(counts.leaves)
        self._phrases: dict[tuple[str, ...], _Meanings] = {}
        self._han: dict[str, _Meanings] = {}
        self.number_fields = tuple(_number_fields(counts))
        self.colour_field = _colour_field(counts)
        self.ids: Mapping[str, ProductId] = {
            str(p.product_id).lower(): p.product_id for p in products if _is_telling_id(str(p.product_id))
        }
        titles = list(_titles(products))
        self._title_words: set[str] = set()
        self._starts: set[str] = set()
        for words in map(TOKEN.findall, titles):
            self._title_words.update(words)
            self._starts.update(" ".join(words[:n]) for n in (2, 3) if len(words) >= n)
        self._han_titles = "\n".join(title for title in titles if HAN.search(title))
        self._heads = _heads(titles)
        numbers = {f.name for f in self.number_fields}
        self._add_brands(counts, products)
        self._add_categories(counts)
        self._add_flags(counts)
        self._add_values(counts, numbers)
        self._add_colours(counts)
        self._longest = max(map(len, self._phrases), default=0)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase in self._han:
            lengths[phrase[0]].add(len(phrase))
        self._han_lengths = {first: sorted(ls, reverse=True) for first, ls in lengths.items()}

    @classmethod
    def from_catalogue(cls, catalogue: Catalogue, languages: Sequence[Language]) -> "Vocabulary":
        return cls(catalogue.products, languages)

    def mentions(self, text: str, language: Language, category: Path = ()) -> list[Mention]:
        """What the text mentions, in order of place: the longest phrase wins, and none overlap but
        a value inside a category's name ("espresso" in "espresso machine").

        `category` is the one being talked about, if known: it decides which attribute a word belongs to, and without
        it only what needs no category is found. Both languages are read, since shoppers mix them.
        """
        plain = normalise(text)
        found: list[Mention] = []
        accessories: list[tuple[int, int]] = []
        for start, end, meanings in islice(self._matches(plain), MAX_MENTIONS):
            mention = self._meant(plain, start, end, meanings, category)
            if mention is not None:
                found.append(mention)
            elif meanings.categories and _names_an_accessory(plain, end):
                accessories.append((start, end))
        found = [m for m in found if m.kind != "category" or not _is_inside(m, accessories)]
        found.sort(key=lambda m: (m.start - m.end, m.start))
        kept: list[Mention] = []
        for mention in found:
            if all(m.end <= mention.start or m.start >= mention.end or _is_kind_of(mention, m) for m in kept):
                kept.append(mention)
        return sorted(kept, key=lambda m: m.start)

    def names_goods(self, text: str) -> bool:
        """Whether all that a short text says stands in titles, and some of it is no ordinary word: "oolong", 墨盒."""
        plain = normalise(text)
        words = [word for word in TOKEN.findall(plain) if not word[0].isdigit()]
        runs = HAN_RUN.findall(plain)
        if not 0 < len(words) + len(runs) <= _MOST_WORDS or any(len(run) > 2 * _MOST_WORDS for run in runs):
            return False
        known = all(self._title_words.intersection(forms(word)) for word in words)
        telling = any(len(run) > 1 for run in runs) or any(len(w) > 2 and w not in ORDINARY for w in words)
        return telling and known and all(run in self._han_titles for run in runs)

    def names_kind(self, text: str) -> bool:
        """Whether a short text names goods by what they are, with words that stand beside it in titles, or as titles
        begin: "lock" of a shop with bicycle locks, "olive oil", but not "car" of one with a car charger."""
        if not self.names_goods(text):
            return False
        plain = normalise(text)
        words = [word for word in TOKEN.findall(plain) if not word[0].isdigit()]
        beside = [self._heads[form] for form in forms(words[-1]) if form in self._heads] if words else []
        latin = any(all(with_it.intersection(forms(word)) for word in words) for with_it in beside)
        han = all(re.search(rf"{run}(?![\u3400-\u9fff])", self._han_titles) for run in HAN_RUN.findall(plain))
        return han and (latin or not words or " ".join(words) in self._starts)

    def usual(self, name: str, category: Path = ()) -> bool:
        """Whether the attribute is usual in the category; without one, in some category or in the whole shop."""
        counts = self._counts
        if category:
            total = counts.by_path[category]
            return total > 0 and counts.fields_by_path[category, name] >= USUAL_IN_CATEGORY * total
        if not self.has_categories:
            return counts.fields[name] >= USUAL_SOMEWHERE * max(counts.n_products, 1)
        return any(counts.fields_by_path[p, name] >= USUAL_SOMEWHERE * counts.by_path[p] for p in counts.leaves)

    def numbers_in(self, category: Path = ()) -> list[NumberField]:
        """The number attributes that are usual in the category, or somewhere in the shop without one."""
        return [f for f in self.number_fields if self.usual(f.name, category)]

    def values_in(self, number: NumberField, category: Path = ()) -> frozenset[float]:
        """The numbers that products of the category hold, or all without one."""
        return self._counts.numbers_by_path.get((category, number.name)) or number.values

    # ---------------------------------------------------------------- matching

    def _matches(self, plain: str) -> Iterator[tuple[int, int, _Meanings]]:
        tokens = [(m.group(), m.start(), m.end()) for m in TOKEN.finditer(plain)]
        words = [token for token, _, _ in tokens]
        for i, (_, start, end) in enumerate(tokens):
            for n in range(min(self._longest, len(words) - i), 0, -1):
                meanings = self._phrases.get(tuple(words[i : i + n]))
                if meanings is not None and _is_one_run(plain, tokens[i : i + n]):
                    yield start, tokens[i + n - 1][2], meanings
            if i + 1 < len(tokens) and plain[end : tokens[i + 1][1]] == "-":
                meanings = self._phrases.get((words[i] + words[i + 1],))
                if meanings is not None:
                    yield start, tokens[i + 1][2], meanings
        for i, char in enumerate(plain):
            for n in self._han_lengths.get(char, ()):
                phrase = plain[i : i + n]
                if len(phrase) == n and phrase in self._han:
                    yield i, i + n, self._han[phrase]

    def _meant(self, plain: str, start: int, end: int, meanings: _Meanings, category: Path) -> Mention | None:
        if meanings.brand:
            return Mention("brand", "brand", meanings.brand, start, end, meanings.weak_brand)
        flag = next((f for f in sorted(meanings.flags) if self._is_flag_here(f, category, plain[start:end])), "")
        if meanings.categories and not _names_an_accessory(plain, end):
            paths = tuple(meanings.categories)
            elsewhere = bool(category) and not any(_is_nested(tuple(p.split(" > ")), category) for p in paths)
            if not (flag and elsewhere):
                if (meanings.area and not _is_area(plain, end)) or (meanings.ordinary and not _FOR.match(plain, end)):
                    return None
                return Mention("category", "category", paths[0] if len(paths) == 1 else paths, start, end)
        if meanings.colour:
            return self._colour(meanings.colour, start, end, category)
        if meanings.values:
            value = self._value(meanings.values, category)
            if value is not None:
                return Mention("value", value[0], value[1], start, end)
        return Mention("flag", flag, "yes", start, end) if flag else None

    def _is_flag_here(self, name: str, category: Path, phrase: str) -> bool:
        if category or not self.has_categories:
            return self.usual(name, category)
        return (" " in phrase or "-" in phrase or len(HAN.findall(phrase)) > 1) and self.usual(name)

    def _value(self, values: Mapping[str, Counter[str]], category: Path) -> tuple[str, str] | None:
        if self.has_categories and not category:
            return None
        usual = {name: counter for name, counter in values.items() if self.usual(name, category)}
        if not usual:
            return None
        counts = {name: self._n_holding(name, counter, category) for name, counter in usual.items()}
        name = max(counts, key=lambda n: counts[n])
        rivals = sum(counts.values()) if self.has_categories else sum(c.total() for c in values.values())
        if counts[name] == 0 or counts[name] < DOMINANT * rivals:
            return None
        return name, values[name].most_common(1)[0][0]

    def _n_holding(self, name: str, counter: Counter[str], category: Path) -> int:
        if not category:
            return counter.total()
        return sum(self._counts.values_by_path[category, name, value] for value in counter)

    def _colour(self, colour: str, start: int, end: int, category: Path) -> Mention | None:
        name = self.colour_field
        if not name or not self.usual(name, category):
            return None
        spellings = self._colour_values.get(colour, ())
        if not self._colour_is_clear.get(colour, True):
            return None
        value: str | tuple[str, ...] = spellings[0] if len(spellings) == 1 else spellings or colour
        return Mention("colour", name, value, start, end)

    # ---------------------------------------------------------------- building

    def _meanings_of(self, phrase: str) -> _Meanings | None:
        """The entry of a phrase, made when missing; None for what cannot be matched."""
        plain = " ".join(normalise(phrase).split())
        if not plain:
            return None
        if HAN.search(plain):
            return self._han.setdefault(plain, _Meanings())
        tokens = tuple(TOKEN.findall(plain))
        return self._phrases.setdefault(tokens, _Meanings()) if tokens else None

    def _add_brands(self, counts: Counts, products: Sequence[Product]) -> None:
        names = {brand.lower() for brand in counts.brands if brand.isalpha()}
        common = words_of_others(products, names)
        for brand in counts.brands:
            tokens = TOKEN.findall(normalise(brand))
            is_han = bool(HAN.search(brand))
            if len(brand) < 2 or (not is_han and (not tokens or "".join(tokens).isdigit())):
                continue
            weak = all(t in ORDINARY for t in tokens) or common[brand.lower()] > 2
            for phrase in brand_phrases(brand, tokens):
                meanings = self._meanings_of(phrase)
                if meanings is not None and not meanings.brand:
                    meanings.brand, meanings.weak_brand = brand, weak and not is_han

    def _add_categories(self, counts: Counts) -> None:
        exact: dict[str, set[str]] = defaultdict(set)
        loose: dict[str, set[str]] = defaultdict(set)
        areas: set[str] = set()
        parents = {path[:-1] for path in counts.by_path}
        for path in counts.by_path:
            joined = " > ".join(path)
            names = {path[-1], *counts.category_names[path]}
            is_area = path in parents and not names_a_product(path[-1])
            for name in names:
                for phrase, is_exact in category_phrases(name):
                    (exact if is_exact else loose)[phrase].add(joined)
                    if is_area and is_exact:
                        areas.add(phrase)
            for parent in {path[-2], *counts.category_names[path[:-1]]} if len(path) > 1 else ():
                for phrase in joined_names(parent, names):
                    exact[phrase].add(joined)
        for group in PRODUCT_NOUNS:
            ways = {form for noun in group for form in forms(noun)}
            paths = {path for form in ways for path in exact.get(form, ()) if form not in areas}
            if len(paths) == 1:
                for form in ways - exact.keys():
                    loose[form] |= paths
            narrow = {p for p in paths if not any(other.startswith(p + " > ") for other in paths)}
            if len(narrow) == 1 < len(paths):  # "phone" is a smartphone, not the shelf Phones with its cases
                exact.update(dict.fromkeys(ways, narrow))
        for phrases, is_whole_name in ((exact, True), (loose, False)):
            for phrase, found in phrases.items():
                ordinary = phrase in ORDINARY and phrase not in areas
                if (ordinary or phrase in exact) and not is_whole_name:
                    continue
                meanings = self._meanings_of(phrase)
                if meanings is not None:
                    meanings.categories = dict.fromkeys(sorted(_widest(found)), 1)
                    meanings.area = is_whole_name and phrase in areas
                    meanings.ordinary = ordinary

    def _add_flags(self, counts: Counts) -> None:
        for name in counts.flags:
            stem, _ = split_unit(name)
            words = TOKEN.findall(normalise(stem.replace("_", " ")))
            phrases = [" ".join(words), "".join(words) if len(words) == 2 else ""]
            if stem.endswith(("cancelling", "canceling")):
                root = " ".join(words[:-1])
                phrases += [f"{root} {ending}" for ending in ("cancelling", "canceling", "cancellation", "cancel")]
            chinese = field_name(name, "zh")
            phrases += [*FLAG_NAMES_ZH.get(stem, ()), chinese if HAN.search(chinese) and len(chinese) > 1 else ""]
            phrases += [zh for zh, en in counts.translated[name].items() if en in YES and len(zh) > 2]
            for phrase in phrases:
                if phrase and phrase not in ORDINARY and not phrase.isdigit() and len(phrase) > 1:
                    meanings = self._meanings_of(phrase)
                    if meanings is not None:
                        meanings.flags.add(name)

    def _add_values(self, counts: Counts, numbers: set[str]) -> None:
        skipped = numbers | counts.flags | ({self.colour_field} if self.colour_field else set())
        for name, values in counts.texts.items():
            if name in skipped or is_identifying(values, counts.fields[name]):
                continue
            written: dict[str, Counter[str]] = defaultdict(Counter)
            for value, n in values.items():
                for part in parts_of(value):
                    if is_distinctive(part):
                        written[value_key(part)][part] += n
            for key, counter in written.items():
                for phrase in {key, *(forms(key) if key.isascii() and key.isalpha() else ())}:
                    self._add_value(name, phrase, counter)
            for chinese, own in counts.translated[name].items():
                for zh_part, part in aligned(chinese, own):
                    if is_distinctive(zh_part):
                        self._add_value(name, zh_part, Counter({part: values[own]}))
            if name.rsplit("_", 1)[-1] in ("gender", "sex"):
                for gender, ways in GENDERS.items():
                    if gender in values:
                        for way in ways:
                            self._add_value(name, way, Counter({gender: values[gender]}))

    def _add_value(self, name: str, phrase: str, counter: Counter[str]) -> None:
        meanings = self._meanings_of(phrase)
        if meanings is not None:
            meanings.values.setdefault(name, Counter()).update(counter)

    def _add_colours(self, counts: Counts) -> None:
        self._colour_values: dict[str, tuple[str, ...]] = {}
        self._colour_is_clear: dict[str, bool] = {}
        if not self.colour_field:
            return
        elsewhere: Counter[str] = Counter()
        for name, values in counts.texts.items():
            if name != self.colour_field:
                for value, n in values.items():
                    elsewhere[value.lower()] += n
        own: dict[str, Counter[str]] = defaultdict(Counter)
        for value, n in counts.texts[self.colour_field].items():
            for part in PARTS.split(value):
                own[value_key(part)][part] += n
        base = {value_key(word): colour for colour, words in COLOURS.items() for word in words}
        translated = counts.translated[self.colour_field].items()
        for chinese, value in translated:  # this shop's "clear" is 透明, so it is transparent
            if chinese in base:
                base.setdefault(value_key(value), base[chinese])
        groups: dict[str, list[str]] = defaultdict(list)
        for key, spellings in own.items():
            groups[base.get(key, key)].append(spellings.most_common(1)[0][0])
        for colour in {*groups, *COLOURS}:
            values_ = groups.get(colour, [])
            n_own = sum(own[value_key(v)].total() for v in values_)
            n_other = sum(elsewhere[v.lower()] for v in {*values_, colour})
            self._colour_values[colour] = tuple(sorted(values_))
            self._colour_is_clear[colour] = n_own >= DOMINANT * (n_own + n_other)
            for way in {*COLOURS.get(colour, ()), *filter(is_distinctive, values_)}:
                self._add_colour(way, colour)
        for chinese, value in translated:
            key = value_key(value)
            self._add_colour(chinese, base.get(key, key))

    def _add_colour(self, way: str, colour: str) -> None:
        if len(way) == 1 and HAN.search(way):
            phrases = [way + end for end in ("的", "款", "色款")]
        elif HAN.search(way):
            phrases = [way]
        else:
            phrases = [way] if len(way) > 2 else []
        for phrase in phrases:
            meanings = self._meanings_of(phrase)
            if meanings is not None and not meanings.colour:
                meanings.colour = colour


def _is_one_run(plain: str, tokens: Sequence[tuple[str, int, int]]) -> bool:
    gaps = (plain[a[2] : b[1]] for a, b in pairwise(tokens))
    return all(gap in (" ", "-", "'", "’", "/", ".", " & ", "&", "  ", "") for gap in gaps)


def _is_inside(mention: Mention, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= mention.start and mention.end <= end for start, end in spans)


def _names_an_accessory(plain: str, end: int) -> bool:
    after = plain[end : end + 16]
    match = re.match(r"[ -]([a-z]+)", after)
    if match:
        return match[1] in ACCESSORY_NOUNS
    return after.startswith(ACCESSORY_NOUNS_ZH)


_FOR = re.compile(r" (?:for|to fit|that fits?)\b")
"""Behind an ordinary word that is a category's name too: "a case for…"."""
_AREA_EN = re.compile(r" (?:category|section|department|products?|stuff|gear|goods|range|equipment|items|things)\b")
_AREA_ZH = ("类", "用品", "产品", "装备", "器材", "区", "电器", "设备", "商品")


def _is_area(plain: str, end: int) -> bool:
    return bool(_AREA_EN.match(plain, end)) or plain.startswith(_AREA_ZH, end)


_GOES_WITH = re.compile(r"[,;()|/–]|\s-\s|\s(?:for|with|in|of|and|to|from)\s|&")


def _heads(titles: Iterable[str]) -> dict[str, set[str]]:
    """What English titles name, the last word before what it goes with, leaving amounts out → the words before it."""
    heads: dict[str, set[str]] = {}
    for title in titles:
        words = TOKEN.findall(_GOES_WITH.split(title, maxsplit=1)[0])
        while words and (words[-1][0].isdigit() or len(words[-1]) < 3):
            words.pop()
        if words:
            heads.setdefault(words[-1], set()).update(words)
    return heads


def _titles(products: Iterable[Product]) -> Iterator[str]:
    for product in products:
        yield normalise(product.title)
        yield from (normalise(texts.title) for texts in product.translations.values())


def _is_telling_id(product_id: str) -> bool:
    return len(product_id) > 3 and any(c.isdigit() for c in product_id) and any(c.isalpha() for c in product_id)


def _is_kind_of(mention: Mention, other: Mention) -> bool:
    return mention.kind == "value" and other.kind == "category" and _is_inside(mention, [(other.start, other.end)])


def _is_nested(path: Path, other: Path) -> bool:
    n = min(len(path), len(other))
    return path[:n] == other[:n]


def _widest(paths: Iterable[str]) -> set[str]:
    """Without those that another one lies below of: "shoes" is Shoes, not Shoes and Shoes > Running Shoes."""
    paths = set(paths)
    return {p for p in paths if not any(p != other and p.startswith(other + " > ") for other in paths)}


def _number_fields(counts: Counts) -> Iterator[NumberField]:
    for name, values in counts.numbers.items():
        stem, unit = split_unit(name)
        unit = unit or counts.units_in_text.get(name, "")
        if not unit and stem.split("_")[-1] == "size":
            unit = "eu"
        if unit:
            own = (stem.replace("_", " ").lower(), field_name(name, "zh"))
            names = dict.fromkeys([*own, *NUMBER_NAMES.get(stem, ())])
            yield NumberField(name, stem, unit, tuple(names), frozenset(values))


def _colour_field(counts: Counts) -> str:
    """The attribute that holds the product's colour: the one of most products, of those named so."""
    words = {word for ways in COLOURS.values() for word in ways}
    best = ""
    for name, values in counts.texts.items():
        if re.split(r"[_\s-]", name.lower())[-1] not in ("colour", "color", "colours", "colors", "颜色"):
            continue
        n_colours = sum(n for value, n in values.items() if value_key(PARTS.split(value)[0]) in words)
        if n_colours >= 0.5 * values.total() and counts.fields[name] > counts.fields[best]:
            best = name
    return best
