import pytest

from knowledge.domain import Condition, HelpPage, Section
from knowledge.feeds.rows import RowError
from knowledge.rules import plain_prose, read_rule, section_number

PAGE = HelpPage("returns", "en", "Returns", (Section("Why?", ""), Section("How long?", "")))
TERMS = {"region": {"alaska", "canada"}, "size": set[str](), "floor": {"1", "2"}}


def cells(**changes: object) -> dict[str, object]:
    rule: dict[str, object] = {"rule_id": "r", "topic": "return", "section": "How long?", "answer": {"en": "Yes."}}
    return {name: value for name, value in {**rule, **changes}.items() if value is not None}


def conditions(when: object) -> tuple[Condition, ...]:
    return read_rule(cells(when=when), PAGE, TERMS).conditions


def test_a_rule_stands_under_its_section() -> None:
    assert read_rule(cells(), PAGE, TERMS).section == 1


@pytest.mark.parametrize(
    ("when", "read"),
    [
        (None, ()),
        ({}, ()),
        ({"sale": True}, (Condition("sale", "eq", "yes"),)),
        ({"gift": False}, (Condition("gift", "eq", "no"),)),
        ({"item_state": "opened"}, (Condition("item_state", "eq", "opened"),)),
        ({"item_state": ["opened", "used"]}, (Condition("item_state", "in", ("opened", "used")),)),
        ({"item_state": {"ne": "used"}}, (Condition("item_state", "ne", "used"),)),
        ({"item_state": {"in": ["used"]}}, (Condition("item_state", "in", ("used",)),)),
        ({"days": 3}, (Condition("days", "eq", 3.0),)),
        ({"days": [7, "14"]}, (Condition("days", "in", (7.0, 14.0)),)),
        ({"days": {"in": [7]}}, (Condition("days", "in", (7.0,)),)),
        ({"order_value": {"ne": [50, 100]}}, (Condition("order_value", "ne", (50.0, 100.0)),)),
        ({"days": {"ge": "31"}}, (Condition("days", "ge", 31.0),)),
        ({"weight_kg": {"ge": 2, "lt": 20.5}}, (Condition("weight_kg", "ge", 2.0), Condition("weight_kg", "lt", 20.5))),
        ({"region": "alaska"}, (Condition("region", "eq", "alaska"),)),
        ({"size": 42}, (Condition("size", "eq", 42.0),)),
        ({"floor": 2}, (Condition("floor", "eq", "2"),)),
    ],
)
def test_conditions_are_read_in_every_form(when: object, read: tuple[Condition, ...]) -> None:
    assert conditions(when) == read


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"itemstate": "opened"}, "'itemstate' is no known condition; did you mean 'item_state'?"),
        ({"item_state": "open"}, "'open' is no known value; did you mean"),
        ({"region": ["alaska", "mars"]}, "'mars' is no known value; known: alaska, canada"),
        ({"days": {"under": 3}}, "'under' is no comparison; known: eq"),
        ({"days": {"le": True}}, "days: le is bool where a number is expected"),
        ({"days": "soon"}, "days 'soon' is not a number"),
        ({"days": [7, "soon"]}, "days 'soon' is not a number"),
        ({"days": {"le": [1]}}, "le takes one value"),
        ({"sale": None}, "sale has no value"),
        ({"sale": {"eq": None}}, "eq takes one value"),
        ({"region": []}, "region is not a list of values"),
        ("sale", "when is not a mapping"),
    ],
)
def test_a_condition_that_could_never_hold_is_refused(when: object, message: str) -> None:
    with pytest.raises(RowError, match=message):
        conditions(when)


def test_conditions_of_other_pages_pass_where_terms_are_not_known() -> None:
    rule = read_rule(cells(when={"zone": "west"}), PAGE, None)

    assert rule.conditions == (Condition("zone", "eq", "west"),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule_id": None}, "rule_id is missing"),
        ({"topic": None}, "rule 'r': topic is missing"),
        ({"topic": "parking"}, "topic 'parking' is unknown; known: return, exchange"),
        ({"section": "How much?"}, "'How much\\?' is no heading of this page"),
        ({"answer": None}, "rule 'r': has no answers"),
        ({"answer": {}}, "has no answers"),
        ({"answer": {"en": " "}}, "has no answers"),
        ({"answer": {"en": 3}}, "answer: en is not a text"),
        ({"answer": {"fr": "Oui."}}, "language 'fr' is not one of"),
        ({"outcome": [1]}, "outcome is not a mapping"),
        ({"outcome": {"days": [1]}}, "outcome: days is not a text"),
        ({"category": {"a": 1}}, "category is not text"),
        ({"anwser": {}}, "unknown key 'anwser'; did you mean 'answer'?"),
    ],
)
def test_a_rule_that_says_nothing_certain_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(RowError, match=message):
        read_rule(cells(**changes), PAGE, TERMS)


def test_headings_are_compared_without_case_marks_and_spaces() -> None:
    assert section_number(PAGE.sections, "  HOW  **long?** ") == 1
    assert section_number(PAGE.sections, "How?") is None


def test_prose_loses_the_marks_of_markdown_and_no_more() -> None:
    text = plain_prose("**Free** from 60 <!-- check -->[here](delivery.md) [mail](mailto:a@x.example)\n- 2 * 3 * 4")

    assert text == "Free from 60 here mail (mailto:a@x.example)\n- 2 * 3 * 4"
