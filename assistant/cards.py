"""The conversation as HTML. Every text from a feed, a page, a shopper or a model passes `escape` on its way."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from assistant.events import (
    CitationsEvent,
    DeltaEvent,
    DoneEvent,
    Event,
    HandoffEvent,
    ProductsEvent,
    SessionEvent,
    SuggestionsEvent,
)
from assistant.labels import REASONS, Labels
from assistant.pictures import Pictures
from knowledge.catalogue import texts
from knowledge.domain import Citation, Language, Product, Reason, Shown, TurnId
from knowledge.wording import later_text, money

FEW = 5
_SCRIPT_MARKS = {ord(mark): f"&#{ord(mark)};" for mark in "{}$`"}


@dataclass(slots=True)
class Exchange:
    """A shopper's question and what has come in answer so far."""

    utterance: str
    language: Language
    turn_id: TurnId | None = None
    text: str = ""
    shown: tuple[Shown, ...] = ()
    citations: tuple[Citation, ...] = ()
    path: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    contact: str = ""
    state: Literal["running", "done", "failed", "busy"] = "running"
    rated: bool = False

    def take(self, event: Event) -> None:
        """Adds what an event tells."""
        match event:
            case SessionEvent(turn_id=turn_id):
                self.turn_id = turn_id
            case ProductsEvent(shown=shown):
                self.shown = shown
            case DeltaEvent(text=text):
                self.text += text
            case CitationsEvent(citations=citations):
                self.citations = citations
            case SuggestionsEvent(suggestions=suggestions):
                self.suggestions = suggestions
            case HandoffEvent(contact=contact):
                self.contact = contact
            case DoneEvent(turn=turn):
                self.path = turn.path
                self.language = turn.reading.language
                self.state = "done"

    def fail(self) -> None:
        """Notes that the rest will not come."""
        self.state = "failed"


@dataclass(frozen=True, slots=True)
class Paper:
    """What exchanges are drawn with. `currency` is that of prices without one of their own."""

    labels: Labels
    language: Language
    currency: str
    pictures: Pictures = field(repr=False)

    def conversation(self, exchanges: Sequence[Exchange]) -> str:
        """Exchanges of which none is the last; they offer no next questions any more."""
        return "".join(self.exchange(exchange, newest=False) for exchange in exchanges)

    def welcome(self) -> str:
        """What stands there before the first question."""
        said = f'<div class="said" lang="{self._html_language}"><p>{escape(self.labels.greeting)}</p></div>'
        return f'<div class="exchange welcome">{said}{self._choices(self.labels.starters)}</div>'

    def exchange(self, exchange: Exchange, *, newest: bool) -> str:
        """One question and its answer."""
        parts = [
            f'<div class="asked"><span class="hidden-label">{escape(self.labels.you)}: </span>'
            f"{escape(exchange.utterance)}</div>",
            self._said(exchange),
        ]
        if exchange.shown:
            parts.append(self._cards(exchange))
        if exchange.state == "done":
            parts.append(self._sources(exchange))
            if newest:
                parts.append(self._choices(exchange.suggestions))
            parts.append(self._feedback(exchange))
        elif exchange.state != "running" and newest:
            parts.append(self._choices((exchange.utterance,), self.labels.again))
        busy = "true" if exchange.state == "running" else "false"
        return f'<div class="exchange" aria-busy="{busy}">{"".join(parts)}</div>'

    @property
    def _html_language(self) -> str:
        return html_language(self.language)

    def _said(self, exchange: Exchange) -> str:
        if exchange.state in ("failed", "busy"):
            text = self.labels.failed if exchange.state == "failed" else self.labels.busy
            return f'<div class="said trouble" role="alert"><p>{escape(text)}</p></div>'
        text = spoken(exchange.text, exchange.shown, exchange.language)
        if not text and exchange.state == "running":
            dots = "<i></i><i></i><i></i>"
            label = f'<span class="hidden-label">{escape(self.labels.thinking)}</span>'
            return f'<div class="said waiting">{label}{dots}</div>'
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines() if line.strip())
        return f'<div class="said" lang="{html_language(exchange.language)}">{paragraphs}</div>'

    # -------------------------------------------------------------- products

    def _cards(self, exchange: Exchange) -> str:
        cards = "".join(self._card(shown, exchange.language) for shown in exchange.shown)
        return f'<ol class="cards" lang="{html_language(exchange.language)}">{cards}</ol>'

    def _card(self, shown: Shown, language: Language) -> str:
        product = shown.product
        title = escape(texts(product, language).title)
        url = link(product.url)
        if url:
            title = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{title}</a>'
        picture = escape(self.pictures.address(product))
        reasons = "".join(self._reason(reason) for reason in shown.reasons)
        return (
            f'<li class="card"><img src="{picture}" alt="" width="400" height="300" loading="lazy">'
            f'<div class="facts"><h3>{title}</h3>{self._price(product, language)}'
            f'<p class="small">{self._rating(product)}{self._stock(product)}</p>'
            + (f'<ul class="reasons">{reasons}</ul>' if reasons else "")
            + "</div></li>"
        )

    def _price(self, product: Product, language: Language) -> str:
        if product.price is None:
            return ""
        currency = product.currency or self.currency
        now = f"<b>{escape(money(product.price, currency, language))}</b>"
        if product.list_price is None or product.list_price <= product.price:
            return f'<p class="price">{now}</p>'
        before = escape(money(product.list_price, currency, language))
        label = escape(self.labels.before)
        return f'<p class="price sale">{now} <del><span class="hidden-label">{label} </span>{before}</del></p>'

    def _rating(self, product: Product) -> str:
        if product.rating is None:
            return ""
        label = self.labels.rated.format(rating=f"{product.rating:g}")
        count = ""
        if product.n_ratings:
            spoken_count = self.labels.n_ratings.format(n=f"{product.n_ratings:,}")
            count = f' <span title="{escape(spoken_count)}">({product.n_ratings:,})</span>'
        return (
            f'<span class="rating"><span class="hidden-label">{escape(label)}</span>'
            f'<span aria-hidden="true"><i class="star">★</i> {product.rating:g}</span>{count}</span>'
        )

    def _stock(self, product: Product) -> str:
        if not product.in_stock:
            return f'<span class="stock out">{escape(self.labels.sold_out)}</span>'
        if later := later_text(product, self.language):
            return f'<span class="stock">{escape(later)}</span>'
        if product.stock is not None and product.stock <= FEW:
            return f'<span class="stock few">{escape(self.labels.few_left.format(n=product.stock))}</span>'
        return f'<span class="stock">{escape(self.labels.in_stock)}</span>'

    def _reason(self, reason: Reason) -> str:
        name, mark = (self.labels.met, "✓") if reason.met else (self.labels.missed, "✗")
        kind = "met" if reason.met else "missed"
        return (
            f'<li class="{kind}"><span aria-hidden="true">{mark}</span>'
            f'<span class="hidden-label">{escape(name)}: </span>{escape(reason.text)}</li>'
        )

    # -------------------------------------------------------------- below the answer

    def _sources(self, exchange: Exchange) -> str:
        parts = []
        if exchange.contact:
            text = self.labels.person.format(contact=exchange.contact)
            parts.append(f'<p class="person">{escape(text)}</p>')
        if exchange.citations:
            cited = dict.fromkeys(" › ".join(p for p in (c.title, c.section) if p) for c in exchange.citations)
            items = "".join(f"<li>{escape(text)}</li>" for text in cited)
            parts.append(f'<div class="sources"><span>{escape(self.labels.sources)}</span><ul>{items}</ul></div>')
        if exchange.path:
            steps = "".join(f"<li>{escape(step)}</li>" for step in exchange.path)
            parts.append(
                f'<details class="path"><summary>{escape(self.labels.path)}</summary><ol>{steps}</ol></details>'
            )
        return "".join(parts)

    def _choices(self, choices: Sequence[str], label: str = "") -> str:
        buttons = "".join(
            f'<button type="button" data-act="say" data-text="{escape(choice)}">{escape(label or choice)}</button>'
            for choice in choices
        )
        return f'<div class="choices">{buttons}</div>' if buttons else ""

    def _feedback(self, exchange: Exchange) -> str:
        labels = self.labels
        if exchange.turn_id is None:
            return ""
        if exchange.rated:
            return f'<p class="feedback thanked">{escape(labels.thanks)}</p>'
        # The turn's id keeps a reused element of one turn from sending another turn's verdict.
        turn = escape(exchange.turn_id)
        boxes = "".join(
            f'<label><input type="checkbox" value="{reason}"> {escape(labels.reasons[reason])}</label>'
            for reason in REASONS
        )
        return (
            f'<div class="feedback" data-turn="{turn}" data-thanks="{escape(labels.thanks)}" '
            f'data-failed="{escape(labels.not_kept)}">'
            f'<div class="thumbs">{_thumb("up", labels.helpful)}{_thumb("down", labels.not_helpful)}</div>'
            f'<div class="why" hidden><fieldset><legend>{escape(labels.what_was_wrong)}</legend>{boxes}</fieldset>'
            f'<textarea rows="2" maxlength="1000" aria-label="{escape(labels.comment)}" '
            f'placeholder="{escape(labels.comment)}"></textarea>'
            f'<button type="button" data-act="send">{escape(labels.send_feedback)}</button></div>'
            f'<p class="verdict" role="status" hidden></p></div>'
        )


def escape(text: str) -> str:
    """Text as HTML text or attribute value, and harmless inside a JavaScript or Handlebars template too."""
    return html.escape(text, quote=True).translate(_SCRIPT_MARKS)


def link(url: str) -> str:
    """The address if it is a web address, else ""; `javascript:` and the like lead nowhere."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else ""


def html_language(language: Language) -> str:
    return "zh-Hans" if language == "zh" else "en"


def spoken(text: str, shown: Sequence[Shown], language: Language) -> str:
    """A reply without the lines that list the products shown: their cards say the same."""
    heads = tuple(f"{s.position}. {texts(s.product, language).title}" for s in shown)
    return "\n".join(line for line in text.splitlines() if not _repeats(line, heads))


def _repeats(line: str, heads: Sequence[str]) -> bool:
    # While a reply streams, its last line may hold only the beginning of a head.
    return any(line.startswith(head) or (len(line) > 2 and head.startswith(line)) for head in heads)


def _thumb(way: str, label: str) -> str:
    turn = "" if way == "up" else ' transform="rotate(180 12 12)"'
    drawing = (
        '<svg viewBox="0 0 24 24" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linejoin="round" aria-hidden="true"><g{turn}><path d="M7 10.5 11.5 3c1.7 0 2.7 1.3 2.3 3'
        "l-.8 3.5h5.3c1.3 0 2.2 1.2 1.9 2.5l-1.5 6.5c-.2 1-1.1 1.5-2 1.5H7zM3 10.5h4V20H3z"
        '"/></g></svg>'
    )
    expanded = ' aria-expanded="false"' if way == "down" else ""
    name = escape(label)
    return f'<button type="button" data-act="{way}" aria-label="{name}" title="{name}"{expanded}>{drawing}</button>'
