"""The turn with its real gatherers, drafts and routing, on the tiny world; reading, search and answers are scripted."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from assistant.attributes import attribute_asked
from assistant.events import DeltaEvent, DoneEvent, HandoffEvent, ProductsEvent, RouteEvent, SessionEvent
from assistant.gather import MAX_ORDER_TRIES
from knowledge.catalogue import Catalogue
from knowledge.domain import (
    Constraint,
    Found,
    IntentReading,
    Language,
    Order,
    Product,
    ProductId,
    Reading,
    SessionState,
    Wish,
)
from knowledge.orders import FileOrderBook
from retrieval.constraints import passes
from tests.assistant.turns import (
    HEADPHONES,
    KETTLES,
    FilterSearch,
    GenerousSearch,
    NoAnswer,
    Said,
    StateRules,
    make,
    say,
)


def test_events_come_in_order_and_end_with_the_journalled_turn(catalogue: Catalogue) -> None:
    assistant = make(catalogue, {"headphones": ("find_product", (HEADPHONES,))})

    events = list(assistant.respond("headphones"))

    kinds = [type(event) for event in events]
    assert kinds[:3] == [SessionEvent, RouteEvent, ProductsEvent]
    assert kinds[-1] is DoneEvent
    done = events[-1]
    assert isinstance(done, DoneEvent)
    assert "".join(e.text for e in events if isinstance(e, DeltaEvent)) == done.turn.reply
    assert assistant.journal.state(done.turn.session_id) == done.turn.state


def test_every_product_shown_passes_and_is_said_with_its_price(catalogue: Catalogue) -> None:
    limit = Constraint("price", "le", 100.0)
    turn = say(make(catalogue, {"headphones under 100": ("find_product", (HEADPHONES, limit))}), "headphones under 100")

    assert [s.product.product_id for s in turn.shown] == ["P2", "P3"]
    assert all(passes(s.product, limit) for s in turn.shown)
    assert "$39.00" in turn.reply
    assert "$89.00" in turn.reply


@pytest.mark.parametrize(
    ("utterance", "said"),
    [("cheapest drone", "nothing that is exactly that"), ("最便宜的无人机", "没有完全相符的商品")],
)
def test_the_cheapest_of_what_the_shop_lacks_is_not_passed_off_as_it(
    catalogue: Catalogue, utterance: str, said: str
) -> None:
    turn = say(make(catalogue, {utterance: Said("find_product", sort=("price", "asc"))}), utterance)

    assert said in turn.reply


def test_the_cheapest_of_what_the_shop_has_is_said_to_be_in_order(catalogue: Catalogue) -> None:
    script = {"cheapest kettle": Said("find_product", (KETTLES,), ("price", "asc"))}
    turn = say(make(catalogue, script), "cheapest kettle")

    assert turn.reply.startswith("These fit: Kettles. In the order you asked for:")


def test_a_chinese_wish_is_answered_in_chinese(catalogue: Catalogue) -> None:
    turn = say(make(catalogue, {"找个耳机": ("find_product", (HEADPHONES,))}), "找个耳机")

    assert turn.reading.language == "zh"
    assert "静音耳机" in turn.reply


def test_a_sold_out_product_is_said_to_be_sold_out(catalogue: Catalogue) -> None:
    script = {"Ostrelle Air": ("find_product", (Constraint("price", "eq", 219.0),))}
    turn = say(make(catalogue, script), "Ostrelle Air")

    assert "sold out" in turn.reply


def test_what_the_pages_do_not_say_is_said_to_be_unknown(catalogue: Catalogue) -> None:
    turn = say(make(catalogue, {"delivery to the moon?": ("delivery_info", ())}), "delivery to the moon?")

    assert "do not say" in turn.reply
    assert turn.citations[0].source_id == "delivery"


@pytest.mark.parametrize("utterance", ["", "   ", "?!", "…。"])
def test_an_utterance_without_a_letter_or_digit_is_asked_again(catalogue: Catalogue, utterance: str) -> None:
    turn = say(make(catalogue, {}), utterance)

    assert turn.route == "clarify"


def test_a_very_long_utterance_is_refused_and_not_kept_whole(catalogue: Catalogue) -> None:
    turn = say(make(catalogue, {}), "a" * 10_000)

    assert turn.route == "clarify"
    assert len(turn.reading.utterance) == 200


@pytest.mark.parametrize(("utterance", "said"), [("kettles", "begin a new one"), ("水壶", "开始一个新对话")])
def test_a_session_that_is_full_asks_for_a_new_one(catalogue: Catalogue, utterance: str, said: str) -> None:
    assistant = replace(make(catalogue, {utterance: ("find_product", (KETTLES,))}), max_turns=2)

    last = say(assistant, utterance, utterance)
    full = say(assistant, utterance, utterance, utterance)
    anew = say(assistant, utterance)

    assert (last.route, anew.route) == ("recommend", "recommend")
    assert full.route == "clarify"
    assert said in full.reply
    assert full.shown == ()


def test_an_order_is_told_only_to_who_proves_it(catalogue: Catalogue) -> None:
    script = {"where is HL-70001": ("order_status", ()), "it is me": ("oos", ()), "jo@example.com": ("oos", ())}

    asked = say(make(catalogue, script), "where is HL-70001")
    told = say(make(catalogue, script), "where is HL-70001", "jo@example.com")

    assert "on its way" not in asked.reply
    assert asked.state.order_id == "HL-70001"
    assert told.route == "order"
    assert "on its way" in told.reply
    assert "PL-9" in told.reply


def test_personal_details_are_masked_in_the_turn_that_is_kept(catalogue: Catalogue) -> None:
    script = {"HL-70001, jo@example.com": ("order_status", ())}
    turn = say(make(catalogue, script), "HL-70001, jo@example.com")

    assert "on its way" in turn.reply
    assert "jo@example.com" not in str(turn)


@pytest.mark.parametrize(
    "utterance",
    [
        "compare the Foobar X1 and jo.lee@example.com",
        "compare the Foobar X1 with call:13812345678",
        "对比Foobar X1和jo.lee@example.com",
        "对比Foobar X1和手机号13812345678",
    ],
)
def test_no_reply_that_is_kept_repeats_a_personal_detail(catalogue: Catalogue, utterance: str) -> None:
    turn = say(make(catalogue, {utterance: ("compare_products", ())}), utterance)

    assert "Foobar X1" in turn.reply
    assert not any(mark in str(turn) for mark in ("jo.lee", "13812345678"))


class EchoingGenerator:
    name = "echo"

    def reword(self, draft: str, language: Language) -> Iterator[str]:
        yield draft + " jo@example.com 13812345678"


@pytest.mark.parametrize("utterance", ["give me a person", "我要人工"])
def test_a_reworded_reply_is_kept_masked_but_with_the_shops_own_contact(catalogue: Catalogue, utterance: str) -> None:
    assistant = make(catalogue, {utterance: ("talk_to_person", ())})
    turn = say(replace(assistant, generator=EchoingGenerator()), utterance)

    assert turn.reply.endswith("[email] [phone]")
    assert "care@example.com" in turn.reply
    assert "care@example.com" in turn.draft


@pytest.mark.parametrize("before", ["a" * 190, "吃" * 190])
def test_a_number_across_the_cut_leaves_no_figures(catalogue: Catalogue, before: str) -> None:
    turn = say(make(catalogue, {}), f"{before} 4111 1111 1111 1111")

    assert not any(char.isdigit() for char in turn.reading.utterance)


def test_wrong_tries_at_an_order_come_to_an_end(catalogue: Catalogue) -> None:
    wrong, right = "HL-70001 other@example.com", "HL-70001 jo@example.com"
    assistant = make(catalogue, {wrong: ("order_status", ()), right: ("order_status", ())})

    turn = say(assistant, *[wrong] * MAX_ORDER_TRIES, right)

    assert "too many" in turn.reply
    assert "on its way" not in turn.reply


@pytest.mark.parametrize("utterance", ["HL-70001 {}@example.com", "订单HL-70001，邮箱{}@example.com"])
def test_wrong_proofs_of_one_order_number_come_to_an_end_across_sessions(catalogue: Catalogue, utterance: str) -> None:
    wrong, right = utterance.format("other"), utterance.format("jo")
    unknown = wrong.replace("70001", "99999")
    assistant = make(catalogue, dict.fromkeys((wrong, right, unknown), ("order_status", ())))

    refused = [say(assistant, wrong).reply for _ in range(11)]
    closed = say(assistant, right).reply
    unknown_refused = [say(assistant, unknown).reply for _ in range(11)]

    assert refused[0] != refused[-1]
    assert closed == refused[-1]
    assert refused == unknown_refused


NUMERIC = Order("13800000001", "", "jo@example.com", "D02 X285", "shipped", None, None, "USD", ())


@pytest.mark.parametrize("asked", ["where is order {}", "订单{}到哪了"])
@pytest.mark.parametrize("proof", ["D02 X285", "ｄ０２ｘ２８５", "jo＠example．com", "邮编是D02X285"])
def test_an_order_whose_number_looks_like_a_telephones_is_told_to_who_proves_it(
    catalogue: Catalogue, asked: str, proof: str
) -> None:
    right, unknown = asked.format(NUMERIC.order_id), asked.format("13900000009")
    assistant = make(catalogue, {right: ("order_status", ()), unknown: ("order_status", ()), proof: ("oos", ())})
    assistant = replace(assistant, gatherer=replace(assistant.gatherer, orders=FileOrderBook([NUMERIC])))

    told, told_of_none = say(assistant, right, proof), say(assistant, unknown, proof)

    assert NUMERIC.order_id in told.reply
    assert told.state.order_verified
    assert say(assistant, right).reply == say(assistant, unknown).reply
    assert "13900000009" not in str(told_of_none)
    assert not told_of_none.state.order_verified


@pytest.mark.parametrize("utterance", ["where is order {}, postcode 9999", "订单{}，邮编9999"])
def test_wrong_proofs_of_numbers_like_telephones_are_answered_alike_and_come_to_an_end(
    catalogue: Catalogue, utterance: str
) -> None:
    wrong, unknown = utterance.format(NUMERIC.order_id), utterance.format("13900000009")
    assistant = make(catalogue, dict.fromkeys((wrong, unknown), ("order_status", ())))
    assistant = replace(assistant, gatherer=replace(assistant.gatherer, orders=FileOrderBook([NUMERIC])))

    refused = [say(assistant, wrong).reply for _ in range(11)]

    assert refused[0] != refused[-1]
    assert refused == [say(assistant, unknown).reply for _ in range(11)]


GENERAL = ("", True, "Orders can be cancelled before they are packed.")
PACKED_NO = ("packed", False, "A packed order cannot be cancelled.")
PACKED_YES = ("packed", True, "A packed order can be stopped by phone.")
SHIPPED_NO = ("shipped", False, "A shipped order cannot be cancelled.")


@pytest.mark.parametrize("utterance", ["cancel HL-70001, jo@example.com", "取消订单HL-70001，邮箱jo@example.com"])
@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([SHIPPED_NO, GENERAL], SHIPPED_NO[2]),  # of the state itself
        ([PACKED_NO, GENERAL], PACKED_NO[2]),  # forbidden in an earlier state, and so in this one
        ([PACKED_YES, GENERAL], GENERAL[2]),  # what was allowed earlier need not be allowed now
        ([GENERAL], GENERAL[2]),
    ],
)
def test_what_is_told_beside_an_order_holds_for_it_or_is_said_to_be_general(
    catalogue: Catalogue, utterance: str, rules: list[tuple[str, bool, str]], told: str
) -> None:
    assistant = make(catalogue, {utterance: ("cancel_change_order", ())})
    gatherer = replace(assistant.gatherer, answers=StateRules(*rules))
    reply = say(replace(assistant, gatherer=gatherer), utterance).reply

    assert reply.endswith(told)
    assert any(words in reply for words in ("In general: ", "一般来说：")) == (told == GENERAL[2])


def test_anger_reaches_a_person(catalogue: Catalogue) -> None:
    assistant = make(catalogue, {"this is a disgrace": ("complaint", ())})

    events = list(assistant.respond("this is a disgrace"))

    assert HandoffEvent("care@example.com") in events


@pytest.mark.parametrize(
    ("utterance", "intent", "honest", "hollow", "no_contact"),
    [
        ("what a disgrace", "complaint", "nobody has been told", "looked at by a person", "no contact"),
        ("give me a person", "talk_to_person", "nobody has been told", "here is how you reach", "no contact"),
        ("太气人了", "complaint", "还没有人知道", "同事来处理", "没有人工客服的联系方式"),
        ("我要人工", "talk_to_person", "还没有人知道", "这就告诉您", "没有人工客服的联系方式"),
    ],
)
def test_without_a_contact_a_handover_claims_nothing_and_tells_what_the_pages_say(
    catalogue: Catalogue, utterance: str, intent: str, honest: str, hollow: str, no_contact: str
) -> None:
    assistant = make(catalogue, {utterance: (intent, ())})
    without = replace(assistant, house=replace(assistant.house, contact=""))
    silent = replace(without, gatherer=replace(without.gatherer, answers=NoAnswer()))

    told, untold = say(without, utterance), say(silent, utterance)

    for turn in (told, untold):
        assert honest in turn.reply
        assert hollow not in turn.reply
    assert "Within 30 days." in told.reply
    assert no_contact in untold.reply
    assert [c.source_id for c in told.citations] == ["returns"]
    assert untold.citations == ()


def test_out_of_scope_is_said_and_a_product_word_rescues_a_wish(catalogue: Catalogue) -> None:
    assistant = make(catalogue, {"who won the match": ("oos", ()), "kettles": ("oos", ())})
    unsure = IntentReading("oos", 0.5, False, -1.0, (("oos", 0.5), ("find_product", 0.4)))
    kettles = Reading(
        "kettles", "en", unsure, Wish("kettles", "en", (Constraint("category", "eq", "Kitchen > Kettles"),))
    )

    class Fixed:
        def read(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> Reading:
            return kettles

    assert say(assistant, "who won the match").route == "out_of_scope"
    assert say(replace(assistant, reader=Fixed()), "kettles").route == "recommend"


def test_two_products_are_compared_where_they_differ(catalogue: Catalogue) -> None:
    script = {"headphones": ("find_product", (HEADPHONES,)), "which is better?": ("compare_products", ())}
    turn = say(make(catalogue, script), "headphones", "which is better?")

    assert turn.route == "compare"
    assert "price: $149.00 / $39.00" in turn.reply
    assert "colour: black / red" in turn.reply


@pytest.mark.parametrize(
    ("utterance", "said"),
    [
        ("compare kettles under 5", "I let go of price under $5.00 and kept Kettles"),
        ("对比5美元以下的水壶", "放宽了“价格低于 $5.00”"),
    ],
)
def test_what_was_given_up_to_find_two_to_compare_is_said(catalogue: Catalogue, utterance: str, said: str) -> None:
    limit = Constraint("price", "lt", 5.0)
    assistant = make(catalogue, {utterance: ("compare_products", (KETTLES, limit))})
    gatherer = replace(assistant.gatherer, search=GenerousSearch(catalogue))
    turn = say(replace(assistant, gatherer=gatherer), utterance)

    assert (turn.route, turn.relaxed) == ("compare", (limit,))
    assert said in turn.reply
    assert [s.product.product_id for s in turn.shown] == ["P9", "P10"]


@pytest.mark.parametrize(
    ("before", "utterance", "said", "ids"),
    [
        ("headphones", "compare the Foobar X1 and the Foobar X2", "called “Foobar X1” or “Foobar X2”", []),
        ("headphones", "compare foobar and barfoo", "called “foobar” or “barfoo”", []),
        ("headphones", "compare the Brenvik Clip and the Foobar X2", "called “Foobar X2”", ["P2"]),
        ("headphones", "compare the second one with the Foobar X2", "called “Foobar X2”", ["P2"]),
        ("找个耳机", "对比 Foobar X1 和 Foobar X2", "没有“Foobar X1”、“Foobar X2”", []),
        ("找个耳机", "对比海豚和鲸鱼", "没有“海豚”、“鲸鱼”", []),
        ("找个耳机", "对比 Brenvik 夹式耳机和 Foobar X2", "没有“Foobar X2”", ["P2"]),
        ("找个耳机", "第二个和 Foobar X2 比怎么样", "没有“Foobar X2”", ["P2"]),
    ],
)
def test_a_product_that_is_named_and_not_there_is_said_not_to_be_there(
    catalogue: Catalogue, before: str, utterance: str, said: str, ids: list[str]
) -> None:
    script = {before: ("find_product", (HEADPHONES,)), utterance: ("compare_products", ())}
    turn = say(make(catalogue, script), before, utterance)

    assert said in turn.reply
    assert [s.product.product_id for s in turn.shown] == ids


class CountingSearch(FilterSearch):
    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.n_searches = 0

    def search(self, wish: Wish, k: int) -> Found:
        self.n_searches += 1
        return super().search(wish, k)


@pytest.mark.parametrize("names", [",".join(f"x{n}" for n in range(99)), " ".join(f"x{n}" for n in range(99))])
@pytest.mark.parametrize("ask", ["compare {}", "对比{}"])
def test_of_many_names_in_a_comparison_the_first_few_are_looked_for(catalogue: Catalogue, ask: str, names: str) -> None:
    utterance, search = ask.format(names), CountingSearch(catalogue)
    assistant = replace(make(catalogue, {utterance: ("compare_products", ())}), max_chars=2000)
    turn = say(replace(assistant, gatherer=replace(assistant.gatherer, search=search)), utterance)

    assert turn.route == "compare"
    assert "x0" in turn.reply
    assert search.n_searches < 20


@pytest.mark.parametrize(
    "utterance",
    [
        "which is better?",
        "what's the difference between these two?",
        "how do they compare on battery and price?",
        "哪个好",
        "这两个有什么区别",
        "它们的价格和续航对比一下",
    ],
)
def test_words_that_point_at_the_list_name_no_product(catalogue: Catalogue, utterance: str) -> None:
    script = {"headphones": ("find_product", (HEADPHONES,)), utterance: ("compare_products", ())}
    turn = say(make(catalogue, script), "headphones", utterance)

    assert [s.product.product_id for s in turn.shown] == ["P1", "P2"]


def test_one_of_two_products_that_is_misspelt_is_still_known(catalogue: Catalogue) -> None:
    utterance = "compare the Brennvik Clip with the Ostrelle Drift"
    turn = say(make(catalogue, {utterance: ("compare_products", ())}), utterance)

    assert [s.product.product_id for s in turn.shown] == ["P2", "P3"]


@pytest.mark.parametrize(("question", "asked"), [("how much is it in size s", "price"), ("what size is it", "size")])
def test_a_field_that_comes_with_its_value_names_the_variant(question: str, asked: str) -> None:
    shirt = Product(ProductId("1"), "Shirt", price=49.0, attributes={"size": "S"})

    found = attribute_asked(question, shirt, "USD", "en")

    assert found is not None
    assert found[0] == asked


def test_a_product_question_is_answered_from_the_record_or_not_at_all(catalogue: Catalogue) -> None:
    script = {
        "kettle": ("find_product", (Constraint("price", "eq", 59.0),)),
        "what is its capacity?": ("product_question", ()),
        "does it whistle?": ("product_question", ()),
    }

    known = say(make(catalogue, script), "kettle", "what is its capacity?")
    unknown = say(make(catalogue, script), "kettle", "does it whistle?")

    assert "1.5 l" in known.reply
    assert known.citations[0].source_id == "P10"
    assert "does not say" in unknown.reply


@pytest.mark.parametrize(
    ("question", "shown"), [("how much is the studio?", ["P7"]), ("how much are the headphones?", ["P1", "P2", "P3"])]
)
def test_a_price_is_told_of_the_one_product_named_or_of_each(
    catalogue: Catalogue, question: str, shown: list[str]
) -> None:
    on_goods = replace(
        Reading(question, "en", IntentReading("delivery_info", 0.6, True, 1.0), Wish(question, "en")), about_goods=True
    )

    class Fixed:
        def read(self, utterance: str, state: SessionState, shown: Sequence[Product]) -> Reading:
            return on_goods

    turn = say(replace(make(catalogue, {}), reader=Fixed()), question)

    assert [s.product.product_id for s in turn.shown][: len(shown)] == shown
    assert "$1,799.00" in turn.reply or "$149.00" in turn.reply


@pytest.mark.parametrize(
    ("wish", "question", "title", "told"),
    [
        ("headphones", "how much is the second one?", "Brenvik Clip headphones", "price $39.00"),
        ("headphones", "what colour is the third one?", "Ostrelle Drift headphones", "colour black"),
        ("找个耳机", "第二个多少钱", "Brenvik 夹式耳机", "价格：$39.00"),
        ("找个耳机", "第三款什么颜色？", "Ostrelle 漂流耳机", "颜色：黑色"),
    ],
)
@pytest.mark.parametrize("intent", ["compare_products", "product_question", "refine_search", "oos"])
def test_a_question_on_one_of_the_list_is_answered_of_that_one(
    catalogue: Catalogue, wish: str, question: str, title: str, told: str, intent: str
) -> None:
    turn = say(make(catalogue, {wish: ("find_product", (HEADPHONES,)), question: (intent, ())}), wish, question)

    assert turn.route == "answer"
    assert title in turn.reply
    assert told in turn.reply


@pytest.mark.parametrize(
    ("wish", "first", "then", "title"),
    [
        ("headphones", "how much is the second one?", "and the first one?", "Brenvik Hush"),
        ("headphones", "how much is the second one?", "how much is the third one?", "Ostrelle Drift"),
        ("找个耳机", "第二个多少钱", "那第一个呢", "静音耳机"),
        ("找个耳机", "第二个多少钱", "第三个多少钱", "漂流耳机"),
    ],
)
def test_places_go_on_pointing_into_the_list_after_a_question_on_one_of_it(
    catalogue: Catalogue, wish: str, first: str, then: str, title: str
) -> None:
    script = {wish: ("find_product", (HEADPHONES,)), **dict.fromkeys((first, then), ("compare_products", ()))}
    turn = say(make(catalogue, script), wish, first, then)

    assert len(turn.shown) == 1
    assert title in turn.reply


@pytest.mark.parametrize("question", ["how much is the ninth one?", "第九个多少钱"])
def test_a_place_that_the_list_lacks_is_asked_back(catalogue: Catalogue, question: str) -> None:
    script = {"headphones": ("find_product", (HEADPHONES,)), question: ("product_question", ())}
    turn = say(make(catalogue, script), "headphones", question)

    assert turn.shown == ()
    assert turn.reply in ("Which product do you mean?", "您问的是哪一款商品？")


@pytest.mark.parametrize("utterance", ["just the red colour", "只要红色的那款颜色"])
def test_a_wish_that_names_a_field_of_one_of_the_list_stays_a_wish(catalogue: Catalogue, utterance: str) -> None:
    red = (Constraint("colour", "eq", "red"),)
    script = {"headphones": ("find_product", (HEADPHONES,)), utterance: ("refine_search", red)}
    turn = say(make(catalogue, script), "headphones", utterance)

    assert turn.route == "recommend"
    assert [s.product.product_id for s in turn.shown] == ["P2"]


@pytest.mark.parametrize("utterance", ["对比最便宜的两款水壶", "compare the two cheapest kettles"])
def test_counting_words_make_no_comparison_an_approximate_one(catalogue: Catalogue, utterance: str) -> None:
    turn = say(make(catalogue, {utterance: ("compare_products", (KETTLES,))}), utterance)

    assert turn.reply.startswith(("对比：", "Compared: "))


@pytest.mark.parametrize("question", ["what does it cost to return the first one?", "第一个退货要多少钱运费"])
def test_a_question_on_the_terms_stays_one_when_it_names_a_place(catalogue: Catalogue, question: str) -> None:
    script = {"headphones": ("find_product", (HEADPHONES,)), question: ("return_policy", ())}
    turn = say(make(catalogue, script), "headphones", question)

    assert turn.citations[0].source_id == "returns"


def test_a_card_number_is_no_order_number_and_is_not_kept(catalogue: Catalogue) -> None:
    said = "my card 4111111111111111 was charged, where is my order?"
    turn = say(make(catalogue, {said: ("order_status", ())}), said)

    assert "4111111111111111" not in str(turn)


def test_a_price_after_a_question_on_an_order_is_a_wish(catalogue: Catalogue) -> None:
    wish = (Constraint("category", "eq", "Computers > Laptops"), Constraint("price", "lt", 1500.0))
    script = {"where is my order HL-9": ("order_status", ()), "laptops under 1500": ("find_product", wish)}
    turn = say(make(catalogue, script), "where is my order HL-9", "laptops under 1500")

    assert turn.route == "recommend"


@pytest.mark.parametrize(
    ("text", "intent", "begins"),
    [
        ("a red kettle", "find_product", "There are no products in this shop yet."),
        ("kettle or toaster", "compare_products", "There are no products in this shop yet."),
        ("is the kettle loud", "product_question", "There are no products in this shop yet."),
        ("找个水壶", "find_product", "店里还没有上架商品"),
    ],
)
def test_a_shop_without_products_says_so_in_the_shoppers_language(text: str, intent: str, begins: str) -> None:
    turn = say(make(Catalogue([]), {text: Said(intent)}), text)

    assert (turn.route, turn.shown) == ("recommend", ())
    assert turn.reply.startswith(begins)


def test_a_shop_without_products_answers_and_looks_up_orders() -> None:
    script = {"can I return it": Said("return_policy"), "HL-70001 jo@example.com": Said("order_status")}
    assistant = make(Catalogue([]), script)

    answered = say(assistant, "can I return it")
    looked_up = say(assistant, "HL-70001 jo@example.com")

    assert (answered.route, answered.reply) == ("answer", "Within 30 days.")
    assert "is on its way" in looked_up.reply
