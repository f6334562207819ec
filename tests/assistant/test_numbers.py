"""Numbers as shoppers write them."""

import pytest

from assistant.numbers import find_numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,299.99", [1299.99]),
        ("2k", [2000]),
        ("1.5k", [1500]),
        ("sixty", [60]),
        ("a hundred and twenty", [120]),
        ("one fifty", [150]),
        ("two thousand five hundred", [2500]),
        ("两百", [200]),
        ("三百五", [350]),
        ("一千二", [1200]),
        ("一百零五", [105]),
        ("两万", [20000]),
        ("1.5万", [15000]),
        ("3千5", [3500]),
        ("千元", [1000]),
        ("四个人", [4]),
        ("100-200", [100, 200]),
        ("16gb", [16]),
        ("tn-2110", []),
        ("ps4", []),
        ("hl-1003", []),
        ("#70001", []),
        ("5th", []),
        ("100x100", []),
        ("第一个", []),
        ("万一", []),
        ("一下", []),
    ],
)
def test_a_number_is_read_in_any_writing(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == values


@pytest.mark.parametrize(
    "text",
    ["1" * 400, "9" * 20, "1" * 400 + "-" + "2" * 400, "1万万万万", "万" * 400, "hundred " * 400, "thousand and " * 9],
)
def test_what_no_shop_counts_in_is_no_number(text: str) -> None:
    assert all(number.value < 1e12 for number in find_numbers(text))
