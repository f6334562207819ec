"""The rules in a help page's front matter: when each holds, what follows, and how it is said."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, get_args

from knowledge.domain import Condition, HelpPage, Language, Op, Rule, Section, Topic
from knowledge.feeds.fields import category_of, language_of, short_number
from knowledge.feeds.prices import as_float, parse_number
from knowledge.feeds.rows import RowError

ConditionValues: TypeAlias = Mapping[str, set[str]]
"""The conditions that a shop's pages define, with their values."""

_RULE_KEYS = ("rule_id", "topic", "section", "category", "when", "outcome", "answer")
_FLAGS = ("yes", "no")
ORDER_STATES = ("placed", "packed", "shipped", "delivered")
"""The states of an order that rules speak of, in the order in which it passes through them."""

# The conditions whose words the program knows itself, with their values; none stands for a number.
_CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "item_state": ("unopened", "opened", "used", "damaged", "defective", "personalised"),
    "order_state": ORDER_STATES,
    "sale": _FLAGS,
    "gift": _FLAGS,
    "express": _FLAGS,
    "order_value": (),
    "days": (),
    "weight_kg": (),
}
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)[^)]*\)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_rule(cells: object, page: HelpPage, terms: ConditionValues | None) -> Rule:
    """A rule from its front matter. Raises RowError.

    `terms` are the conditions that the shop's pages define, with their values; None leaves conditions unchecked.
    """
    if not isinstance(cells, dict):
        raise RowError("a rule is not 'name: value' lines")
    rule_id = _scalar(cells, "rule_id")
    named = f"rule {rule_id!r}: "
    for key in cells:
        if key not in _RULE_KEYS:
            raise RowError(f"{named}unknown key {key!r}{nearest(str(key), _RULE_KEYS)}")
    topic = _scalar(cells, "topic", named)
    topics: dict[str, Topic] = {name: name for name in get_args(Topic)}
    if topic not in topics:
        raise RowError(f"{named}topic {topic!r} is unknown{nearest(topic, topics)}; known: {', '.join(topics)}")
    heading = _scalar(cells, "section", named)
    number = section_number(page.sections, heading)
    if number is None:
        raise RowError(f"{named}section {no_such_heading(heading, page.sections)}")
    try:
        return Rule(
            rule_id=rule_id,
            topic=topics[topic],
            page_id=page.page_id,
            section=number,
            categories=_categories(cells.get("category")),
            conditions=tuple(_conditions(cells.get("when"), terms)),
            outcome=_outcome(cells.get("outcome")),
            answers=_answers(cells.get("answer")),
        )
    except RowError as error:
        raise RowError(named + str(error)) from None


def _scalar(cells: Mapping[str, object], key: str, named: str = "") -> str:
    value = cells.get(key)
    if value is None or isinstance(value, dict | list) or not str(value).strip():
        raise RowError(f"{named}{key} is missing or not one text")
    return str(value).strip()


def _categories(value: object) -> tuple[tuple[str, ...], ...]:
    levels = value if isinstance(value, list) else [value]
    return tuple(category for level in levels if (category := category_of(level)))


def _conditions(when: object, terms: ConditionValues | None) -> Iterator[Condition]:
    if when is None:
        return
    if not isinstance(when, dict):
        raise RowError("when is not a mapping; write when: {item_state: opened} or when: {}")
    for key, value in when.items():
        name = str(key)
        _check_name(name, terms)
        if isinstance(value, dict):
            yield from (_comparison(name, str(op), limit, terms) for op, limit in value.items())
        elif isinstance(value, list):
            if not value or any(isinstance(one, dict | list) or one is None for one in value):
                raise RowError(f"when: {name} is not a list of values")
            yield Condition(name, "in", _listed(name, value, terms))
        elif value is None:
            raise RowError(f"when: {name} has no value; write {name}: yes, or leave it out")
        else:
            yield Condition(name, "eq", _condition_value(name, value, terms))


def _comparison(name: str, op: str, limit: object, terms: ConditionValues | None) -> Condition:
    ops: dict[str, Op] = {known: known for known in get_args(Op)}
    if op not in ops:
        raise RowError(f"when: {name}: {op!r} is no comparison{nearest(op, ops)}; known: {', '.join(ops)}")
    if op == "in" or isinstance(limit, list):
        listed = limit if isinstance(limit, list) else [limit]
        if op not in ("in", "ne") or any(isinstance(one, dict | list) or one is None for one in listed):
            raise RowError(f"when: {name}: {op} takes one value")
        return Condition(name, ops[op], _listed(name, listed, terms))
    if op in ("eq", "ne"):
        if limit is None or isinstance(limit, dict):
            raise RowError(f"when: {name}: {op} takes one value")
        return Condition(name, ops[op], _condition_value(name, limit, terms))
    return Condition(name, ops[op], parse_number(limit, f"when: {name}: {op}"))


def _listed(name: str, values: Iterable[object], terms: ConditionValues | None) -> tuple[str, ...] | tuple[float, ...]:
    if _CONDITIONS.get(name) == ():
        return tuple(parse_number(value, f"when: {name}") for value in values)
    return tuple(_known(name, word_of(value), terms) for value in values)


def _condition_value(name: str, value: object, terms: ConditionValues | None) -> str | float:
    if _CONDITIONS.get(name) == ():
        return parse_number(value, f"when: {name}")
    has_words = name in _CONDITIONS or bool((terms or {}).get(name))
    if isinstance(value, int | float) and not isinstance(value, bool) and not has_words:
        return as_float(value, f"when: {name}")
    return _known(name, word_of(value), terms)


def _check_name(name: str, terms: ConditionValues | None) -> None:
    if terms is not None and name not in _CONDITIONS and name not in terms:
        known = [*_CONDITIONS, *terms]
        raise RowError(
            f"when: {name!r} is no known condition{nearest(name, known)}; known: {', '.join(known)}; "
            "or give its words under terms"
        )


def _known(name: str, value: str, terms: ConditionValues | None) -> str:
    values = [*_CONDITIONS.get(name, ()), *sorted((terms or {}).get(name, ()))]
    if values and (terms is not None or name in _CONDITIONS) and value not in values:
        raise RowError(f"when: {name}: {value!r} is no known value{nearest(value, values)}; known: {', '.join(values)}")
    return value


def _outcome(value: object) -> dict[str, str | float | bool]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RowError("outcome is not a mapping; write outcome: {allowed: yes, days: 30}")
    outcome: dict[str, str | float | bool] = {}
    for name, held in value.items():
        if isinstance(held, bool):
            outcome[str(name)] = held
        elif isinstance(held, int | float):
            outcome[str(name)] = as_float(held, f"outcome: {name}")
        elif isinstance(held, str):
            outcome[str(name)] = held.strip()
        else:
            raise RowError(f"outcome: {name} is not a text, a number, or yes/no")
    return outcome


def _answers(value: object) -> dict[Language, str]:
    if not isinstance(value, dict):
        raise RowError('has no answers; write answer: {en: "…", zh: "…"}')
    answers: dict[Language, str] = {}
    for code, text in value.items():
        if not isinstance(text, str):
            raise RowError(f"answer: {code} is not a text; put it between quotes")
        if text.strip():
            answers[language_of(str(code))] = " ".join(text.split())
    if not answers:
        raise RowError('has no answers; write answer: {en: "…", zh: "…"}')
    return answers


def section_number(sections: Sequence[Section], heading: str) -> int | None:
    """The number, from 0, of the section under a heading; case, marks and spaces do not count."""
    wanted = _folded(heading)
    return next((i for i, section in enumerate(sections) if _folded(section.heading) == wanted), None)


def _folded(heading: str) -> str:
    return " ".join(plain_prose(heading).casefold().replace("’", "'").split())


def no_such_heading(heading: str, sections: Sequence[Section]) -> str:
    headings = [section.heading for section in sections]
    return f"{heading!r} is no heading of this page{nearest(heading, headings)}"


def word_of(value: object) -> str:
    """YAML reads a bare yes or no as a truth value and 50 as a number; a condition's value is the word."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(short_number(value)) if isinstance(value, float) else str(value).strip()


def plain_prose(markdown: str) -> str:
    """The text without the marks that only a Markdown page shows; lists and line breaks stay."""
    text = _COMMENT.sub("", markdown)
    text = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if ":" in link[2] else link[1], text)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text).strip()


def nearest(name: str, known: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""
