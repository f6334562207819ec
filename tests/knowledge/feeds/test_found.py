"""What was found is kept in the shop's own file, and cannot be brought in by a feed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Place, Product, ProductId
from knowledge.feeds.product_feeds import read_products
from knowledge.feeds.products import held_product, product_from_row, product_to_row
from knowledge.feeds.rows import RowError

FOUND = Product(
    ProductId("1"),
    "Ollumo Mug, Black",
    "Ollumo",
    attributes={"colour": "black", "origin": "china"},
    found={"colour": Place("title", "Black", "en"), "brand": Place("title", "Ollumo", "en")},
)


def test_the_shops_own_row_holds_what_was_found() -> None:
    assert held_product(product_to_row(FOUND)) == FOUND


def test_a_feed_brings_no_found_along(tmp_path: Path) -> None:
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps(product_to_row(FOUND)) + "\n", "utf-8")

    (read,) = read_products(feed)

    assert read == replace(FOUND, found={})
    assert product_from_row({**product_to_row(FOUND), "found": "text"}).attributes.keys() == {"colour", "origin"}


def test_the_catalogue_is_loaded_with_what_was_found(tmp_path: Path) -> None:
    file = tmp_path / "products.jsonl"
    file.write_text(json.dumps(product_to_row(FOUND)) + "\n", "utf-8")

    (loaded,) = Catalogue.load(file)

    assert loaded.found == FOUND.found


def test_a_place_of_an_attribute_that_is_not_there_is_left_out() -> None:
    row = {**product_to_row(FOUND), "attributes": {"origin": "china"}}

    assert held_product(row).found.keys() == {"brand"}


@pytest.mark.parametrize("found", [["colour"], {"colour": "title"}, {"colour": {"field": "price", "words": "x"}}])
def test_a_broken_place_is_told(found: object) -> None:
    with pytest.raises(RowError, match="import the feed again"):
        held_product({**product_to_row(FOUND), "found": found})
