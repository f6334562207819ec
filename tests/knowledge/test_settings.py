from pathlib import Path

import pytest

from knowledge.errors import SettingsError
from knowledge.settings import Settings, load_settings


def loaded(folder: Path, text: str) -> Settings:
    (folder / "shop.toml").write_text(text, "utf-8")
    return load_settings(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("languages = []", "languages = []: at least one is needed: en, zh"),
        ('languages = ["en", "en"]', "languages = ['en', 'en']: each may stand there once"),
        ('languages = ["fr"]', "languages.0 = 'fr': Input should be 'en' or 'zh'"),
        ('languages = "en"', "languages = 'en': "),
        ('name = ""', "name = '': "),
        ('name = "  "', "name = '  ': "),
        ('name = "My\\nshop"', "name = 'My\\nshop': one line is needed"),
        ("name = 7", "name = 7: "),
        ('currency = ""', "currency = '': "),
        ('currency = "dollars"', "currency = 'dollars': "),
        ('[models]\nencoder_en = ""', "models.encoder_en = '': "),
        ('[models]\nencoder_zh = " "', "models.encoder_zh = ' ': "),
        ('[models]\nintent = ""', "models.intent = '': "),
        ('[models]\ngenerator = "gpt"', "models.generator = 'gpt': "),
        ("[search]\nk = 0", "search.k = 0: "),
        ("[search]\nk = true", "search.k = True: a number is needed"),
        ("[search]\nk = 2.5", "search.k = 2.5: "),
        ("[search]\ndepth = -1", "search.depth = -1: "),
        ("[search]\ndocument_tokens = 0", "search.document_tokens = 0: "),
        ("[limits]\nutterance_chars = 0", "limits.utterance_chars = 0: "),
        ("[limits]\nsession_turns = 0", "limits.session_turns = 0: "),
        ('[routes]\n"" = "answer"', "routes."),
        ('[routes]\ngreeting = "wave"', "routes.greeting = 'wave': "),
        ("routes = []", "routes = []: "),
        ("search = 5", "search = 5: "),
    ],
)
def test_nonsense_is_refused_by_its_key_and_value(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text)

    assert f"{tmp_path / 'shop.toml'}: {told}" in str(refused.value)


def test_an_empty_list_of_languages_in_the_environment_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_ASSISTANT_LANGUAGES", "[]")

    with pytest.raises(SettingsError, match=r"environment variable SHOP_ASSISTANT_LANGUAGES: .* at least one"):
        loaded(tmp_path, "")


def test_what_makes_sense_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_ASSISTANT_SEARCH__K", "7")

    settings = loaded(tmp_path, 'name = " 海港 & Söhne 👩‍🍳 "\nlanguages = ["zh", "en"]\n[routes]\ngift = "answer"\n')

    assert (settings.name, settings.languages, settings.search.k) == ("海港 & Söhne 👩‍🍳", ("zh", "en"), 7)
    assert settings.routes["gift"] == "answer"
    assert settings.routes["greeting"] == "smalltalk"
