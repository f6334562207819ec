import pytest

from assistant.proof import OrderTries, find_email, find_order_id, find_postcode, read_order, without_proof


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


def test_a_postcode_is_not_taken_from_inside_the_order_number() -> None:
    text = "HL-O-70001 and my postcode is 97205"

    assert find_postcode(text) == "97205"
    assert find_postcode("HL-O-70001") == ""


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
    assert read_order(text, "") == ("10234", "90210")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("90210", ("10234", "90210")),
        ("邮编90210", ("10234", "90210")),
        ("10234, 90210", ("10234", "90210")),
        ("90210 and 10234", ("10234", "90210")),
        ("the postcode for my order: 90210", ("10234", "90210")),
        ("my order's postcode is 90210", ("10234", "90210")),
        ("the postcode of HL-O-70001 is 90210", ("HL-O-70001", "90210")),
        ("no, order 55501, 90210", ("55501", "90210")),
        ("我说的是订单55501", ("55501", "")),
    ],
)
def test_figures_alone_are_the_postcode_of_the_known_order_unless_the_words_say_otherwise(
    text: str, read: tuple[str, str]
) -> None:
    assert read_order(text, "10234") == read


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


def test_a_number_in_the_shops_own_form_is_the_order_and_figures_beside_it_the_postcode() -> None:
    assert read_order("order T-1, postcode 10583", "", ("T-1",)) == ("T-1", "10583")
    assert read_order("T-1 ana@example.com", "", ("T-1",)) == ("T-1", "ana@example.com")
    assert read_order("10583", "T-1") == ("T-1", "10583")
