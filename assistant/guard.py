"""What stands in front of the applications: limits, headers, and the few doors of Gradio that the page needs.

Plain ASGI, so that streams pass through unbuffered.
"""

import html
import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from starlette.routing import Match, Mount

from assistant.labels import preferred_language
from assistant.storefront import Shows
from knowledge.domain import Language

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio makes functions of templates in the browser (unsafe-eval); all else stays on this server.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'"
)
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
HEADERS = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}

# Not among them: upload, file, proxy, api, call, run history, monitoring.
_DOORS = re.compile(
    r"/(?:config/?|theme\.css|robots\.txt"
    r"|(?:assets|static|svelte)/[\w./@-]+"
    r"|gradio_api/(?:run/predict|queue/(?:join|data)|component_server|heartbeat/\w+|reset|cancel|startup-events|theme\.css|app_id)/?)?"
)
_PREVIEWS = re.compile(rb'<meta\s[^>]*?(?:property|name)="(?:og|twitter):[^>]*>\s*', re.DOTALL)
_MANIFEST = re.compile(rb'<link\s[^>]*?rel="manifest"[^>]*>')


class BodyLimit:
    """Refuses requests whose body is larger than `n_bytes`, told or sent."""

    def __init__(self, app: Application, n_bytes: int) -> None:
        self._app = app
        self._n_bytes = n_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        if not told.isdigit() or int(told) > self._n_bytes:
            await self._refuse(send)
            return
        # Read ahead: a request that is refused half-way would reach the application as a broken one.
        chunks: list[bytes] = []
        n_read = 0
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            chunks.append(message.get("body", b""))
            n_read += len(chunks[-1])
            more = message.get("more_body", False)
            if n_read > self._n_bytes:
                await self._refuse(send)
                return
        body: list[Message] = [{"type": "http.request", "body": b"".join(chunks), "more_body": False}]

        async def receive_again() -> Message:
            return body.pop() if body else await receive()

        await self._app(scope, receive_again, send)

    async def _refuse(self, send: Send) -> None:
        detail = f"The body of a request may have {self._n_bytes} bytes."
        await send_problem(send, 413, "Too large", detail)


class PageMount(Mount):
    """The page at `/`, and nowhere but at its doors: elsewhere the routes before it say what is wrong."""

    def __init__(self, app: Application) -> None:
        super().__init__("/", app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return super().matches(scope) if _DOORS.fullmatch(scope["path"]) else (Match.NONE, {})


class PageGuard:
    """Mends the HTML of the chat page.

    It gets the shop's name and language, loses previews that name other servers, and a policy that keeps the
    browser from asking any.
    """

    def __init__(self, app: Application, storefront: Shows) -> None:
        self._app = app
        self._storefront = storefront

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        accepted = dict(headers).get(b"accept-language", b"").decode("latin-1")
        storefront = self._storefront()
        language = preferred_language(accepted, storefront.languages)
        title = html.escape(storefront.name).encode("utf-8")
        # A query could name a deep link, which the page does not have.
        plain = {**scope, "headers": headers, "query_string": b""}
        await self._app(plain, receive, _mended(send, title, language))


def _mended(send: Send, title: bytes, language: Language) -> Send:
    start: Message = {}
    chunks: list[bytes] = []

    async def send_mended(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        chunks.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        page = _MANIFEST.sub(b"", _PREVIEWS.sub(b"", b"".join(chunks)))
        page = page.replace(b"<head>", b"<head><title>" + title + b"</title>", 1)
        page = page.replace(b'lang="en"', b'lang="zh-Hans"' if language == "zh" else b'lang="en"', 1)
        kept = [(k, v) for k, v in start["headers"] if k not in (b"content-length", b"content-security-policy")]
        length = (b"content-length", str(len(page)).encode())
        policy = (b"content-security-policy", PAGE_POLICY.encode())
        varies = [(b"vary", b"accept-language"), (b"cache-control", b"no-store")]
        await send({**start, "headers": [*kept, length, policy, *varies]})
        await send({"type": "http.response.body", "body": page})

    return send_mended


class SafeHeaders:
    """Adds `HEADERS` to every response that does not set them itself."""

    def __init__(self, app: Application, headers: Mapping[str, str] = HEADERS) -> None:
        self._app = app
        self._headers = [(k.encode(), v.encode()) for k, v in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in self._headers if name not in there]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


async def send_problem(send: Send, status: int, title: str, detail: str) -> None:
    """Sends an error as problem+json (RFC 9457)."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
