import pytest

from knowledge.feeds.feed_settings import FeedSettings
from knowledge.feeds.prices import Notation, cents_after, parse_number, parse_price
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
        ("$1,299.00", (1299.0, "")),
        ("1.299,00 €", (1299.0, "EUR")),
        ("EUR 12,50", (12.5, "EUR")),
        ("1 299,00 kr", (1299.0, "")),
        ("1'299.00 CHF", (1299.0, "CHF")),
        ("￥１９９", (199.0, "")),
        ("人民币299", (299.0, "CNY")),
        ("¥299元", (299.0, "CNY")),
        ("£5", (5.0, "GBP")),
        ("5 £", (5.0, "GBP")),
        ("US $5.00", (5.0, "USD")),
        ("$5 CAD", (5.0, "CAD")),
        ("Rs. 1,299", (1299.0, "")),
        ("₩12,000", (12000.0, "KRW")),
        ("1.299.000 ₫", (1299000.0, "VND")),
        ("299.000 ₫", (299000.0, "VND")),
        ("1299 JPY", (1299.0, "JPY")),
        ("S/. 25.00", (25.0, "PEN")),
        ("S/.25.00", (25.0, "PEN")),
        ("EUR. 5", (5.0, "EUR")),
        ("CHF. 12", (12.0, "CHF")),
        ("5.-", (5.0, "")),
        ("12,-", (12.0, "")),
        ("12,– €", (12.0, "EUR")),
        ("CHF 5.--", (5.0, "CHF")),
        ("Free", (0.0, "")),
        ("免费", (0.0, "")),
        (89, (89.0, "")),
        (0, (0.0, "")),
    ],
)
def test_prices_are_read_in_their_usual_forms(text: object, price: tuple[float, str]) -> None:
    assert parse_price(text, "price") == price


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("ABC 5", "is not an amount; write it as 12.50"),
        ("$.99", "no figure before its point"),
        ("$ . 99", "no figure before its point"),
        ("€ ,50", "no figure before its point"),
        ("USD .99", "no figure before its point"),
        ("EUR.75", "no figure before its point"),
        ("10–20", "is not one price"),
        ("100 - 200 USD", "is not one price"),
        ("from 10", "is not one price"),
        ("ab 12,50 €", "is not one price"),
        ("299元起", "is not one price"),
        ("5 USD EUR", "is not an amount"),
        ("€5 USD", "more than one currency"),
        ("−5 €", "is below 0"),
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


@pytest.mark.parametrize(
    ("text", "shop", "currency"),
    [
        ("$5", "CAD", "CAD"),
        ("¥5", "JPY", "JPY"),
        ("¥5", "CNY", "CNY"),
        ("5 kr.", "DKK", "DKK"),
        ("Rs 5", "PKR", "PKR"),
        ("5元", "TWD", "TWD"),
        ("5元", "USD", "CNY"),
        ("US$5", "CAD", "USD"),
    ],
)
def test_a_sign_that_several_currencies_share_is_the_shops_where_it_may_be(text: str, shop: str, currency: str) -> None:
    assert parse_price(text, "price", notation=Notation(shop)) == (5.0, currency)


@pytest.mark.parametrize(("text", "shop"), [("$5", "EUR"), ("¥5", "USD"), ("5 kr", "EUR"), ("Rs. 5", "USD")])
def test_a_shared_sign_that_cannot_be_the_shops_is_told(text: str, shop: str) -> None:
    with pytest.raises(RowError, match="write alike; write its code"):
        parse_price(text, "price", notation=Notation(shop))


@pytest.mark.parametrize(
    ("currency", "region", "comma"),
    [
        ("EUR", "DE", True),
        ("EUR", "IE", False),
        ("EUR", "", False),
        ("PLN", "", True),
        ("USD", "", False),
        ("CHF", "CH", False),
        ("USD", "DE", True),
    ],
)
def test_region_and_currency_tell_whether_cents_stand_after_a_comma(currency: str, region: str, comma: bool) -> None:
    notation = FeedSettings(currency, region=region).notation

    assert notation.cents_after == (frozenset(",") if comma else frozenset())


@pytest.mark.parametrize(
    ("price", "mark"),
    [
        ("12,50 €", ","),
        ("1.299,00", ","),
        ("1,299.00", "."),
        ("12.5", "."),
        ("12,-", ","),
        ("0.125", "."),
        ("1.299", ""),
        ("12", ""),
    ],
)
def test_a_price_shows_the_mark_before_its_cents(price: str, mark: str) -> None:
    assert cents_after([price, 12.5, None]) == frozenset(mark)
