"""The fields of a row: what may stand in each, and what it is read as. All raise RowError, naming field and remedy."""

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, TypeVar, get_args

from knowledge.domain import Language, Link, Place, ProductId, Translation
from knowledge.feeds.currencies import currency_in
from knowledge.feeds.prices import AS_WRITTEN, Notation, as_float, parse_number, parse_price
from knowledge.feeds.rows import FieldError, JsonRow, RowError

_T = TypeVar("_T")

LANGUAGES: dict[str, Language] = {"en": "en", "zh": "zh"}

_IN_STOCK = (
    "true yes y in_stock instock available preorder pre_order backorder back_order ja auf_lager lieferbar verfügbar"
    " sofort_lieferbar oui en_stock disponible sí si 是 有 有货 现货 在售 预售 有貨 現貨"
)
_OUT_OF_STOCK = (
    "false no n out_of_stock outofstock sold_out unavailable discontinued nein nicht_auf_lager nicht_lieferbar"
    " nicht_verfügbar ausverkauft non rupture rupture_de_stock en_rupture épuisé indisponible agotado no_disponible 否"
    " 无 无货 缺货 售罄 下架 無貨 缺貨 售完"
)
_AVAILABLE = {**dict.fromkeys(_IN_STOCK.split(), True), **dict.fromkeys(_OUT_OF_STOCK.split(), False)}
_UNKNOWN = frozenset(
    {"", "-", "–", "—", "n/a", "na", "n.a.", "null", "none", "nan", "tbd", "k.a.", "k. a.", "暂无", "面议"}
)
_UNSAID = _UNKNOWN - {"na", "none"}  # of an attribute these may be values: North America, without a lining
_LONGEST = 100_000
_EXACT = 2**53  # above it a float is not the whole number any more
_LONGEST_NAME = 1000
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?")
_DAY, _MONTH, _YEAR = 10, 7, 4  # characters of 2024-05-12 that are known
_DATES = {
    **dict.fromkeys(("%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d", "%Y年%m月%d日", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"), _DAY),
    **dict.fromkeys(("%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y"), _DAY),
    **dict.fromkeys(("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%Y年%m月", "%B %Y", "%b %Y"), _MONTH),
    **dict.fromkeys(("%Y", "%Y年"), _YEAR),
}
"""Forms of dates, each with how much of one it tells."""
_TIME_OF_DAY = re.compile(
    r"(?<=\d)[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:Z|UTC|GMT|[A-Z]{1,3}T|[+-]\d\d:?\d\d))?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b[., ]*", re.IGNORECASE)
_TRIMMINGS = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|(?<=\bsep)t\b|(?<=[a-z])\.|,", re.IGNORECASE)
_MONTH_ALONE = re.compile(r"^(\d{4})(\d\d)$")
_LONGEST_DATE = 60
_SPACE = re.compile(r"\s+")
# What a terminal obeys, and what is not seen: zero-width blanks and marks of direction. Joiners belong to a text.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def language_of(text: str) -> Language:
    """A language's code as feeds write it: zh-CN, zh_Hant and ZH are zh. Raises RowError."""
    language = LANGUAGES.get(re.split("[-_]", text.strip().lower())[0])
    if language is None:
        raise RowError(f"language {text!r} is not one of {', '.join(LANGUAGES)}; leave it empty to have it detected")
    return language


def time_of(row: Mapping[str, object], field: str) -> datetime | None:
    text = text_of(row, field)
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise RowError(f"{field} {text!r} is not an ISO 8601 time; write 2026-08-03T14:22:10Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def dispensable(field: str, read: Callable[..., _T], *given: object) -> _T:
    """What a field holds that a product can do without. Raises FieldError where it cannot be read."""
    try:
        return read(*given)
    except RowError as error:
        raise FieldError(field, str(error)) from None


@lru_cache(maxsize=4096)
def iso_date(text: str) -> str:
    """A date in the form of ISO 8601, as exact as it is given: 2024-05-12, 2024-05, 2024.

    "" where it is none or may be two: 05/12/2024 is a day in May in some countries and one in December in others.
    """
    if len(text) > _LONGEST_DATE:
        return ""
    text = _TRIMMINGS.sub("", _WEEKDAY.sub("", _TIME_OF_DAY.sub("", text)))
    with suppress(ValueError):
        return datetime.fromisoformat(text).date().isoformat()
    text = _MONTH_ALONE.sub(r"\1-\2", text)
    dates = set()
    for form, n_known in _DATES.items():
        with suppress(ValueError):
            dates.add(datetime.strptime(text, form).date().isoformat()[:n_known])
    return dates.pop() if len(dates) == 1 else ""


def is_given(value: object) -> bool:
    """Whether a cell says something: dashes and "N/A" say that nothing is known, as does what cannot be read."""
    if isinstance(value, str):
        return value.strip().lower() not in _UNKNOWN
    return value is not None and not isinstance(value, FieldError)


def filled(row: JsonRow) -> JsonRow:
    return {name: value for name, value in row.items() if value not in (None, "", {}, [])}


def text_of(row: Mapping[str, object], field: str) -> str:
    """A text on one line, "" where it says that nothing is known."""
    text = line_of(row, field)
    return "" if text.lower() in _UNKNOWN else text


def line_of(row: Mapping[str, object], field: str) -> str:
    """A text on one line, whatever it says: None and NA may be a title or an id."""
    text = prose_of(row, field)
    return text if text.isprintable() and "  " not in text else _SPACE.sub(" ", text)


def prose_of(row: Mapping[str, object], field: str) -> str:
    value = row.get(field)
    if value is None:
        return ""
    if isinstance(value, str):
        return _printable(_bounded(value, field)).strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(short_number(value))
    raise RowError(f"{field} is {type(value).__name__}; write it as text")


def _bounded(text: str, field: str, most: int = _LONGEST) -> str:
    if len(text) > most:
        raise RowError(f"{field} has {len(text)} characters, and {most} at most are read; shorten it")
    return text


def _printable(text: str) -> str:
    """The text without control characters and what is not seen; line ends, tabs and blanks stay."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: " " if found.group().isspace() else "", text.replace("\r\n", "\n"))


def required_text(row: Mapping[str, object], field: str) -> str:
    text = line_of(row, field)
    if not text:
        raise RowError(f"{field} is missing or empty; give one")
    return _bounded(text, field, _LONGEST_NAME)


def identifier(row: Mapping[str, object], field: str) -> str:
    value = row.get(field)
    if isinstance(value, float):
        raise RowError(f'{field} {value!r} is a number with a fraction; write it as text, "{value!r}"')
    if isinstance(value, str) and _ROUNDED.fullmatch(value.strip()):
        raise RowError(f"{field} {value!r} was rounded by a spreadsheet; format its column as text and export it again")
    return required_text(row, field)


def category_of(value: object) -> tuple[str, ...]:
    if not is_given(value):
        return ()
    levels = value if isinstance(value, list) else [value]
    if not all(isinstance(level, str) for level in levels):
        raise RowError('category is not text; write "A > B > C"')
    parts = (_SPACE.sub(" ", part).strip() for level in levels for part in _printable(str(level)).split(">"))
    return tuple(part for part in parts if part)


def currency_of(cells: Mapping[str, object], expected: str = "") -> str:
    """The row's currency as its code, "" where it names none. A sign that several share is read as the expected one."""
    text = text_of(cells, "currency")
    currency = currency_in(text, expected) if text else ""
    if currency is None or (text and not currency and expected):
        raise RowError(f"currency {text!r} is no code of ISO 4217; write it as USD, EUR or CNY")
    return currency


def price_of(
    cells: Mapping[str, object], field: str, currency: str, notation: Notation = AS_WRITTEN
) -> tuple[float | None, str]:
    """A price, and the currency of the row, which is the given one where it has one."""
    value = cells.get(field)
    if not is_given(value):
        return None, currency
    if currency not in ("", notation.currency):
        notation = replace(notation, currency=currency)
    try:
        amount, named = parse_price(value, field, notation=notation)
    except RowError as error:
        raise error if field == "price" else FieldError(field, str(error)) from None
    if named and currency and named != currency:
        raise RowError(f"{field} is in {named}, the row is in {currency}; give one currency")
    return amount, currency or named


def is_available(value: object) -> bool | None:
    if not is_given(value):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int) or (isinstance(value, str) and value.strip().isdecimal()):
        return int(value) > 0
    said = available_by_word(value)
    if said is None:
        raise RowError(f"availability {value!r} is unknown; write in_stock, out_of_stock, preorder or backorder")
    return said


def available_by_word(value: object) -> bool | None:
    """What a word for availability says, None of anything else."""
    return _AVAILABLE.get(_as_word(value)) if isinstance(value, str) else None


@lru_cache(maxsize=1024)
def _as_word(text: str) -> str:
    """In Stock and in-stock are in_stock."""
    return re.sub(r"[\s\-]+", "_", text.strip().lower())


_LATER = {"preorder": "preorder", "pre_order": "preorder", "预售": "preorder"}
_LATER |= {"backorder": "backorder", "back_order": "backorder"}


def comes_later(value: object) -> dict[str, str | float]:
    """The attribute that says of a product on sale that it is not there yet; none where it is."""
    word = _LATER.get(_as_word(value)) if isinstance(value, str) else None
    return {"availability": word} if word else {}


def count_of(cells: Mapping[str, object], field: str, notation: Notation = AS_WRITTEN) -> int | None:
    """A whole number; a shop that sold more than it had counts below 0, which is none left."""
    value = cells.get(field)
    if not is_given(value):
        return None
    if isinstance(value, str) and "." in value and notation.groups_by_points and _GROUPED.fullmatch(value.strip()):
        value = value.replace(".", "")  # a count has no fractions
    number = parse_number(value, field)
    if number != math.floor(number):
        raise RowError(f"{field} {value!r} is not a whole number")
    return max(0, int(number))


def rating_of(value: object) -> float | None:
    if not is_given(value):
        return None
    rating = parse_number(value.strip().removesuffix("分") if isinstance(value, str) else value, "rating")
    if not 0 <= rating <= 5:
        raise RowError(f"rating {value!r} is not between 0 and 5; rescale it")
    return rating


def short_number(value: str | float) -> str | float:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def text_or_number(text: str) -> str | float:
    """An attribute's value as tables and XML write it, which know no types; 007 and 12345678901 stay text."""
    return float(text) if _NUMBER.fullmatch(text) else text


def attributes_of(value: object, field: str) -> dict[str, str | float]:
    if not is_given(value):
        return {}
    if not isinstance(value, dict):
        raise RowError(f'{field} is {type(value).__name__}; write {{"colour": "black", "weight_g": 240}}')
    attributes: dict[str, str | float] = {}
    for name, raw in value.items():
        held = attribute_of(raw, name)
        if held != "" and (told := _printable(name).strip()):
            attributes[told] = held
    return attributes


def attribute_of(value: object, name: str) -> str | float:
    if isinstance(value, str):
        text = _printable(_bounded(value, name)).strip()
        return "" if text.lower() in _UNSAID else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    if isinstance(value, int | float):
        return as_float(value, name)
    if value is None:
        return ""
    if isinstance(value, list) and any(isinstance(part, list) for part in value):
        raise RowError(f"attribute {name!r} is a list of lists; give it as a list of texts")
    if isinstance(value, list):
        return ", ".join(str(short_number(part)) for part in (attribute_of(part, name) for part in value) if part != "")
    raise RowError(f"attribute {name!r} is {type(value).__name__}; give it as text, number or list of texts")


def links_of(value: object) -> dict[Link, tuple[ProductId, ...]]:
    """Ids by kind of link; an id that the catalogue lacks is kept, since it may come with a later feed."""
    if not is_given(value):
        return {}
    if not isinstance(value, dict):
        raise RowError(f'links is {type(value).__name__}; write {{"accessory_for": ["id"]}}')
    kinds: tuple[Link, ...] = get_args(Link)
    for kind, ids in value.items():
        if kind not in kinds:
            raise RowError(f"links.{kind} is no kind of link; known: {', '.join(kinds)}")
        if not isinstance(ids, list) or not all(isinstance(one, str | int) and str(one).strip() for one in ids):
            raise RowError(f'links.{kind} is no list of ids; write ["id"]')
    return {kind: tuple(ProductId(str(one).strip()) for one in value[kind]) for kind in kinds if value.get(kind)}


def translations_of(value: object) -> dict[Language, Translation]:
    if not is_given(value):
        return {}
    if not isinstance(value, dict):
        raise RowError(f'translations is {type(value).__name__}; write {{"zh": {{"title": "…"}}}}')
    translations: dict[Language, Translation] = {}
    # The plain code last, so that "zh" wins over "zh-TW".
    for code in sorted(value, key=len, reverse=True):
        language = LANGUAGES.get(re.split("[-_]", code.lower())[0])
        cells = value[code]
        if language is None or not cells:
            continue
        if not isinstance(cells, dict):
            raise RowError(f'translations.{code} is {type(cells).__name__}; write {{"title": "…"}}')
        attributes = attributes_of(cells.get("attributes"), f"translations.{code}.attributes")
        translation = Translation(
            title=text_of(cells, "title"),
            description=prose_of(cells, "description"),
            category=category_of(cells.get("category")),
            attributes={name: str(short_number(held)) for name, held in attributes.items()},
        )
        if translation != Translation():
            translations[language] = translation
    return translations


def places_of(value: object) -> dict[str, Place]:
    """Where attributes were found, as the shop's own file has it: {"colour": {"field": "title", "words": "Black"}}."""
    if not is_given(value):
        return {}
    if not isinstance(value, dict):
        raise RowError(f"found is {type(value).__name__}; delete it, and import the feed again")
    places: dict[str, Place] = {}
    for name, cells in value.items():
        if not isinstance(cells, dict) or cells.get("field") not in ("title", "description"):
            raise RowError(f"found.{name} names neither title nor description; delete it, and import the feed again")
        field: Literal["title", "description"] = "title" if cells["field"] == "title" else "description"
        places[name] = Place(field, line_of(cells, "words"), language_of(text_of(cells, "language") or "en"))
    return places
