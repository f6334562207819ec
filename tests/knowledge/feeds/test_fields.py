from datetime import UTC, datetime, timedelta

import pytest

from knowledge.domain import Translation
from knowledge.feeds.fields import (
    attributes_of,
    category_of,
    count_of,
    identifier,
    is_available,
    iso_date,
    language_of,
    links_of,
    prose_of,
    rating_of,
    text_of,
    time_of,
    translations_of,
)
from knowledge.feeds.rows import RowError


@pytest.mark.parametrize("rating", ["4.7分", " 4.7 ", 4.7])
def test_a_rating_may_name_its_points(rating: object) -> None:
    assert rating_of(rating) == 4.7


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T23:30:00+08:00", "2024-01-01"),
        ("2023/11/11", "2023-11-11"),
        ("2023/1/9 0:00", "2023-01-09"),
        ("12.05.2024", "2024-05-12"),
        ("2022", "2022"),
        ("2024-05", "2024-05"),
        ("2024年5月12日", "2024-05-12"),
        ("2024年5月", "2024-05"),
        ("May 12 2024", "2024-05-12"),
        ("Sep 2, 2024", "2024-09-02"),
        ("12 december 2024", "2024-12-12"),
        ("May 2024", "2024-05"),
        ("Sept 2024", "2024-09"),
        ("Sept. 2, 2024", "2024-09-02"),
        ("202405", "2024-05"),
        ("12/2024", "2024-12"),
        ("05/13/2024", "2024-05-13"),
        ("13/05/2024", "2024-05-13"),
        ("05/05/2024 9:30 PM", "2024-05-05"),
        ("12th May 2024", "2024-05-12"),
        ("August 1st, 2024", "2024-08-01"),
        ("12 May 2024 10:00", "2024-05-12"),
        ("Sun, 12 May 2024 10:00:00 GMT", "2024-05-12"),
        ("Sun, 12 May 2024 10:00:00 +0800", "2024-05-12"),
        ("2024-05-12 10:00:00 UTC", "2024-05-12"),
    ],
)
def test_a_date_becomes_iso_as_exact_as_it_is_given(text: str, date: str) -> None:
    assert iso_date(text) == date


@pytest.mark.parametrize(
    "text",
    ["soon", "05/12/2024", "31.02.2024", "2024-13", "12.05.24", "Q3 2024", "last spring", "May", "Sunday", "45424", ""],
)
def test_what_is_no_date_or_two_is_none(text: str) -> None:
    assert iso_date(text) == ""


def test_texts_lose_the_space_around_and_doubled_within() -> None:
    assert text_of({"title": " a \n b "}, "title") == "a b"
    assert text_of({"title": 3.0}, "title") == "3"
    assert text_of({}, "title") == ""


@pytest.mark.parametrize(
    "control", ["\x1b", "\x00", "\x07", "\x7f", "\x9b", "\x08", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff"]
)
def test_no_text_of_a_feed_holds_what_a_terminal_obeys_or_nobody_sees(control: str) -> None:
    hostile = f"{control}[31m红{control} red"

    assert text_of({"title": hostile}, "title") == "[31m红 red"
    assert identifier({"product_id": hostile}, "product_id") == "[31m红 red"
    assert prose_of({"description": f"{hostile}\r\n\tnext\x0bline"}, "description") == "[31m红 red\n\tnext line"
    assert category_of(f"A{control} > {hostile}") == ("A", "[31m红 red")
    assert attributes_of({f"colour{control}": hostile, "s": [hostile]}, "a") == {
        "colour": "[31m红 red",
        "s": "[31m红 red",
    }


def test_joiners_stay_within_a_text() -> None:
    assert text_of({"title": "می\u200cخواهم 👩\u200d🍳"}, "title") == "می\u200cخواهم 👩\u200d🍳"


@pytest.mark.parametrize(
    ("value", "levels"),
    [("A > B>C", ("A", "B", "C")), (["A", " B "], ("A", "B")), ("", ()), (None, ()), ("音频 > 耳机", ("音频", "耳机"))],
)
def test_a_category_is_read_by_levels(value: object, levels: tuple[str, ...]) -> None:
    assert category_of(value) == levels


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("in stock", True),
        ("in_stock", True),
        ("Preorder", True),
        ("out_of_stock", False),
        (False, False),
        (1, True),
        ("", None),
        (None, None),
    ],
)
def test_availability_is_read_in_its_usual_words(value: object, known: bool | None) -> None:
    assert is_available(value) is known


def test_attributes_keep_numbers_and_write_truth_as_words() -> None:
    attributes = attributes_of({"a": True, "b": False, "c": 3, "d": " x ", "e": None, "f": "", "g": ["x", 2, 3.5]}, "a")

    assert attributes == {"a": "yes", "b": "no", "c": 3.0, "d": "x", "g": "x, 2, 3.5"}


def test_a_count_below_zero_is_none_left() -> None:
    assert count_of({"stock": -2}, "stock") == 0
    assert count_of({"stock": "14"}, "stock") == 14
    assert count_of({}, "stock") is None


def test_translations_are_taken_for_known_languages_and_the_plain_code_wins() -> None:
    made = translations_of(
        {"fr": {"title": "x"}, "zh": {"title": "耳机"}, "zh-TW": {"title": "耳機"}, "en": {"title": " "}}
    )

    assert made == {"zh": Translation(title="耳机")}


def test_a_time_without_zone_is_utc() -> None:
    assert time_of({"at": "2026-08-03T14:22:10"}, "at") == datetime(2026, 8, 3, 14, 22, 10, tzinfo=UTC)
    zoned = time_of({"at": "2026-08-03T14:22:10+08:00"}, "at")
    assert zoned is not None
    assert zoned.utcoffset() == timedelta(hours=8)
    assert time_of({}, "at") is None


@pytest.mark.parametrize("code", ["zh", "ZH", "zh-CN", "zh_Hant"])
def test_a_language_may_name_its_region(code: str) -> None:
    assert language_of(code) == "zh"


def test_what_a_field_cannot_hold_is_refused_with_a_remedy() -> None:
    with pytest.raises(RowError, match="rating 7 is not between 0 and 5; rescale it"):
        rating_of(7)
    with pytest.raises(RowError, match=r"stock '1\.5' is not a whole number"):
        count_of({"stock": "1.5"}, "stock")
    with pytest.raises(RowError, match="availability 'perhaps' is unknown; write in_stock"):
        is_available("perhaps")
    with pytest.raises(RowError, match="attribute 'size' is dict"):
        attributes_of({"size": {"eu": 42}}, "attributes")
    with pytest.raises(RowError, match="attributes is list"):
        attributes_of(["red"], "attributes")
    with pytest.raises(RowError, match="number with a fraction"):
        identifier({"product_id": 1.0}, "product_id")
    with pytest.raises(RowError, match="not an ISO 8601 time; write 2026"):
        time_of({"at": "yesterday"}, "at")
    with pytest.raises(RowError, match="language 'fr' is not one of en, zh"):
        language_of("fr")
    with pytest.raises(RowError, match="category is not text"):
        category_of({"a": 1})
    with pytest.raises(RowError, match="title is list; write it as text"):
        text_of({"title": ["a"]}, "title")
    with pytest.raises(RowError, match="translations is str"):
        translations_of("zh")
    with pytest.raises(RowError, match=r"translations\.zh is str"):
        translations_of({"zh": "耳机"})


def test_links_are_ids_by_kind() -> None:
    assert links_of({"goes_with": ["A", 7], "consumable_for": []}) == {"goes_with": ("A", "7")}
    assert links_of(None) == {}


@pytest.mark.parametrize("links", [["A"], {"friends_of": ["A"]}, {"goes_with": "A"}, {"goes_with": [""]}])
def test_other_links_are_refused(links: object) -> None:
    with pytest.raises(RowError, match="links"):
        links_of(links)
