import pytest

from assistant.tone import is_angry


@pytest.mark.parametrize(
    "text",
    [
        "you people are useless, I want my money back NOW!!!",
        "This is ridiculous. Third time my parcel is late",
        "what a joke, you are all liars",
        "STILL NO PARCEL, WHERE IS IT",
        "worst shop ever, i will never again order here",
        "退钱！！你们就是骗子",
        "快递还没到，气死我了！！",
        "什么破东西，垃圾",
        "太差了，到现在还不退款！！",
    ],
)
def test_insults_shouting_and_demands_are_anger(text: str) -> None:
    assert is_angry(text)


@pytest.mark.parametrize(
    "text",
    [
        "where is my order??",
        "I love it!!",
        "USB to HDMI adapter",
        "is this rubbish bin in stock?",
        "my old one is useless in the rain, do you have a waterproof one",
        "headphones for the LOUD office",
        "好！！谢谢",
        "有垃圾桶吗",
        "我要马上买一个",
        "",
    ],
)
def test_one_strong_word_is_no_anger(text: str) -> None:
    assert not is_angry(text)
