"""The page's own words in each language; replies are written elsewhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.domain import Language

REASONS = ("wrong_product", "not_true", "not_understood", "too_slow", "other")


@dataclass(frozen=True, slots=True)
class Labels:
    tagline: str
    new_conversation: str
    other_language: str
    box: str
    send: str
    greeting: str
    starters: tuple[str, ...]
    you: str
    thinking: str
    before: str
    rated: str
    n_ratings: str
    in_stock: str
    few_left: str
    sold_out: str
    met: str
    missed: str
    sources: str
    path: str
    person: str
    helpful: str
    not_helpful: str
    what_was_wrong: str
    reasons: Mapping[str, str]
    comment: str
    send_feedback: str
    thanks: str
    not_kept: str
    failed: str
    busy: str
    again: str
    fine_print: str


LABELS: Mapping[Language, Labels] = {
    "en": Labels(
        tagline="Shopping assistant",
        new_conversation="New chat",
        other_language="中文",
        box="What can I help you find?",
        send="Send",
        greeting="Hello! I can find and compare products, answer questions about delivery, returns and warranty, "
        "and look up an order.",
        starters=("I am looking for a product", "What is your return policy?", "Where is my order?"),
        you="You",
        thinking="Looking…",
        before="before",
        rated="rated {rating} out of 5",
        n_ratings="{n} ratings",
        in_stock="In stock",
        few_left="Only {n} left",
        sold_out="Sold out",
        met="fits",
        missed="does not fit",
        sources="Sources",
        path="How I found this",
        person="A person can help you: {contact}",
        helpful="Helpful",
        not_helpful="Not helpful",
        what_was_wrong="What was wrong?",
        reasons={
            "wrong_product": "Wrong product",
            "not_true": "Not true",
            "not_understood": "Did not understand me",
            "too_slow": "Too slow",
            "other": "Something else",
        },
        comment="Tell us more (optional; please no personal details)",
        send_feedback="Send feedback",
        thanks="Thank you, that helps us to get better.",
        not_kept="Your feedback could not be saved. Please try again.",
        failed="Sorry, something went wrong on our side. Please ask once more.",
        busy="Many people are asking at the moment. Please try again in a minute.",
        again="Try again",
        fine_print="Automatic replies from our catalogue and help pages. Prices and stock are as of now.",
    ),
    "zh": Labels(
        tagline="购物助手",
        new_conversation="新对话",
        other_language="English",
        box="想找什么，或想问什么？",
        send="发送",
        greeting="您好！我可以帮您找商品、作比较，回答配送、退换货和保修的问题，也可以查订单。",
        starters=("我想找商品", "退货规则是什么？", "我的订单到哪了？"),
        you="您",
        thinking="正在查找…",
        before="原价",
        rated="评分 {rating}，满分 5",
        n_ratings="{n} 条评价",
        in_stock="有现货",
        few_left="仅剩 {n} 件",
        sold_out="缺货",
        met="符合",
        missed="不符合",
        sources="来源",
        path="我是怎么找到的",
        person="人工客服：{contact}",
        helpful="有帮助",
        not_helpful="没有帮助",
        what_was_wrong="哪里不好？",
        reasons={
            "wrong_product": "商品不对",
            "not_true": "内容不实",
            "not_understood": "没听懂我的意思",
            "too_slow": "太慢",
            "other": "其他",
        },
        comment="想补充什么？（可不填，请勿填写个人信息）",
        send_feedback="提交反馈",
        thanks="谢谢，您的反馈会帮助我们改进。",
        not_kept="反馈没有保存成功，请再试一次。",
        failed="抱歉，我们这边出了点问题，请再问一次。",
        busy="现在咨询的人很多，请过一分钟再试。",
        again="重试",
        fine_print="由程序根据商品目录和帮助页自动回复，价格和库存以当前为准。",
    ),
}

_PREFERENCE = re.compile(r"\s*([A-Za-z*]+)[A-Za-z0-9-]*\s*(?:;\s*q=\s*([0-9.]+))?\s*")


def preferred_language(accept_language: str, offered: Sequence[Language]) -> Language:
    """The offered language that an Accept-Language header (RFC 9110) likes best; the first one without a match."""
    best, best_weight = offered[0], 0.0
    for part in accept_language.split(","):
        match = _PREFERENCE.fullmatch(part)
        if match is None:
            continue
        name, weight = match[1].lower(), match[2]
        for language in offered:
            if name == language and _weight(weight) > best_weight:
                best, best_weight = language, _weight(weight)
    return best


def _weight(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        return float(text)
    except ValueError:
        return 0.0
