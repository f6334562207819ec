"""What is read as a hard wish, and what must not be."""

from functools import cache
from pathlib import Path

import pytest

from assistant.wishes import read_wish
from knowledge.catalogue import Catalogue
from knowledge.domain import Constraint
from knowledge.language import detect_language
from knowledge.vocabulary import Vocabulary

LAPTOPS = "category eq Computers > Laptops"
MONITORS = "category eq Computers > Monitors"
HEADPHONES = "category eq Audio > Headphones"
SPEAKERS = "category eq Audio > Speakers"
RUNNING = "category eq Shoes > Running Shoes"
KETTLES = "category eq Kitchen > Kettles"
TENTS = "category eq Outdoor > Tents"
LAMPS = "category eq Home > Desk Lamps"
CASES = "category eq Phones > Cases"
PHONES = "category eq Phones"
SMARTPHONES = "category eq Phones > Smartphones"

WITH_CONSTRAINTS: list[tuple[str, list[str]]] = [
    # a bound behind the number, past its attribute's name
    ("laptops with 32gb ram or more", [LAPTOPS, "memory_gb ge 32"]),
    ("16GB内存以上的笔记本", [LAPTOPS, "memory_gb ge 16"]),
    ("a laptop with 16gb memory and more than 10 hours battery", [LAPTOPS, "memory_gb eq 16", "battery_life_h gt 10"]),
    # refusals with a verb, and prices in hundreds
    ("laptops that aren't black under 1000", [LAPTOPS, "colour ne black", "price lt 1000"]),
    ("headphones under 150 noise cancelling", [HEADPHONES, "price lt 150", "noise_cancelling eq yes"]),
    ("两三百块的耳机", [HEADPHONES, "price ge 200", "price le 300"]),
    # what a thing is for, how many it holds, how long at least
    ("ink for Dorrit printers", []),
    ("tent for two", [TENTS, "capacity_people ge 2"]),
    ("headphones with 10+ hours", [HEADPHONES, "battery_life_h ge 10"]),
    ("looking for Dorrit kettles", [KETTLES, "brand eq Dorrit"]),
    # room for a thing, what is not wanted, two limits that exclude each other
    ("headphones over 100 and under 50", [HEADPHONES, "price gt 100", "price lt 50"]),
    # price, English
    ("headphones under 150", [HEADPHONES, "price lt 150"]),
    ("laptops below $999.99", [LAPTOPS, "price lt 999.99"]),
    ("a kettle for less than 50 dollars", [KETTLES, "price lt 50"]),
    ("tents 100-200", [TENTS, "price ge 100", "price le 200"]),
    ("headphones between 50 and 80 dollars", [HEADPHONES, "price ge 50", "price le 80"]),
    ("a tent from $100 to $250 please", [TENTS, "price ge 100", "price le 250"]),
    ("desk lamp around 100", [LAMPS, "price ge 80", "price le 120"]),
    ("about $50, a kettle", [KETTLES, "price ge 40", "price le 60"]),
    ("laptops, at least 300", [LAPTOPS, "price ge 300"]),
    ("laptop for more than $1000", [LAPTOPS, "price gt 1000"]),
    ("noise cancelling headphones, not more than 150", [HEADPHONES, "noise_cancelling eq yes", "price le 150"]),
    ("no more than 60 for a kettle", [KETTLES, "price le 60"]),
    ("max 60 bucks", ["price le 60"]),
    ("kettle, 60 tops", [KETTLES, "price le 60"]),
    ("my budget is 500", ["price le 500"]),
    ("A quick lamp, budget sixty dollars", [LAMPS, "price le 60"]),
    ("up to 1,299.99", ["price le 1299.99"]),
    ("laptop under 2k", [LAPTOPS, "price lt 2000"]),
    ("a laptop with 64 GB of memory under 100", [LAPTOPS, "memory_gb eq 64", "price lt 100"]),
    ("laptop for 900 or less", [LAPTOPS, "price le 900"]),
    ("can we stay under 300", ["price lt 300"]),
    ("let's go up to 200 then", ["price le 200"]),
    ("I have $200 to spend on headphones", [HEADPHONES, "price le 200"]),
    ("a $50 kettle", [KETTLES, "price ge 40", "price le 60"]),
    ("laptop under €900", [LAPTOPS]),
    # price, Chinese
    ("耳机，两百以内", [HEADPHONES, "price le 200"]),
    ("200以下的电热水壶", [KETTLES, "price le 200"]),
    ("500块左右的耳机", [HEADPHONES, "price ge 400", "price le 600"]),
    ("不超过一千的笔记本电脑", [LAPTOPS, "price le 1000"]),
    ("1k以下的留着", ["price le 1000"]),
    ("一百到三百的帐篷", [TENTS, "price ge 100", "price le 300"]),
    ("三百多的帐篷", [TENTS, "price ge 300", "price lt 400"]),
    ("预算900刀的笔记本电脑", [LAPTOPS, "price le 900"]),
    ("价格压到一百以内呢", ["price le 100"]),
    ("50-80块的耳机", [HEADPHONES, "price ge 50", "price le 80"]),
    ("大概三百五，帐篷", [TENTS, "price ge 280", "price le 420"]),
    ("千元以内的手机", [SMARTPHONES, "price le 1000"]),
    ("想買耳機，兩百塊以內", [HEADPHONES, "price le 200"]),
    ("至少300块的耳机", [HEADPHONES, "price ge 300"]),
    ("笔记本 1.5k到2k", [LAPTOPS, "price ge 1500", "price le 2000"]),
    # brand
    ("Aurel laptops", [LAPTOPS, "brand eq Aurel"]),
    ("laptop, not Aurel", [LAPTOPS, "brand ne Aurel"]),
    ("anything but bexley headphones", [HEADPHONES, "brand ne Bexley"]),
    ("take out anything by Sorrel", ["brand ne Sorrel"]),
    ("Aurel or Bexley laptop", [LAPTOPS, "brand in Aurel|Bexley"]),
    ("no Sorrel or Bexley please", ["brand ne Sorrel", "brand ne Bexley"]),
    ("不要Aurel的笔记本", [LAPTOPS, "brand ne Aurel"]),
    ("除了Bexley，别的耳机都行", [HEADPHONES, "brand ne Bexley"]),
    ("Hollin的电热水壶有吗", [KETTLES, "brand eq Hollin"]),
    ("a desk lamp by Chief", [LAMPS, "brand eq Chief"]),
    # category
    ("headphones", [HEADPHONES]),
    ("running shoes", [RUNNING]),
    ("any shoes?", ["category eq Shoes"]),
    ("kettles or desk lamps", ["category in Home > Desk Lamps|Kitchen > Kettles"]),
    ("phone case", [CASES]),
    ("a rucksack or a tent", [TENTS]),
    ("monitor with speakers", [MONITORS, "speakers eq yes"]),
    ("speakers for my laptop", [SPEAKERS]),
    ("a notebook for uni", [LAPTOPS]),
    ("音箱", [SPEAKERS]),
    ("手機殼", [CASES]),
    ("跑步鞋", [RUNNING]),
    ("算了不要耳机了，看看音箱", [SPEAKERS, "category ne Audio > Headphones"]),
    ("some audio gear", ["category eq Audio"]),
    # colour
    ("black headphones", [HEADPHONES, "colour eq black"]),
    ("headphones in black or white", [HEADPHONES, "colour in black|white"]),
    ("gray laptop", [LAPTOPS, "colour eq grey"]),
    ("a tent, not green", [TENTS, "colour ne green"]),
    ("in black instead", ["colour eq black"]),
    ("a kettle in purple", [KETTLES, "colour eq purple"]),
    ("黑色耳机", [HEADPHONES, "colour eq black"]),
    ("不要黑色的耳机", [HEADPHONES, "colour ne black"]),
    ("耳机，粉的不要", [HEADPHONES, "colour ne pink"]),
    ("换成白色的看看", ["colour eq white"]),
    ("有白色款嗎", ["colour eq white"]),
    ("红色的台灯", [LAMPS, "colour eq red"]),
    ("kettle with temperature control for green tea", [KETTLES, "temperature_control eq yes"]),
    # rating, stock, order
    ("headphones with at least 4 stars", [HEADPHONES, "rating ge 4"]),
    ("only 4 stars and up pls", ["rating ge 4"]),
    ("rated 4.5 or higher", ["rating ge 4.5"]),
    ("4.5分以上的耳机", [HEADPHONES, "rating ge 4.5"]),
    ("只看评分4.5以上的", ["rating ge 4.5"]),
    ("四星以上的耳机", [HEADPHONES, "rating ge 4"]),
    ("laptops in stock", [LAPTOPS, "available eq yes"]),
    ("only ones that are in stock now", ["available eq yes"]),
    ("有货的耳机", [HEADPHONES, "available eq yes"]),
    ("只要现货", ["available eq yes"]),
    # attributes with numbers
    ("laptop with at least 16 GB", [LAPTOPS, "memory_gb ge 16"]),
    ("LAPTOP 32GB RAM FOR VIDEO EDITING", [LAPTOPS, "memory_gb eq 32"]),
    ("laptop with 512 gb ssd", [LAPTOPS, "storage_gb eq 512"]),
    ("laptop with 1 tb storage", [LAPTOPS, "storage_gb eq 1000"]),
    ("有没有16G内存的笔记本", [LAPTOPS, "memory_gb eq 16"]),
    ("27 inch monitor", [MONITORS, "screen_size_in eq 27"]),
    ("27寸显示器有啥", [MONITORS, "screen_size_in eq 27"]),
    ('a 32" curved monitor', [MONITORS, "screen_size_in eq 32", "curved eq yes"]),
    ("4k monitor under 400", [MONITORS, "resolution eq 4k", "price lt 400"]),
    ("4K显示器", [MONITORS, "resolution eq 4k"]),
    ("headphones with over 20 hours battery", [HEADPHONES, "battery_life_h gt 20"]),
    ("续航20小时以上的耳机", [HEADPHONES, "battery_life_h ge 20"]),
    ("容量1.5升以上的电热水壶", [KETTLES, "capacity_l ge 1.5"]),
    ("1.7 litre stainless steel kettle", [KETTLES, "capacity_l eq 1.7", "material eq stainless steel"]),
    ("一升半的水壶，玻璃的", [KETTLES, "capacity_l eq 1.5", "material eq glass"]),
    ("kettle below 2000 watts", [KETTLES, "power_w lt 2000"]),
    ("running shoes size 42", [RUNNING, "size_eu eq 42"]),
    ("跑鞋 43码 有什么", [RUNNING, "size_eu eq 43"]),
    ("size 42 only", ["size_eu eq 42"]),
    ("tent for 3 people", [TENTS, "capacity_people ge 3"]),
    ("two-man tent", [TENTS, "capacity_people eq 2"]),
    ("三人帐篷", [TENTS, "capacity_people eq 3"]),
    ("双人帐篷", [TENTS, "capacity_people eq 2"]),
    ("要能住四个人的帐篷", [TENTS, "capacity_people ge 4"]),
    ("ultralight one person tent below 1.5kg", [TENTS, "capacity_people eq 1", "weight_kg lt 1.5"]),
    ("帐篷，两公斤以下", [TENTS, "weight_kg le 2"]),
    ("headphones under 0.2 kg", [HEADPHONES, "weight_g lt 200"]),
    ("打游戏用的显示器 最少144hz", [MONITORS, "refresh_rate_hz ge 144"]),
    ("phone with at least 5000 mah", [SMARTPHONES, "battery_mah ge 5000"]),
    # words and yes-or-no attributes
    ("wireless headphones with a microphone", [HEADPHONES, "connection eq wireless", "microphone eq yes"]),
    ("headphones without microphone", [HEADPHONES, "microphone eq no"]),
    ("降噪耳机", [HEADPHONES, "noise_cancelling eq yes"]),
    ("耳机，不要有线的", [HEADPHONES, "connection ne wired"]),
    ("不带麦克风的耳机", [HEADPHONES, "microphone eq no"]),
    ("入耳式耳机", [HEADPHONES, "type eq in-ear"]),
    ("women's road running shoes", [RUNNING, "gender eq women", "terrain eq road"]),
    ("女款跑鞋", [RUNNING, "gender eq women"]),
    ("dimmable desk lamp", [LAMPS, "dimmable eq yes"]),
    ("可调光的台灯", [LAMPS, "dimmable eq yes"]),
    ("waterproof tent", [TENTS, "waterproof eq yes"]),
    ("带触屏的笔记本电脑", [LAPTOPS, "touchscreen eq yes"]),
    ("leather phone case", [CASES, "material eq leather"]),
    ("a smartphone, black, under $400", [SMARTPHONES, "colour eq black", "price lt 400"]),
    ("iphone 11 under 300", ["price lt 300"]),
    ("有没有不锈钢的电热水壶", [KETTLES, "material eq stainless steel"]),
]

WITHOUT_CONSTRAINTS = [
    "hello",
    "hi there, good morning",
    "thanks, bye",
    "can I return it after 30 days",
    "order 70001 where is it",
    "is 2 years warranty",
    "is it 1 yr or 2",
    "how long do i have to return something",
    "bought it 5 weeks ago am i too late",
    "Is there free delivery over $50?",
    "do I get free shipping on orders over 100 dollars",
    "i think i was charged twice, two lines of 129.00 on my statement",
    "my number is 555-123-4567",
    "HL-1004 vs HL-1009",
    "iphone 11",
    "ps4",
    "ps4 games",
    "tn-2110",
    "windows 10",
    "galaxy s21 or pixel 8",
    "what time do couriers usually come, im at work till 6",
    "need it before the 24th, what's the latest day to order",
    "are you open from 9 to 17",
    "is it ok for a 7 year old",
    "my mum is over 60",
    "can i have one more look",
    "the second one please",
    "in case it breaks, what then",
    "I need it for my home office",
    "do you ship to po boxes",
    "who is the chief of this shop",
    "the parcel came in a black box",
    "which is better, the first or the second?",
    "is the picture included in the 649 price",
    "how many pages does it print per minute",
    "does it have a headphone jack",
    "is it waterproof",
    "is that available with 16 GB",
    "three of us are coming at 12",
    "my friend lives in the Orange county",
    "I'd like to talk to a person",
    "you are a 10 out of 10",
    "my postcode is 90210",
    "how much is shipping",
    "a black-and-white decision",
    "write me a poem with 20 lines",
    "你好",
    "谢谢，再见",
    "保修几年",
    "七天无理由退货有吗",
    "拆封30天以内还能退吗",
    "我的订单70001到哪了",
    "一般几天能到",
    "满200包邮吗",
    "可以分期不，12期有没有利息",
    "今天下单明天能不能收到",
    "买了八个月，能免费修不",
    "我退了一百块的货，钱什么时候到",
    "第一个和第三个有啥区别啊",
    "这款防水吗",
    "它有多重",
    "客服电话是13812345678吗",
    "万一坏了怎么办",
    "一下子买两个行吗",
    "我住在3号楼2单元501",
    "你们几点关门，晚上8点以后还有人吗",
    "转人工",
    "有没有优惠券，满300减50那种",
    "这个十分好看",
    "孩子七岁以上能用吗",
]

ORDERS = [
    ("cheapest kettle", ("price", "asc")),
    ("最便宜的耳机", ("price", "asc")),
    ("best rated headphones", ("rating", "desc")),
    ("well rated desk lamps", ("rating", "desc")),
    ("评分最高的耳机", ("rating", "desc")),
    ("newest laptops", ("released", "desc")),
    ("最新的手机", ("released", "desc")),
    ("lightest laptop", ("weight_kg", "asc")),
    ("最轻的帐篷", ("weight_kg", "asc")),
    ("Could you sort those by price, lowest first?", ("price", "asc")),
    ("按价格从低到高排一下", ("price", "asc")),
    ("按价格从高到低", ("price", "desc")),
    ("laptop with the longest battery life", ("battery_life_h", "desc")),
    ("续航最长的耳机", ("battery_life_h", "desc")),
    ("lightest", None),
    ("headphones", None),
]


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(Path(__file__).parent / "small_shop.jsonl")


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.from_catalogue(catalogue(), ("en", "zh"))


def said(constraints: tuple[Constraint, ...]) -> set[str]:
    return {f"{c.field} {c.op} {_value(c.value)}" for c in constraints}


def _value(value: str | float | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "|".join(value)
    return value if isinstance(value, str) else f"{value:.10g}"


@pytest.mark.parametrize(("text", "expected"), WITH_CONSTRAINTS)
def test_a_wish_is_read_in_full_and_nothing_else(text: str, expected: list[str]) -> None:
    wish = read_wish(text, detect_language(text), vocabulary(), "USD")

    assert said(wish.constraints) == set(expected)


@pytest.mark.parametrize("text", WITHOUT_CONSTRAINTS)
def test_what_is_no_wish_gives_no_constraint(text: str) -> None:
    wish = read_wish(text, detect_language(text), vocabulary(), "USD")

    assert said(wish.constraints) == set()


@pytest.mark.parametrize(("text", "expected"), ORDERS)
def test_a_superlative_is_an_order(text: str, expected: tuple[str, str] | None) -> None:
    wish = read_wish(text, detect_language(text), vocabulary(), "USD")

    assert wish.sort == expected


def test_private_characters_are_no_numbers() -> None:
    wish = read_wish("under \ue000 \uf8ff 150 \ue005", "en", vocabulary(), "USD")

    assert said(wish.constraints) == {"price lt 150"}


def test_the_spans_and_the_words_share_the_text_between_them() -> None:
    wish = read_wish("white running shoes, size 42, under $100", "en", vocabulary(), "USD")

    assert wish.words == "white running shoes, size 42"
    assert wish.spans == ((0, 5), (6, 19), (21, 28), (30, 40))


def test_what_the_conversation_is_about_decides_what_a_number_is() -> None:
    about_tents = read_wish("under 2 kg", "en", vocabulary(), "USD", ("Outdoor", "Tents"))
    about_shoes = read_wish("under 0.3 kg", "en", vocabulary(), "USD", ("Shoes", "Running Shoes"))

    assert said(about_tents.constraints) == {"weight_kg lt 2"}
    assert said(about_shoes.constraints) == {"weight_g lt 300"}


def test_an_amount_in_the_shops_own_currency_counts() -> None:
    wish = read_wish("laptop under €900", "en", vocabulary(), "EUR")

    assert said(wish.constraints) == {LAPTOPS, "price lt 900"}


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("a phone under 400 euros", "under 400 euros"),
        ("手机，两千块人民币以内", "两千块人民币以内"),
        ("预算2000元人民币的手机", "预算2000元人民币"),
        ("a phone under 400 dollars", ""),
        ("500元以内的手机", ""),
    ],
)
def test_an_amount_in_another_currency_limits_nothing_and_is_told(text: str, foreign: str) -> None:
    read = read_wish(text, detect_language(text), vocabulary(), "USD")

    assert read.foreign == foreign
    assert bool(foreign) != any(c.field == "price" for c in read.constraints)


@pytest.mark.parametrize("text", ["kettle without quuxes", "kettle, no quuxes please", "不要杂牌的水壶"])
def test_what_is_refused_is_not_searched_for(text: str) -> None:
    read = read_wish(text, detect_language(text), vocabulary(), "USD")

    assert not any(word in read.words for word in ("quux", "no", "without", "杂牌"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and in 42?", {"size_eu eq 42"}),
        ("ok how about 38 then", {"size_eu eq 38"}),
        ("about $40", {"price ge 32", "price le 48"}),
    ],
)
def test_a_bare_number_is_a_size_where_shoes_are_talked_of(text: str, expected: set[str]) -> None:
    read = read_wish(text, "en", vocabulary(), "USD", ("Shoes", "Running Shoes"))

    assert said(read.constraints) == expected
