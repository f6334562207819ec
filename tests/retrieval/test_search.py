from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint, Found, Language, Product, ProductId, Wish
from knowledge.errors import NotBuiltError
from knowledge.settings import Settings
from retrieval.index import LanguageIndex, TextEncoder, build_index, load_index
from retrieval.search import ProductSearch

HEADPHONES = Constraint("category", "eq", "Audio > Headphones")
LAPTOPS = Constraint("category", "eq", "Computers > Laptops")


def _ids(found: Found) -> list[str]:
    return [str(candidate.product_id) for candidate in found.candidates]


def test_words_find_the_product_that_is_named(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("calder wh-20", "en"), 3)

    assert _ids(found)[0] == "H1"
    assert set(found.candidates[0].scores) == {"words", "dense"}


def test_meaning_finds_what_is_called_otherwise(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("notebook", "en"), 3)

    assert _ids(found)[0].startswith("L")


def test_chinese_is_searched_in_chinese(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("想买适合跑步的耳机", "zh"), 3)

    assert _ids(found)[0] == "H3"


def test_constraints_are_never_broken(tiny_search: ProductSearch) -> None:
    wish = Wish("wireless headphones", "en", (HEADPHONES, Constraint("price", "le", 100)))

    found = tiny_search.search(wish, 10)

    assert set(_ids(found)) == {"H1", "H3"}
    assert found.n_passing == 2
    assert found.relaxed == ()


def test_excluded_products_stay_out(tiny_search: ProductSearch) -> None:
    wish = Wish("headphones", "en", (HEADPHONES,), exclude=(ProductId("H1"), ProductId("unknown")))

    assert set(_ids(tiny_search.search(wish, 10))) == {"H2", "H3"}


def test_what_was_given_up_is_stated(tiny_search: ProductSearch) -> None:
    silver = Constraint("colour", "eq", "silver")

    found = tiny_search.search(Wish("silver headphones", "en", (HEADPHONES, silver)), 5)

    assert found.relaxed == (silver,)
    assert set(_ids(found)) == {"H1", "H2", "H3"}


def test_a_limit_that_was_dropped_gives_what_comes_nearest(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("laptop", "en", (LAPTOPS, Constraint("price", "le", 100))), 2)

    assert _ids(found) == ["L3", "L1"]
    assert [constraint.field for constraint in found.relaxed] == ["price"]


def test_the_cheapest_of_a_category_goes_by_price(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("cheapest laptop", "en", (LAPTOPS,), sort=("price", "asc")), 4)

    assert _ids(found) == ["L3", "L1", "L4", "L2"]


def test_the_cheapest_keeps_to_the_words_that_titles_hold(tiny_search: ProductSearch) -> None:
    wish = Wish("cheapest gaming laptop for my son", "en", (LAPTOPS,), sort=("price", "asc"))

    assert _ids(tiny_search.search(wish, 4)) == ["L4", "L2"]


def test_the_cheapest_without_a_category_is_no_accessory(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("cheapest wireless headphones", "en", sort=("price", "asc")), 5)

    assert _ids(found)[0] == "H1"
    assert "C1" not in _ids(found)


def test_products_without_the_field_come_last(tiny_search: ProductSearch) -> None:
    wish = Wish("lightest laptop", "en", (LAPTOPS,), sort=("weight_kg", "asc"))

    assert _ids(tiny_search.search(wish, 4)) == ["L1", "L3", "L2", "L4"]


def test_no_words_means_the_best_rated(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("show me something", "en", (HEADPHONES,)), 3)

    assert _ids(found)[0] in ("H1", "H2")
    assert _ids(found)[-1] == "H3"


def test_sold_out_products_stand_behind_those_of_like_relevance(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("calder", "en", (HEADPHONES,)), 3)

    assert _ids(found)[:2] == ["H1", "H3"]


def test_a_sold_out_product_that_is_named_stays_in_front(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("Calder sport earphones", "en"), 3)

    assert _ids(found)[0] == "H3"


def test_at_most_two_variants_of_one_product_are_found(tiny_search: ProductSearch) -> None:
    found = tiny_search.search(Wish("running shoes", "en", (Constraint("category", "eq", "Shoes"),)), 5)

    assert len([name for name in _ids(found) if name != "S9"]) == 2
    assert "S9" in _ids(found)


def test_products_that_are_asked_for_by_id_are_all_found(tiny_search: ProductSearch) -> None:
    wish = Wish("", "en", (Constraint("product_id", "in", ("S1", "S2", "S3")),))

    assert _ids(tiny_search.search(wish, 5)) == ["S1", "S2", "S3"]


def test_ties_stand_by_id(tiny_search: ProductSearch) -> None:
    wish = Wish("", "en", (Constraint("brand", "eq", "Marlow"),))

    assert _ids(tiny_search.search(wish, 2)) == ["S1", "S2"]


def test_a_vector_that_is_known_is_not_made_again(
    tiny_catalogue: Catalogue, tiny_indexes: Mapping[Language, LanguageIndex], tiny_encoder: TextEncoder
) -> None:
    vector = tiny_encoder.encode(["notebook"])[0]
    without = ProductSearch(tiny_catalogue, tiny_indexes, {}, Settings())

    found = without.search(Wish("notebook", "en"), 1, vector=vector)

    assert _ids(found)[0].startswith("L")


def test_without_an_encoder_words_alone_are_searched(
    tiny_catalogue: Catalogue, tiny_indexes: Mapping[Language, LanguageIndex]
) -> None:
    without = ProductSearch(tiny_catalogue, tiny_indexes, {}, Settings())

    assert _ids(without.search(Wish("gaming laptop", "en"), 2)) == ["L4", "L2"]


def test_a_language_without_an_index_is_searched_in_another(
    tiny_catalogue: Catalogue, tiny_indexes: Mapping[Language, LanguageIndex], tiny_encoder: TextEncoder
) -> None:
    english = ProductSearch(tiny_catalogue, {"en": tiny_indexes["en"]}, {"en": tiny_encoder}, Settings())

    assert _ids(english.search(Wish("Zeta 笔记本", "zh"), 1)) == ["L4"]


def test_nothing_left_is_nothing_found(tiny_search: ProductSearch, tiny_catalogue: Catalogue) -> None:
    wish = Wish("headphones", "en", (HEADPHONES,), exclude=tuple(product.product_id for product in tiny_catalogue))

    assert tiny_search.search(wish, 5) == Found((), (), 0)


def test_an_index_of_other_products_is_refused(
    tiny_catalogue: Catalogue, tiny_indexes: Mapping[Language, LanguageIndex], tiny_encoder: TextEncoder
) -> None:
    fewer = Catalogue(tiny_catalogue.products[1:])

    with pytest.raises(NotBuiltError, match="not of this catalogue"):
        ProductSearch(fewer, tiny_indexes, {"en": tiny_encoder}, Settings())


def test_an_index_of_another_encoder_is_refused(
    tiny_catalogue: Catalogue, tiny_indexes: Mapping[Language, LanguageIndex], tiny_encoder: TextEncoder
) -> None:
    other: dict[Language, LanguageIndex] = {"en": replace(tiny_indexes["en"], encoder="other")}

    with pytest.raises(NotBuiltError, match="another encoder"):
        ProductSearch(tiny_catalogue, other, {"en": tiny_encoder}, Settings())


def test_a_search_without_an_index_is_refused(tiny_catalogue: Catalogue) -> None:
    with pytest.raises(NotBuiltError, match="run build"):
        ProductSearch(tiny_catalogue, {}, {}, Settings())


@pytest.mark.parametrize("text", ["", " ", "!!!", "\ud800", "a" * 5000, "' OR 1=1 --", "🎧🎧"])
def test_odd_texts_are_searched_all_the_same(tiny_search: ProductSearch, text: str) -> None:
    found = tiny_search.search(Wish(text, "en"), 3)

    assert all(np.isfinite(candidate.score) for candidate in found.candidates)


@pytest.fixture(scope="module")
def shop_without_categories(tiny_encoder: TextEncoder, tmp_path_factory: pytest.TempPathFactory) -> ProductSearch:
    """Laptops are called notebooks, and what is for them is called by both words."""
    titles = {
        "N1": ("Calder 14 Notebook Silver 36 cm", 499.0),
        "N2": ("Calder 15 Notebook Black 39 cm", 699.0),
        "N3": ("Brandt Slim Notebook PC", 399.0),
        "A1": ("Laptop sleeve", 19.0),
        "A2": ("Laptop power cord 2 m", 9.0),
        "A3": ("Laptop stand", 29.0),
        "A4": ("Stand for laptop", 25.0),
        "P1": ("Orrin LaserJet Printer", 149.0),
    }
    catalogue = Catalogue([Product(ProductId(i), title, price=price) for i, (title, price) in titles.items()])
    folder = tmp_path_factory.mktemp("flat")
    encoders: dict[Language, TextEncoder] = {"en": tiny_encoder, "zh": tiny_encoder}
    build_index(catalogue, Settings(), encoders, folder, None, lambda stage, done, of: None)
    return ProductSearch(catalogue, load_index(folder, engine="exact"), encoders, Settings())


def test_a_kind_is_found_by_its_other_name_before_what_is_for_it(shop_without_categories: ProductSearch) -> None:
    under_600 = Wish("laptop", "en", (Constraint("price", "lt", 600),))

    assert set(_ids(shop_without_categories.search(under_600, 2))) == {"N1", "N3"}


@pytest.mark.parametrize(("text", "language"), [("cheapest laptop", "en"), ("最便宜的笔记本电脑", "zh")])
def test_the_cheapest_of_a_kind_needs_no_category(
    shop_without_categories: ProductSearch, text: str, language: Language
) -> None:
    found = shop_without_categories.search(Wish(text, language, sort=("price", "asc")), 5)

    assert _ids(found) == ["N3", "N1", "N2"]


def test_what_is_for_a_kind_is_found_when_that_is_asked_for(shop_without_categories: ProductSearch) -> None:
    under_600 = (Constraint("price", "lt", 600),)

    assert _ids(shop_without_categories.search(Wish("laptop power cord", "en", under_600), 1)) == ["A2"]
    assert set(_ids(shop_without_categories.search(Wish("stand for my laptop", "en", under_600), 2))) == {"A3", "A4"}


def test_a_wide_category_gives_the_kind_that_is_named_first(tiny_encoder: TextEncoder, tmp_path: Path) -> None:
    phones = {
        "C1": ("Case for Orrin phone", ("Phones", "Cases"), 9.0),
        "C2": ("Soft case, phone case for Orrin", ("Phones", "Cases"), 8.0),
        "S1": ("Orrin Smartphone 128 GB", ("Phones", "Smartphones"), 399.0),
    }
    catalogue = Catalogue([Product(ProductId(i), t, category=c, price=p) for i, (t, c, p) in phones.items()])
    encoders: dict[Language, TextEncoder] = {"en": tiny_encoder}
    settings = Settings(languages=("en",))
    build_index(catalogue, settings, encoders, tmp_path, None, lambda stage, done, of: None)
    search = ProductSearch(catalogue, load_index(tmp_path, ("en",), engine="exact"), encoders, settings)
    phones_only = Constraint("category", "eq", "Phones")

    assert _ids(search.search(Wish("phone", "en", (phones_only,)), 1)) == ["S1"]
    assert _ids(search.search(Wish("cheapest phone", "en", (phones_only,), sort=("price", "asc")), 3)) == ["S1"]
