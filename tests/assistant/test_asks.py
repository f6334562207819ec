import pytest

from assistant.asks import join_asks, split_asks


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("do you deliver to Canada, and how long is the warranty", 2),
        ("show me tents and is it free to return them", 2),
        ("I need a kettle. What is your return policy?", 2),
        ("想买帐篷，另外怎么退货", 2),
        ("a backpack that fits a 15 inch laptop and is waterproof", 1),
        ("a lamp that is dimmable and can charge a phone", 1),
        ("black and white shoes", 1),
    ],
)
def test_an_ask_begins_with_a_question_of_its_own(text: str, asks: int) -> None:
    assert len(split_asks(text)) == asks


@pytest.mark.parametrize(
    ("matters", "asks"),
    [
        (["recommend", "recommend", "recommend"], ("a. b. c",)),
        (["recommend", "", "return_policy"], ("a. b", "c")),
        (["", "order", "order"], ("a. b. c",)),
        (["warranty", "payment", "warranty"], ("a", "b", "c")),
        (["", "", ""], ("a. b. c",)),
    ],
)
def test_parts_on_one_matter_are_one_ask(matters: list[str], asks: tuple[str, ...]) -> None:
    assert join_asks(("a", "b", "c"), matters) == asks
