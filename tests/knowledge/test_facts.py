import pytest

from knowledge.domain import Condition, Terms, Value
from knowledge.facts import condition_text, holds, read_facts

TERMS: Terms = {
    "region": {
        "canada": {"en": ("canada", "toronto"), "zh": ("加拿大",)},
        "alaska_hawaii": {"en": ("alaska", "hawaii"), "zh": ("阿拉斯加",)},
    },
    "item_state": {
        "opened": {"en": ("broken seal", "tried on indoors")},
        "used": {"en": ("pitched",), "zh": ("搭过",)},
    },
}


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("can I return opened headphones?", "opened"),
        ("can I return unopened headphones", "unopened"),
        ("I haven't even opened the box", "unopened"),
        ("the laptop is not opened yet", "unopened"),
        ("the seal isn't broken", "unopened"),
        ("it has a broken seal", "opened"),
        ("opened but never used", "opened"),
        ("I wore the shoes outside once", "used"),
        ("I'm used to better service", None),
        ("we pitched the tent", "used"),
        ("it came broken, can I send it back", "damaged"),
        ("my kettle broke", "defective"),
        ("who pays if it's faulty", "defective"),
        ("I opened it and it does not work", "defective"),
        ("it's not faulty, I just don't like it", None),
        ("a mug with my name engraved", "personalised"),
        ("opened or not", None),
        ("opened or unopened", None),
        ("拆封的耳机能退吗", "opened"),
        ("拆封的耳機能退嗎", "opened"),
        ("没拆的笔记本能退吗", "unopened"),
        ("还没有拆封", "unopened"),
        ("有没有拆封都能退吗", None),
        ("跑鞋穿过一次", "used"),
        ("没穿过", None),
        ("帐篷搭过一晚", "used"),
        ("耳机坏了", "defective"),
        ("收到就是坏的", "damaged"),
        ("刻了名字的杯子", "personalised"),
        ("用了优惠券能退吗", None),
    ],
)
def test_the_state_of_the_item_is_read_with_its_negation(text: str, state: str | None) -> None:
    assert read_facts(text, "en", TERMS).get("item_state") == state


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("bought nine days ago", 9),
        ("can I still return it after 40 days", 40),
        ("bought twenty-one days ago", 21),
        ("I bought it three weeks ago", 21),
        ("can i still return this after a month", 30),
        ("more than 30 days ago", 31),
        ("almost a month ago", 29),
        ("after half a year", 183),
        ("within 5 working days", None),
        ("is it covered for two years", None),
        ("yesterday", 1),
        ("三十天后还能退吗", 30),
        ("买了快一个月了", 29),
        ("超过30天了怎么办", 31),
        ("一个半月前买的", 46),
        ("收到货三天了", 3),
        ("笔记本用了4年坏了", 1461),
        ("耳机买了2年还保修吗", 731),
        ("买了2年的延保", None),
        ("几天能到", None),
    ],
)
def test_days_since_delivery_are_read_in_numerals_and_words(text: str, days: int | None) -> None:
    assert read_facts(text, "zh", TERMS).get("days") == days


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("特价没拆封的耳机", "sale", "yes"),
        ("送人的没拆封的耳机", "gift", "yes"),
        ("an order of $45", "order_value", 45),
        ("订单45美元运费多少", "order_value", 45),
        ("orders over $60", "order_value", 60.01),
        ("do I pay $5.90 for delivery", "order_value", None),
        ("does a 25 kg parcel cost more", "weight_kg", 25),
        ("50斤的包裹", "weight_kg", 25),
        ("bought in the sale", "sale", "yes"),
        ("it was not on sale", "sale", "no"),
        ("清仓买的", "sale", "yes"),
        ("it was a present", "gift", "yes"),
        ("do you sell gift cards", "gift", None),
        ("do you take American Express", "express", None),
        ("can you send it express", "express", "yes"),
        ("加急送多久", "express", "yes"),
        ("do you ship to Toronto", "region", "canada"),
        ("阿拉斯加送吗", "region", "alaska_hawaii"),
        ("to canada or alaska", "region", ("canada", "alaska_hawaii")),
        ("it's already packed", "order_state", "packed"),
        ("my order hasn't shipped yet", "order_state", ("placed", "packed")),
        ("已经发货了还能改吗", "order_state", "shipped"),
    ],
)
def test_other_conditions_are_read_in_both_languages(text: str, name: str, value: Value | None) -> None:
    assert read_facts(text, "en", TERMS).get(name) == value


def test_a_condition_on_what_is_unknown_is_left_open() -> None:
    assert holds(Condition("days", "le", 30.0), {}) is None


def test_a_condition_holds_only_if_it_holds_for_each_possible_value() -> None:
    state = {"order_state": ("placed", "packed")}

    assert holds(Condition("order_state", "in", ("placed", "packed")), state) is True
    assert holds(Condition("order_state", "eq", "packed"), state) is None
    assert holds(Condition("order_state", "eq", "shipped"), state) is False


@pytest.mark.parametrize(("op", "verdict"), [("lt", False), ("le", True), ("gt", False), ("ge", True), ("ne", False)])
def test_numbers_are_compared_at_their_bound(op: str, verdict: bool) -> None:
    condition = Condition("days", op, 30.0)  # type: ignore[arg-type]

    assert holds(condition, {"days": 30.0}) is verdict


def test_a_number_is_one_of_a_list_of_numbers() -> None:
    condition = Condition("days", "in", (7.0, 14.0))

    assert [holds(condition, {"days": days}) for days in (7.0, 14.0, 10.0)] == [True, True, False]
    assert condition_text(condition, "en", TERMS).endswith("7 or 14")


def test_a_condition_is_said_in_the_language_of_the_shopper() -> None:
    opened = Condition("item_state", "in", ("opened", "used"))

    assert condition_text(opened, "en", TERMS) == "item state is opened or used"
    assert condition_text(opened, "zh", TERMS) == "商品状态为已拆封或已使用"
    assert condition_text(Condition("sale", "eq", "yes"), "en", TERMS) == "bought on sale"
    assert condition_text(Condition("region", "eq", "canada"), "zh", TERMS) == "地区为加拿大"


@pytest.mark.parametrize("figures", ["1" * 400, "9" * 30, "百" * 400, "九百" * 20])
@pytest.mark.parametrize(
    "text",
    [
        "bought {} days ago",
        "{} days ago",
        "day {}",
        "order worth ${}",
        "it weighs {} kg",
        "买了{}天了",
        "满{}元",
        "{}公斤",
    ],
)
def test_figures_without_end_are_no_number(text: str, figures: str) -> None:
    assert not {"days", "order_value", "weight_kg"} & set(read_facts(text.format(figures), "en", TERMS))
