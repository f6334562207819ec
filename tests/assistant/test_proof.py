import pytest

from assistant.proof import find_email, find_order_id, find_postcode


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
