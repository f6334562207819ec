"""`evaluate …` on files."""

import json
from pathlib import Path

import pytest

from knowledge.catalogue import Catalogue
from knowledge.errors import FeedError
from knowledge.shop import Shop
from tests.command_line import write_feed
from training.commands import evaluate_answers_files, evaluate_search_files


@pytest.fixture
def shop(base: Path, tmp_path: Path) -> Shop:
    (tmp_path / "shop.toml").write_text(f'languages = ["en"]\n[models]\nencoder_en = "{base}"\n', "utf-8")
    return Shop(tmp_path)


@pytest.fixture
def queries(tmp_path: Path) -> Path:
    file = tmp_path / "queries.jsonl"
    file.write_text(json.dumps({"query_id": "q1", "text": "kettle"}) + "\n", "utf-8")
    return file


def qrels(folder: Path, column: str, *rows: str) -> Path:
    file = folder / "qrels.tsv"
    file.write_text("\n".join([f"query_id\t{column}\tgrade", *rows]) + "\n", "utf-8")
    return file


@pytest.mark.parametrize("rows", [["1\tP9\t3"], []])
def test_judgements_of_other_queries_are_refused(shop: Shop, queries: Path, rows: list[str]) -> None:
    with pytest.raises(FeedError, match=r"judges none of the queries in .*'q1'; give both files the same ids"):
        evaluate_search_files(
            shop, None, queries, qrels(shop.folder, "product_id", *rows), lambda *_: None, lambda _: None
        )
    with pytest.raises(FeedError, match="judges none of the queries"):
        evaluate_answers_files(shop, None, queries, qrels(shop.folder, "faq_id", *rows), lambda *_: None)


def test_rows_of_a_catalogue_that_are_left_out_are_told(shop: Shop, queries: Path, catalogue: Catalogue) -> None:
    feed = write_feed(shop.folder / "feed.jsonl", catalogue)
    with feed.open("a", encoding="utf-8") as file:
        file.write('{"product_id": "X"}\n{"product_id": \n')
    told: list[str] = []

    report = evaluate_search_files(
        shop, feed, queries, qrels(shop.folder, "product_id", "q1\tP9\t3"), lambda *_: None, told.append
    )

    assert report.n_queries == 1
    assert told == [f"warning: 2 of 14 rows were left out, the first {feed}:13: title is missing or empty; give one"]
