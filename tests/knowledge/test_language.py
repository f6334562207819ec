import pytest

from knowledge.language import detect_language, simplify


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("headphones under 100", "en"),
        ("健身房用的 wireless 耳机求推荐", "zh"),
        ("iPhone 15 Pro Max 手机壳", "zh"),
        ("对比 Foobar X1 和 Foobar X2", "zh"),
        ("Do you sell 耳机 by Brenvik?", "en"),
        ("請問可以退貨嗎", "zh"),
        ("what does 耳机 mean in your shop", "en"),
        ("", "en"),
        ("12345 !?", "en"),
        ("𠮷", "zh"),
    ],
)
def test_the_language_is_the_one_that_weighs_more(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("請問這個耳機可以退貨嗎？我想換一個顏色", "请问这个耳机可以退货吗？我想换一个颜色"),
        ("後天寄到臺灣嗎，裡面乾淨", "后天寄到台湾吗，里面干净"),
        ("皇后，著名，乾坤", "皇后，著名，乾坤"),
        ("妳要甚麼", "你要什么"),
        ("甚至", "甚至"),
    ],
)
def test_traditional_becomes_simplified(traditional: str, simplified: str) -> None:
    assert simplify(traditional) == simplified


@pytest.mark.parametrize("text", ["已经是简体的文字，软件和硬盘", "plain English, 5 € — naïve", "", "🙂\n\t"])
def test_other_text_is_unchanged(text: str) -> None:
    assert simplify(text) == text
