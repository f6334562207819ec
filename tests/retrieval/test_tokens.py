import pytest

from retrieval.tokens import query_tokens, tokenize, with_compounds


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("batteries", "battery"),
        ("watches", "watch"),
        ("Laptops", "laptop"),
        ("mice", "mouse"),
        ("64 GB", "64gb"),
        ("64-GB", "64gb"),
        ("ＵＳＢ－Ｃ", "usb-c"),
    ],
)
def test_ways_of_writing_one_word_are_one_token(written: str, asked: str) -> None:
    assert set(tokenize(written, "en")) & set(query_tokens(asked, "en"))


@pytest.mark.parametrize("word", ["wireless", "gps", "bus", "lens cap"])
def test_a_singular_that_ends_in_s_is_found_as_itself(word: str) -> None:
    assert tokenize(word, "en") == query_tokens(word, "en")


def test_a_model_number_is_found_with_and_without_its_hyphen() -> None:
    tokens = tokenize("Sony WH-1000XM4", "en")

    assert {"wh", "1000xm4", "wh1000xm4"} <= set(tokens)
    assert query_tokens("wh1000xm4", "en") == ["wh1000xm4"]


def test_decimals_stay_whole() -> None:
    assert "15.6" in tokenize('a 15.6" screen', "en")


def test_words_that_only_ask_are_left_out_of_a_query_but_not_of_a_product() -> None:
    assert query_tokens("please show me some nice headphones", "en") == ["headphone"]
    assert query_tokens("请推荐一款好用的耳机", "zh") == ["耳机"]
    assert "nice" in tokenize("nice", "en")


def test_a_query_that_only_asks_has_no_words() -> None:
    assert query_tokens("can you recommend something", "en") == []
    assert query_tokens("推荐一下", "zh") == []


def test_traditional_characters_are_found_as_simplified() -> None:
    assert query_tokens("無線耳機", "zh") == query_tokens("无线耳机", "zh")


def test_chinese_gives_words_pairs_and_characters() -> None:
    assert {"电热水壶", "热水", "壶"} <= set(tokenize("电热水壶", "zh"))


def test_a_chinese_word_of_one_character_finds_longer_ones() -> None:
    assert set(query_tokens("红色的鞋", "zh")) <= set(tokenize("红色跑鞋", "zh"))


def test_chinese_in_an_english_shop_is_found_by_its_pairs() -> None:
    assert set(query_tokens("耳机", "en")) & set(tokenize("无线耳机", "en"))


def test_latin_words_in_chinese_are_kept() -> None:
    assert {"type", "c", "typec"} <= set(tokenize("支持Type-C充电", "zh"))


def test_compounds_are_joined_only_where_they_are_known() -> None:
    assert with_compounds(["micro", "sd", "card"], {"microsd"}) == ["micro", "sd", "card", "microsd"]


@pytest.mark.parametrize("text", ["", "   ", "!!!", "\ud800", "🎧", "\x00"])
def test_text_without_words_has_no_tokens(text: str) -> None:
    assert query_tokens(text, "zh") == []
    assert tokenize(text, "en") == []
