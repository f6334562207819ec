from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from assistant.cards import Exchange, Paper, escape, link, spoken
from assistant.labels import LABELS
from assistant.pictures import Pictures
from knowledge.catalogue import Catalogue
from knowledge.domain import Citation, Language, Product, ProductId, Reason, Shown, TurnId
from tests.assistant.scripted import ScriptedAssistant

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>${alert(1)}{{constructor}}`"


class Tags(HTMLParser):
    """The tags and attributes of a piece of HTML, which must be closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in ("img", "input", "path"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "path":
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def tags_of(text: str) -> Tags:
    tags = Tags()
    tags.feed(text)
    assert tags._open == []
    return tags


def paper(tmp_path: Path, language: Language = "en") -> Paper:
    return Paper(LABELS[language], language, "EUR", Pictures(tmp_path))


def finished(catalogue: Catalogue, utterance: str = "headphones") -> Exchange:
    exchange = Exchange(utterance, "en")
    for event in ScriptedAssistant(catalogue.products[:2]).respond(utterance, "s"):
        exchange.take(event)
    return exchange


def test_hostile_text_stays_text_wherever_it_stands(tmp_path: Path) -> None:
    product = Product(
        ProductId(HOSTILE), HOSTILE, HOSTILE, price=1.0, currency=HOSTILE, url="javascript:alert(1)", image=HOSTILE
    )
    exchange = Exchange(
        HOSTILE,
        "en",
        TurnId(HOSTILE),
        HOSTILE,
        (Shown(product, 1, 1.0, 1.0, (Reason(HOSTILE, HOSTILE, HOSTILE, True, HOSTILE),)),),
        (Citation(HOSTILE, HOSTILE, HOSTILE),),
        (HOSTILE,),
        (HOSTILE,),
        HOSTILE,
        "done",
    )

    drawn = paper(tmp_path).exchange(exchange, newest=True)
    tags = tags_of(drawn)

    assert "script" not in tags.tags
    assert "a" not in tags.tags
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert tags.tags.count("img") == 1
    assert tags.text.count(HOSTILE) >= 6
    assert not set("{}$`") & set(drawn)


def test_a_card_shows_price_rating_stock_and_both_kinds_of_reasons(tmp_path: Path, catalogue: Catalogue) -> None:
    product = replace(catalogue.products[0], list_price=199.0, n_ratings=1312, stock=2, url="https://shop.example/p1")
    reasons = (Reason("price", "149", "le 150", True, "at most 150"), Reason("colour", "red", "black", False, "red"))
    exchange = Exchange("x", "en", shown=(Shown(product, 1, 1.0, 1.0, reasons),))

    drawn = paper(tmp_path).exchange(exchange, newest=True)
    text = tags_of(drawn).text

    assert "<b>&#36;149.00</b>" in drawn
    assert "199.00</del>" in drawn
    assert "4 (1,312)" in text
    assert "Only 2 left" in text
    assert 'class="met"' in drawn
    assert "✓fits: at most 150" in text
    assert "✗does not fit: red" in text
    assert 'href="https://shop.example/p1" target="_blank" rel="noopener noreferrer"' in drawn


@pytest.mark.parametrize(("stock", "said"), [(0, "Sold out"), (3, "Only 3 left"), (50, "In stock"), (None, "In stock")])
def test_stock_is_said_in_words(tmp_path: Path, catalogue: Catalogue, stock: int | None, said: str) -> None:
    product = replace(catalogue.products[0], stock=stock)
    exchange = Exchange("x", "en", shown=(Shown(product, 1, 1.0, 1.0),))

    assert said in paper(tmp_path).exchange(exchange, newest=True)


def test_a_card_says_that_a_product_comes_later(tmp_path: Path, catalogue: Catalogue) -> None:
    product = replace(catalogue.products[0], attributes={"availability": "preorder"})
    exchange = Exchange("x", "en", shown=(Shown(product, 1, 1.0, 1.0),))

    assert '<span class="stock">pre-order</span>' in paper(tmp_path).exchange(exchange, newest=True)


def test_a_product_without_facts_gets_a_card_without_them(tmp_path: Path) -> None:
    exchange = Exchange("x", "en", shown=(Shown(Product(ProductId("1"), "Thing"), 1, 1.0, 1.0),))

    tags = tags_of(paper(tmp_path).exchange(exchange, newest=True))

    assert tags.text.endswith("ThingIn stock")


def test_cards_follow_the_shoppers_language_and_labels_the_pages(tmp_path: Path, catalogue: Catalogue) -> None:
    exchange = Exchange("耳机", "zh", shown=(Shown(catalogue.products[0], 1, 1.0, 1.0),))

    drawn = paper(tmp_path, "en").exchange(exchange, newest=True)

    assert "Brenvik 静音耳机" in drawn
    assert "Only 5 left" in drawn


def test_only_the_newest_exchange_offers_next_questions(tmp_path: Path, catalogue: Catalogue) -> None:
    exchange = finished(catalogue)

    assert "Anything cheaper?" in paper(tmp_path).exchange(exchange, newest=True)
    assert "Anything cheaper?" not in paper(tmp_path).conversation([exchange])


def test_sources_and_path_stand_below_an_answer(tmp_path: Path, catalogue: Catalogue) -> None:
    drawn = paper(tmp_path).exchange(finished(catalogue, "can I return them?"), newest=True)

    assert "<li>Returns and refunds › How long</li>" in drawn
    assert "<details" in drawn
    assert "<li>rule: opened headphones</li>" in drawn


def test_a_handover_says_how_to_reach_a_person(tmp_path: Path, catalogue: Catalogue) -> None:
    drawn = paper(tmp_path, "zh").exchange(finished(catalogue, "a person please"), newest=True)

    assert "人工客服：care@harbourlane.example" in drawn


def test_feedback_is_asked_for_once_the_turn_is_done(tmp_path: Path, catalogue: Catalogue) -> None:
    exchange = finished(catalogue)
    running = replace(exchange, state="running")
    rated = replace(exchange, rated=True)

    assert f'data-turn="{exchange.turn_id}"' in paper(tmp_path).exchange(exchange, newest=True)
    assert "data-turn" not in paper(tmp_path).exchange(running, newest=True)
    assert LABELS["en"].thanks in paper(tmp_path).exchange(rated, newest=True)
    assert "data-act" not in paper(tmp_path).conversation([rated])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_failed_turn_says_so_kindly_and_offers_another_try(tmp_path: Path, language: Language) -> None:
    exchange = Exchange("headphones", "en", text="half a rep")
    exchange.fail()

    drawn = paper(tmp_path, language).exchange(exchange, newest=True)

    assert LABELS[language].failed in drawn
    assert "half a rep" not in drawn
    assert 'data-text="headphones"' in drawn


def test_lines_that_repeat_a_card_are_left_to_it(catalogue: Catalogue) -> None:
    shown = (Shown(catalogue.products[0], 1, 1.0, 1.0),)
    reply = "Here it is:\n1. Brenvik Hush headphones, $149.00: black\n2. is not shown"

    assert spoken(reply, shown, "en") == "Here it is:\n2. is not shown"
    assert spoken("Here it is:\n1. Brenv", shown, "en") == "Here it is:"


@pytest.mark.parametrize(
    ("url", "leads_to"),
    [
        ("https://shop.example/a?b=c&d", "https://shop.example/a?b=c&d"),
        ("http://shop.example", "http://shop.example"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("/relative", ""),
        ("https://[broken", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_are_linked(url: str, leads_to: str) -> None:
    assert link(url) == leads_to


def test_escaped_text_reads_as_before() -> None:
    tags = Tags()
    tags.feed(escape(HOSTILE))

    assert tags.text == HOSTILE
