"""Builds of a tiny shop, with an encoder of 16 dimensions and without fine-tuning."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.catalogue import Catalogue
from knowledge.domain import ProductId, Utterance
from knowledge.errors import FeedError, ShopError
from knowledge.feeds.utterances import utterances_to_csv
from knowledge.orders import FileOrderBook
from knowledge.shop import Shop
from retrieval.index import load_index
from retrieval.model_folder import read_manifest
from tests.command_line import snapshot, write_feed
from tests.training.utterances import IN_SCOPE
from training.build import build
from training.intake import Intake
from training.parts import encoder_name, load_encoders, load_intent
from training.reports import BuildReport


@pytest.fixture
def shop(base: Path, catalogue: Catalogue, tmp_path: Path) -> Shop:
    """Not built."""
    folder = tmp_path / "shop"
    for part in ("catalogue", "intents", "knowledge"):
        (folder / part).mkdir(parents=True)
    settings = f'languages = ["en"]\n[models]\nencoder_en = "{base}"\nintent = "{base}"\n'
    (folder / "shop.toml").write_text(settings, "utf-8")
    write_feed(folder / "catalogue" / "products.jsonl", catalogue)
    write_utterances(folder, IN_SCOPE)
    return Shop(folder)


def write_utterances(folder: Path, utterances: Iterable[Utterance]) -> None:
    (folder / "intents" / "utterances.csv").write_text(utterances_to_csv(list(utterances)), "utf-8")


def write_orders(shop: Shop, content: bytes) -> None:
    shop.orders_file.parent.mkdir(exist_ok=True)
    shop.orders_file.write_bytes(content)


def built(shop: Shop, **how: Any) -> BuildReport:
    with shop.writer("a test"):
        return build(Shop(shop.folder), shop.folder.parent / "weights", lambda *_: None, fine_tune=False, **how)


def models_of(shop: Shop) -> list[str]:
    return sorted(folder.name for folder in shop.models_folder.iterdir())


def test_a_model_that_is_fitted_again_gets_a_folder_of_its_own(shop: Shop) -> None:
    built(shop)
    first = shop.generation()
    before = snapshot(shop.models_folder)

    built(shop, refit=True)

    now = snapshot(shop.models_folder)
    assert {name: now[name] for name in before} == before
    assert shop.generation().intent != first.intent
    assert load_intent(shop, first, shop.folder, load_encoders(shop.settings, shop.folder, threads=1))


def test_models_that_no_kept_generation_names_are_deleted(shop: Shop) -> None:
    for _ in range(4):
        built(shop, refit=True)

    assert models_of(shop) == sorted(shop.generation(name).intent for name in ("3", "4"))


def test_a_model_stays_while_generations_that_name_it_are_built(shop: Shop, catalogue: Catalogue) -> None:
    built(shop)
    before = snapshot(shop.models_folder)

    for description in ("One.", "Two.", "Three."):
        write_feed(shop.catalogue_file, catalogue, description=description)
        built(shop)

    assert shop.current_name() == "4"
    assert snapshot(shop.models_folder) == before


def test_the_encoder_follows_the_languages() -> None:
    assert encoder_name([Utterance("hello", "greeting", "en")]) == "minilm"
    assert encoder_name([Utterance("hello", "greeting", "en"), Utterance("你好", "greeting", "zh")]) == "e5"


@pytest.mark.parametrize("role", ["encoder_en", "intent"])
def test_other_weights_under_the_same_name_are_built_with(shop: Shop, base: Path, role: str) -> None:
    own = shutil.copytree(base, shop.folder.parent / "own")
    settings = shop.folder / "shop.toml"
    settings.write_text(settings.read_text("utf-8").replace(f'{role} = "{base}"', f'{role} = "{own}"'), "utf-8")
    built(shop)
    unchanged = built(shop)
    first = shop.generation()

    manifest = own / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(read_manifest(own).fingerprint, "0" * 16), "utf-8")
    changed = built(shop)

    assert (unchanged.changed, changed.changed) == (False, True)
    assert changed.n_embedded == (12 if role == "encoder_en" else 0)
    assert (shop.generation().intent != first.intent) == (role == "intent")


def test_a_build_that_does_nothing_tells_what_is_left_out_of_the_generation_in_use(shop: Shop) -> None:
    (shop.pages_folder / "broken.en.md").write_text("---\npage_id: [\n---\n", "utf-8")
    write_utterances(shop.folder, [*IN_SCOPE, Utterance(IN_SCOPE[0].text, "return_policy", "en")])
    with shop.intents_file.open("a", encoding="utf-8") as table:
        table.write("a text without a label,,en\n")

    first, again = built(shop), built(shop)

    assert (first.changed, again.changed) == (True, False)
    assert {Path(problem.file).name for problem in first.problems} == {"broken.en.md", "utterances.csv"}
    assert again.problems == first.problems
    assert "keep one label" in first.warnings[0]
    assert again.warnings == first.warnings


def test_remarks_on_a_fitting_stay_with_its_model(shop: Shop, catalogue: Catalogue) -> None:
    write_utterances(shop.folder, [*IN_SCOPE, Utterance(IN_SCOPE[0].text, "return_policy", "en")])
    first = built(shop)

    write_feed(shop.catalogue_file, catalogue, description="New.")

    assert built(shop).warnings == first.warnings != ()


def test_other_prices_and_stock_are_laid_over_the_generation_in_use(shop: Shop, catalogue: Catalogue) -> None:
    built(shop)
    generation = snapshot(shop.generation().folder)

    write_feed(shop.catalogue_file, catalogue, price=1.0, stock=0)
    report, again = built(shop), built(shop)

    assert (report.changed, report.generation, report.n_offers) == (False, "1", 12)
    assert report.summary() == "generation 1 is in use, with the new prices and stock of 12 products"
    assert again.n_offers == 0
    assert {(p.price, p.stock) for p in shop.offers("1").products} == {(1.0, 0)}
    assert snapshot(shop.generation().folder) == generation


def test_old_prices_that_come_back_leave_nothing_laid_over(shop: Shop, catalogue: Catalogue) -> None:
    built(shop)
    write_feed(shop.catalogue_file, catalogue, price=1.0)
    built(shop)

    write_feed(shop.catalogue_file, catalogue)
    report = built(shop)

    assert (report.generation, report.n_offers) == ("1", 12)
    assert shop.offers("1").products == ()


def test_another_title_is_built_with_the_prices_of_today_and_nothing_is_laid_over(
    shop: Shop, catalogue: Catalogue
) -> None:
    built(shop)
    write_feed(shop.catalogue_file, catalogue, price=1.0)
    built(shop)

    write_feed(shop.catalogue_file, catalogue, price=2.0, title="New")
    report = built(shop)

    assert (report.changed, report.generation) == (True, "2")
    assert shop.offers("2").products == ()
    assert {p.price for p in Catalogue.load(shop.generation().folder / "catalogue.jsonl")} == {2.0}


def test_damaged_offers_are_laid_anew(shop: Shop, catalogue: Catalogue) -> None:
    built(shop)
    write_feed(shop.catalogue_file, catalogue, price=1.0)
    built(shop)
    (shop.var / "offers.jsonl").write_text('{"generation": "1", "catal', "utf-8")

    report = built(shop)

    assert (report.changed, report.n_offers) == (False, 12)
    assert {p.price for p in shop.offers("1").products} == {1.0}


@contextlib.contextmanager
def quiet() -> Iterator[Any]:
    yield lambda *_: None


def test_an_import_builds_what_of_the_pages_was_not_built_whenever_it_was_written(shop: Shop) -> None:
    page = shop.pages_folder / "gifts.en.md"
    page.write_text("# Gifts\n\nWe wrap.\n", "utf-8")
    os.utime(page, (4_000_000_000, 4_000_000_000))
    built(shop)

    def imported() -> list[str]:
        return [event.generation for event in Intake(shop, quiet).all_of((), ()) if isinstance(event, BuildReport)]

    same = imported()
    page.write_text("# Gifts\n\nWe do not wrap.\n", "utf-8")
    os.utime(page, (1000, 1000))
    edited = imported()
    page.unlink()
    deleted = imported()

    assert (same, edited, deleted) == ([], ["2"], ["3"])


def test_a_generation_of_an_older_program_is_built_anew(shop: Shop) -> None:
    built(shop)
    generation = shop.generation().folder
    (generation / "manifest.json").write_text('{"format": 1, "name": "1", "sources": {}}', "utf-8")
    (generation / "answers" / "answers.json").write_text('{"format": 0}', "utf-8")
    (generation / "index" / "en" / "index.json").write_text('{"format": 0}', "utf-8")

    report = built(shop)

    assert (report.changed, report.generation, report.n_embedded) == (True, "2", 12)
    assert not built(shop).changed


@pytest.mark.parametrize("damage", ['{"format": 0}', '{"classes": []}', ""])
def test_a_model_of_an_older_program_is_fitted_anew_by_build(shop: Shop, damage: str) -> None:
    built(shop)
    first = shop.generation()
    (shop.models_folder / first.intent / "model.json").write_text(damage, "utf-8")

    report = built(shop)

    assert (report.changed, report.n_embedded) == (True, 0)
    assert shop.generation().intent != first.intent
    assert not built(shop).changed


@pytest.mark.parametrize(
    "lost",
    ["index", "index/en/vectors.npy", "index/en/words/language.json", "index/en/chroma", "graph.json", "answers", ""],
)
def test_what_was_deleted_of_the_generation_in_use_is_built_again(shop: Shop, lost: str) -> None:
    built(shop)
    path = shop.generation().folder / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)

    report = built(shop)

    assert (report.changed, report.generation) == (True, "2")
    assert shop.generation().is_whole()
    assert not built(shop).changed


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_shop_without_products_is_built_and_told_with_the_command_that_brings_them(
    shop: Shop, content: str | None
) -> None:
    shop.catalogue_file.unlink() if content is None else shop.catalogue_file.write_text(content, "utf-8")

    first, again = built(shop), built(shop)

    assert (first.n_products, first.changed, again.changed) == (0, True, False)
    assert any(f"--shop {shop.folder} import FEED" in warning for warning in first.warnings)
    assert again.warnings == first.warnings
    with contextlib.closing(load_index(shop.generation().folder / "index", ["en"])["en"]) as index:
        assert (index.product_ids, len(index.dense), index.lexical.search("kettle", 5)) == ((), 0, [])
        assert index.dense.search(np.ones(16, np.float32), 5) == []


def test_products_that_come_after_a_build_without_any_are_all_embedded(shop: Shop) -> None:
    feed = shop.catalogue_file.read_text("utf-8")
    shop.catalogue_file.unlink()
    built(shop)
    shop.catalogue_file.write_text(feed, "utf-8")

    report = built(shop)

    assert (report.generation, report.n_products, report.n_embedded) == ("2", 12, 12)
    assert report.warnings == ()


def test_a_catalogue_that_was_lost_is_not_built_over_the_one_in_use(shop: Shop) -> None:
    built(shop)
    shop.catalogue_file.unlink()

    with pytest.raises(ShopError, match=r"holds no product, and 12 are in use: 'shop-assistant --shop .* import FEED'"):
        built(shop)

    assert shop.generation().n_products == 12


def test_orders_that_cannot_be_read_are_refused_and_put_nothing_in_use(shop: Shop) -> None:
    built(shop)
    write_orders(shop, '{"order_id": "A-1", "email": "zoë@example.com", "state": "placed"}\n'.encode("latin-1"))

    with pytest.raises(FeedError, match=r"orders\.jsonl, line 1: byte .* is not UTF-8"):
        built(shop)

    assert shop.current_name() == "1"


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\n"])
def test_an_order_file_without_rows_is_no_orders(shop: Shop, content: bytes) -> None:
    write_orders(shop, content)

    assert built(shop).problems == ()
    assert len(FileOrderBook.load(shop.generation().folder / "orders.jsonl")) == 0


def test_every_build_tells_the_orders_that_are_left_out(shop: Shop) -> None:
    write_orders(shop, b'{"order_id": "A-1", "email": "jo@example.com", "state": "placed"}\n{"order_id": "A-2"}\n')

    first, again = built(shop), built(shop)

    assert [(Path(p.file).name, p.line) for p in first.problems] == [("orders.jsonl", 2)]
    assert again.problems == first.problems
    assert len(FileOrderBook.load(shop.generation().folder / "orders.jsonl")) == 1


def test_a_catalogue_that_is_edited_while_it_is_built_is_in_the_next_build(shop: Shop, catalogue: Catalogue) -> None:
    def edit(stage: str, done: int, total: int) -> None:
        if stage == "en: embed" and done == 0:
            write_feed(shop.catalogue_file, [*catalogue, replace(next(iter(catalogue)), product_id=ProductId("P99"))])

    with shop.writer("a test"):
        first = build(Shop(shop.folder), shop.folder.parent / "weights", edit, fine_tune=False)
    with contextlib.closing(load_index(shop.generation().folder / "index", ["en"])["en"]) as index:
        n_indexed = len(index.product_ids)
    n_copied = len(Catalogue.load(shop.generation().folder / "catalogue.jsonl"))
    again = built(shop)

    assert (first.n_products, n_indexed, n_copied) == (12, 12, 12)
    assert (again.changed, again.n_products) == (True, 13)


def test_an_old_title_that_comes_back_with_its_old_price_is_built(shop: Shop, catalogue: Catalogue) -> None:
    built(shop)
    write_feed(shop.catalogue_file, catalogue, price=1.0)
    built(shop)
    write_feed(shop.catalogue_file, catalogue, price=1.0, title="New")
    built(shop)

    write_feed(shop.catalogue_file, catalogue, price=1.0)
    report = built(shop)

    assert (report.changed, report.generation) == (True, "3")
    assert "New" not in {p.title for p in Catalogue.load(shop.generation().folder / "catalogue.jsonl")}


def test_a_bad_line_of_the_catalogue_is_told_of_the_shops_own_file(shop: Shop) -> None:
    with shop.catalogue_file.open("a", encoding="utf-8") as lines:
        lines.write('{"product_id": "P99"}\n')

    with pytest.raises(FeedError, match=rf"^{re.escape(str(shop.catalogue_file))}, line 13: "):
        built(shop)
