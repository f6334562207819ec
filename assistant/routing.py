"""From a reading to a route: total over intents, a question back when unsure, honest when out of scope."""

from collections.abc import Mapping

from assistant.attributes import asks_of_a_record
from assistant.dialogue import follows_up
from assistant.proof import find_codes, find_email, find_order_id, is_code
from assistant.tone import is_angry
from assistant.wishes import asks_or_complains, seeks_products
from knowledge.domain import Reading, Route, SessionState

SURELY_OTHERWISE = 0.8
"""Below this probability an utterance that names goods of the shop, or asks for them, is a wish for them."""

UNSURE = 0.25
"""Below this probability of the first intent, with no product word to go by, the assistant asks back."""


def choose_route(reading: Reading, state: SessionState, routes: Mapping[str, Route]) -> Route:
    """The route of a turn. An intent that `routes` does not know goes to `answer`."""
    if is_angry(reading.utterance) and _may_want_a_person(reading, routes):
        return "handover"
    if not reading.wish.constraints and _answers_the_order_question(reading.utterance, state):
        return "order"
    if follows_up(reading.utterance) and (route := _route_of_before(reading, state)):
        return route
    intent = reading.intent
    route = routes.get(intent.intent, "answer")
    names_a_product = any(c.field in ("category", "brand") for c in reading.wish.constraints)
    asks_for_it = (names_a_product or reading.about_goods) and seeks_products(reading.utterance)
    if route == "out_of_scope" or not intent.in_scope:
        is_wish = bool(reading.wish.constraints) and (
            state.wish is not None or _best_in_scope(reading, routes)[1] == "recommend"
        )
        if is_wish or asks_for_it or reading.names_goods:
            return "recommend"
        return _route_to_goods(reading, routes) if reading.about_goods else "out_of_scope"
    if route == "smalltalk" and reading.wish.constraints:
        return "recommend"
    if route == "answer" and intent.probability < SURELY_OTHERWISE and _changes_the_wish(reading, state):
        return "recommend"
    may_be_a_wish = reading.names_goods or asks_for_it
    if may_be_a_wish and intent.probability < SURELY_OTHERWISE and route in ("answer", "smalltalk"):
        return "recommend"
    if reading.references and route == "recommend" and len(reading.references) > 1:
        return "compare"
    if intent.probability < UNSURE and not names_a_product and _routes_disagree(reading, routes):
        return "clarify"
    return route


SURE = 0.5
"""From this probability on, a part of an utterance counts as an ask of its own."""


def _changes_the_wish(reading: Reading, state: SessionState) -> bool:
    """换成16G内存的 after laptops is no question on exchanges."""
    is_on_one = reading.intent.intent == "product_question" or state.wish is None
    return bool(reading.wish.constraints) and not is_on_one and not asks_or_complains(reading.utterance)


def matter_of(reading: Reading, routes: Mapping[str, Route]) -> str:
    """What a part of an utterance is about, "" where that is not sure enough for an ask of its own.

    Wishes and order questions are one matter each, since several sentences may add to them; questions are by intent.
    """
    intent = reading.intent
    route = routes.get(intent.intent, "answer")
    if not intent.in_scope or intent.probability < SURE or route not in ("recommend", "compare", "answer", "order"):
        return ""
    return intent.intent if route == "answer" else route


_MAY_BE = 0.1


def _may_want_a_person(reading: Reading, routes: Mapping[str, Route]) -> bool:
    """Whether a handover is not unlikely, or the matter is an order: what angers most."""
    may_be = {routes.get(intent, "answer") for intent, p in reading.intent.ranking if p >= _MAY_BE}
    return "handover" in may_be or routes.get(reading.intent.intent) == "order"


def _answers_the_order_question(text: str, state: SessionState) -> bool:
    if not state.asked:
        return False
    return bool(find_email(text) or find_order_id(text) or is_code(text) or (state.order_id and find_codes(text)))


def _route_of_before(reading: Reading, state: SessionState) -> Route | None:
    """Where a follow-up belongs: to the question on the terms, to the product, or to the wish if it changes that."""
    if state.question or (len(state.shown) == 1 and reading.wish.constraints):
        return "answer"
    if state.wish and reading.wish.constraints:
        return "recommend"
    return None


def _route_to_goods(reading: Reading, routes: Mapping[str, Route]) -> Route:
    """Where an utterance on the shop's own goods goes though the model, which never saw them named, refuses it."""
    intent, route = _best_in_scope(reading, routes)
    if intent == "product_question" or asks_of_a_record(reading.utterance):
        return "answer"
    return route if route in ("recommend", "compare") else "out_of_scope"


def _best_in_scope(reading: Reading, routes: Mapping[str, Route]) -> tuple[str, Route]:
    for intent, _ in reading.intent.ranking or ((reading.intent.intent, 1.0),):
        if routes.get(intent, "answer") != "out_of_scope":
            return intent, routes.get(intent, "answer")
    return "", "out_of_scope"


def _routes_disagree(reading: Reading, routes: Mapping[str, Route]) -> bool:
    return len({routes.get(intent, "answer") for intent, _ in reading.intent.ranking[:2]}) > 1
