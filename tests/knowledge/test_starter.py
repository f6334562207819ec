import json
from pathlib import Path

import pytest

from knowledge.codes import currency_code, region_code
from knowledge.domain import Order, Product, RowProblem
from knowledge.errors import SettingsError
from knowledge.feeds.encodings import read_lines
from knowledge.feeds.orders import read_orders
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.utterances import read_utterances
from knowledge.pages import read_pages
from knowledge.settings import DEFAULT_ROUTES
from knowledge.starter import EXAMPLE, NOT_FOR_ALL, STARTER, languages_of, starter_utterances

DEMO = STARTER.parents[1]


def test_no_starter_utterance_names_a_brand_or_a_number_of_the_demo() -> None:
    products = [json.loads(line) for _, line in read_lines(DEMO / "catalogue" / "products.jsonl")]
    names = {product["brand"].lower() for product in products} | {"harbour lane", "harbor lane", "hl-"}

    said = [u.text for u in starter_utterances(["en", "zh"]) if any(name in u.text.lower() for name in names)]

    assert said == []


def test_every_utterance_that_is_not_for_all_stands_among_the_demos() -> None:
    held = {getattr(row, "text", "") for row in read_utterances(STARTER)}

    assert [line for _, line in read_lines(NOT_FOR_ALL) if line not in held] == []


def test_every_route_of_a_new_shop_has_utterances_in_both_languages() -> None:
    labels = {(u.label, u.language) for u in starter_utterances(["en", "zh"])}

    assert labels == {(intent, language) for intent in DEFAULT_ROUTES for language in ("en", "zh")}


def test_the_example_can_be_read_whole_and_its_orders_are_of_its_products() -> None:
    products = list(read_products(EXAMPLE / "products.jsonl"))
    orders = list(read_orders(EXAMPLE / "orders.jsonl"))
    pages, problems = read_pages(EXAMPLE / "pages")

    assert [row for row in (*products, *orders, *problems) if isinstance(row, RowProblem)] == []
    sold = {row.product_id for row in products if isinstance(row, Product)}
    assert {i.product_id for row in orders if isinstance(row, Order) for i in row.items} <= sold
    assert {(page.page_id, page.language) for page in pages} == {
        (name, language) for name in ("returns", "delivery") for language in ("en", "zh")
    }
    assert sum(len(page.rules) for page in pages) == 3


@pytest.mark.parametrize("text", ["EUR", "eur", " Eur "])
def test_a_currency_is_known_in_any_case(text: str) -> None:
    assert currency_code(text) == "EUR"


@pytest.mark.parametrize(("text", "meant"), [("EURO", "EUR"), ("€", "EUR"), ("rmb", "CNY"), ("US", "USD")])
def test_a_currency_that_is_none_is_told_with_the_one_that_may_be_meant(text: str, meant: str) -> None:
    with pytest.raises(SettingsError, match=f"currency '{text}' is not known; did you mean {meant}\\?"):
        currency_code(text)


def test_a_region_may_be_left_open_and_is_one_of_two_letters() -> None:
    assert [region_code(text) for text in ("", "de", "CN")] == ["", "DE", "CN"]
    with pytest.raises(SettingsError, match="did you mean GB"):
        region_code("UK")
    with pytest.raises(SettingsError, match="ISO 3166"):
        region_code("EUROPE!")


def test_languages_are_read_from_one_text_and_each_once() -> None:
    assert languages_of("zh, en,ZH") == ("zh", "en")
    with pytest.raises(SettingsError, match="'de' is not known; choose from en, zh"):
        languages_of("en,de")


def test_the_example_is_installed_with_the_program() -> None:
    build = Path(__file__).parents[2] / "pyproject.toml"

    assert 'knowledge = ["example/**"]' in build.read_text("utf-8")
