"""One gatherer for each route: from a reading to the evidence that its reply may use."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from assistant.attributes import asked_about, asks_for_all, asks_of_a_record, attribute_asked, differences
from assistant.dialogue import content_words, follows_up, merge
from assistant.evidence import Evidence
from assistant.masking import without_marks
from assistant.naming import COMPARES, Names, Search
from assistant.proof import Orders, OrderTries, prove, read_claims, without_proof, without_strangers
from assistant.references import names_a_place, names_only_a_place
from assistant.routing import SURELY_OTHERWISE
from assistant.tone import is_angry
from assistant.wishes import names_terms, opposite_sorts
from knowledge.catalogue import Catalogue, texts
from knowledge.domain import (
    Answer,
    Citation,
    Constraint,
    Found,
    Language,
    Order,
    Product,
    ProductId,
    Reading,
    Route,
    SessionState,
    Shown,
    Topic,
    Value,
    Wish,
)
from knowledge.orders import normal_order_id
from knowledge.rules import ORDER_STATES
from retrieval.constraints import passes
from retrieval.kinds import read_kind
from retrieval.reasons import reasons_for
from retrieval.tokens import query_tokens, tokenize

MAX_ORDER_TRIES = 5
TOPICS: Mapping[str, Topic] = {
    "return_policy": "return",
    "exchange_item": "exchange",
    "delivery_info": "delivery",
    "warranty_repair": "warranty",
    "payment_info": "payment",
    "discount_voucher": "voucher",
    "store_info": "store",
    "account_privacy": "account",
    "cancel_change_order": "cancel",
}
_POINTS_BACK = re.compile(r"\b(it|its|this|that|these|those|them|one)\b|[它这那]|該|該", re.IGNORECASE)
_AT_THE_LIST = re.compile(
    rf"{_POINTS_BACK.pattern}|\b(?:which|both|two|three|all|first|last)\b|哪|[两俩三]|都", re.IGNORECASE
)
_ANOTHER = re.compile(
    r"\b(?:another|other|others|different|similar|else|instead|like the|than)\b|别的|其他|其它|换|类似|更|比",
    re.IGNORECASE,
)
_ASKING = re.compile(r"^\W*(?:when|what|how|which|where)\b", re.IGNORECASE)
_MAY_BE_ON_ONE: frozenset[Route] = frozenset({"recommend", "compare", "answer", "clarify", "out_of_scope"})
_OWN_ORDER = re.compile(
    r"\bmy (?:order|parcel|package|refund|money|stuff|delivery)|我的|我买的|我那个|我退的", re.IGNORECASE
)
_SUGGESTIONS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Anything cheaper?", "Compare the first two"),
    "zh": ("有便宜点的吗？", "比较前两个"),
}
_HOW_TO_REACH: Mapping[Language, str] = {"en": "How can I contact you?", "zh": "怎么联系你们？"}
_CHOICES: Mapping[Language, tuple[str, ...]] = {
    "en": ("I am looking for a product", "What is your return policy?", "Where is my order?"),
    "zh": ("我想找商品", "退货规则是什么？", "我的订单到哪了？"),
}


class Answers(Protocol):
    def answer(
        self,
        question: str,
        language: Language,
        *,
        category: tuple[str, ...] = (),
        facts: Mapping[str, Value] | None = None,
        topic: Topic | None = None,
        elsewhere: bool = False,
    ) -> Answer: ...


class Searches(Search, Protocol):
    def offering(self, catalogue: Catalogue) -> "Searches":
        """The same over the same products at other prices and stock."""
        ...


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Holds the parts that evidence comes from."""

    catalogue: Catalogue
    search: Searches
    answers: Answers
    orders: Orders
    read_facts: Callable[[str, Language], Mapping[str, Value]]
    currency: str
    k: int
    contact: str = ""
    order_tries: OrderTries = field(default_factory=OrderTries)

    @property
    def names(self) -> Names:
        return Names(self.catalogue, self.search)

    def gather(self, route: Route, reading: Reading, state: SessionState) -> Evidence:
        """The evidence of a turn on this route."""
        gatherers = {
            "recommend": self._recommend,
            "compare": self._compare,
            "answer": self._answer,
            "order": self._order,
            "clarify": self._clarify,
            "handover": self._handover,
            "smalltalk": self._smalltalk,
            "out_of_scope": self._out_of_scope,
        }
        asks_of_products = route in ("recommend", "compare") or reading.intent.intent == "product_question"
        if asks_of_products and not len(self.catalogue):
            return Evidence("recommend", "no_products", replace(state, asked=False))
        if route in _MAY_BE_ON_ONE and (evidence := self._asked_of_one(reading, state)):
            return evidence
        return gatherers[route](reading, state)

    # -------------------------------------------------------------- products

    def _recommend(self, reading: Reading, state: SessionState) -> Evidence:
        wish = merge(state, reading, reading.intent.intent)
        found = self.search.search(wish, self.k)
        shown = self._shown(found, wish)
        category = _category_of(wish) or state.category
        if wish.exclude and not shown:
            return Evidence("recommend", "all_shown", replace(state, asked=False), wishes=wish.constraints)
        after = replace(
            state,
            wish=wish,
            shown=tuple(s.product.product_id for s in shown),
            listed=(),
            category=category,
            question="",
            asked=False,
        )
        return Evidence(
            route="recommend",
            kind="found" if self._is_that(wish, shown) else "nearest",
            state=after,
            shown=shown,
            wishes=wish.constraints,
            relaxed=found.relaxed,
            foreign=reading.foreign,
            suggestions=_SUGGESTIONS[reading.language] if len(shown) > 1 else (),
        )

    def _is_that(self, wish: Wish, shown: Sequence[Shown]) -> bool:
        """Whether what is shown can be called what was asked for: by its category or kind, or by each word."""
        if not shown or any(c.field == "category" for c in wish.constraints) or not content_words(wish.text):
            return True
        kind = read_kind(wish.text)
        if kind is not None and kind.usual:
            return kind.is_of(shown[0].product)
        asked = set(query_tokens(wish.text, wish.language))
        product = texts(shown[0].product, wish.language)
        taken = {part for c in wish.constraints for part in tokenize(f"{c.field} {c.value}", wish.language)}
        said = [shown[0].product.title, product.title, product.description, *product.category, shown[0].product.brand]
        held = set(tokenize(" ".join([*said, *product.attributes.values()]), wish.language))
        return asked - taken <= held

    def _shown(self, found: Found, wish: Wish) -> tuple[Shown, ...]:
        shown: list[Shown] = []
        for position, candidate in enumerate(found.candidates, 1):
            product = self.catalogue.get(candidate.product_id)
            if product is not None:
                reasons = reasons_for(product, wish, found.relaxed, wish.language)
                shown.append(Shown(product, position, candidate.score, 1.0, reasons))
        return tuple(shown)

    def _compare(self, reading: Reading, state: SessionState) -> Evidence:
        wish = reading.wish
        points = bool(state.shown and _AT_THE_LIST.search(reading.utterance))
        plain = not (points or wish.constraints or reading.references)
        named, unknown = self.names.each(reading.utterance, reading.language, plain=plain)
        products = self._known(reading.references)
        if len(products) < 2:
            products = named if len(named) > 1 else [*products, *(p for p in named if p not in products)]
        if unknown or len(products) > 1:
            return self._compared(products, reading, state, Evidence("compare", "rows", state, unknown=unknown))
        if wish.constraints:
            return self._compare_described(reading, state)
        return self._compared(self._known(_list_of(state)[:2]), reading, state)

    def _compare_described(self, reading: Reading, state: SessionState) -> Evidence:
        """The first two of what a wish finds, with what was given up to find them."""
        # The words that ask for a comparison would be looked for in titles.
        wish = replace(merge(state, reading, "compare_products"), text="")
        ends = [self.search.search(replace(wish, sort=sort), 1) for sort in opposite_sorts(reading.utterance)]
        found = ends[0] if ends else self.search.search(wish, 2)
        products = self._known(tuple(c.product_id for one in ends or [found] for c in one.candidates))
        if len(products) < 2 or not COMPARES.search(reading.utterance):
            return self._recommend(reading, state)
        _, strange = self.names.each(reading.utterance, reading.language, plain=True)
        kind = "nearest" if strange else "rows"
        evidence = Evidence("compare", kind, state, wishes=wish.constraints, relaxed=found.relaxed)
        return self._compared(products, reading, state, evidence)

    def _compared(
        self, products: Sequence[Product], reading: Reading, state: SessionState, evidence: Evidence | None = None
    ) -> Evidence:
        """Products side by side; one or none are shown as they are, beside what was named and is not known."""
        evidence = evidence or Evidence("compare", "rows", state)
        if len(products) < 2 and not evidence.unknown:
            return replace(evidence, kind="need_products", state=replace(state, asked=False))
        after = replace(state, asked=False)
        if products:
            ids = tuple(product.product_id for product in products[:4])
            listed = () if len(ids) > 1 else _list_of(state)
            after = replace(after, shown=ids, listed=listed, category=products[0].category)
        return replace(
            evidence,
            state=after,
            shown=tuple(Shown(p, i, 0.0, 1.0) for i, p in enumerate(products[:4], 1)),
            rows=differences(products[:4], self.currency, reading.language) if len(products) > 1 else (),
        )

    def _known(self, ids: Sequence[str]) -> list[Product]:
        return [p for i in ids if (p := self.catalogue.get(i)) is not None]

    # -------------------------------------------------------------- answers

    def _asked_of_one(self, reading: Reading, state: SessionState) -> Evidence | None:
        """The answer to "how much is the second one?", whatever intent was read; None where another thing is asked.

        Where the list has no such place, which product is meant is asked back.
        """
        text = reading.utterance
        wishes = any(constraint.field != "available" for constraint in reading.wish.constraints)
        if wishes or names_terms(text) or COMPARES.search(text) or _ANOTHER.search(text):
            return None
        if not reading.references and names_a_place(text) and asks_of_a_record(text):
            return Evidence("answer", "which_product", replace(state, asked=True))
        product = self.catalogue.get(reading.references[0]) if len(reading.references) == 1 else None
        if product is None:
            return None
        is_id = text.strip(" #.?!。？").lower() == product.product_id.lower()
        goes_on = (
            is_id
            or names_only_a_place(text)
            or (follows_up(text) and not reading.wish.constraints and not state.question)
        )
        asked = attribute_asked(text, product, self.currency, reading.language, by_value=False)
        return self._about(product, reading, state) if asked or goes_on else None

    def _answer(self, reading: Reading, state: SessionState) -> Evidence:
        if state.question and follows_up(reading.utterance):
            return self._policy_again(reading, state)
        if len(state.shown) == 1 and reading.wish.constraints and follows_up(reading.utterance):
            return self._other_variant(reading, state)
        asks_of_goods = _may_be_about_goods(reading) and asks_of_a_record(reading.utterance)
        if asks_of_goods or reading.intent.intent == "product_question":
            return self._product_question(reading, state)
        return self._policy(reading, state)

    def _policy(self, reading: Reading, state: SessionState) -> Evidence:
        category = _category_of(reading.wish)
        if not category and _POINTS_BACK.search(reading.utterance):
            category = state.category
        topic = TOPICS.get(reading.intent.intent)
        answer = self.answers.answer(reading.utterance, reading.language, category=category, topic=topic)
        after = replace(
            state,
            category=category or state.category,
            question=reading.utterance,
            question_intent=reading.intent.intent,
            asked=False,
        )
        return Evidence("answer", "policy", after, answer=answer, citations=answer.citations, path=answer.path)

    def _policy_again(self, reading: Reading, state: SessionState) -> Evidence:
        """A follow-up by itself if that is known on the old topic, else the question of before under its facts."""
        named = _category_of(reading.wish)
        category = named or state.category
        facts = self.read_facts(reading.utterance, reading.language)
        topic = TOPICS.get(state.question_intent)
        answer = self.answers.answer(reading.utterance, reading.language, category=category, facts=facts, topic=topic)
        if not answer.known or named:
            answer = self.answers.answer(
                state.question, reading.language, category=category, facts=facts, topic=topic, elsewhere=bool(named)
            )
        after = replace(state, category=category, asked=False)
        return Evidence("answer", "policy", after, answer=answer, citations=answer.citations, path=answer.path)

    def _product_question(self, reading: Reading, state: SessionState) -> Evidence:
        product = self._product_meant(reading, state)
        if product is None:
            if _may_be_about_goods(reading) or any(c.field in ("category", "brand") for c in reading.wish.constraints):
                return self._recommend(reading, state)
            policy = self._policy(reading, state)
            if policy.answer is not None and policy.answer.known:
                return policy
            if reading.about_goods:
                return self._recommend(reading, state)
            return Evidence("answer", "which_product", replace(state, asked=True))
        return self._about(product, reading, state)

    def _other_variant(self, reading: Reading, state: SessionState) -> Evidence:
        """ "And the black one?": the variant of the product talked about that is so, else products that are."""
        talked_of = self.catalogue.get(state.shown[0])
        variant = self._variant(talked_of, reading.wish.constraints) if talked_of else None
        return self._about(variant, reading, state) if variant else self._recommend(reading, state)

    def _variant(self, product: Product, constraints: Sequence[Constraint]) -> Product | None:
        """The product or another of its variants, whichever is as wished."""
        family = [p for p in self.catalogue if p.parent_id == product.parent_id] if product.parent_id else []
        return next((p for p in (product, *family) if all(passes(p, c) for c in constraints)), None)

    def _about(self, product: Product, reading: Reading, state: SessionState) -> Evidence:
        after = replace(
            state,
            shown=(product.product_id,),
            listed=_list_of(state),
            category=product.category,
            question="",
            asked=False,
        )
        attribute = attribute_asked(reading.utterance, product, self.currency, reading.language)
        title = texts(product, reading.language).title
        is_other = product.product_id not in state.shown and follows_up(reading.utterance)
        is_id = product.product_id.lower() in reading.utterance.lower()
        whole = is_other or is_id or names_only_a_place(reading.utterance) or asks_for_all(reading.utterance)
        kind = "attribute" if attribute else ("product" if whole else "attribute_unknown")
        return Evidence(
            route="answer",
            kind=kind,
            state=after,
            product=product,
            attribute=attribute,
            shown=(Shown(product, 1, 0.0, 1.0),),
            citations=(Citation(product.product_id, title, attribute[0] if attribute else ""),),
            path=(f"product: {title}", f"field: {attribute[0]}") if attribute else (),
        )

    def _product_meant(self, reading: Reading, state: SessionState) -> Product | None:
        if reading.references:
            return self.catalogue.get(reading.references[0])
        named = self.names.product(reading.utterance, reading.language)
        if named is not None:
            wished = [c for c in reading.wish.constraints if c.field != "available"]
            return self._variant(named, wished) or named
        told, _ = self.names.each(_ASKING.sub("", reading.utterance), reading.language, plain=False)
        if len(told) == 1:
            return told[0]
        if state.shown and _POINTS_BACK.search(reading.utterance):
            return self.catalogue.get(state.shown[0])
        about = asked_about(without_marks(reading.utterance)) if reading.about_goods else ""
        if about and (only := self.names.only(about, reading.language)):
            return only
        if len(state.shown) == 1 and not _category_of(reading.wish):
            return self.catalogue.get(state.shown[0])
        return None

    # -------------------------------------------------------------- orders

    def _order(self, reading: Reading, state: SessionState) -> Evidence:
        if state.order_tries >= MAX_ORDER_TRIES:
            return Evidence("order", "too_many_tries", replace(state, asked=False))
        claims = without_strangers(read_claims(reading.utterance, state.order_id, self.orders.numbers_in), self.orders)
        if not claims:
            return self._order_in_general(reading, state)
        order_id = claims[0].order_id
        if state.order_verified and normal_order_id(order_id) == normal_order_id(state.order_id):
            order = self.orders.known(state.order_id)
        elif not claims[0].proofs:
            return Evidence("order", "need_proof", replace(state, order_id=order_id, order_verified=False, asked=True))
        elif self.order_tries.are_spent(order_id):
            return Evidence("order", "number_closed", replace(state, asked=False))
        else:
            order = prove(claims, self.orders, self.order_tries)
        if order is None:
            tries = state.order_tries + 1
            after = replace(state, order_id=order_id, order_verified=False, order_tries=tries, asked=True)
            return Evidence("order", "not_found", after)
        return self._order_found(order, reading, state)

    def _order_in_general(self, reading: Reading, state: SessionState) -> Evidence:
        """Without a number: what the pages say of all orders where they say something, else the number is asked for."""
        answer = self.answers.answer(reading.utterance, reading.language, topic=TOPICS.get(reading.intent.intent))
        if not answer.known or _OWN_ORDER.search(reading.utterance):
            return Evidence("order", "need_number", replace(state, asked=True))
        after = replace(state, question=reading.utterance, question_intent=reading.intent.intent, asked=True)
        return Evidence("answer", "policy", after, answer=answer, citations=answer.citations, path=answer.path)

    def _order_found(self, order: Order, reading: Reading, state: SessionState) -> Evidence:
        products = self._known([item.product_id for item in order.items])
        titles = tuple(texts(p, reading.language).title for p in products) or tuple(i.product_id for i in order.items)
        category = products[0].category if products else state.category
        after = replace(state, order_id=order.order_id, order_verified=True, asked=False, category=category)
        answer = self._order_rule(reading, order, category)
        found = Evidence("order", "found", after, order=order, order_titles=titles)
        if answer is None or not answer.known:
            return found
        kind = "found" if _turns_on_the_state(answer) else "found_in_general"
        return replace(found, kind=kind, answer=answer, citations=answer.citations, path=answer.path)

    def _order_rule(self, reading: Reading, order: Order, category: tuple[str, ...]) -> Answer | None:
        """What the terms say of an order in this state, where that was asked.

        Where they say nothing of the state itself, what was forbidden in the last state that they do speak of stays so.
        """
        topic = TOPICS.get(reading.intent.intent)
        if topic is None:
            return None

        question = without_proof(reading.utterance)

        def ask(state: str) -> Answer:
            facts = {"order_state": state}
            return self.answers.answer(question, reading.language, category=category, facts=facts, topic=topic)

        answer = ask(order.state)
        if not answer.known or _turns_on_the_state(answer):
            return answer
        for state in _states_before(order.state):
            before = ask(state)
            if before.rule is not None and _turns_on_the_state(before):
                return before if before.rule.outcome.get("allowed") in (False, "no") else answer
        return answer

    # -------------------------------------------------------------- the rest

    def _clarify(self, reading: Reading, state: SessionState) -> Evidence:
        return Evidence("clarify", "unsure", replace(state, asked=True), suggestions=_CHOICES[reading.language])

    def _handover(self, reading: Reading, state: SessionState) -> Evidence:
        is_complaint = reading.intent.intent == "complaint" or is_angry(reading.utterance)
        kind = "complaint" if is_complaint else "person"
        after = replace(state, asked=False)
        if self.contact:
            return Evidence("handover", kind, after)
        answer = self.answers.answer(_HOW_TO_REACH[reading.language], reading.language, topic="store")
        if not answer.known:
            return Evidence("handover", kind, after)
        return Evidence("handover", kind, after, answer=answer, citations=answer.citations, path=answer.path)

    def _smalltalk(self, reading: Reading, state: SessionState) -> Evidence:
        return Evidence("smalltalk", reading.intent.intent, replace(state, asked=False))

    def _out_of_scope(self, reading: Reading, state: SessionState) -> Evidence:
        return Evidence("out_of_scope", "", replace(state, asked=False))


def _turns_on_the_state(answer: Answer) -> bool:
    return answer.rule is not None and any(c.name == "order_state" for c in answer.rule.conditions)


def _states_before(state: str) -> Sequence[str]:
    """The states that an order has passed through, the last one first; none for a cancelled one."""
    steps = (*ORDER_STATES, "returned", "refunded")
    return steps[: steps.index(state)][::-1] if state in steps else ()


def _list_of(state: SessionState) -> tuple[ProductId, ...]:
    return state.listed if len(state.shown) == 1 and state.listed else state.shown


def _may_be_about_goods(reading: Reading) -> bool:
    is_sure = reading.intent.in_scope and reading.intent.probability >= SURELY_OTHERWISE
    return reading.about_goods and not is_sure


def _category_of(wish: Wish) -> tuple[str, ...]:
    for constraint in wish.constraints:
        if constraint.field == "category" and constraint.op == "eq" and isinstance(constraint.value, str):
            return tuple(part.strip() for part in constraint.value.split(">"))
    return ()
