"""Personal marks go, everything that a shop needs stays."""

import pytest

from assistant.masking import mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to Ann.O'Neil+shop@mail.example.co.uk please", "write to [email] please"),
        (
            "我的邮箱是li_wei@qq.example，谢谢",
            "我的邮箱是li_wei@qq.example，谢谢".replace("我的邮箱是li_wei@qq.example", "[email]"),
        ),
        ("邮箱：li@qq.com。", "邮箱：[email]。"),
        ("call me on (555) 234-5678", "call me on [phone]"),
        ("555-234-5678 or 555.234.5679", "[phone] or [phone]"),
        ("+1 555 234 5678", "[phone]"),
        ("1-800-234-5678", "[phone]"),
        ("my number is 5552345678", "my number is [phone]"),
        ("+44 20 7946 0958", "[phone]"),
        ("020 7946 0958", "[phone]"),
        ("+49 (30) 901820", "[phone]"),
        ("电话13812345678", "电话[phone]"),
        ("手机 138 1234 5678，晚上打", "手机 [phone]，晚上打"),
        ("+86 138-1234-5678", "[phone]"),
        ("１３８１２３４５６７８", "[phone]"),
        ("010-12345678", "[phone]"),
        ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
        ("4111-1111-1111-1111", "[card]"),
        ("卡号6222021234567890128", "卡号[card]"),
        ("5500005555555559", "[card]"),
        ("a@b.example and 4111111111111111", "[email] and [card]"),
    ],
)
def test_personal_marks_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "order 70001 where is it",
        "order #W2378156",
        "order number 5552345678",
        "订单号13812345678到哪了",
        "order number is 4111111111111111",
        "$1,299.99 or 899.00",
        "between 100-200 dollars",
        "HL-1003 vs HL-1007",
        "TN-2110 and MFC-9340CDW",
        "iphone 11 pro 256gb",
        "4111 1111 1111 1112",
        "2026-03-14 10:30",
        "the 100x100 arm, 20000 mah, 3840 x 2160",
        "postcode 90210-1234",
        "EAN 5901234123457",
        "三百五十块，27寸",
        "@home or 5@10",
        "",
    ],
)
def test_the_shops_own_numbers_survive(text: str) -> None:
    assert mask(text) == text
