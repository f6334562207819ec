import json
import os
import resource
from pathlib import Path

import pytest

from knowledge.disk import write_atomically
from knowledge.errors import NotBuiltError, ShopError
from knowledge.settings import Models, Settings
from knowledge.shop import Shop
from tests.generations import drafted


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "shop.toml").write_text('name = "Tiny"\n', "utf-8")
    return Shop(tmp_path)


def test_a_published_generation_is_the_one_in_use(shop: Shop) -> None:
    published = shop.publish(drafted(shop, sources={"code": "1"}))

    assert shop.current_name() == published.name == "1"
    assert shop.generation() == published
    assert shop.generation("1").sources == {"code": "1"}


def test_the_generation_before_stays_for_its_readers_and_older_ones_go(shop: Shop) -> None:
    for _ in range(3):
        shop.publish(drafted(shop))

    assert shop.generation("2").name == "2"
    with pytest.raises(NotBuiltError, match="has no index yet"):
        shop.generation("1")


def test_a_generation_keeps_the_languages_and_models_that_it_was_made_with(shop: Shop) -> None:
    made_with = Models(encoder_en="old")
    generation = shop.publish(drafted(shop, languages=("zh", "en"), models=made_with))

    used = shop.generation().settings(Settings(name="New", languages=("en",), models=Models(encoder_en="new")))

    assert (used.name, used.languages, used.models) == ("New", ("zh", "en"), made_with)
    assert shop.generation() == generation


@pytest.mark.parametrize(
    "manifest",
    ["", "[]", "{}", '{"format": 1, "name": "1", "sources": {}}', '{"format": 2, "sources": {}}', '{"format": "x"}'],
)
def test_a_manifest_of_another_program_is_told_with_the_remedy(shop: Shop, manifest: str) -> None:
    file = shop.publish(drafted(shop)).folder / "manifest.json"
    file.write_text(manifest, "utf-8")

    with pytest.raises(NotBuiltError, match=rf"{file}.*run build"):
        shop.generation()


def test_a_manifest_says_of_what_the_generation_was_made(shop: Shop) -> None:
    folder = shop.publish(drafted(shop)).folder

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))

    assert manifest.keys() >= {"format", "sources", "languages", "models", "encoders", "intent", "intent_encoder"}
    assert "folder" not in manifest


def test_models_named_by_a_manifest_of_another_version_are_kept(shop: Shop) -> None:
    file = shop.publish(drafted(shop, intent="old")).folder / "manifest.json"
    file.write_text('{"format": 1, "intent": "old"}', "utf-8")
    for name in ("old", "new", "new-1", "orphan"):
        (shop.models_folder / name).mkdir(parents=True)

    shop.publish(drafted(shop, intent="new"))

    assert sorted(folder.name for folder in shop.models_folder.iterdir()) == ["new", "old"]


def test_a_pointer_that_cannot_be_written_leaves_the_generation_before_in_use(shop: Shop) -> None:
    shop.publish(drafted(shop))
    (shop.var / "current.part").mkdir()

    with pytest.raises(ShopError, match=r"current: cannot be written and stays as it was: Is a directory"):
        shop.publish(drafted(shop))
    between = shop.current_name()
    (shop.var / "current.part").rmdir()
    made = shop.publish(drafted(shop))

    assert (between, made.name) == ("1", "2")


def test_a_full_disk_leaves_the_old_text(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    write_atomically(file, "old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(
            ShopError, match=r"file\.json: cannot be written and stays as it was: File too large; raise"
        ):
            write_atomically(file, "new" * 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert [(path.name, path.read_text("utf-8")) for path in tmp_path.iterdir()] == [("file.json", "old")]


def test_a_lock_that_a_killed_process_left_is_held_by_nobody(shop: Shop) -> None:
    shop.var.mkdir()
    (shop.var / "writer.lock").write_text("pid 7 (build)", "utf-8")

    left = shop.being_written_by()
    with shop.writer("a test"):
        held = shop.being_written_by()

    assert (left, held) == ("", f"pid {os.getpid()} (a test)")
    assert shop.being_written_by() == ""
