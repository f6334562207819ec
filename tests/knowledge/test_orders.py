import json
from pathlib import Path

import pytest

from knowledge.domain import Order
from knowledge.orders import FileOrderBook


@pytest.fixture
def book(tmp_path: Path) -> FileOrderBook:
    rows = [
        {"order_id": "HL-O-70001", "email": "Mari.T@x.example", "postcode": "SW1A 1AA", "state": "shipped"},
        {"order_id": "HL-O-70002", "email": "", "postcode": "10583", "state": "packed"},
        {"order_id": "HL-O-70003", "email": "a@x.example", "postcode": "", "state": "packed"},
        {"order_id": ""},
    ]
    file = tmp_path / "orders.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return FileOrderBook.load(file)


@pytest.mark.parametrize("order_id", ["HL-O-70001", "hl-o-70001", " HLO70001", "#HL O 70001", "ＨＬ－Ｏ－７０００１"])
@pytest.mark.parametrize("proof", ["mari.t@x.example", " MARI.T@X.EXAMPLE ", "sw1a1aa", "SW1A 1AA", "sw1a-1aa"])
def test_an_order_is_found_however_number_and_proof_are_written(book: FileOrderBook, order_id: str, proof: str) -> None:
    order = book.find(order_id, proof)

    assert order is not None
    assert order.order_id == "HL-O-70001"


@pytest.mark.parametrize(
    ("order_id", "proof"),
    [
        ("HL-O-70001", "10583"),
        ("HL-O-70001", ""),
        ("HL-O-70001", "-"),
        ("HL-O-70002", ""),
        ("HL-O-70002", " "),
        ("HL-O-70003", ""),
        ("HL-O-70003", "--"),
        ("HL-O-7000", "10583"),
        ("", "10583"),
        ("HL-O-70001", "mari.t"),
        ("HL-O-70001", "\ud800"),
    ],
)
def test_anything_wrong_finds_nothing(book: FileOrderBook, order_id: str, proof: str) -> None:
    assert book.find(order_id, proof) is None


def test_bad_rows_are_told_and_no_file_is_an_empty_book(book: FileOrderBook, tmp_path: Path) -> None:
    assert (len(book), [problem.line for problem in book.problems]) == (3, [4])
    assert len(FileOrderBook.load(tmp_path / "none.jsonl")) == 0


def test_two_orders_that_read_alike_are_told_apart_by_proof_or_not_at_all(tmp_path: Path) -> None:
    rows = [
        {"order_id": "A-1", "email": "a@x.example", "postcode": "1", "state": "packed"},
        {"order_id": "A1", "email": "b@x.example", "postcode": "1", "state": "packed"},
    ]
    file = tmp_path / "orders.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")

    book = FileOrderBook.load(file)

    assert (found := book.find("a1", "b@x.example")) is not None
    assert found.order_id == "A1"
    assert book.find("a1", "1") is None


def test_numbers_are_found_in_the_form_in_which_the_shop_writes_them() -> None:
    orders = [Order(i, "", "", "10583", "packed", None, None, "USD", ()) for i in ("T-1", "T-22", "WEB/2026-7")]
    book = FileOrderBook(orders)

    assert book.numbers_in("where is T-345, please") == ("T-345",)
    assert book.numbers_in("my web/2026-99 and t-1") == ("web/2026-99", "t-1")
    assert book.numbers_in("订单T-345到哪了") == ("T-345",)
    assert book.numbers_in("XT-1, 2026, T-shirt, T-1-x") == ()
    assert FileOrderBook([]).numbers_in("T-1") == ()


def test_numbers_without_letters_are_found_by_how_many_figures_they_have() -> None:
    orders = [Order(i, "", "", "", "packed", None, None, "USD", ()) for i in ("2024-0001", "112-1234567-1234567")]
    book = FileOrderBook(orders)

    assert book.numbers_in("2025-0099 or 113-7654321-1") == ("2025-0099",)
    assert book.numbers_in("订单113-7654321-7654321") == ("113-7654321-7654321",)
    assert book.numbers_in("in 2-3 days, 2026-03-14, 100-0001") == ()
