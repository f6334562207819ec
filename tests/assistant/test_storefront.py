from pathlib import Path

import pytest

from assistant.storefront import LiveStorefront
from knowledge.shop import Shop
from tests.generations import drafted


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "shop.toml").write_text('name = "Tiny"\nlanguages = ["en"]\n', "utf-8")
    shop = Shop(tmp_path)
    shop.publish(drafted(shop))
    return shop


def test_a_new_name_is_shown_at_once_and_a_new_language_when_it_is_built(shop: Shop) -> None:
    storefront = LiveStorefront(shop)
    (shop.folder / "shop.toml").write_text('name = "Small"\nlanguages = ["en", "zh"]\n', "utf-8")

    before = storefront()
    shop.publish(drafted(shop, languages=("en", "zh")))
    after = storefront()

    assert (before.name, before.languages) == ("Small", ("en",))
    assert (after.name, after.languages) == ("Small", ("en", "zh"))


def test_settings_that_cannot_be_read_change_nothing(shop: Shop) -> None:
    storefront = LiveStorefront(shop)
    before = storefront()

    (shop.folder / "shop.toml").write_text("name = \n", "utf-8")

    assert storefront() == before
