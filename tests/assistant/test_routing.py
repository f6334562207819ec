from dataclasses import replace

import pytest

from assistant.routing import choose_route, matter_of
from knowledge.domain import Constraint, IntentReading, Reading, SessionState, Wish
from knowledge.settings import DEFAULT_ROUTES

TENTS = Constraint("category", "eq", "Outdoor > Tents")
RED = Constraint("colour", "eq", "red")


def _reading(text: str, intent: str, *constraints: Constraint, in_scope: bool = True, p: float = 0.9) -> Reading:
    ranking = ((intent, p), ("complaint", 1 - p))
    return Reading(text, "en", IntentReading(intent, p, in_scope, 0.0, ranking), Wish(text, "en", constraints))


def _route(reading: Reading) -> str:
    return choose_route(reading, SessionState(), DEFAULT_ROUTES)


@pytest.mark.parametrize("text", ["do you sell tents?", "你们卖帐篷吗", "any tents"])
def test_asking_for_a_category_of_the_shop_is_never_out_of_scope(text: str) -> None:
    assert _route(_reading(text, "store_info", TENTS, in_scope=False)) == "recommend"


def test_naming_a_category_by_the_way_may_be_out_of_scope() -> None:
    assert _route(_reading("will it rain on my tent", "store_info", TENTS, in_scope=False)) == "out_of_scope"


def test_a_wish_in_the_shops_own_words_is_served_though_its_score_is_low() -> None:
    assert _route(_reading("show me something red", "refine_search", RED, in_scope=False)) == "recommend"
    assert _route(_reading("is mars red", "oos", RED, in_scope=False)) == "out_of_scope"


def test_an_angry_shopper_gets_a_person_before_an_order_is_looked_for() -> None:
    assert _route(_reading("useless liars, my money back NOW!!!", "refund_status")) == "handover"
    assert _route(_reading("where is my refund", "refund_status")) == "order"


def test_a_strong_word_in_a_wish_is_no_reason_for_a_person() -> None:
    text = "worst rubbish bin ever, show me a better one!!"

    assert _route(_reading(text, "find_product", p=0.98)) == "recommend"


def test_the_name_of_something_that_is_sold_is_a_wish_for_it() -> None:
    goods = replace(_reading("oolong", "greeting", p=0.5), names_goods=True)
    out = replace(_reading("oolong", "oos", in_scope=False), names_goods=True)
    sure = replace(_reading("hello", "greeting", p=0.99), names_goods=True)

    assert _route(goods) == "recommend"
    assert _route(out) == "recommend"
    assert _route(sure) == "smalltalk"


@pytest.mark.parametrize(
    ("text", "intent", "route"),
    [
        ("how much is the oolong", "product_question", "answer"),
        ("乌龙茶价格", "discount_voucher", "answer"),
        ("tell me of the oolong", "product_question", "answer"),
        ("oolong for me", "find_product", "recommend"),
        ("do you have oolong", "store_info", "recommend"),
        ("oolong hello", "greeting", "out_of_scope"),
    ],
)
def test_an_ask_about_what_titles_name_is_in_scope_whatever_its_score(text: str, intent: str, route: str) -> None:
    on_goods = replace(_reading(text, intent, in_scope=False), about_goods=True)

    assert _route(on_goods) == route


def test_a_code_answers_the_question_for_an_order_number() -> None:
    asked = SessionState(asked=True)

    assert choose_route(_reading("T-1", "oos", in_scope=False), asked, DEFAULT_ROUTES) == "order"
    assert _route(_reading("T-1", "oos", in_scope=False)) == "out_of_scope"


def test_a_limit_changes_the_wish_in_force_though_another_question_was_read() -> None:
    laptops = SessionState(wish=Wish("laptops", "en"))
    memory = Constraint("memory_gb", "eq", 16.0)

    assert (
        choose_route(_reading("换成16G内存的", "exchange_item", memory, p=0.5), laptops, DEFAULT_ROUTES) == "recommend"
    )
    assert (
        choose_route(_reading("can I return a 16 GB one", "return_policy", memory, p=0.5), laptops, DEFAULT_ROUTES)
        == "answer"
    )
    assert _route(_reading("换成16G内存的", "exchange_item", memory, p=0.5)) == "answer"


def test_several_sentences_on_one_matter_have_one_name() -> None:
    wish, more = _reading("headphones", "find_product"), _reading("under 70", "refine_search")
    unsure = _reading("postcode 10583", "greeting", p=0.3)

    assert matter_of(wish, DEFAULT_ROUTES) == matter_of(more, DEFAULT_ROUTES) != ""
    assert matter_of(_reading("how long", "warranty_repair"), DEFAULT_ROUTES) == "warranty_repair"
    assert matter_of(unsure, DEFAULT_ROUTES) == ""
