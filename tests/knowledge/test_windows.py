import pytest

from knowledge.domain import Rule, Topic
from knowledge.facts import Facts
from knowledge.windows import is_over, window_text


def rule(topic: Topic, **outcome: str | float | bool) -> Rule:
    return Rule("r", topic, "page", 0, (), (), outcome, {"en": "r"})


@pytest.mark.parametrize(
    ("given", "facts", "over"),
    [
        (rule("return", allowed=True, days=30.0), {"days": 31.0}, True),
        (rule("return", allowed=True, days=30.0), {"days": 30.0}, False),
        (rule("return", allowed=True, days=30.0), {}, False),
        (rule("warranty", allowed=True, months=36.0), {"days": 1096.0}, False),  # three years, to the day
        (rule("warranty", allowed=True, months=36.0), {"days": 1097.0}, True),
        (rule("cancel", allowed=True, hours=2.0), {"days": 1.0}, True),
        (rule("cancel", allowed=True, hours=2.0), {"days": 0.0}, False),
    ],
)
def test_a_time_is_over_from_the_day_after_its_last(given: Rule, facts: Facts, over: bool) -> None:
    assert is_over(given, facts) is over


@pytest.mark.parametrize(
    "given",
    [
        rule("return", allowed=False, days=30.0),
        rule("return", days=5.0),
        rule("exchange", allowed=True, takes_days=3.0),
        rule("delivery", allowed=True, days=10.0),
    ],
)
def test_what_forbids_or_tells_how_long_a_thing_takes_is_never_over(given: Rule) -> None:
    assert not is_over(given, {"days": 1000.0})


def test_a_time_is_said_in_the_units_of_its_rule() -> None:
    assert window_text(rule("return", allowed=True, days=30.0), "en") == "30 days"
    assert window_text(rule("cancel", allowed=True, hours=1.0), "en") == "1 hour"
    assert window_text(rule("warranty", allowed=True, months=24.0), "zh") == "24个月"
