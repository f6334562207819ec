import pytest

from knowledge.domain import Product, ProductId
from retrieval.kinds import Kind, read_kind


def _kind(text: str) -> Kind:
    kind = read_kind(text)
    assert kind is not None
    return kind


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("laptop under 600", "notebook"),
        ("a small notebook for my daughter", "laptop"),
        ("最便宜的打印机", "printer"),
        ("想买笔记本电脑", "laptop"),
        ("wireless mice", "mouse"),
        ("cordless drill", "drill"),
        ("phone cases", "phone case"),
        ("a bag for my laptop", "bag"),
    ],
)
def test_a_wish_names_a_kind_by_any_of_its_names(text: str, name: str) -> None:
    assert name in _kind(text).names


def test_what_a_thing_is_for_is_not_the_kind_that_is_asked_for() -> None:
    assert "laptop" not in _kind("laptop sleeve").names
    assert "laptop" not in _kind("sleeve for a laptop").names


@pytest.mark.parametrize("text", ["", "something nice", "gift under 50", "好看的", "???", "x1"])
def test_a_wish_without_a_noun_has_no_kind(text: str) -> None:
    assert read_kind(text) is None


@pytest.mark.parametrize(
    "title",
    [
        "Calder 14 Notebook Silver 35 cm",
        "Calder notebook PC",
        "Laptop with a sleeve",
        "Calder 14 笔记本电脑 16GB",
        "15-inch laptops",
    ],
)
def test_a_title_names_a_laptop_by_any_name(title: str) -> None:
    assert _kind("laptop").is_named_by(title)


@pytest.mark.parametrize(
    "title",
    [
        "Laptop power cord 1.8 m",
        "Notebook dock/port replicator",
        "Sleeve for 14 inch laptops",
        "laptop/tablet stand",
        "Laptop internal USB keyboard",
        "笔记本电脑包",
        "笔记本电脑支架",
    ],
)
def test_a_title_of_something_for_laptops_names_no_laptop(title: str) -> None:
    laptop = _kind("laptop")

    assert not laptop.is_named_by(title)
    assert laptop.is_what_it_is_for(title)


def test_a_record_may_say_its_type_in_an_attribute() -> None:
    product = Product(ProductId("N1"), "Calder X14 i5/8/256", attributes={"product_type": "Notebook"})

    assert _kind("laptop").is_of(product)
    assert not _kind("printer").is_of(product)
