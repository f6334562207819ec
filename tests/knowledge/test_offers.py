import json
from pathlib import Path

import pytest

from knowledge.errors import NotBuiltError
from knowledge.offers import changed_offers, offered_on, read_offers, write_offers

ROW = {"product_id": "1", "title": "Lamp", "price": 10, "currency": "USD", "stock": 3, "attributes": {"colour": "red"}}


def catalogue(folder: Path, *rows: dict[str, object]) -> Path:
    file = folder / f"{len(list(folder.iterdir()))}.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return file


@pytest.mark.parametrize(
    "change", [{"price": 9}, {"stock": 0}, {"list_price": 20}, {"available": False}, {"rating": 4.1, "n_ratings": 3}]
)
def test_an_offer_that_changed_is_found(tmp_path: Path, change: dict[str, object]) -> None:
    before = catalogue(tmp_path, ROW, {**ROW, "product_id": "2"})
    now = catalogue(tmp_path, ROW, {**ROW, "product_id": "2", **change})

    assert changed_offers(before, now) == [now.read_text("utf-8").splitlines(keepends=True)[1]]


@pytest.mark.parametrize(
    "change",
    [{"title": "Lamp 2"}, {"attributes": {"colour": "blue"}}, {"currency": "EUR"}, {"product_id": "3"}, {"brand": "B"}],
)
def test_what_index_and_graph_are_made_of_is_no_offer(tmp_path: Path, change: dict[str, object]) -> None:
    assert changed_offers(catalogue(tmp_path, ROW), catalogue(tmp_path, {**ROW, **change})) is None


def test_a_product_more_or_less_is_no_offer(tmp_path: Path) -> None:
    one, two = catalogue(tmp_path, ROW), catalogue(tmp_path, ROW, {**ROW, "product_id": "2"})

    assert changed_offers(one, two) is None
    assert changed_offers(two, one) is None


def test_another_way_to_write_the_same_changes_nothing(tmp_path: Path) -> None:
    assert changed_offers(catalogue(tmp_path, ROW), catalogue(tmp_path, {**ROW, "price": "10.00 USD"})) == []


def test_what_is_known_of_one_product_is_not_believed_of_another(tmp_path: Path) -> None:
    other = {**ROW, "product_id": "2", "title": "Vase"}
    before = catalogue(tmp_path, ROW, other)
    cheaper = catalogue(tmp_path, {**ROW, "price": 9}, other)
    turned = catalogue(tmp_path, other, {**ROW, "price": 9})
    known = changed_offers(before, cheaper)

    assert known is not None
    assert changed_offers(before, cheaper, set(known)) == known
    assert changed_offers(before, turned, set(known)) is None


def test_offers_lie_over_the_generation_for_which_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "offers.jsonl"
    nothing = offered_on(file, "1")

    write_offers(file, "1", "abc", [json.dumps(ROW)])

    assert (nothing, offered_on(file, "1"), offered_on(file, "2")) == ("", "abc", "")
    assert [product.price for product in read_offers(file, "1").products] == [10.0]
    assert read_offers(file, "2").products == ()


@pytest.mark.parametrize("content", ["", "[]\n", '{"generation": "1"}\n', '{"generation": "1", "catalogue": "a"}\n{\n'])
def test_damaged_offers_are_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "offers.jsonl"
    file.write_text(content, "utf-8")

    with pytest.raises(NotBuiltError, match="damaged"):
        read_offers(file, "1")


def test_offers_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "offers.jsonl"
    write_offers(file, "1", "abc", [json.dumps(ROW)] * 200)
    file.write_bytes(file.read_bytes() + b"\xff\xfe\n")

    with pytest.raises(NotBuiltError, match="damaged"):
        read_offers(file, "1")
