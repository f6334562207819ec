from dataclasses import replace

import pytest

from knowledge.catalogue import Catalogue, priced
from knowledge.domain import Constraint, Op, Product, ProductId
from retrieval.constraints import ConstraintFilter, as_number, field_value, passes


def _passing(catalogue: Catalogue, *constraints: Constraint) -> set[str]:
    return {str(product.product_id) for product in catalogue if all(passes(product, c) for c in constraints)}


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (Constraint("price", "le", 49), {"H3", "C1"}),
        (Constraint("price", "lt", 49), {"C1"}),
        (Constraint("price", "ge", 1299.0), {"L2", "L4"}),
        (Constraint("brand", "eq", "calder"), {"H1", "H3"}),
        (Constraint("brand", "in", ("Calder", "Zeta")), {"H1", "H3", "L4"}),
        (Constraint("category", "eq", "Audio"), {"H1", "H2", "H3", "C1"}),
        (Constraint("category", "eq", "Audio > Headphones"), {"H1", "H2", "H3"}),
        (Constraint("category", "eq", "headphones"), {"H1", "H2", "H3"}),
        (Constraint("category", "eq", "耳机"), {"H1", "H2", "H3"}),
        (Constraint("category", "in", ("Audio > Accessories", "Laptops")), {"C1", "L1", "L2", "L3", "L4"}),
        (Constraint("colour", "eq", "Black"), {"H1", "H3", "C1"}),
        (Constraint("colour", "eq", "黑色"), {"H1", "H3"}),
        (Constraint("color", "eq", "silver"), {"L1"}),
        (Constraint("noise_cancelling", "eq", "yes"), {"H1"}),
        (Constraint("noise cancelling", "eq", "no"), {"H2"}),
        (Constraint("battery_life_h", "ge", 25), {"H1"}),
        (Constraint("memory_gb", "eq", 16), {"L1", "L4"}),
        (Constraint("memory_gb", "eq", "16"), {"L1", "L4"}),
        (Constraint("screen", "le", 15), {"L1"}),
        (Constraint("screen", "eq", 14), {"L1"}),
        (Constraint("rating", "gt", 4.4), {"H2", "L1"}),
        (Constraint("available", "eq", "no"), {"H3"}),
        (Constraint("sale", "eq", "yes"), {"H2"}),
        (Constraint("product_id", "in", ("H1", "L1")), {"H1", "L1"}),
    ],
)
def test_a_constraint_lets_through_what_fulfils_it(
    tiny_catalogue: Catalogue, constraint: Constraint, expected: set[str]
) -> None:
    assert _passing(tiny_catalogue, constraint) == expected


def test_the_filter_agrees_with_the_single_check_on_every_product(tiny_catalogue: Catalogue) -> None:
    constraints = [
        Constraint("price", "le", 500),
        Constraint("colour", "eq", "black"),
        Constraint("brand", "ne", "Calder"),
        Constraint("available", "eq", "yes"),
        Constraint("category", "eq", "Audio"),
        Constraint("nothing_of_the_sort", "eq", "x"),
    ]

    products = ConstraintFilter(tiny_catalogue)

    for constraint in constraints:
        assert products.mask(constraint).tolist() == [passes(product, constraint) for product in tiny_catalogue]


def test_all_constraints_hold_at_once(tiny_catalogue: Catalogue) -> None:
    allowed = ConstraintFilter(tiny_catalogue).allowed(
        [Constraint("category", "eq", "Audio"), Constraint("price", "le", 100), Constraint("brand", "ne", "Tarn")]
    )

    assert [p.product_id for p, passed in zip(tiny_catalogue, allowed, strict=True) if passed] == ["H1", "H3"]


def test_what_is_not_known_never_passes_a_positive_constraint(tiny_catalogue: Catalogue) -> None:
    passing = _passing(tiny_catalogue, Constraint("price", "ge", 0))

    assert "S9" not in passing


def test_what_is_not_known_passes_a_negative_constraint(tiny_catalogue: Catalogue) -> None:
    passing = _passing(tiny_catalogue, Constraint("colour", "ne", "black"))

    assert {"L2", "S9"} <= passing
    assert "H1" not in passing


def test_a_part_of_a_list_cannot_be_had_when_it_is_not_wanted(tiny_catalogue: Catalogue) -> None:
    assert "H3" not in _passing(tiny_catalogue, Constraint("colour", "ne", "red"))


def test_a_bound_on_a_text_is_not_fulfilled(tiny_catalogue: Catalogue) -> None:
    assert _passing(tiny_catalogue, Constraint("colour", "ge", 3)) == set()
    assert _passing(tiny_catalogue, Constraint("price", "le", ("a",))) == set()


def test_ids_are_compared_to_the_letter() -> None:
    product = Product(ProductId("a/b"), "x")

    assert passes(product, Constraint("product_id", "eq", "a/b"))
    assert not passes(product, Constraint("product_id", "eq", "A/B"))


@pytest.mark.parametrize(
    ("text", "number"), [("15.6 in", 15.6), ('27"', 27.0), ("8GB", 8.0), ("usb 3.0", None), ("3840 x 2160", None)]
)
def test_a_text_is_a_number_only_when_it_is_nothing_else(text: str, number: float | None) -> None:
    product = Product(ProductId("1"), "x", attributes={"a": text})

    assert as_number(field_value(product, "a")) == number


def test_an_empty_catalogue_has_an_empty_mask() -> None:
    assert ConstraintFilter([]).allowed([Constraint("price", "le", 3)]).tolist() == []


@pytest.mark.parametrize("op", ["lt", "le", "gt", "ge", "eq"])
@pytest.mark.parametrize("field", ["price", "list_price"])
def test_a_price_in_another_currency_passes_no_limit(field: str, op: Op) -> None:
    yuan = priced(Product(ProductId("Y"), "Kettle", price=120, list_price=120, currency="CNY"), "USD")
    dollars = priced(replace(yuan, currency="USD", shop_currency=""), "USD")
    constraint = Constraint(field, op, {"lt": 150, "le": 150, "gt": 50, "ge": 50, "eq": 120}[op])

    assert passes(dollars, constraint)
    assert not passes(yuan, constraint)
