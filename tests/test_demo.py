from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from knowledge.domain import Order, Product, Utterance
from knowledge.feeds.orders import read_orders
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.utterances import read_utterances
from knowledge.shop import Shop
from training.counts import count_shop
from training.judgements import read_judgements, read_queries

DEMO = Path(__file__).resolve().parents[1] / "demo"
INTENTS = DEMO / "intents"


@pytest.fixture(scope="module")
def counts() -> Mapping[str, Any]:
    return count_shop(Shop(DEMO))


def texts(name: str) -> set[str]:
    rows = read_utterances(INTENTS / name)
    return {" ".join(row.text.casefold().split()) for row in rows if isinstance(row, Utterance)}


def test_no_utterance_that_is_held_out_is_fitted_on() -> None:
    assert texts("held_out.csv") & texts("utterances.csv") == set()


def test_every_search_is_judged_on_products_of_the_shop_and_some_product_fits_it() -> None:
    queries = {query.query_id for query in read_queries(DEMO / "queries" / "queries.jsonl")}
    judged = read_judgements(DEMO / "queries" / "qrels.tsv")
    rows = read_products(DEMO / "catalogue" / "products.jsonl")
    sold = {row.product_id for row in rows if isinstance(row, Product)}

    assert set(judged) == queries
    assert [query_id for query_id, grades in judged.items() if max(grades.values()) < 2] == []
    assert {product_id for grades in judged.values() for product_id in grades} - sold == set()


def test_every_order_is_of_products_of_the_shop() -> None:
    sold = {r.product_id for r in read_products(DEMO / "catalogue" / "products.jsonl") if isinstance(r, Product)}
    rows = list(read_orders(DEMO / "orders" / "orders.jsonl"))

    assert [row for row in rows if not isinstance(row, Order)] == []
    assert {item.product_id for row in rows if isinstance(row, Order) for item in row.items} - sold == set()


# ------------------------------------------------------------------ how much there is


def test_there_are_products_enough_of_every_kind_to_try_each_wish_on(counts: Mapping[str, Any]) -> None:
    products = counts["products"]

    assert products["all"] >= 400
    assert products["with_texts_in"] == {"en": products["all"], "zh": products["all"]}
    assert products["categories"] >= 14
    assert products["sets_of_attributes"] >= 14
    floors = {"families_of_variants": 60, "on_sale": 40, "sold_out": 25, "rated": 350, "with_release_date": 400}
    assert {name: products[name] for name, floor in floors.items() if products[name] < floor} == {}
    assert set(products["links"]) == {"accessory_for", "consumable_for", "goes_with", "similar_to", "spare_part_for"}
    assert counts["pictures"]["categories_without"] == 0


def test_its_pages_have_rules_on_all_that_a_rule_can_depend_on(counts: Mapping[str, Any]) -> None:
    pages = counts["pages"]

    assert pages["in"] == {"en": pages["all"], "zh": pages["all"]}
    assert pages["all"] >= 14
    assert pages["referring_to_another"] >= 2
    assert pages["rules_for_categories"] >= 50
    wanted = {"item_state", "days", "order_state", "region", "weight_kg", "order_value", "sale", "gift"}
    assert wanted - set(pages["rules_by_condition"]) == set()


def test_its_orders_are_in_every_state_of_many_customers(counts: Mapping[str, Any]) -> None:
    orders = counts["orders"]

    assert (orders["all"] >= 150, orders["customers"] >= 60) == (True, True)
    assert set(orders["by_state"]) == {"placed", "packed", "shipped", "delivered", "cancelled", "returned", "refunded"}


def test_its_utterances_and_searches_are_enough_in_both_languages(counts: Mapping[str, Any]) -> None:
    utterances, searches = counts["utterances"], counts["searches"]

    assert utterances["all"] >= 3000
    assert utterances["share_of_zh"] >= 0.4
    assert 18 <= utterances["intents"] <= 24
    assert min(n for label in utterances["by_label"].values() for n in label.values()) >= 40
    assert set(counts["held_out"]["by_label"]) == set(utterances["by_label"])
    assert searches["all"] >= 150
    assert searches["share_of_zh"] >= 1 / 3


def test_the_data_card_tells_what_is_counted(counts: Mapping[str, Any]) -> None:
    card = (DEMO.parent / "docs" / "demo.md").read_text("utf-8")
    products, pages, orders, searches = (counts[name] for name in ("products", "pages", "orders", "searches"))
    states = ", ".join(f"{state} {n}" for state, n in sorted(orders["by_state"].items(), key=lambda kv: -kv[1]))
    told = [
        f"{products['all']} in {products['categories']} categories under {products['top_categories']}, of "
        f"{products['brands']} brands",
        f"{products['variants']} are variants, in {products['families_of_variants']} families; "
        f"{products['on_sale']} on sale, {products['sold_out']} sold out, {products['rated']} with ratings",
        f"{products['attributes']} attributes",
        f"{sum(products['links'].values())} links",
        f"{pages['all']} in each language, {pages['sections']['en']} sections, {pages['rules']} rules; "
        f"{pages['referring_to_another']} pages",
        f"{orders['all']} of {orders['customers']} customers: {states}",
        f"{counts['utterances']['all']:,} of {counts['utterances']['intents']} intents and out of scope, "
        f"{counts['utterances']['share_of_zh']:.1%}".replace("%", " %"),
        f"{counts['held_out']['all']} of the same, {counts['held_out']['share_of_zh']:.1%}".replace("%", " %"),
        f"{counts['conversations']['all']} specs of {counts['conversations']['turns']} turns",
        f"{searches['all']}, of them {searches['in']['zh']} Chinese; {searches['judgements']:,} judgements",
        f"{counts['pictures']['all']} drawings",
    ]

    assert [line for line in told if line not in card] == []
