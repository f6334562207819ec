from dataclasses import replace

import pytest

from assistant.naming import Names
from knowledge.catalogue import Catalogue
from knowledge.domain import ProductId
from tests.assistant.turns import FilterSearch


@pytest.fixture(scope="module")
def names(catalogue: Catalogue) -> Names:
    one = replace(catalogue.products[0], parent_id=None, translations={})
    products = [
        replace(one, product_id=ProductId("N-1"), title="Brenvik Hush Headphones", brand="Brenvik"),
        replace(one, product_id=ProductId("N-2"), title="Ostrelle Drift Headphones", brand="Ostrelle"),
        replace(one, product_id=ProductId("N-3"), title="Ménagère Gold Kettle", brand="Ménagère"),
        replace(one, product_id=ProductId("N-4"), title="Under Canvas Rainfly Tent", brand="Under Canvas"),
    ]
    held = Catalogue(products)
    return Names(held, FilterSearch(held))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("compare Brenvik Hush headphones and Ostrelle Drift headphones", ["N-1", "N-2"]),
        ("compare Brenvik's Hush headphones with Ostrelle’s Drift headphones", ["N-1", "N-2"]),
        ("Ménagère Gold kettle vs Brenvik Hush", ["N-3", "N-1"]),
        ("Brenvik Hush or Ostrelle Drift, for a grandmother?", ["N-1", "N-2"]),
        ("If I snore, Brenvik Hush or Ostrelle Drift?", ["N-1", "N-2"]),
        ("compare Under Canvas Rainfly and Brenvik Hush", ["N-4", "N-1"]),
    ],
)
def test_products_are_known_by_the_words_of_their_titles(names: Names, text: str, ids: list[str]) -> None:
    known, unknown = names.each(text, "en", plain=True)

    assert ([product.product_id for product in known], unknown) == (ids, ())


def test_a_name_of_which_there_is_no_product_is_told(names: Names) -> None:
    known, unknown = names.each("compare the Zarquon 9 with Brenvik Hush", "en", plain=False)

    assert [product.product_id for product in known] == ["N-1"]
    assert [name for name in unknown if "Zarquon" in name]


def test_one_word_names_a_product_where_no_other_has_it(names: Names) -> None:
    only, several, none = (names.only(words, "en") for words in ("kettle", "headphones", "kettle tent"))

    assert only is not None
    assert only.product_id == "N-3"
    assert several is None
    assert none is None
