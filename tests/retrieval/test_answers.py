import json
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import (
    Answer,
    Condition,
    HelpPage,
    Language,
    Product,
    ProductId,
    Rule,
    Section,
    Topic,
    Translation,
)
from knowledge.errors import NotBuiltError
from knowledge.graph import ShopGraph
from retrieval.answers import FILE, Answerer, build_answerer
from retrieval.encoder import Encoder, Kind
from retrieval.entries import Floats
from retrieval.weights import models_folder

ODD: Mapping[Language, Sequence[str]] = {"en": ["who won the world cup"], "zh": ["今天天气怎么样"]}


class WordEncoder:
    """Sums a fixed random direction for each word or Chinese character; counts what it encodes."""

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint
        self.n_encoded = 0

    def encode(self, texts: Sequence[str], *, kind: Kind = "query") -> Floats:
        self.n_encoded += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> Floats:
        words = re.findall(r"[\u4e00-\u9fff]|[a-z]+|\d+", text.lower()) or [""]
        total = np.sum([np.random.default_rng(zlib.crc32(w.encode())).standard_normal(256) for w in words], axis=0)
        return np.asarray(total / np.linalg.norm(total), np.float32)


def rule(
    name: str,
    section: int,
    en: str,
    *conditions: Condition,
    category: str = "",
    topic: Topic = "return",
    **outcome: str,
) -> Rule:
    categories = (tuple(category.split(" > ")),) if category else ()
    page = "returns" if topic == "return" else "store"
    return Rule(name, topic, page, section, categories, conditions, outcome, {"en": en, "zh": f"{en}（中文）"})


OPENED = Condition("item_state", "eq", "opened")
FAULTY = Condition("item_state", "eq", "defective")
RULES = (
    rule("window", 0, "You have 30 days.", allowed="yes", days="30"),
    rule("late", 0, "Too late.", Condition("days", "ge", 31.0), allowed="no"),
    rule("sale", 0, "14 days in the sale.", Condition("sale", "eq", "yes"), allowed="yes"),
    rule("in-time", 0, "Still in time.", Condition("days", "le", 30.0), allowed="yes"),
    rule("opened", 1, "Opened items can go back.", OPENED, allowed="yes"),
    rule("opened-laptops", 1, "Opened laptops: 14 days.", OPENED, category="Computers > Laptops", allowed="yes"),
    rule("opened-headphones", 2, "No, for hygiene.", OPENED, category="Audio > Headphones", allowed="no"),
    rule("postage", 3, "You pay the postage.", who_pays="customer"),
    rule("postage-faulty", 4, "We pay if it is faulty.", FAULTY, allowed="yes", who_pays="shop"),
)
LONG = " ".join(f"Sentence {i} tells what to do with parcel number {i} at the counter." for i in range(20))


def page(language: Language, title: str, sections: Sequence[tuple[str, str, Sequence[str]]]) -> HelpPage:
    made = tuple(Section(heading, text, tuple(questions)) for heading, text, questions in sections)
    return HelpPage("returns", language, title, made, RULES if language == "en" else ())


@pytest.fixture(scope="module")
def graph() -> ShopGraph:
    pages = [
        page(
            "en",
            "Returns",
            [
                ("How long can I return something?", "30 days for most things.", ["return window", "send it back"]),
                ("Can I return opened items?", "It depends on what it is.", ["I opened the box", "opened the laptop"]),
                ("What is excluded from returns?", "Some things for hygiene.", ["hygiene rule", "excluded items"]),
                ("Who pays the postage?", "Mostly you.", ["is the label free", "cost of posting"]),
                ("What if it is faulty?", "We help.", ["it stopped working", "broken after a day"]),
            ],
        ),
        page(
            "zh",
            "退货",
            [
                ("多久可以退货？", "大部分三十天。", ["退货期限", "几天内能退"]),
                ("拆封的商品能退吗？", "要看是什么。", ["盒子拆了", "拆开的电脑能退吗"]),
                ("哪些不能退？", "卫生用品。", ["卫生规定", "不支持退货的"]),
                ("运费谁出？", "一般是您。", ["面单免费吗", "寄回去多少钱"]),
                ("有故障怎么办？", "我们处理。", ["不能用了", "一天就坏了"]),
            ],
        ),
        HelpPage("store", "en", "Store", (Section("When are you open?", LONG, ("opening hours", "open on sunday")),)),
    ]
    products = [
        Product(
            ProductId("H"),
            "H",
            category=("Audio", "Headphones"),
            translations={"zh": Translation(category=("音频", "耳机"))},
        ),
        Product(
            ProductId("L"),
            "L",
            category=("Computers", "Laptops"),
            translations={"zh": Translation(category=("电脑", "笔记本电脑"))},
        ),
    ]
    return ShopGraph.build(pages, Catalogue(products))


@pytest.fixture(scope="module")
def answerer(graph: ShopGraph, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return build_answerer(graph, {"en": WordEncoder()}, tmp_path_factory.mktemp("answers"), ODD)


def test_the_rule_for_the_category_and_the_state_answers(answerer: Answerer) -> None:
    answer = answerer.answer("Can I return opened laptops?", "en")

    assert answer.known
    assert answer.text == "Opened laptops: 14 days."
    assert answer.source == "rule:opened-laptops"
    assert answer.path == (
        "question: Can I return opened items?",
        "topic: return",
        "category: Computers > Laptops",
        "condition: item state is opened",
        "rule: opened-laptops",
        "page: Returns § Can I return opened items?",
    )


def test_an_exception_in_another_section_answers_and_is_cited(answerer: Answerer) -> None:
    answer = answerer.answer("Can I return opened headphones?", "en")

    assert answer.text == "No, for hygiene."
    assert [(c.source_id, c.section) for c in answer.citations] == [("returns", "What is excluded from returns?")]


def test_chinese_questions_walk_the_same_rules_in_chinese(answerer: Answerer) -> None:
    answer = answerer.answer("拆封的耳机能退吗", "zh")

    assert answer.text == "No, for hygiene.（中文）"
    assert answer.path[1:] == (
        "主题：退货",
        "类别：音频 > 耳机",
        "条件：商品状态为已拆封",
        "规则：opened-headphones",
        "页面：退货 § 哪些不能退？",
    )


def test_what_the_question_says_overrides_the_rule_of_its_section(answerer: Answerer) -> None:
    assert answerer.answer("Who pays the postage?", "en").source == "rule:postage"
    assert answerer.answer("Who pays the postage if it is faulty?", "en").source == "rule:postage-faulty"


def test_a_state_says_more_than_a_number_of_days(answerer: Answerer) -> None:
    answer = answerer.answer("How long can I return something bought on sale 5 days ago?", "en")

    assert answer.source == "rule:sale"


def test_facts_that_are_given_count_above_those_of_the_question(answerer: Answerer) -> None:
    answer = answerer.answer("How long can I return something after 3 days?", "en", facts={"days": 40.0})

    assert answer.source == "rule:late"


def test_the_category_talked_about_counts_where_the_question_names_none(answerer: Answerer) -> None:
    answer = answerer.answer("Can I return opened items?", "en", category=("Audio", "Headphones"))

    assert answer.source == "rule:opened-headphones"


def test_a_section_whose_rules_are_open_answers_itself_and_says_on_what_it_depends(answerer: Answerer) -> None:
    answer = answerer.answer("Can I return items from the box?", "en")

    assert answer.text == "It depends on what it is."
    assert "depends on: item state" in answer.path


def test_what_the_pages_do_not_say_is_unknown_with_the_nearest_page(answerer: Answerer) -> None:
    answer = answerer.answer("zebra quark", "en")

    assert (answer.known, answer.text) == (False, "")
    assert answer.score < answerer.threshold("en")
    assert len(answer.citations) == 1


def test_a_long_section_answers_by_its_nearest_sentences(answerer: Answerer) -> None:
    answer = answerer.answer("opening hours parcel number 17 counter", "en")

    assert "Sentence 17 " in answer.text
    assert answer.text in LONG
    assert len(answer.text) < 500


def test_a_page_without_a_translation_answers_in_its_own_language(answerer: Answerer) -> None:
    assert answerer.answer("When are you open?", "zh").citations[0].source_id == "store"


def test_a_topic_prefers_its_sections_but_makes_nothing_known(answerer: Answerer) -> None:
    assert not answerer.answer("zebra quark", "en", topic="return").known


def test_a_given_vector_saves_encoding(graph: ShopGraph, tmp_path: Path) -> None:
    encoder = WordEncoder()
    answerer = build_answerer(graph, {"en": encoder}, tmp_path, ODD)
    vector = encoder.encode(["opening hours"])[0]
    n_before = encoder.n_encoded

    given = answerer.answer("opening hours", "en", vector=vector)

    assert encoder.n_encoded == n_before
    assert given == answerer.answer("opening hours", "en")


def test_a_loaded_answerer_answers_the_same(graph: ShopGraph, tmp_path: Path) -> None:
    built = build_answerer(graph, {"en": WordEncoder()}, tmp_path, ODD)

    loaded = Answerer.load(tmp_path, graph, {"en": WordEncoder()})

    assert _asked(loaded) == _asked(built)


def test_nothing_is_encoded_again_for_pages_that_did_not_change(graph: ShopGraph, tmp_path: Path) -> None:
    build_answerer(graph, {"en": WordEncoder()}, tmp_path / "1", {})
    encoder = WordEncoder()

    build_answerer(graph, {"en": encoder}, tmp_path / "2", {}, tmp_path / "1")

    assert encoder.n_encoded == 0


def test_answers_of_another_encoder_are_refused(graph: ShopGraph, tmp_path: Path) -> None:
    build_answerer(graph, {"en": WordEncoder()}, tmp_path, {})

    with pytest.raises(NotBuiltError, match="other pages or weights"):
        Answerer.load(tmp_path, graph, {"en": WordEncoder("words-2")})


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"format": 99})])
def test_damaged_answers_say_how_to_mend_them(graph: ShopGraph, tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")

    with pytest.raises(NotBuiltError, match="build"):
        Answerer.load(tmp_path, graph, {})


def test_without_any_encoder_words_alone_find_the_answer(graph: ShopGraph, tmp_path: Path) -> None:
    build_answerer(graph, {}, tmp_path, ODD)

    answer = Answerer.load(tmp_path, graph, {}).answer("Can I return an opened laptop?", "en")

    assert answer.source == "rule:opened-laptops"


def test_a_shop_without_pages_knows_nothing(tmp_path: Path) -> None:
    answerer = build_answerer(ShopGraph.build([], Catalogue([])), {"en": WordEncoder()}, tmp_path, ODD)

    assert answerer.answer("can I return it", "en") == Answer("", known=False, score=0.0)


@pytest.mark.models
def test_real_encoders_find_the_rule_in_other_words(graph: ShopGraph, tmp_path: Path) -> None:
    encoders: dict[Language, Encoder] = {
        "en": Encoder.load(models_folder() / "minilm"),
        "zh": Encoder.load(models_folder() / "e5"),
    }
    answerer = build_answerer(graph, encoders, tmp_path, ODD)

    english = answerer.answer("is it possible to return unboxed headphones", "en")
    chinese = answerer.answer("耳机拆开了，还可以退货吗", "zh")

    assert english.source == chinese.source == "rule:opened-headphones"


def _asked(answerer: Answerer) -> list[Answer]:
    return [answerer.answer(text, "en") for text in ("opening hours", "Can I return opened laptops?", "zebra")]


def test_a_section_that_says_nothing_is_never_an_answer(tmp_path: Path) -> None:
    empty = Section("Who pays the postage?", "")
    ruled = Section("Can I return opened items?", "")
    pages = [
        HelpPage("a", "en", "A", (Section("When are you open?", "Always."), empty)),
        HelpPage("returns", "en", "Returns", (Section("How long?", "30 days."), ruled), RULES[4:5]),
    ]
    graph = ShopGraph.build(pages, Catalogue([]))

    answerer = build_answerer(graph, {"en": WordEncoder()}, tmp_path, ODD)
    answers = [answerer.answer(asked, "en") for asked in (empty.heading, "return items, can I?")]

    assert [s.heading for s in graph.sections("en")] == ["When are you open?", "How long?", ruled.heading]
    assert [answer.known for answer in answers] == [bool(answer.text) for answer in answers]
    assert not answers[1].known
    assert answerer.answer(ruled.heading, "en").text == "Opened items can go back."


def test_a_question_that_is_asked_again_is_not_encoded_again(graph: ShopGraph, tmp_path: Path) -> None:
    encoder = WordEncoder()
    answerer = build_answerer(graph, {"en": encoder}, tmp_path, ODD)
    before = encoder.n_encoded

    for state in ("opened", "used", "unopened"):
        answerer.answer("Can I return this laptop?", "en", facts={"item_state": state})

    assert encoder.n_encoded == before + 1
