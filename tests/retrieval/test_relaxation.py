import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint
from retrieval.constraints import ConstraintFilter
from retrieval.relaxation import relax

AUDIO = Constraint("category", "eq", "Audio > Headphones")
CHEAP = Constraint("price", "le", 80)
BLACK = Constraint("colour", "eq", "black")
IN_STOCK = Constraint("available", "eq", "yes")
RATED = Constraint("rating", "ge", 4.6)
CALDER = Constraint("brand", "eq", "Calder")


@pytest.fixture
def products(tiny_catalogue: Catalogue) -> ConstraintFilter:
    return ConstraintFilter(tiny_catalogue)


@pytest.fixture
def everything(tiny_catalogue: Catalogue) -> np.ndarray:
    return np.ones(len(tiny_catalogue), np.bool_)


def test_nothing_is_given_up_when_something_passes(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO, BLACK], products, everything)

    assert relaxation.given_up == ()
    assert relaxation.mask.sum() == 2


def test_the_least_important_single_wish_goes_first(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO, CALDER, RATED], products, everything)

    assert relaxation.given_up == (RATED,)


def test_one_wish_is_given_up_before_two(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO, IN_STOCK, BLACK, Constraint("price", "le", 60)], products, everything)

    assert relaxation.given_up == (IN_STOCK,)


def test_a_number_is_loosened_before_it_is_dropped(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO, Constraint("price", "le", 46)], products, everything)

    assert [constraint.field for constraint in relaxation.given_up] == ["price"]
    assert relaxation.dropped == ()
    assert relaxation.mask.sum() == 1


def test_a_number_far_away_is_dropped(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO, Constraint("price", "le", 5)], products, everything)

    assert [constraint.field for constraint in relaxation.dropped] == ["price"]
    assert relaxation.mask.sum() == 3


def test_the_category_is_kept_longest(products: ConstraintFilter, everything: np.ndarray) -> None:
    wishes = [AUDIO, Constraint("brand", "eq", "Zeta"), Constraint("memory_gb", "ge", 16)]

    relaxation = relax(wishes, products, everything)

    assert AUDIO not in relaxation.given_up
    assert len(relaxation.given_up) == 2


def test_what_is_excluded_stays_out(
    products: ConstraintFilter, everything: np.ndarray, tiny_catalogue: Catalogue
) -> None:
    within = np.array([product.product_id not in ("H1", "H3") for product in tiny_catalogue])

    relaxation = relax([AUDIO, CALDER], products, within)

    assert relaxation.given_up == (CALDER,)
    assert relaxation.mask.sum() == 1


def test_with_nothing_left_to_find_nothing_is_given_up(products: ConstraintFilter, everything: np.ndarray) -> None:
    relaxation = relax([AUDIO], products, ~everything)

    assert not relaxation.mask.any()
    assert relaxation.given_up == ()


def test_many_wishes_are_given_up_one_after_the_other(products: ConstraintFilter, everything: np.ndarray) -> None:
    impossible = [Constraint(f"field_{i}", "eq", "x") for i in range(12)]

    relaxation = relax([AUDIO, *impossible], products, everything)

    assert relaxation.given_up == tuple(impossible)
