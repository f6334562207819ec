from pathlib import Path

from knowledge.domain import Order, Product, Utterance
from knowledge.feeds.orders import read_orders
from knowledge.feeds.products import read_products
from knowledge.feeds.utterances import read_utterances
from training.judgements import read_judgements, read_queries

DEMO = Path(__file__).resolve().parents[1] / "demo"
INTENTS = DEMO / "intents"


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
