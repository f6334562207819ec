"""What answers a question some days later: the rule, one for what is too late, or that the time is over."""

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Condition, HelpPage, Language, Product, ProductId, Rule, Section, Topic, Translation
from knowledge.graph import ShopGraph
from retrieval.answers import Answerer, build_answerer

UNOPENED = Condition("item_state", "eq", "unopened")
FAULTY = Condition("item_state", "eq", "defective")
SALE = Condition("sale", "eq", "yes")
GIFT = Condition("gift", "eq", "yes")
TENTS = "Outdoor > Tents"


def late(days: float) -> Condition:
    return Condition("days", "ge", days)


def rule(
    name: str, topic: Topic, section: int, *conditions: Condition, category: str = "", **outcome: str | float | bool
) -> Rule:
    categories = (tuple(category.split(" > ")),) if category else ()
    page = "warranty" if topic == "warranty" else "returns"
    return Rule(name, topic, page, section, categories, conditions, outcome, {"en": f"<{name}>", "zh": f"《{name}》"})


RETURNS = (
    rule("standard", "return", 0, allowed=True, days=30.0),
    rule("gift", "return", 0, GIFT, allowed=True, days=60.0),
    rule("sale", "return", 0, SALE, allowed=True, days=14.0),
    rule("sale-late", "return", 0, SALE, late(15), allowed=False, days=14.0),
    rule("unopened-tents", "return", 1, UNOPENED, category=TENTS, allowed=True, days=30.0),
    rule("gift-tents", "return", 1, GIFT, category=TENTS, allowed=True, days=60.0),
    rule("sale-tents", "return", 1, SALE, category=TENTS, allowed=True, days=14.0),
    rule("unopened-late", "return", 1, UNOPENED, late(31), allowed=False, days=30.0),
    rule("faulty", "return", 2, FAULTY, allowed=True, days=90.0),
)
WARRANTY = (
    rule("warranty", "warranty", 0, allowed=True, months=24.0),
    rule("warranty-tents", "warranty", 0, category=TENTS, allowed=True, months=60.0),
    rule("covered", "warranty", 1, FAULTY, allowed=True),
    rule("repair", "warranty", 2, months=60.0),
)


def page(name: str, language: Language, rules: tuple[Rule, ...], *headings: str) -> HelpPage:
    sections = tuple(Section(heading, heading) for heading in headings)
    return HelpPage(name, language, name, sections, rules if language == "en" else ())


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    pages = [
        page(
            "returns",
            "en",
            RETURNS,
            "How long can I return it?",
            "Can an unopened tent go back?",
            "What if it is defective?",
        ),
        page("returns", "zh", RETURNS, "多久可以退货？", "没拆封的帐篷能退吗？", "有故障怎么办？"),
        page("warranty", "en", WARRANTY, "How long is the warranty?", "What is covered?", "Are there spare parts?"),
        page("warranty", "zh", WARRANTY, "保修期多长？", "哪些情况保修？", "有配件吗？"),
    ]
    tent = Product(
        ProductId("T"), "T", category=("Outdoor", "Tents"), translations={"zh": Translation(category=("户外", "帐篷"))}
    )
    return build_answerer(ShopGraph.build(pages, Catalogue([tent])), {}, tmp_path_factory.mktemp("answers"), {})


@pytest.mark.parametrize(
    ("en", "zh", "answered_by"),
    [
        ("Can an unopened tent go back after 20 days?", "没拆封的帐篷收到20天了能退吗？", "unopened-tents"),
        ("Can an unopened tent go back after 60 days?", "没拆封的帐篷收到60天了能退吗？", "unopened-late"),
        ("Can an unopened tent, a gift, go back after 45 days?", "礼物，没拆封的帐篷收到45天了能退吗？", "gift-tents"),
        ("Can an unopened tent on sale go back after 20 days?", "没拆封的特价帐篷收到20天了能退吗？", "sale-late"),
        ("What if it is defective after 60 days, can I return it?", "有故障，收到60天了怎么办？", "faulty"),
        ("How long is the warranty of a tent after 3 years?", "帐篷买了3年了，保修期多长？", "warranty-tents"),
    ],
)
def test_a_rule_answers_only_within_its_time(answerer: Answerer, en: str, zh: str, answered_by: str) -> None:
    for question, language, said in ((en, "en", f"<{answered_by}>"), (zh, "zh", f"《{answered_by}》")):
        answer = answerer.answer(question, language)  # type: ignore[arg-type]

        assert answer.text == said
        assert answer.source == f"rule:{answered_by}"
        assert answer.citations


@pytest.mark.parametrize(
    ("question", "language", "text", "step"),
    [
        (
            "How long is the warranty, after 3 years?",
            "en",
            "The period of 24 months is over. The rule: “<warranty>” More time is given for: Tents (60 months).",
            "period over: 24 months",
        ),
        (
            "买了3年了，保修期多长？",
            "zh",
            "24个月的期限已经过了。规则是：“《warranty》”期限更长的有：帐篷（60个月）。",
            "期限已过：24个月",
        ),
        (
            "How long is the warranty of a tent, after 6 years?",
            "en",
            "The period of 60 months is over. The rule: “<warranty-tents>”",
            "period over: 60 months",
        ),
        (
            "How long can I return it after 45 days?",
            "en",
            "The period of 30 days is over. The rule: “<standard>” More time is given for: bought as a gift (60 days).",
            "period over: 30 days",
        ),
    ],
)
def test_where_no_rule_speaks_of_what_is_late_the_period_is_said_to_be_over(
    answerer: Answerer, question: str, language: Language, text: str, step: str
) -> None:
    answer = answerer.answer(question, language)

    assert answer.text == text
    assert step in answer.path


@pytest.mark.parametrize(
    ("question", "language"),
    [("What is covered when a thing broke after 3 years?", "en"), ("有故障，买了3年了，哪些情况保修？", "zh")],
)
def test_what_the_warranty_covers_it_covers_within_its_time(
    answerer: Answerer, question: str, language: Language
) -> None:
    answer = answerer.answer(question, language, topic="warranty")

    assert answer.source == "rule:warranty"
    assert "24" in answer.text


def test_how_long_parts_are_kept_is_no_time_that_passes(answerer: Answerer) -> None:
    assert answerer.answer("Are there spare parts after 6 years?", "en").text == "<repair>"
