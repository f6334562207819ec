"""The chat page. This module alone knows Gradio; it draws with `cards` and lets the worker run the turns."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeAlias

import gradio as gr

from assistant.cards import Exchange, Paper, escape
from assistant.events import DeltaEvent
from assistant.labels import LABELS, REASONS, preferred_language
from assistant.pictures import Pictures
from assistant.sessions import SessionIds
from assistant.storefront import Shows
from assistant.wire import MAX_TEXT_CHARS
from assistant.worker import MAX_WAITING, Chats, TooBusyError, TurnFailedError, Worker
from knowledge.domain import Feedback, Language, SessionId, TurnId
from knowledge.errors import ShopError
from knowledge.language import detect_language

if TYPE_CHECKING:
    from fastapi import FastAPI

FEEDBACK_KEY = "page"
SECONDS_BETWEEN_DRAWINGS = 0.06
MAX_COMMENT_CHARS = 1000
_FOLDER = Path(__file__).parent

Drawn: TypeAlias = tuple[object, ...]
Parts: TypeAlias = Sequence[gr.components.Component]


class Conversations:
    """What the page has shown in each session, for a reload. The longest untouched are forgotten first."""

    def __init__(self, max_sessions: int = 1000, max_exchanges: int = 100) -> None:
        self._max_sessions = max_sessions
        self._max_exchanges = max_exchanges
        self._lock = Lock()
        self._by_session: OrderedDict[SessionId, list[Exchange]] = OrderedDict()

    def of(self, session_id: SessionId) -> list[Exchange]:
        """The exchanges so far, oldest first."""
        with self._lock:
            return list(self._by_session.get(session_id, ()))

    def add(self, session_id: SessionId, exchange: Exchange) -> None:
        with self._lock:
            exchanges = self._by_session.setdefault(session_id, [])
            exchanges.append(exchange)
            del exchanges[: -self._max_exchanges]
            self._by_session.move_to_end(session_id)
            while len(self._by_session) > self._max_sessions:
                self._by_session.popitem(last=False)

    def mark_rated(self, turn_id: TurnId) -> None:
        with self._lock:
            for exchanges in reversed(self._by_session.values()):
                for exchange in exchanges:
                    if exchange.turn_id == turn_id:
                        exchange.rated = True
                        return


class ChatPage:
    """What happens on the page, without its layout.

    A browser keeps `{"session": …, "language": …}`; what it sends back is checked, never trusted.
    """

    def __init__(self, storefront: Shows, worker: Worker, assistant: Chats, sessions: SessionIds) -> None:
        self._storefront = storefront
        self._worker = worker
        self._assistant = assistant
        self._sessions = sessions
        self._pictures = Pictures(storefront().images)
        self._conversations = Conversations()

    def paper(self, language: Language) -> Paper:
        return Paper(LABELS[language], language, self._storefront().currency, self._pictures)

    def session(self, kept: Mapping[str, str]) -> SessionId:
        """The browser's session, or a new one."""
        return self._sessions.known(kept.get("session")) or self._sessions.new()

    def language(self, kept: Mapping[str, str], accept_language: str) -> Language:
        """The language that was chosen in this browser, else the one that the browser asks for."""
        chosen = kept.get("language")
        languages = self._storefront().languages
        for language in languages:
            if language == chosen:
                return language
        return preferred_language(accept_language, languages)

    def other(self, language: Language) -> Language:
        """The language that the switch leads to."""
        languages = self._storefront().languages
        return languages[(languages.index(language) + 1) % len(languages)]

    def drawn(self, session_id: SessionId, language: Language) -> tuple[str, str]:
        """All exchanges but the last, and the last one or the welcome."""
        paper = self.paper(language)
        exchanges = self._conversations.of(session_id)
        if not exchanges:
            return "", paper.welcome()
        return paper.conversation(exchanges[:-1]), paper.exchange(exchanges[-1], newest=True)

    def say(self, utterance: str, session_id: SessionId, language: Language) -> Iterator[tuple[str | None, str]]:
        """Runs a turn and draws it as it comes: the exchanges before (None where unchanged), and the new one.

        An utterance ends at MAX_TEXT_CHARS, whatever the browser sends.
        """
        utterance = utterance[:MAX_TEXT_CHARS]
        paper = self.paper(language)
        before: str | None = paper.conversation(self._conversations.of(session_id))
        exchange = Exchange(utterance, detect_language(utterance))
        self._conversations.add(session_id, exchange)
        yield before, paper.exchange(exchange, newest=True)
        drawn_at = time.monotonic()
        try:
            for event in self._worker.events(utterance, session_id, exchange):
                now = time.monotonic()
                if not isinstance(event, DeltaEvent) or now - drawn_at > SECONDS_BETWEEN_DRAWINGS:
                    drawn_at = now
                    yield None, paper.exchange(exchange, newest=True)
        except TooBusyError:
            exchange.state = "busy"
        except TurnFailedError:
            exchange.fail()
        yield None, paper.exchange(exchange, newest=True)

    def take_feedback(self, given: object) -> bool:
        """Keeps what a shopper said of a turn; False where it cannot be kept."""
        feedback = _feedback_from(given)
        if feedback is None:
            return False
        try:
            self._assistant.give_feedback(feedback, FEEDBACK_KEY)
        except ShopError:
            logging.getLogger(__name__).warning("feedback on turn %s was not kept", feedback.turn_id, exc_info=True)
            return False
        self._conversations.mark_rated(feedback.turn_id)
        return True


def mount_page(app: "FastAPI", page: ChatPage, storefront: Shows) -> None:
    """Mounts the page at `/` of an application of its own."""
    gr.mount_gradio_app(
        app,
        _layout(page, storefront),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=_theme(),
        css=(_FOLDER / "page.css").read_text("utf-8"),
    )


def _theme() -> gr.themes.Base:
    fonts = ("system-ui", "sans-serif")
    return gr.themes.Base(font=fonts, font_mono=("ui-monospace", "monospace"))


class _Handlers:
    """What Gradio calls: arguments are what the browser sends, results are the outputs in the layout's order."""

    def __init__(self, page: ChatPage, storefront: Shows) -> None:
        self._page = page
        self._storefront = storefront

    def open_page(self, browser: object, request: gr.Request) -> Drawn:
        session_id, language, kept = self._wanted(browser, request)
        return (kept, *self._page.drawn(session_id, language), *self._words(language))

    def switch_language(self, browser: object, request: gr.Request) -> Drawn:
        session_id, before, kept = self._wanted(browser, request)
        language = self._page.other(before)
        return ({**kept, "language": language}, *self._page.drawn(session_id, language), *self._words(language))

    def begin_anew(self, browser: object, request: gr.Request) -> Drawn:
        _, language, kept = self._wanted(browser, request)
        session_id = self._page.session({})
        return ({**kept, "session": session_id}, *self._page.drawn(session_id, language), "")

    def say(self, text: str, browser: object, request: gr.Request) -> Iterator[Drawn]:
        session_id, language, kept = self._wanted(browser, request)
        if not text.strip():
            yield kept, gr.skip(), gr.skip(), gr.skip()
            return
        for before, newest in self._page.say(text.strip(), session_id, language):
            # Gradio streams differences: what a browser keeps must stay a value, or "skip" would be kept.
            yield (kept, gr.skip(), newest, gr.skip()) if before is None else (kept, before, newest, "")

    def say_chosen(self, browser: object, request: gr.Request, event: gr.EventData) -> Iterator[Drawn]:
        yield from self.say(str(event.text), browser, request)

    def _wanted(self, browser: object, request: gr.Request) -> tuple[SessionId, Language, dict[str, str]]:
        kept = _remembered(browser)
        session_id = self._page.session(kept)
        language = self._page.language(kept, str(request.headers.get("accept-language", "")))
        return session_id, language, {**kept, "session": session_id}

    def _words(self, language: Language) -> Drawn:
        labels = LABELS[language]
        storefront = self._storefront()
        return (
            _brand(storefront.name, language),
            gr.update(value=labels.other_language, visible=len(storefront.languages) > 1),
            gr.update(value=labels.new_conversation),
            gr.update(label=labels.box, placeholder=labels.box),
            gr.update(value=labels.send),
            _note(language),
        )


def _layout(page: ChatPage, storefront: Shows) -> gr.Blocks:
    handlers = _Handlers(page, storefront)
    name, languages = storefront().name, storefront().languages
    first = languages[0]
    labels = LABELS[first]
    js = (_FOLDER / "page.js").read_text("utf-8")

    # Gradio marks what a browser may call, which a bound method does not let it.
    def take_feedback(given: object) -> bool:
        return page.take_feedback(given)

    blocks: gr.Blocks
    with gr.Blocks(title=name, analytics_enabled=False, fill_width=True) as blocks:
        kept = gr.BrowserState(None, storage_key="shop-assistant", secret="shop-assistant")
        with gr.Row(elem_id="top"):
            brand = gr.HTML(_brand(name, first), elem_id="brand", js_on_load=None, scale=1)
            switch = _button(labels.other_language, "switch", visible=len(languages) > 1)
            fresh = _button(labels.new_conversation, "fresh")
        with gr.Column(elem_id="talk"):
            before, newest = (
                gr.HTML(
                    "",
                    elem_id=name,
                    js_on_load=js,
                    apply_default_css=False,
                    server_functions=[take_feedback],
                )
                for name in ("before", "newest")
            )
        with gr.Column(elem_id="ask"):
            with gr.Row():
                box = gr.Textbox(
                    label=labels.box,
                    placeholder=labels.box,
                    show_label=False,
                    container=False,
                    lines=1,
                    max_lines=6,
                    max_length=MAX_TEXT_CHARS,
                    scale=1,
                    elem_id="box",
                )
                send = _button(labels.send, "send")
            note = gr.HTML(_note(first), elem_id="note", js_on_load=None, apply_default_css=False)

        worded = [kept, before, newest, brand, switch, fresh, box, send, note]
        spoken = [kept, before, newest, box]
        _at_once(blocks.load, handlers.open_page, [kept], worded)
        _at_once(switch.click, handlers.switch_language, [kept], worded)
        _at_once(fresh.click, handlers.begin_anew, [kept], spoken)
        _in_turn(box.submit, handlers.say, [box, kept], spoken)
        _in_turn(send.click, handlers.say, [box, kept], spoken)
        _in_turn(newest.say, handlers.say_chosen, [kept], spoken)
    return blocks


def _button(text: str, name: str, *, visible: bool = True) -> gr.Button:
    return gr.Button(text, elem_id=name, visible=visible, scale=0, min_width=0)


def _at_once(event: Callable[..., object], handler: object, given: Parts, drawn: Parts) -> None:
    """A handler that answers at once, past the queue."""
    event(handler, given, drawn, show_progress="hidden", queue=False, api_visibility="private")


def _in_turn(event: Callable[..., object], handler: object, given: Parts, drawn: Parts) -> None:
    """A handler that runs a turn; the worker decides whose comes next."""
    event(
        handler,
        given,
        drawn,
        show_progress="hidden",
        concurrency_limit=MAX_WAITING,
        concurrency_id="say",
        api_visibility="private",
    )


def _brand(name: str, language: Language) -> str:
    return (
        f'<div class="brand"><img src="/favicon.ico" alt=""><div><h1>{escape(name)}</h1>'
        f"<p>{escape(LABELS[language].tagline)}</p></div></div>"
    )


def _note(language: Language) -> str:
    return f'<p class="note">{escape(LABELS[language].fine_print)}</p>'


def _remembered(browser: object) -> dict[str, str]:
    """What a browser kept, as far as it has the right form."""
    if not isinstance(browser, dict):
        return {}
    return {name: value for name in ("session", "language") if isinstance(value := browser.get(name), str)}


def _feedback_from(given: object) -> Feedback | None:
    """The verdict that a browser sent, or None where it is none."""
    if not isinstance(given, dict):
        return None
    turn_id, rating = given.get("turn_id"), given.get("rating")
    reasons, comment = given.get("reasons"), given.get("comment")
    if not isinstance(turn_id, str) or rating not in ("up", "down"):
        return None
    known = tuple(r for r in REASONS if r in reasons) if isinstance(reasons, Sequence) else ()
    said = comment.strip()[:MAX_COMMENT_CHARS] if isinstance(comment, str) else ""
    thumb: Literal["up", "down"] = "up" if rating == "up" else "down"
    return Feedback(TurnId(turn_id), thumb, known, said)
