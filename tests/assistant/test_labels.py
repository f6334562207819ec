from dataclasses import fields

import pytest

from assistant.labels import LABELS, REASONS, Labels, preferred_language
from knowledge.domain import Language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-Hant-TW", "zh"),
        ("en-GB,en;q=0.7", "en"),
        ("en;q=0.2, zh;q=0.7", "zh"),
        ("fr,de;q=0.5", "en"),
        ("fr, zh;q=0.1", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("", "en"),
        (";;q=..,zh;q=1.2.3", "en"),
    ],
)
def test_the_browsers_preference_is_followed(header: str, language: Language) -> None:
    assert preferred_language(header, ("en", "zh")) == language


def test_a_language_that_the_shop_does_not_offer_is_not_chosen() -> None:
    assert preferred_language("en", ("zh",)) == "zh"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_label_is_said_in_every_language(language: Language) -> None:
    labels = LABELS[language]

    assert all(getattr(labels, field.name) for field in fields(Labels))
    assert tuple(labels.reasons) == REASONS
    assert len(labels.starters) == len(LABELS["en"].starters)
