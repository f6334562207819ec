"""Found values against the feed's own, by a stated rule."""

import pytest

from knowledge.domain import Place, Product, ProductId
from training.evaluate_attributes import compare, evaluate_attributes, wilson


def product(title: str, brand: str, attributes: dict[str, str | float]) -> Product:
    return Product(ProductId(title), title, brand, attributes=attributes)


def found(attributes: dict[str, str | float]) -> Product:
    places = dict.fromkeys(attributes, Place("title", "words", "en"))
    return Product(ProductId("1"), "Mug", attributes=attributes, found=places)


@pytest.mark.parametrize(
    ("value", "given", "right"),
    [
        ({"colour": "dark grey"}, {"product_colour": "Gray"}, True),
        ({"colour": "black"}, {"product_colour": "Black,Silver"}, True),
        ({"colour": "black"}, {"product_colour": "White", "printing_colours": "Black"}, False),
        ({"weight_kg": 0.25}, {"weight": 250.0}, True),
        ({"weight_kg": 0.25}, {"weight": 270.0}, False),
        ({"weight_kg": 0.25}, {"weight_kg": 250.0}, False),
        ({"storage_gb": 256.0}, {"storage": "256GB SSD"}, True),
        ({"memory_gb": 1.0}, {"internal_memory": 1024.0}, True),
        ({"compatible_with": "Phaser 6300"}, {"compatibility": "Phaser 6360, Phaser 6300"}, True),
        ({"compatible_with": "Phaser 6300"}, {"compatibility": "Phaser 6360"}, False),
        ({"material": "leather"}, {"origin": "china"}, None),
        ({"colour": "black"}, {"colour": "yes"}, None),
    ],
)
def test_values_agree_by_the_stated_rule(
    value: dict[str, str | float], given: dict[str, str | float], right: bool | None
) -> None:
    (comparison,) = compare(product("Mug", "", given), found(value))

    assert comparison.right is right


def test_both_settings_are_measured_on_both_halves() -> None:
    mugs = [product(f"Ollumo Mug {n}, Black", "Ollumo", {"colour": "black" if n % 4 else "white"}) for n in range(80)]

    report = evaluate_attributes(mugs, lambda *_: None)

    colour = [report.scores["all"][half]["colour"] for half in ("chosen", "kept")]
    assert sum(score.n_found for score in colour) == 80
    assert sum(score.n_right for score in colour) == 60
    assert sum(report.scores["some"][half]["brand"].n_right for half in ("chosen", "kept")) == 80
    assert "brand" not in report.scores["all"]["kept"]
    assert report.to_json()["n_products"] == 80
    assert any("colour" in line for line in report.lines())


def test_an_interval_holds_its_share() -> None:
    low, high = wilson(95, 100)

    assert low is not None
    assert high is not None
    assert 0.88 < low < 0.95 < high < 0.98
    assert wilson(0, 0) == (None, None)
