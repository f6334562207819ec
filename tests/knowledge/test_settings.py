from pathlib import Path

import pytest

from knowledge.errors import SettingsError
from knowledge.settings import Settings, load_settings

SOURCE = '[[sources]]\nurl = "https://a.example/feed.csv"\n'


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
        ("sources = 5", "sources = 5: "),
        ("[[sources]]\nurl = 5", "sources.0.url = 5: "),
        ('[[sources]]\nurl = "feed.csv"', "sources.0.url = 'feed.csv': an address that begins with https:// is needed"),
        ('[[sources]]\nurl = "http://a.example/feed.csv"', "sources.0.url = 'http://a.example/feed.csv': an address"),
        ('[[sources]]\nurl = "https:///feed.csv"', "sources.0.url = 'https:///feed.csv': an address"),
        ('[[sources]]\nurl = "https://a.example:99999/x"', "sources.0.url = 'https://a.example:99999/x': no address"),
        ('[[sources]]\nurl = "https://a.example/ä b"', "sources.0.url = 'https://a.example/ä b': blanks and letters"),
        (f'{SOURCE}every = "soon"', "sources.0.every = 'soon': a number and m, h or d are needed, such as \"15m\""),
        (f"{SOURCE}every = 15", "sources.0.every = 15: "),
        (f'{SOURCE}every = "0m"', "sources.0.every = '0m': "),
        (f'{SOURCE}kind = "shoes"', "sources.0.kind = 'shoes': "),
        (f"{SOURCE}max_mb = 0", "sources.0.max_mb = 0: "),
        (f"{SOURCE}timeout_s = true", "sources.0.timeout_s = True: "),
        (f'{SOURCE}name = "../feed"', "sources.0.name = '../feed': "),
        (f'{SOURCE}header = "X-Key"', "sources.0: header and secret_env go together; give both or none"),
        (f'{SOURCE}evry = "1h"', "unknown key 'sources.0.evry'; did you mean 'sources.every'?"),
        (SOURCE + SOURCE, "sources: feed stands there twice; give each a name"),
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


def test_a_source_is_named_after_its_file_and_its_schedule_is_in_seconds(tmp_path: Path) -> None:
    text = """
        [[sources]]
        url = "https://a.example/feeds/products.xml.gz?shop=1#top"
        every = "15m"
        [[sources]]
        url = "https://a.example/help/returns.en.md"
        every = "1d"
        [[sources]]
        url = "https://a.example"
        name = "whole"
    """

    sources = loaded(tmp_path, text).sources

    assert [(source.name, source.every) for source in sources] == [
        ("products", 900),
        ("returns.en", 86400),
        ("whole", 0),
    ]
    assert sources[0].url == "https://a.example/feeds/products.xml.gz?shop=1"


def test_a_password_in_an_address_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"sources\.0\.url: holds a user or a password") as refused:
        loaded(tmp_path, '[[sources]]\nurl = "https://me:geheim@a.example/feed.csv"\n')

    assert "geheim" not in str(refused.value)
