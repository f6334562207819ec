"""A shop of known counts; and texts that say the same, by an encoder that looks at words alone."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import ProductId, Utterance
from knowledge.feeds.utterances import utterances_to_csv
from knowledge.shop import Shop
from retrieval.encoder import Kind, Vectors
from tests.command_line import ORDERS, PAGES, run, write_feed
from training.counts import count_shop
from training.duplicates import Pair, near_duplicates


class Words:
    """A unit vector of the words of a text, each at a place of its own."""

    dimension = 64
    fingerprint = "words"

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def encode(self, texts: Sequence[str], *, kind: Kind = "query", max_tokens: int = 128) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                vectors[row, self._places.setdefault(word, len(self._places)) % self.dimension] += 1
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


@pytest.fixture
def empty(tmp_path: Path) -> Shop:
    """A folder with settings and nothing else."""
    folder = tmp_path / "shop"
    for part in ("catalogue", "knowledge", "intents", "orders", "queries", "conversations", "images"):
        (folder / part).mkdir(parents=True)
    (folder / "shop.toml").write_text('name = "Counted"\n', "utf-8")
    return Shop(folder)


def write_utterances(shop: Shop, *rows: tuple[str, str, Any], name: str = "utterances.csv") -> None:
    table = utterances_to_csv(Utterance(text, label, language) for text, label, language in rows)
    (shop.folder / "intents" / name).write_text(table, "utf-8")


def found(shop: Shop, threshold: float = 0.9) -> list[Pair]:
    return near_duplicates(shop, Words(), lambda *_: None, threshold=threshold)


# ------------------------------------------------------------------ counts


def test_a_shop_without_anything_counts_nothing(empty: Shop) -> None:
    counts: Any = count_shop(empty)

    assert [part["all"] for part in counts.values()] == [0] * 8


def test_products_are_counted_by_what_their_records_hold(empty: Shop, catalogue: Catalogue) -> None:
    first, second, third, *rest = catalogue.products
    changed = [
        replace(first, list_price=199.0, released="2026-01-01", links={"goes_with": (third.product_id,)}),
        replace(second, parent_id=first.product_id, list_price=20.0, rating=None),
        replace(third, translations={}),
        *rest,
    ]
    write_feed(empty.catalogue_file, changed)

    products: Any = count_shop(empty)["products"]

    assert (products["all"], products["categories"], products["top_categories"]) == (12, 3, 3)
    assert (products["families_of_variants"], products["variants"]) == (1, 2)
    assert (products["on_sale"], products["sold_out"], products["rated"]) == (1, 1, 11)
    assert products["with_release_date"] == 1
    assert products["with_texts_in"] == {"en": 12, "zh": 11}
    assert products["links"] == {"goes_with": 1}
    assert products["attributes"] == 5


def test_pages_are_counted_with_their_rules_and_those_that_name_another(empty: Shop) -> None:
    for name, text in PAGES.items():
        told = text.replace("costs $4.90 below.", 'costs $4.90 below. See the page "Returns".')
        (empty.pages_folder / name).write_text(told, "utf-8")

    pages: Any = count_shop(empty)["pages"]

    assert (pages["all"], pages["in"], pages["rules"]) == (2, {"en": 2, "zh": 0}, 1)
    assert (pages["sections"]["en"], pages["referring_to_another"]) == (2, 1)
    assert pages["rules_by_topic"] == {"return": 1}


def test_orders_utterances_and_searches_are_counted_by_state_label_and_grade(empty: Shop) -> None:
    empty.orders_file.write_text("".join(json.dumps(order) + "\n" for order in ORDERS), "utf-8")
    write_utterances(empty, ("a tv", "find_product", "en"), ("电视", "find_product", "zh"), ("rain?", "oos", "en"))
    queries = empty.folder / "queries"
    rows = [{"query_id": "q1", "text": "tv"}, {"query_id": "q2", "text": "电视"}, {"query_id": "q3", "text": "K8 电"}]
    (queries / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    (queries / "qrels.tsv").write_text("query_id\tproduct_id\tgrade\nq1\tP1\t3\nq2\tP1\t0\nq2\tP2\t3\n", "utf-8")

    counts: Any = count_shop(empty)

    assert counts["orders"]["by_state"] == {"delivered": 1, "placed": 1, "shipped": 1}
    assert (counts["utterances"]["intents"], counts["utterances"]["share_of_zh"]) == (1, 0.333)
    assert counts["utterances"]["by_label"]["find_product"] == {"en": 1, "zh": 1}
    assert (counts["searches"]["in"], counts["searches"]["judgements"]) == ({"en": 1, "zh": 2}, 3)
    assert counts["searches"]["judgements_by_grade"]["zh"] == {"0": 1, "1": 0, "2": 0, "3": 1}


def test_a_category_without_a_picture_is_counted(empty: Shop, catalogue: Catalogue) -> None:
    (empty.folder / "images" / "kettle.svg").write_text("<svg/>", "utf-8")
    products = [replace(p, image="images/kettle.svg" if "kettle" in p.title else "") for p in catalogue]
    write_feed(empty.catalogue_file, products)

    assert count_shop(empty)["pictures"] == {"all": 1, "categories_without": 2}


# ------------------------------------------------------------------ near-duplicates


def test_pairs_are_listed_nearest_first_with_what_they_are_among(empty: Shop) -> None:
    write_utterances(
        empty,
        ("where is my big parcel", "order_status", "en"),
        ("where is my big red parcel", "order_status", "en"),
        ("my big parcel is where", "complaint", "en"),
        ("a kettle", "find_product", "en"),
    )
    write_utterances(empty, ("kettle a", "find_product", "en"), name="held_out.csv")

    pairs = found(empty, threshold=0.85)

    assert [pair.cosine for pair in pairs] == sorted((pair.cosine for pair in pairs), reverse=True)
    assert {(pair.among, pair.first.text, pair.second.text) for pair in pairs} == {
        ("utterances en, within a label", "where is my big parcel", "where is my big red parcel"),
        ("utterances en, across labels", "where is my big parcel", "my big parcel is where"),
        ("utterances en, across labels", "where is my big red parcel", "my big parcel is where"),
        ("utterances en, held out", "a kettle", "kettle a"),
    }


def test_what_is_less_near_than_the_threshold_is_no_pair(empty: Shop) -> None:
    write_utterances(empty, ("a red kettle", "find_product", "en"), ("a red lamp", "find_product", "en"))

    assert found(empty, threshold=0.9) == []
    assert len(found(empty, threshold=0.6)) == 1


def test_variants_of_one_product_are_no_pair_and_two_products_are(empty: Shop, catalogue: Catalogue) -> None:
    first = catalogue.products[0]
    variant = replace(first, product_id=ProductId("P1b"), parent_id=first.product_id)
    other = replace(first, product_id=ProductId("P99"))
    write_feed(empty.catalogue_file, [first, variant, other])

    places = {frozenset((pair.first.place, pair.second.place)) for pair in found(empty)}

    assert places == {frozenset(("P1", "P99")), frozenset(("P1b", "P99"))}


# ------------------------------------------------------------------ the command


def test_the_command_tells_the_counts_as_a_table_and_as_json(empty: Shop) -> None:
    write_utterances(empty, ("a tv", "find_product", "en"))

    table = run("--shop", empty.folder, "count")
    told = run("--shop", empty.folder, "count", "--json")

    assert (table.status, told.status) == (0, 0)
    assert told.json == count_shop(empty)
    assert "find_product             en 1  zh 0" in table.out
    assert not (empty.folder / "var").exists()


@pytest.mark.models
def test_the_command_lists_pairs_by_the_encoder_of_both_languages(empty: Shop) -> None:
    write_utterances(empty, ("退货运费谁出啊", "return_policy", "zh"), ("红烧肉怎么做", "oos", "zh"))
    write_utterances(empty, ("退货运费谁出", "return_policy", "zh"), name="held_out.csv")

    listed = run("--shop", empty.folder, "count", "--duplicates", "--json")

    assert listed.status == 0, listed.err
    assert [(pair["among"], pair["cosine"] > 0.98) for pair in listed.json["pairs"]] == [
        ("utterances zh, held out", True)
    ]
