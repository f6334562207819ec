from dataclasses import replace

import pytest

from assistant.proof import Claim, OrderTries, find_codes, find_email, find_order_id, prove, read_claims, without_proof
from knowledge.domain import Order
from knowledge.orders import FileOrderBook


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("where is HL-O-70001", "HL-O-70001"),
        ("order #70001 please", "70001"),
        ("订单HL-O-70012到哪了", "HL-O-70012"),
        ("under 150 please", ""),
        ("mail me at jo1234@example.com", ""),
    ],
)
def test_an_order_number_is_found_beside_other_figures(text: str, order_id: str) -> None:
    found = find_order_id(text)

    assert found == order_id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my postcode is 97205", "97205"),
        ("3000", "3000"),
        ("邮编是1012 AB谢谢", "1012 AB"),
        ("D02 X285", "D02 X285"),
        ("kod 00-950", "00-950"),
        ("123 45", "123 45"),
        ("〒１００－０００１", "100-0001"),
        ("zip 10583, bought 12 May 2024, 2 items for $119.00", "10583"),
        ("sw1a 2th, 3 days ago", "sw1a 2th"),
    ],
)
def test_postcodes_are_found_as_they_are_written_in_many_countries(text: str, code: str) -> None:
    assert code in find_codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "bought 2 on the 2nd, 300 days ago, for $119.00",
        "2026-03-14，500元，3件",
        "hello",
        "the HL-1003 is broken",
        "WH-1000XM4耳机坏了",
        "the 128GB S24",
    ],
)
def test_dates_and_amounts_are_no_postcodes(text: str) -> None:
    assert find_codes(text) == ()


def test_an_utterance_gives_few_postcodes_to_try() -> None:
    codes = find_codes(" ".join(str(n) for n in range(1000, 2000)))

    assert [code for code in codes if len(code) == 4] == ["1997", "1998", "1999"]


def test_an_address_is_found_between_chinese_characters() -> None:
    assert find_email("我的邮箱是jo.lee@example.com谢谢") == "jo.lee@example.com"


@pytest.mark.parametrize(
    "text",
    [
        "order 10234, 90210",
        "10234 90210",
        "my postcode is 90210, order 10234",
        "zip 90210 order #10234",
        "90210 is my zip code and 10234 is the order number",
        "订单10234，邮编90210",
        "邮编是90210，订单号是10234",
        "90210是邮编，10234是订单号",
        "order 10234, the postcode for it is 90210",
    ],
)
def test_order_number_and_postcode_of_figures_alone_are_told_apart_by_the_words_beside_them(text: str) -> None:
    assert _likeliest(text, "") == ("10234", "90210")
    assert _likeliest(text, "", "10001") == ("10234", "90210")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("90210", ("10234", "90210")),
        ("邮编90210", ("10234", "90210")),
        ("10234, 90210", ("10234", "90210")),
        ("90210 and 10234", ("10234", "90210")),
        ("the postcode for my order: 90210", ("10234", "90210")),
        ("my order's postcode is 90210", ("10234", "90210")),
        ("no, order 55501, 90210", ("55501", "90210")),
        ("我说的是订单55501", ("55501", "")),
    ],
)
def test_figures_alone_are_the_postcode_of_the_known_order_unless_the_words_say_otherwise(
    text: str, read: tuple[str, str]
) -> None:
    assert _likeliest(text, "10234") == read
    assert _likeliest(text, "10234", "10001") == read


def test_wrong_tries_are_forgiven_after_their_time_and_the_oldest_number_is_forgotten_first() -> None:
    now = [0.0]
    tries = OrderTries(most=2, seconds=60.0, n_numbers=2, clock=lambda: now[0])

    for number in ("HL-1", "hl 1", "HL-2", "HL-2"):
        tries.count(number)
    both = tries.are_spent("HL-1"), tries.are_spent("HL-2")
    tries.count("HL-3")
    first, second = tries.are_spent("HL-1"), tries.are_spent("HL-2")
    now[0] = 61.0

    assert both == (True, True)
    assert (first, second) == (False, True)
    assert not tries.are_spent("HL-2")


def test_what_is_asked_of_an_order_is_left_without_its_number_and_proof() -> None:
    assert without_proof("change the address of HL-O-70037, jo@example.com") == "change the address of ,"
    assert without_proof("取消订单10234，邮编90210，可以吗") == "取消订单 ，邮编 ，可以吗"


@pytest.mark.parametrize(
    ("order_id", "postcode"),
    [
        ("112-1234567-1234567", "3000"),
        ("2024-0001", "1012 AB"),
        ("A-12", "D02 X285"),
        ("13800000001", "00-950"),
        ("4111111111111111", "123 45"),
        ("T-1", "100-0001"),
        ("10234", "97205"),
        ("7", "SW1A 1AA"),
    ],
)
@pytest.mark.parametrize(
    "text",
    ["order {}, postcode {}", "订单{}，邮编{}", "订单号是{}邮编是{}谢谢", "order {}, 12 May 2024, zip {}, 2 of it"],
)
@pytest.mark.parametrize("width", [0, 0xFEE0])
def test_a_number_in_the_shops_own_form_is_the_order_and_what_is_beside_it_the_postcode(
    text: str, order_id: str, postcode: str, width: int
) -> None:
    wide = str.maketrans({n: n + width for n in range(ord("0"), ord("9") + 1)})
    (claim, *_) = read_claims(text.format(order_id, postcode).translate(wide), "", _book(order_id).numbers_in)

    assert claim.order_id == order_id
    assert postcode in claim.proofs


def test_an_address_proves_in_full_width_too() -> None:
    claims = read_claims("订单Ｔ－１，ana＠example．com", "", _book("T-1").numbers_in)

    assert claims == (Claim("T-1", ("ana@example.com",)),)


def test_a_known_order_takes_any_postcode() -> None:
    assert read_claims("LV-1010", "T-1", _book("T-1").numbers_in)[0] == Claim("T-1", ("1010", "LV-1010"))


def test_a_telephone_number_is_no_order_where_the_shop_writes_none_like_it() -> None:
    assert read_claims("13812345678", "", _book("T-1").numbers_in) == ()


def _book(*order_ids: str) -> FileOrderBook:
    return FileOrderBook([Order(i, "", "", "", "packed", None, None, "USD", ()) for i in order_ids])


def _likeliest(text: str, before: str, *order_ids: str) -> tuple[str, str]:
    """The number of the first claim, and its first proof that is one word."""
    claim = read_claims(text, before, _book(*order_ids).numbers_in)[0]
    return claim.order_id, next((proof for proof in claim.proofs if " " not in proof), "")


def test_an_order_of_ones_own_does_not_make_guesses_at_another_free() -> None:
    theirs = Order("T-2", "", "b@example.com", "97205", "shipped", None, None, "USD", ())
    own = replace(theirs, order_id="T-1", email="a@example.com", postcode="10583")
    book, tries = FileOrderBook([own, theirs]), OrderTries(most=3)

    told = [
        prove(read_claims(f"T-2 T-1 a@example.com {code}", "", book.numbers_in), book, tries)
        for code in (97202, 97203, 97204, 97205)
    ]

    assert told[0] == own
    assert told[3] == own
    assert tries.are_spent("T-2")
    assert not tries.are_spent("T-1")


@pytest.mark.parametrize(
    "text",
    [
        "I ordered on 2026-03-14, where is my order?",
        "2026年3月14日下的单到哪了",
        "I paid 1299 dollars, where is my order?",
    ],
)
def test_dates_and_amounts_are_no_order_numbers(text: str) -> None:
    assert read_claims(text, "") == ()


def test_a_number_in_the_shops_own_form_is_the_order_whatever_stands_before_it() -> None:
    book = FileOrderBook([Order("HL-O-70001", "", "", "90210", "shipped", None, None, "USD", ())])

    claims = read_claims("the postcode of HL-O-70002 is 90210", "10234", book.numbers_in)

    assert claims[0] == Claim("HL-O-70002", ("90210", "is 90210"))


@pytest.mark.parametrize("text", ["TWP-440129073 has not moved", "hl-o-70001 is still not here"])
def test_what_is_no_other_order_leaves_the_one_known(text: str) -> None:
    book = FileOrderBook([Order("HL-O-70001", "", "a@example.com", "", "shipped", None, None, "USD", ())])

    claims = read_claims(text, "HL-O-70001", book.numbers_in)

    assert claims[0].order_id.upper() == "HL-O-70001"


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("Where is HLO70002?", "HLO70002"),
        ("the zip code of HLO70002 is 90210", "HLO70002"),
        ("订单HLO70002，3天了还没到", "HLO70002"),
        ("HLO70002 days late", "HLO70002"),
    ],
)
def test_a_number_without_its_dashes_is_the_same_order(text: str, order_id: str) -> None:
    book = FileOrderBook([Order("HL-O-70002", "", "", "90210", "shipped", None, None, "USD", ())])

    assert read_claims(text, "HL-O-70001", book.numbers_in)[0].order_id == order_id


@pytest.mark.parametrize("text", ["order 12345 items missing", "订单号 12345，3天了还没发货"])
def test_figures_that_are_called_an_order_are_no_amount(text: str) -> None:
    assert read_claims(text, "")[0].order_id == "12345"


def test_a_zip_proves_an_order_whose_longer_code_is_on_file() -> None:
    order = Order("T-1", "", "", "10583-1234", "shipped", None, None, "USD", ())

    assert FileOrderBook([order]).find("T-1", "10583") == order
    assert FileOrderBook([order]).find("T-1", "10583 1234") == order
    assert FileOrderBook([order]).find("T-1", "10583-9999") is None
    assert FileOrderBook([order]).find("T-1", "10584") is None
