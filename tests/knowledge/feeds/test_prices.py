import pytest

from knowledge.feeds.prices import parse_number, parse_price
from knowledge.feeds.rows import RowError


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("1,299.00 USD", (1299.0, "USD")),
        ("12,50 €", (12.5, "EUR")),
        ("usd 5", (5.0, "USD")),
        ("$5", (5.0, "")),
        ("US$12.00", (12.0, "USD")),
        ("299元", (299.0, "CNY")),
        ("1'299.00", (1299.0, "")),
        ("1 299,00 EUR", (1299.0, "EUR")),
        ("1\u202f299,00", (1299.0, "")),
        ("1.299,00", (1299.0, "")),
        ("1.299.000", (1299000.0, "")),
        ("1,29,999.00", (129999.0, "")),
        ("1,299", (1299.0, "")),
        ("0.125", (0.125, "")),
        (89, (89.0, "")),
        (0, (0.0, "")),
    ],
)
def test_prices_are_read_in_their_usual_forms(text: object, price: tuple[float, str]) -> None:
    assert parse_price(text, "price") == price


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("12,–", "is not an amount; write it as 12.50"),
        ("abc", "is not an amount"),
        ("", "is not an amount"),
        ("12 USD EUR", "is not an amount"),
        ("-5", "is below 0"),
        ("- 5 USD", "is below 0"),
        (-1, "is below 0"),
        ("1.299", "may mean 1299 or 1.299; write 1299.00"),
        ("1,2,3", "is not a number"),
        ("12.5.5", "is not a number"),
        (True, "is bool"),
        (None, "is NoneType"),
        ([1], "is list"),
        (10**400, "too large"),
        (float("inf"), "too large"),
    ],
)
def test_what_is_no_price_says_why(value: object, message: str) -> None:
    with pytest.raises(RowError, match=message):
        parse_price(value, "price")


def test_a_dot_before_three_digits_is_decimal_where_the_format_says_so() -> None:
    assert parse_price("15.000 USD", "price", dot_is_decimal=True) == (15.0, "USD")


@pytest.mark.parametrize(("value", "number"), [("4.5", 4.5), ("4,5", 4.5), ("-3", -3.0), (7, 7.0), ("1.250", 1.25)])
def test_numbers_are_read_from_text_too(value: object, number: float) -> None:
    assert parse_number(value, "rating") == number


@pytest.mark.parametrize("value", ["four", "", None, False, "1-2"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(RowError, match="rating"):
        parse_number(value, "rating")
