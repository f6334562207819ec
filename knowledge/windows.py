"""For how long a rule allows something, and whether that time is over."""

from collections.abc import Mapping

from knowledge.domain import Language, Rule, Topic
from knowledge.facts import Facts

_DAYS_IN: Mapping[str, float] = {"hours": 1 / 24, "days": 1.0, "months": 30.4375}
_WORDS: Mapping[str, tuple[str, str]] = {"hours": ("hour", "小时"), "days": ("day", "天"), "months": ("month", "个月")}
# On other topics a time is how long something takes, or counts from another day than that of delivery.
_TOPICS: frozenset[Topic] = frozenset({"return", "exchange", "warranty", "cancel", "voucher"})


def window(rule: Rule) -> float | None:
    """The days in which the rule allows what it is about, from delivery on; None where it sets no such time."""
    unit = _unit(rule)
    return float(rule.outcome[unit]) * _DAYS_IN[unit] if unit else None


def is_over(rule: Rule, facts: Facts) -> bool:
    """Whether the time in which the rule allows it has passed, for all that is known."""
    limit, days = window(rule), facts.get("days")
    # To the whole day, as days are read: 36 months and three years are the same.
    return limit is not None and isinstance(days, float | int) and days > int(limit + 0.5)


def window_text(rule: Rule, language: Language) -> str:
    """The time in words: "30 days", "36个月"; "" without one."""
    unit = _unit(rule)
    if not unit:
        return ""
    n, (english, chinese) = float(rule.outcome[unit]), _WORDS[unit]
    return f"{n:g}{chinese}" if language == "zh" else f"{n:g} {english}" + ("" if n == 1 else "s")


def _unit(rule: Rule) -> str:
    if rule.topic not in _TOPICS or rule.outcome.get("allowed") is not True:
        return ""
    held = (unit for unit in _DAYS_IN if type(rule.outcome.get(unit)) in (float, int))
    return next(held, "")
