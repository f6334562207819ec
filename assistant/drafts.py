"""Drafts: correct replies written by code from the evidence, in the shopper's language.

With no generator the draft is the reply. A draft holds no fact that is not in the evidence; what a record does
not say is said to be unknown, never guessed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.evidence import Evidence
from knowledge.catalogue import texts
from knowledge.domain import Constraint, Language, Product, Shown
from knowledge.wording import constraint_text, field_name, later_text, money, stated


@dataclass(frozen=True, slots=True)
class House:
    """What a draft may say of the shop itself."""

    name: str
    currency: str
    contact: str
    spoken: Callable[[Constraint, Language], Constraint] = lambda constraint, language: constraint
    """A constraint with its value in the shopper's language."""

    def say(self, constraint: Constraint, language: Language) -> str:
        return constraint_text(self.spoken(constraint, language), self.currency, language)


def write_draft(evidence: Evidence, language: Language, house: House) -> str:
    """The reply to a turn from its evidence alone."""
    writer = _WRITERS[evidence.route]
    return writer(evidence, language, house)


# ------------------------------------------------------------------ products


def _recommend(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "no_products":
        return (
            "店里还没有上架商品，暂时没法推荐。配送、退换货等问题可以问我，也可以查订单。"
            if zh
            else "There are no products in this shop yet. I can answer questions on our terms and look up orders."
        )
    wishes = [house.say(c, language) for c in evidence.wishes]
    in_order = evidence.state.wish is not None and evidence.state.wish.sort is not None
    if evidence.kind == "all_shown":
        return (
            "符合条件的就是这些了。要不要放宽点条件，我再找找？"
            if zh
            else "Those were all that fit. Shall I look with a different limit?"
        )
    if not evidence.shown:
        if wishes:
            listed = _listed(wishes, language)
            return (
                f"我们的目录里没有符合“{listed}”的商品。换个条件我再帮您找找？"
                if zh
                else f"Nothing in our catalogue fits this wish ({listed}). Shall I look with a different limit?"
            )
        return (
            "没有找到相符的商品。能说说您想找的品类、用途或预算吗？"
            if zh
            else "I found no product for that. Could you tell me the kind of product, its use or your budget?"
        )
    if evidence.relaxed:
        opening = _let_go(evidence, language, house) + ("，最接近的是：" if zh else "; the closest are:")
    elif evidence.kind == "nearest":
        within = _listed(wishes, language)
        if zh:
            order = "（按您要的顺序）" if in_order else ""
            opening = f"在“{within}”之内，与您描述最接近的是" if wishes else "没有完全相符的商品，最接近的是"
            opening += f"{order}："
        else:
            order = ", in the order you asked for" if in_order else ""
            opening = (
                f"Nearest to what you describe, with {within}{order}:"
                if wishes
                else f"I found nothing that is exactly that; the nearest are{order}:"
            )
    elif in_order:
        fits = _listed(wishes, language)
        if zh:
            opening = f"符合“{fits}”的有（按您要的顺序）：" if wishes else "按您要的顺序："
        else:
            opening = f"These fit: {fits}. In the order you asked for:" if wishes else "In the order you asked for:"
    elif wishes:
        opening = f"符合“{_listed(wishes, language)}”的有：" if zh else f"These fit: {_listed(wishes, language)}."
    else:
        opening = "为您找到这些：" if zh else "Here is what I found:"
    lines = (_product_line(shown, language, house) for shown in evidence.shown)
    return "\n".join([*_foreign(evidence, language, house), opening, *lines])


def _foreign(evidence: Evidence, language: Language, house: House) -> list[str]:
    """That a limit in another currency was left aside."""
    if not evidence.foreign:
        return []
    if language == "zh":
        return [f"我们的价格以 {house.currency} 计，所以没有按“{evidence.foreign}”筛选。"]
    return [f"Our prices are in {house.currency}, so I left “{evidence.foreign}” aside."]


def _let_go(evidence: Evidence, language: Language, house: House) -> str:
    """What was given up to find anything, and what was kept; the sentence is left open."""
    listed = _listed([house.say(c, language) for c in evidence.wishes], language)
    given_up = _listed([house.say(c, language) for c in evidence.relaxed], language)
    if language == "zh":
        return f"没有商品同时满足“{listed}”。放宽了“{given_up}”之后"
    kept = _listed([house.say(c, language) for c in evidence.wishes if c not in evidence.relaxed], language)
    return f"Nothing fits all of that ({listed}). I let go of {given_up}" + (f" and kept {kept}" if kept else "")


def _product_line(shown: Shown, language: Language, house: House) -> str:
    zh = language == "zh"
    product = shown.product
    parts = [r.text for r in shown.reasons if r.met][:3] + [r.text for r in shown.reasons if not r.met]
    stock = _stock_text(product, language)
    if (not product.in_stock or later_text(product, language)) and stock not in parts:
        parts.append(stock)
    price = money(product.price, product.currency or house.currency, language) if product.price is not None else ""
    head = f"{shown.position}. {texts(product, language).title}"
    if price:
        head += f"，{price}" if zh else f", {price}"
    if not parts:
        return head
    return head + ("：" + "；".join(parts) if zh else ": " + "; ".join(parts))


def _compare(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "need_products":
        return (
            "您想比较哪几款？告诉我商品名，或者先让我找几款，再说“第一个和第二个”。"
            if zh
            else "Which products shall I compare? Name them, or let me find some first and say “the first and the second”."
        )
    lines: list[str] = []
    if evidence.unknown:
        lines.append(_not_known(evidence.unknown, language))
        if len(evidence.shown) < 2:
            lines += [("目录里有这一款：" if zh else "We do have this one:") for _ in evidence.shown]
            if not evidence.shown:
                lines.append(
                    "换一款，或者告诉我您想找什么？" if zh else "Name others, or tell me what you are looking for."
                )
            return "\n".join([*lines, *(_product_line(shown, language, house) for shown in evidence.shown)])
    elif evidence.relaxed:
        lines.append(
            _let_go(evidence, language, house) + ("，比较最接近的两款。" if zh else "; here are the closest two.")
        )
    elif evidence.kind == "nearest":
        lines.append(
            "没有完全相符的商品，比较最接近的两款。" if zh else "Nothing is exactly that; here are the nearest two."
        )
    names = [texts(s.product, language).title for s in evidence.shown]
    lines.append(("对比：" if zh else "Compared: ") + ("、" if zh else " / ").join(names))
    unknown = "未注明" if zh else "not stated"
    for row in evidence.rows:
        name = field_name(row.field, language)
        values = " / ".join(value or unknown for value in row.values)
        lines.append(f"- {name}：{values}" if zh else f"- {name}: {values}")
    if not evidence.rows:
        lines.append("商品资料里没有写明它们的差别。" if zh else "Their records state no difference.")
    return "\n".join(lines)


def _not_known(names: tuple[str, ...], language: Language) -> str:
    if language == "zh":
        return f"我们的目录里没有{'、'.join(f'“{name}”' for name in names)}。"
    return f"We have no product called {' or '.join(f'“{name}”' for name in names)}."


# ------------------------------------------------------------------ answers


def _answer(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "which_product":
        return "您问的是哪一款商品？" if zh else "Which product do you mean?"
    if evidence.kind in ("attribute", "attribute_unknown", "product"):
        return _about_product(evidence, language, house)
    answer = evidence.answer
    if answer is not None and answer.known:
        return answer.text
    nearest = f"{evidence.citations[0].title}" if evidence.citations else ""
    if zh:
        tail = f"最接近的页面是《{nearest}》。" if nearest else ""
        return f"这个问题我们的帮助页没有写到，我不想乱猜。{tail}{_person(language, house)}"
    tail = f" The nearest page is “{nearest}”." if nearest else ""
    return f"Our help pages do not say, and I would rather not guess.{tail}{_person(language, house)}"


def _about_product(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    product = evidence.product
    assert product is not None
    title = texts(product, language).title
    if evidence.kind == "attribute" and evidence.attribute is not None:
        name, value = evidence.attribute
        if name in ("available", "stock", "availability"):
            stock = _stock_text(product, language)
            return f"{title}：{stock}。" if zh else f"{title}: {stock}."
        said = field_name(name, language)
        return f"{title} 的{said}：{value}。" if zh else f"{title}: {said} {value}."
    colon = "：" if zh else " "
    known = [f"{field_name(k, language)}{colon}{v}" for k, v in stated(product, language).items()][:8]
    listed = _listed(known, language)
    if evidence.kind == "product":
        stock = _stock_text(product, language)
        price = money(product.price, product.currency or house.currency, language) if product.price is not None else ""
        facts = [part for part in (price, stock, listed) if part]
        return title + ("：" + "；".join(facts) + "。" if zh else ": " + "; ".join(facts) + ".")
    if zh:
        return f"{title} 的资料里没有写这一点。资料写明的有：{listed}。" if known else f"{title} 的资料里没有写这一点。"
    if known:
        return f"The record of {title} does not say. It does state: {listed}."
    return f"The record of {title} does not say."


def _stock_text(product: Product, language: Language) -> str:
    if not product.in_stock:
        return "目前缺货" if language == "zh" else "sold out at the moment"
    if later := later_text(product, language):
        return later
    if product.stock is not None:
        return f"现货 {product.stock} 件" if language == "zh" else f"{product.stock} in stock"
    return "有现货" if language == "zh" else "in stock"


# ------------------------------------------------------------------ orders

_STATES: dict[str, tuple[str, str]] = {
    "placed": ("has been placed and is not packed yet", "已下单，还未打包"),
    "packed": ("is packed and about to leave", "已打包，即将发出"),
    "shipped": ("is on its way", "已发货，正在路上"),
    "delivered": ("was delivered", "已签收"),
    "cancelled": ("was cancelled", "已取消"),
    "returned": ("was returned to us", "已退回"),
    "refunded": ("was refunded", "已退款"),
}


def _order(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "need_number":
        return (
            "请告诉我订单号，以及下单时用的邮箱或邮编，我来查。"
            if zh
            else "Please give me the order number and the e-mail address or postcode of the order, and I will look it up."
        )
    if evidence.kind == "need_proof":
        return (
            "为了保护您的订单，请再告诉我下单时用的邮箱或邮编。"
            if zh
            else "To protect the order, please also tell me its e-mail address or postcode."
        )
    if evidence.kind == "too_many_tries":
        return (
            f"核对失败次数太多，这个会话里不能再查订单了。{_person(language, house)}"
            if zh
            else f"There were too many tries that did not match, so I cannot look up orders in this conversation."
            f"{_person(language, house)}"
        )
    if evidence.kind == "number_closed":
        return (
            f"这个订单号核对失败的次数太多了，今天不能再查。{_person(language, house)}"
            if zh
            else f"There were too many tries for this order number that did not match, so it cannot be looked up again "
            f"today.{_person(language, house)}"
        )
    order = evidence.order
    if order is None:
        return (
            "没有找到与这个订单号和邮箱（或邮编）相符的订单，请再核对一下。"
            if zh
            else "I found no order with that number and that e-mail address or postcode. Please check both."
        )
    state = _STATES.get(order.state)
    said = state[1 if zh else 0] if state else (f"状态是“{order.state}”" if zh else f"has the state “{order.state}”")
    items = _listed(list(evidence.order_titles), language)
    parts = [f"订单 {order.order_id}（{items}）{said}。" if zh else f"Order {order.order_id} ({items}) {said}."]
    if order.delivered_at is not None:
        day = order.delivered_at.date().isoformat()
        parts.append(f"签收日期：{day}。" if zh else f"Delivered on {day}.")
    elif order.tracking:
        parts.append(
            f"承运商 {order.carrier}，运单号 {order.tracking}。"
            if zh
            else f"Carrier {order.carrier}, tracking number {order.tracking}."
        )
    if evidence.answer is not None:
        in_general = ("一般来说：" if zh else "In general: ") if evidence.kind == "found_in_general" else ""
        parts.append(in_general + evidence.answer.text)
    return ("" if zh else " ").join(parts)


# ------------------------------------------------------------------ everything else


def _clarify(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "empty":
        return (
            "请告诉我您想找什么，或者想问什么。"
            if zh
            else "Tell me what you are looking for, or what you would like to know."
        )
    if evidence.kind == "too_long":
        return (
            "这段话太长了，我读不完。能用几句话说一下吗？"
            if zh
            else "That is too long for me. Could you say it in a few sentences?"
        )
    if evidence.kind == "session_full":
        return (
            "这次对话已经很长了，我没法再接着聊下去。请开始一个新对话，我继续帮您。"
            if zh
            else "This conversation has become too long for me to go on with. Please begin a new one, and I will help there."
        )
    return (
        "我没太明白您的意思。您是想找商品、问规则，还是查订单？"
        if zh
        else "I am not sure what you mean. Are you looking for a product, asking about our terms, or about an order?"
    )


def _handover(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if not house.contact:
        return _nobody_to_name(evidence, language)
    if evidence.kind == "complaint":
        opening = (
            "很抱歉让您遇到这样的事。这件事应该由同事来处理。"
            if zh
            else "I am sorry about this. It should be looked at by a person."
        )
    else:
        opening = "好的，这就告诉您怎么找到我们的同事。" if zh else "Of course; here is how you reach a person."
    return opening + _person(language, house)


def _nobody_to_name(evidence: Evidence, language: Language) -> str:
    """A handover without a contact: nobody was told of anything, and what the pages say is all there is."""
    zh = language == "zh"
    sorry = ("很抱歉让您遇到这样的事。" if zh else "I am sorry about this. ") if evidence.kind == "complaint" else ""
    if evidence.answer is not None:
        page, text = evidence.answer.citations[0].title, evidence.answer.text
        nobody = (
            "我没法替您转接，这件事也还没有人知道。"
            if zh
            else "I cannot call anyone, and nobody has been told of this."
        )
        told = f"帮助页《{page}》是这样写的：{text}" if zh else f" The page “{page}” says: {text}"
    elif zh:
        nobody = "我没有人工客服的联系方式，这件事也还没有人知道。"
        told = "请看看商店网站或订单确认邮件里的联系方式。商品、规则和订单的问题，我可以继续帮您。"
    else:
        nobody = "I know of no contact, and nobody has been told of this."
        told = (
            " Please look for one on the shop's site or in your order confirmation. With products, terms and orders I "
            "can go on helping here."
        )
    return sorry + nobody + told


def _person(language: Language, house: House) -> str:
    """How a person is reached, to end a reply with; nothing where the shop has named no contact."""
    if not house.contact:
        return ""
    return f"人工客服：{house.contact}。" if language == "zh" else f" Our team: {house.contact}."


def _smalltalk(evidence: Evidence, language: Language, house: House) -> str:
    zh = language == "zh"
    if evidence.kind == "thanks_bye":
        return "不客气，有需要随时找我。" if zh else "You are welcome. I am here if you need anything else."
    if evidence.kind == "about_assistant":
        return (
            f"我是{house.name}的自动购物助手，不是真人。我可以帮您找商品、作比较、回答退换货和配送等问题，也可以查订单。"
            if zh
            else f"I am the automatic shopping assistant of {house.name}, not a person. I can find and compare products, "
            "answer questions about returns, delivery and warranty, and look up orders."
        )
    return (
        f"您好，欢迎来到{house.name}。想找什么，或者想了解什么？"
        if zh
        else f"Hello, and welcome to {house.name}. What are you looking for?"
    )


def _out_of_scope(evidence: Evidence, language: Language, house: House) -> str:
    return (
        f"这个问题超出了我的范围。我只负责{house.name}的商品、订单和售后问题。"
        if language == "zh"
        else f"That is outside what I can help with. I look after the products, orders and terms of {house.name}."
    )


def _listed(parts: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(parts)


_WRITERS: dict[str, Callable[[Evidence, Language, House], str]] = {
    "recommend": _recommend,
    "compare": _compare,
    "answer": _answer,
    "order": _order,
    "clarify": _clarify,
    "handover": _handover,
    "smalltalk": _smalltalk,
    "out_of_scope": _out_of_scope,
}
