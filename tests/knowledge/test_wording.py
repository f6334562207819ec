from dataclasses import replace

import pytest

from knowledge.domain import Constraint, Language, Product, ProductId
from knowledge.wording import constraint_text, later_text, money, value_text


@pytest.mark.parametrize(
    ("amount", "currency", "language", "said"),
    [
        (1299, "USD", "en", "$1,299.00"),
        (1299, "USD", "zh", "$1,299.00"),
        (200, "CNY", "zh", "200.00 元"),
        (12.5, "SEK", "en", "12.50 SEK"),
    ],
)
def test_money_names_its_currency(amount: float, currency: str, language: Language, said: str) -> None:
    assert money(amount, currency, language) == said


@pytest.mark.parametrize(
    ("constraint", "en", "zh"),
    [
        (Constraint("price", "le", 150.0), "price at most $150.00", "价格不超过 $150.00"),
        (Constraint("brand", "ne", "Brenvik"), "brand not Brenvik", "品牌不是Brenvik"),
        (Constraint("category", "eq", "Audio > Headphones"), "Headphones", "Headphones"),
        (Constraint("battery_life_h", "ge", 20.0), "battery life at least 20 h", "续航至少 20 小时"),
        (Constraint("dimmable", "eq", "yes"), "dimmable", "可调光：是"),
        (Constraint("available", "eq", "yes"), "in stock", "有现货"),
    ],
)
def test_a_constraint_is_said_in_both_languages(constraint: Constraint, en: str, zh: str) -> None:
    assert constraint_text(constraint, "USD", "en") == en
    assert constraint_text(constraint, "USD", "zh") == zh


@pytest.mark.parametrize(("language", "said"), [("en", "Laptops or Monitors"), ("zh", "Laptops或Monitors")])
def test_a_wish_for_several_categories_names_all_of_them(language: Language, said: str) -> None:
    wish = Constraint("category", "in", ("Computers > Laptops", "Computers > Monitors"))

    assert constraint_text(wish, "USD", language) == said


def test_a_number_is_said_with_the_unit_of_its_field() -> None:
    assert value_text("weight_g", 250.0, "USD", "en") == "250 g"
    assert value_text("capacity_l", 1.7, "USD", "zh") == "1.7 升"


@pytest.mark.parametrize(
    ("attributes", "en", "zh"),
    [
        (
            {"availability": "preorder", "availability_date": "2031-05-01T08:00"},
            "pre-order (from 2031-05-01)",
            "预售（2031-05-01 起）",
        ),
        ({"availability": "backorder"}, "on back order", "可订购，暂无现货"),
        ({"availability": "any"}, "", ""),
    ],
)
def test_what_comes_later_is_said_with_its_day(attributes: dict[str, str | float], en: str, zh: str) -> None:
    bear = Product(ProductId("1"), "Bear", available=True, attributes=attributes)

    assert (later_text(bear, "en"), later_text(bear, "zh")) == (en, zh)
    assert later_text(replace(bear, available=False), "en") == ""
