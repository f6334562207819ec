from collections.abc import Mapping
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Condition, HelpPage, Product, ProductId, Rule, Section, Translation, Value
from knowledge.errors import NotBuiltError
from knowledge.graph import ShopGraph

HEADPHONES = ("Audio", "Headphones")
OPENED = Condition("item_state", "eq", "opened")


def product(name: str, category: str, zh: str, brand: str = "Calder") -> Product:
    translation = Translation(category=tuple(zh.split(" > ")))
    return Product(
        ProductId(name), name, brand, category=tuple(category.split(" > ")), translations={"zh": translation}
    )


def rule(name: str, *conditions: Condition, category: str = "", section: int = 0) -> Rule:
    categories = (tuple(category.split(" > ")),) if category else ()
    return Rule(name, "return", "returns", section, categories, conditions, {"allowed": True}, {"en": name, "zh": name})


RULES = (
    rule("any"),
    rule("opened", OPENED),
    rule("opened-late", OPENED, Condition("days", "ge", 31.0)),
    rule("audio-opened", OPENED, category="Audio"),
    rule("headphones", category="Audio > Headphones"),
    rule("headphones-opened", OPENED, category="Audio > Headphones", section=1),
)


@pytest.fixture(scope="module")
def graph() -> ShopGraph:
    pages = [
        HelpPage(
            "returns",
            "en",
            "Returns",
            (Section("How long?", "30 days.", ("what is the window",)), Section("Opened?", "Mostly.")),
            RULES,
            {"region": {"canada": {"en": ("canada",)}}},
        ),
        HelpPage("returns", "zh", "退货", (Section("多久？", "30天。", ("几天内",)), Section("拆封？", "大多可以。"))),
        HelpPage("store", "en", "Store", (Section("When open?", "At ten."),)),
    ]
    catalogue = Catalogue(
        [
            product("A", "Audio > Headphones", "音频 > 耳机"),
            product("B", "Phones > Smartphones", "手机 > 智能手机"),
            product("C", "Phones > Cases", "手机 > 手机壳", "Tarn"),
            product("D", "Shoes > Running Shoes", "鞋 > 跑鞋"),
        ]
    )
    return ShopGraph.build(pages, catalogue)


def names(graph: ShopGraph, category: tuple[str, ...], facts: Mapping[str, Value]) -> list[str]:
    return [m.rule.rule_id for m in graph.rules_for("return", category, facts) if not m.missing_conditions]


def test_the_deeper_category_wins_then_more_conditions(graph: ShopGraph) -> None:
    assert names(graph, HEADPHONES, {"item_state": "opened"}) == [
        "headphones-opened",
        "headphones",
        "audio-opened",
        "opened",
        "any",
    ]


def test_a_rule_of_a_category_does_not_hold_for_another(graph: ShopGraph) -> None:
    assert names(graph, ("Phones", "Cases"), {"item_state": "opened"}) == ["opened", "any"]


def test_a_category_above_the_rules_own_does_not_let_it_in(graph: ShopGraph) -> None:
    assert names(graph, ("Audio",), {}) == ["any"]


def test_a_rule_with_an_unknown_condition_is_reported_with_what_it_depends_on(graph: ShopGraph) -> None:
    matches = graph.rules_for("return", (), {"item_state": "opened"})

    open_rules = {m.rule.rule_id: m.missing_conditions for m in matches if m.missing_conditions}
    assert open_rules == {"opened-late": (Condition("days", "ge", 31.0),)}


def test_a_rule_whose_condition_is_false_is_left_out(graph: ShopGraph) -> None:
    matches = graph.rules_for("return", (), {"item_state": "opened", "days": 3.0})

    assert [m.rule.rule_id for m in matches] == ["opened", "any"]


def test_the_path_names_the_nodes_that_were_walked(graph: ShopGraph) -> None:
    (match, *_) = graph.rules_for("return", HEADPHONES, {"item_state": "opened"})

    assert match.path == (
        "category:Audio > Headphones",
        "condition:item_state eq opened",
        "rule:headphones-opened",
    )


def test_each_question_leads_to_its_section(graph: ShopGraph) -> None:
    assert [(text, section) for _, text, section in graph.questions("zh")] == [
        ("多久？", "section:returns:zh:0"),
        ("几天内", "section:returns:zh:0"),
        ("拆封？", "section:returns:zh:1"),
        ("When open?", "section:store:en:0"),
    ]


def test_a_rule_stands_in_the_section_of_its_number_in_each_language(graph: ShopGraph) -> None:
    assert graph.section_of(RULES[5], "zh").heading == "拆封？"
    assert [r.rule_id for r in graph.rules_in("section:returns:zh:1")] == ["headphones-opened"]


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("can I return opened headphones?", HEADPHONES),
        ("拆封的耳机能退吗", HEADPHONES),
        ("拆封的耳機能退嗎", HEADPHONES),
        ("is a phone case covered", ("Phones", "Cases")),
        ("手机壳保修多久", ("Phones", "Cases")),
        ("do you repair phones", ("Phones", "Smartphones")),
        ("手机坏了", ("Phones", "Smartphones")),
        ("shoes I wore once", ("Shoes", "Running Shoes")),
        ("what is the return window", ()),
    ],
)
def test_a_category_is_read_from_a_question(graph: ShopGraph, text: str, category: tuple[str, ...]) -> None:
    assert graph.read_category(text) == category


def test_a_category_has_a_name_in_each_language(graph: ShopGraph) -> None:
    assert graph.category_name(HEADPHONES, "zh") == "音频 > 耳机"


def test_a_saved_graph_loads_the_same(graph: ShopGraph, tmp_path: Path) -> None:
    graph.save(tmp_path / "graph.json")

    loaded = ShopGraph.load(tmp_path / "graph.json")

    assert loaded.rules_for("return", HEADPHONES, {}) == graph.rules_for("return", HEADPHONES, {})
    assert loaded.questions("en") == graph.questions("en")
    assert loaded.read_facts("to canada", "en") == {"region": "canada"}
    assert loaded.count("product") == 4
    assert loaded.count("brand") == 2


@pytest.mark.parametrize("text", ["", "{}", '{"graph": {"format": 99}}'])
def test_a_damaged_graph_says_how_to_mend_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    file.write_text(text, "utf-8")

    with pytest.raises(NotBuiltError, match="build"):
        ShopGraph.load(file)


def test_a_missing_graph_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match="not found"):
        ShopGraph.load(tmp_path / "graph.json")
