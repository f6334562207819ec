"""How wishes add up over a conversation."""

import pytest

from assistant.dialogue import merge
from knowledge.domain import Constraint, IntentReading, Language, ProductId, Reading, SessionState, Wish

HEADPHONES = Constraint("category", "eq", "Audio > Headphones")
KETTLES = Constraint("category", "eq", "Kitchen > Kettles")
CHEAP = Constraint("price", "lt", 100.0)
BLACK = Constraint("colour", "eq", "black")
WHITE = Constraint("colour", "eq", "white")
SHOWN = (ProductId("a"), ProductId("b"))


def reading(text: str, *constraints: Constraint, words: str | None = None, language: Language = "en") -> Reading:
    wish = Wish(text if words is None else words, language, constraints)
    return Reading(text, language, IntentReading("refine_search", 0.9, True, 1.0), wish)


def in_force(*constraints: Constraint, text: str = "headphones", exclude: tuple[ProductId, ...] = ()) -> SessionState:
    return SessionState(Wish(text, "en", constraints, exclude=exclude), SHOWN, ("Audio", "Headphones"))


def test_the_first_wish_is_in_force_as_it_is() -> None:
    wish = merge(SessionState(), reading("headphones", HEADPHONES), "find_product")

    assert wish == Wish("headphones", "en", (HEADPHONES,))


def test_a_refinement_adds_a_constraint_and_keeps_the_words() -> None:
    wish = merge(in_force(HEADPHONES), reading("in black instead", BLACK), "refine_search")

    assert (wish.text, wish.constraints) == ("headphones", (HEADPHONES, BLACK))


def test_a_price_replaces_a_price() -> None:
    old = in_force(HEADPHONES, Constraint("price", "ge", 50.0), Constraint("price", "le", 80.0))

    wish = merge(old, reading("under 100", CHEAP, words=""), "refine_search")

    assert wish.constraints == (HEADPHONES, CHEAP)


def test_another_colour_replaces_a_colour_and_its_word() -> None:
    wish = merge(in_force(HEADPHONES, BLACK, text="black headphones"), reading("white then", WHITE), "refine_search")

    assert (wish.text, wish.constraints) == ("headphones", (HEADPHONES, WHITE))


def test_refusals_add_up() -> None:
    aurel, bexley = Constraint("brand", "ne", "Aurel"), Constraint("brand", "ne", "Bexley")

    wish = merge(in_force(HEADPHONES, aurel), reading("not Bexley", bexley, words=""), "refine_search")

    assert wish.constraints == (HEADPHONES, aurel, bexley)


def test_a_refusal_takes_back_what_was_wished() -> None:
    refused = Constraint("colour", "ne", "black")

    wish = merge(in_force(HEADPHONES, BLACK), reading("not black", refused, words=""), "refine_search")

    assert wish.constraints == (HEADPHONES, refused)


@pytest.mark.parametrize("intent", ["find_product", "refine_search"])
def test_another_category_starts_anew(intent: str) -> None:
    wish = merge(in_force(HEADPHONES, CHEAP, BLACK), reading("kettles", KETTLES), intent)

    assert wish == Wish("kettles", "en", (KETTLES,))


def test_the_same_category_keeps_what_was_wished() -> None:
    wish = merge(in_force(HEADPHONES, BLACK), reading("headphones", HEADPHONES, CHEAP), "find_product")

    assert set(wish.constraints) == {HEADPHONES, BLACK, CHEAP}


def test_constraints_alone_keep_the_category_whatever_the_intent() -> None:
    wish = merge(in_force(HEADPHONES), reading("under 100", CHEAP, words=""), "find_product")

    assert (wish.text, wish.constraints) == ("headphones", (HEADPHONES, CHEAP))


def test_fresh_words_without_a_category_start_anew() -> None:
    wish = merge(in_force(HEADPHONES, BLACK), reading("a birthday present for my mum"), "find_product")

    assert wish.constraints == ()


def test_a_refinement_in_words_adds_its_words() -> None:
    wish = merge(in_force(HEADPHONES), reading("smarter looking for the office"), "refine_search")

    assert wish.text == "headphones smarter looking for the office"


@pytest.mark.parametrize(
    "text", ["show me more", "something else", "anything else?", "next", "换一批", "还有吗", "别的呢", "再来几个"]
)
def test_more_leaves_out_what_was_shown(text: str) -> None:
    wish = merge(in_force(HEADPHONES, exclude=(ProductId("z"),)), reading(text), "refine_search")

    assert wish.exclude == (ProductId("z"), *SHOWN)


@pytest.mark.parametrize("text", ["in black", "有没有别的颜色", "cheaper"])
def test_a_change_without_more_leaves_nothing_out(text: str) -> None:
    wish = merge(in_force(HEADPHONES, exclude=(ProductId("z"),)), reading(text, BLACK), "refine_search")

    assert wish.exclude == ()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("drop the colour", (HEADPHONES, CHEAP)),
        ("颜色无所谓", (HEADPHONES, CHEAP)),
        ("the price doesn't matter", (HEADPHONES, BLACK)),
        ("预算不限", (HEADPHONES, BLACK)),
        ("any colour is fine", (HEADPHONES, CHEAP)),
    ],
)
def test_what_the_shopper_gives_up_goes(text: str, left: tuple[Constraint, ...]) -> None:
    wish = merge(in_force(HEADPHONES, CHEAP, BLACK), reading(text, words=""), "refine_search")

    assert wish.constraints == left


def test_an_order_stays_until_another_is_named() -> None:
    old = SessionState(Wish("headphones", "en", (HEADPHONES,), ("price", "asc")), SHOWN)

    assert merge(old, reading("in black", BLACK), "refine_search").sort == ("price", "asc")


def test_starting_over_forgets_everything() -> None:
    wish = merge(in_force(HEADPHONES, BLACK), reading("start over", words=""), "refine_search")

    assert wish.constraints == ()
