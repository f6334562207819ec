"""From text to the words that are indexed and asked for, in both languages."""

import functools
import itertools
import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from typing import Protocol, cast

from knowledge.domain import Language
from knowledge.language import simplify

_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CJK}]+|\d+(?:[.,]\d+)+|[^\W_{_CJK}]+(?:-[^\W_{_CJK}]+)*")
_IS_CJK = re.compile(rf"[{_CJK}]")
_QUANTITY = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)[ -]?"
    r"(gb|tb|mb|kg|g|mm|cm|m|ml|l|w|v|wh|mah|hz|ghz|mhz|mp|inch|inches|in|dpi|ppm|lm)(?![\w])"
)
_VOWEL = re.compile(r"[aeiouy]")
_IRREGULAR = {
    "mice": "mouse",
    "men": "man",
    "women": "woman",
    "children": "child",
    "kids": "kid",
    "knives": "knife",
    "shelves": "shelf",
    "feet": "foot",
    "teeth": "tooth",
}


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP_EN = _listed("""
    a an and are as at be by do does for from has have i in is it its me my of on or our so than that the their them
    then there these they this to us was we what which will with you your
""")
_STOP_ZH = frozenset("的了吗呢吧啊呀嘛么和与及或是在也就都很把被给对跟我你您他她它们这那哪请有")
_ASKING_EN = _listed("""
    am any anything best better buy can cheap cheaper cheapest could find get give good great help hello hi looking
    like most need nice ones please recommend recommendation recommendations search see sell show some something
    somebody suggest suggestion suggestions thanks want wanted would about how much more very really just lowest
    highest rated under below less around within price priced cost product products option options
""")
_ASKING_ZH = _listed("""
    想 想要 想买 要 买 需要 找 找一下 推荐 一下 有没有 没有 一个 一款 一台 一双 一件 一副 一些 几个 几款 什么
    怎么样 帮 帮忙 帮我 看看 看一下 可以 能 不能 谢谢 你好 好 好的 好用 最好 最 便宜 最便宜 便宜点 性价比 预算
    以内 以下 左右 价格 多少 多少钱 元 块 美元 美金 适合 用 用的 产品 商品 东西 个 款 台 双 件 副 只 支 一 送 这款
    那款 哪款 哪些 哪个 比较 更 点 不要 不 超过 不超过 低于 高于
""")


class _Segmenter(Protocol):
    def lcut(self, sentence: str, *, HMM: bool) -> list[str]: ...


def normalise(text: str) -> str:
    """The one form in which texts are compared: NFKC, lower case, simplified Chinese."""
    return simplify(unicodedata.normalize("NFKC", text).lower())


def tokenize(text: str, language: Language) -> list[str]:
    """The words of a document, repeated as they occur.

    Latin words lose their plural; "wh-1000xm4" gives wh, 1000xm4 and wh1000xm4; "64 GB" gives 64gb. A run of Chinese
    gives its characters, pairs of characters, and (for the Chinese index) longer words of a dictionary.
    """
    tokens: list[str] = []
    for run in _runs(text):
        if _IS_CJK.match(run):
            tokens += run
            tokens += _pairs(run)
            tokens += [word for word in _words(run, language) if len(word) > 2]
        else:
            tokens += _latin(run)
    return [token for token in tokens if token not in _STOP_EN and token not in _STOP_ZH]


def query_tokens(text: str, language: Language) -> list[str]:
    """The words of a wish, each once, without those that only say that one wishes ("show me", 推荐一款)."""
    tokens: list[str] = []
    for run in _runs(text):
        if _IS_CJK.match(run):
            tokens += _chinese_query(run, language)
        else:
            tokens += [t for t in _latin(run) if t not in _STOP_EN and t not in _ASKING_EN]
    return list(dict.fromkeys(tokens))


def content_words(text: str, language: Language) -> list[str]:
    """The words of a wish as they were written, each once, without those that only say that one wishes."""
    words: list[str] = []
    for run in _runs(text):
        if _IS_CJK.match(run):
            words += [word for word in _words(run, language) if word not in _ASKING_ZH and word not in _STOP_ZH]
        elif run not in _STOP_EN and run not in _ASKING_EN:
            words.append(run)
    return list(dict.fromkeys(word for word in words if word))


def with_compounds(tokens: Sequence[str], vocabulary: Container[str]) -> list[str]:
    """Adds the compound of two neighbours where it is a known word: micro, sd → micro, sd, microsd."""
    joined = (
        first + second
        for first, second in itertools.pairwise(tokens)
        if min(len(first), len(second)) > 1 and len(first + second) > 4 and (first + second).isascii()
    )
    return [*tokens, *(both for both in joined if both.isalpha() and both in vocabulary)]


def _runs(text: str) -> Iterator[str]:
    return (match.group() for match in _RUN.finditer(_QUANTITY.sub(r" \1\2 ", normalise(text))))


def _latin(run: str) -> list[str]:
    parts = run.split("-")
    if len(parts) == 1:
        return [_singular(run)]
    return [_singular(part) for part in (*parts, "".join(parts))]


def _singular(word: str) -> str:
    """The S-stemmer (Harman 1991), that also knows "watches" and a few irregular plurals."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or not _VOWEL.search(word):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _chinese_query(run: str, language: Language) -> list[str]:
    tokens: list[str] = []
    segment = ""
    for word in [*_words(run, language), ""]:
        if word and word not in _ASKING_ZH and word not in _STOP_ZH:
            segment += word
            tokens += [word] if len(word) != 2 else []
            continue
        tokens += _pairs(segment)
        segment = ""
    return tokens


def _words(run: str, language: Language) -> list[str]:
    if language != "zh":
        return re.split(f"([{''.join(sorted(_STOP_ZH))}])", run)
    return _segmenter().lcut(run, HMM=False)


@functools.cache
def _segmenter() -> _Segmenter:
    import jieba  # type: ignore[import-untyped]

    segmenter = jieba.Tokenizer()
    # jieba's own start writes a cache for all users of the machine into the shared folder of temporary files
    segmenter.FREQ, segmenter.total = segmenter.gen_pfdict(segmenter.get_dict_file())
    segmenter.initialized = True
    return cast(_Segmenter, segmenter)
