"""Which of the products that were shown an utterance is about: "the second one", 第二个, "the blue one", HL-1003."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Literal

from assistant.wishes import WishReading
from knowledge.domain import Constraint, Product, ProductId
from knowledge.phrases import normalise
from knowledge.vocabulary import Vocabulary
from retrieval.constraints import passes

MAX_PLACES = 64
_ORDINALS = {
    word: n
    for n, words in enumerate(
        (
            ("first", "1st", "top one"),
            ("second", "2nd"),
            ("third", "3rd"),
            ("fourth", "4th"),
            ("fifth", "5th"),
            ("sixth", "6th"),
            ("seventh", "7th"),
            ("eighth", "8th"),
            ("ninth", "9th"),
            ("tenth", "10th"),
        )
    )
    for word in words
}
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "both": 2, "2": 2, "3": 3, "4": 4, "5": 5}
_HAN = {char: n for n, char in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "俩": 2, "仨": 3}
_ORDINAL = "|".join(_ORDINALS)
_COUNT = "|".join(_COUNTS)
_THINGS = "ones?|products?|items?|options?|models?|pairs?|results?|suggestions?|choices?"
_NO_PRODUCT = (
    r"(?:time|order|day|week|month|year|floor|name|step|thing|place|purchase|hand|flat|half|class|aid|question|all)"
)
_FIRST_N = re.compile(
    rf"\b(?:the |your |these |those )?(?P<side>first|top|last|bottom) (?P<n>{_COUNT})\b(?! (?:days|weeks|times))"
)
_NTH = re.compile(
    rf"(?P<the>\b(?:the|that|your|on|or|and|vs|number|"
    rf"no\.?)\s+)?(?<!\ba )(?<![a-z])(?P<n>{_ORDINAL})(?: (?P<thing>{_THINGS}))?\b"
    rf"(?!\s?(?:{_NO_PRODUCT})\b)(?!-)"
)
_LAST = re.compile(
    rf"\bthe (?:very )?last(?: (?:{_THINGS}))?\b(?! (?:{_NO_PRODUCT}|one i)\b)|最后(?:一|那)?(?:个|款|双|台|件|只|"
    rf"支|顶|种|部)"
)
_NUMBER = re.compile(
    rf"(?:\b(?:number|no\.|option|choice|item) ?|#)(?P<n>\d|{'|'.join(list(_COUNTS)[:5])})(?!\d)|\b(?:option |"
    rf"choice )(?P<letter>[a-e])\b|"
    rf"(?<![a-z\d])(?P<han>[a-e])款|^(?P<left>[a-e]) (?:or|vs) (?P<right>[a-e])\b"
)
_NTH_ZH = re.compile(
    r"第(?P<n>[一二三四五六七八九十\d]{1,2})(?:个|款|双|台|件|只|支|顶|种|部|项|条)?(?!天|次|年|周|月|时间|一)"
)
_FIRST_N_ZH = re.compile(r"(?P<side>前|最后|后)(?P<n>[一二三四五两俩仨\d])(?:个|款|双|台|件|只|支|顶|种|部)")
_ALL_OF = re.compile(
    rf"\b(?:these|those|them|of the|all)\s(?P<n>{_COUNT})\b|\b(?P<both>both)\b|"
    rf"[这那](?P<han>[两俩二三四五仨])(?:个|款|双|台|件|只|支|顶|种|部|支)?"
)
_THIS = re.compile(
    r"\b(?:it|its|this|this one|that one|this product)\b|[这那该此](?:个|款|双|台|件|只|支|顶|种|部|本)|它"
)
_DEFINITE = re.compile(
    r"(?:\b(?:the|that|this|those|these|your|and|or|vs|than|to|with)\s(?:[\w-]+\s){0,2}$)|[这那].{0,3}$"
)
_WORD = re.compile(r"[a-z][a-z\d]+|[\u4e00-\u9fff]{2,}")


def read_references(
    utterance: str,
    shown: Sequence[Product],
    wish: WishReading,
    vocabulary: Vocabulary,
    listed: Sequence[ProductId] = (),
) -> tuple[str, ...]:
    """Ids of the products meant, in the order of mention and each once; () when nothing points to one.

    Places are looked for first, in the list `listed` where the shown product was picked from one; then ids, then words
    of titles that only one of the shown products has.
    """
    plain = normalise(utterance)
    places = listed or [product.product_id for product in shown]
    found = [*_by_place(plain, places), *_by_id(plain, vocabulary)]
    if not found:
        found = _by_words(plain, shown, wish, vocabulary)
    if not found and len(shown) == 1 and _THIS.search(plain):
        found = [(0, shown[0].product_id)]
    return tuple(dict.fromkeys(str(product_id) for _, product_id in sorted(found, key=lambda pair: pair[0])))


def names_a_place(utterance: str) -> bool:
    """Whether a place in a list is named, as in "the second one", be there such a place or not."""
    return any(True for _ in _places(normalise(utterance), 0))


_PICKS: tuple[tuple[re.Pattern[str], Literal["price", "rating"], Literal[1, -1]], ...] = (
    (re.compile(r"\bthe (?:cheaper|less expensive)(?: one)?\b|便宜(?:点|一点|些)?的?那(?:个|款)"), "price", 1),
    (re.compile(r"\bthe (?:more expensive|pricier|dearer)(?: one)?\b|贵(?:点|一点|些)?的?那(?:个|款)"), "price", -1),
    (re.compile(r"\bthe (?:better|best|higher)[- ]rated(?: one)?\b|评分高(?:点|一点|些)?的?那(?:个|款)"), "rating", -1),
)
_ONLY = re.compile(
    r"\b(?:the|one|please|pls|ok|okay|i|i'?ll|take|like|want|show|me|that|then|go|with)\b|[我要看选就吧请那个款的\W]"
)


def read_pick(utterance: str, shown: Sequence[Product]) -> str:
    """The one of the products shown that "the cheaper one" means; "" where none does."""
    plain = normalise(utterance)
    for pattern, field, sign in _PICKS:
        held = [(sign * value, str(p.product_id)) for p in shown if (value := getattr(p, field)) is not None]
        match = pattern.search(plain)
        if len(held) > 1 and match and not _ONLY.sub("", plain.replace(match.group(), " ", 1)):
            return min(held)[1]
    return ""


def names_only_a_place(utterance: str) -> bool:
    """Whether a place is all that is said: "the second one please", 第二个, "the cheaper one"."""
    plain = normalise(utterance)
    matches = [match for match, _ in _places(plain, 0)] + [m for p, _, _ in _PICKS if (m := p.search(plain))]
    return any(not _ONLY.sub("", plain.replace(match.group(), " ", 1)) for match in matches)


def _by_place(plain: str, listed: Sequence[ProductId]) -> list[tuple[int, ProductId]]:
    if not listed:
        return []
    found: list[tuple[int, ProductId]] = []
    taken: list[tuple[int, int]] = []
    for match, places in islice(_places(plain, len(listed)), MAX_PLACES):
        if any(match.start() < end and match.end() > start for start, end in taken):
            continue
        taken.append(match.span())
        found += [(match.start(), listed[place]) for place in places if 0 <= place < len(listed)]
    return found


def _places(plain: str, n_shown: int) -> Iterator[tuple[re.Match[str], Sequence[int]]]:
    """Places that are named, counted from 0, the patterns for several before those for one."""
    for match in _FIRST_N.finditer(plain):
        yield match, _side(match["side"] in ("first", "top"), _COUNTS[match["n"]], n_shown)
    for match in _FIRST_N_ZH.finditer(plain):
        yield match, _side(match["side"] == "前", _han(match["n"]), n_shown)
    for match in _ALL_OF.finditer(plain):
        n = 2 if match["both"] else _COUNTS[match["n"]] if match["n"] else _han(match["han"])
        if n > 1:
            yield match, range(min(n, n_shown))
    for match in _LAST.finditer(plain):
        yield match, (n_shown - 1,)
    for match in _NTH.finditer(plain):
        if match["the"] or match["thing"] or match.start() == 0:
            yield match, (_ORDINALS[match["n"]],)
    for match in _NTH_ZH.finditer(plain):
        yield match, (_han(match["n"]) - 1,)
    for match in _NUMBER.finditer(plain):
        if match["n"]:
            yield match, (_COUNTS.get(match["n"], int(match["n"]) if match["n"].isdigit() else 0) - 1,)
        else:
            letters = [letter for letter in (match["letter"], match["han"], match["left"], match["right"]) if letter]
            yield match, [ord(letter) - ord("a") for letter in letters]


def _side(from_start: bool, n: int, n_shown: int) -> range:
    return range(min(n, n_shown)) if from_start else range(max(0, n_shown - n), n_shown)


def _han(text: str) -> int:
    if text.isdigit():
        return int(text)
    if len(text) == 2:
        return 10 + _HAN.get(text[1], 0) if text[0] == "十" else 10 * _HAN.get(text[0], 0)
    return _HAN.get(text, 0)


def _by_id(plain: str, vocabulary: Vocabulary) -> list[tuple[int, ProductId]]:
    """Article numbers of the catalogue, whether shown or not."""
    found: list[tuple[int, ProductId]] = []
    for match in re.finditer(r"[a-z\d][a-z\d_-]{3,40}", plain):
        product_id = vocabulary.ids.get(match.group().rstrip("-_"))
        if product_id is not None:
            found.append((match.start(), product_id))
    return found


def _by_words(
    plain: str, shown: Sequence[Product], wish: WishReading, vocabulary: Vocabulary
) -> list[tuple[int, ProductId]]:
    """ "The Stillwater", "那款静谧", "the blue one": words that single out one of the products shown."""
    holders: dict[str, list[ProductId]] = {}
    for product in shown:
        for word in _title_words(product):
            holders.setdefault(word, []).append(product.product_id)
    asked = [str(constraint.value).lower() for constraint in wish.constraints]
    found: list[tuple[int, ProductId]] = []
    for word, ids in holders.items():
        at = plain.find(word)
        if len(ids) != 1 or at < 0 or len(word) < 2:
            continue
        if word.isascii() and not re.search(rf"\b{re.escape(word)}\b", plain):
            continue
        plainly_named = len(word) > 3 and not _is_described(word, shown) and not any(word in value for value in asked)
        if plainly_named or _DEFINITE.search(plain[:at]):
            found.append((at, ids[0]))
    return found or _by_value(plain, shown, vocabulary)


def _title_words(product: Product) -> set[str]:
    titles = [product.title, *(texts.title for texts in product.translations.values())]
    words = {word for title in titles for word in _WORD.findall(normalise(title))}
    return words | {normalise(product.brand)} if product.brand else words


def _is_described(word: str, shown: Sequence[Product]) -> bool:
    """Whether the word is an attribute's or a category's, which a new wish may name as well."""
    for product in shown:
        held = [*product.attributes.values(), *product.category, product.brand]
        for texts in product.translations.values():
            held += [*texts.attributes.values(), *texts.category]
        if any(isinstance(value, str) and word in normalise(value) for value in held):
            return True
    return False


_ONE_OF_THEM = re.compile(
    r"\b(?:the|that|this)\s(?:[\w-]+\s){1,3}?ones?\b|[这那](?:个|款|双|台|件|只|支|顶)|的(?:那|这)"
)


def _by_value(plain: str, shown: Sequence[Product], vocabulary: Vocabulary) -> list[tuple[int, ProductId]]:
    """ "The white one": an attribute that only one of them has."""
    if not shown or not _ONE_OF_THEM.search(plain):
        return []
    found: list[tuple[int, ProductId]] = []
    for mention in vocabulary.mentions(plain, "en", shown[0].category):
        if mention.kind not in ("colour", "value") or not isinstance(mention.value, str):
            continue
        wished = Constraint(mention.field, "eq", mention.value)
        having = [p.product_id for p in shown if passes(p, wished)]
        if len(having) == 1:
            found.append((mention.start, having[0]))
    return found
