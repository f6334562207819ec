"""The doors to the assistant over HTTP: the API under /v1, the pictures, the chat page, and whether all is well."""

import errno
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from assistant.events import Event
from assistant.guard import PICTURE_POLICY, BodyLimit, PageGuard, PageMount, SafeHeaders
from assistant.logs import write_log
from assistant.pictures import MEDIA_TYPES, Pictures
from assistant.quiet import silence
from assistant.sessions import SessionIds, load_key
from assistant.storefront import LiveStorefront, Shows
from assistant.wire import ChatRequest, ErrorTold, FeedbackRequest, Reply, SessionOut, Teller
from assistant.worker import Chats, TooBusyError, TurnFailedError, Worker
from knowledge.domain import SessionId
from knowledge.errors import JournalError, SettingsError
from knowledge.language import detect_language
from knowledge.shop import Shop

MAX_BODY_BYTES = 256 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ICON = Path(__file__).with_name("icon.svg")


def create_app(assistant: Chats, storefront: Shows, sessions: SessionIds, *, page: bool = True) -> FastAPI:
    """The whole application; without `page` the API alone, which starts seconds sooner."""
    worker = Worker(assistant)
    pictures = Pictures(storefront().images)
    pages = FastAPI(openapi_url=None)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(worker.close)
            await stack.enter_async_context(pages.router.lifespan_context(pages))
            yield

    # The interactive documentation would load scripts from another server.
    app = FastAPI(
        title=f"{storefront().name}: shopping assistant",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_middleware(BodyLimit, n_bytes=MAX_BODY_BYTES)
    app.add_middleware(SafeHeaders)
    _tell_problems(app)
    _open_api(app, assistant, storefront, sessions, worker, pictures)
    _open_pictures(app, pictures)
    if page:
        silence()
        from assistant.page import ChatPage, mount_page

        mount_page(pages, ChatPage(storefront, worker, assistant, sessions), storefront)
        app.router.routes.append(PageMount(PageGuard(pages, storefront)))
    return app


def serve(
    assistant: Chats, shop: Shop, *, host: str = "127.0.0.1", port: int = 8000, announce: Callable[[str], None]
) -> None:
    """Serves until it is stopped. Raises SettingsError when it may not or cannot listen there."""
    write_log(sys.stderr)
    with listen(host, port) as listener:
        sessions = SessionIds(load_key(shop.var / "keys" / "sessions"))
        app = create_app(assistant, LiveStorefront(shop), sessions)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=5
        )
        shown_host = f"[{host}]" if ":" in host else host
        announce(f"{shop.settings.name} is open at http://{shown_host}:{listener.getsockname()[1]}/ (Ctrl+C ends it)")
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises SettingsError with the remedy."""
    if host not in LOOPBACK:
        raise SettingsError(
            f"--host {host} would open the assistant to the network, which needs keys, and this shop has none; "
            "leave --host out and let a web server on this machine pass requests on to 127.0.0.1"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    address = "127.0.0.1" if host == "localhost" else host
    try:
        return socket.create_server((address, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            said = f"port {port} on {host} is taken by another program; choose another one with --port"
        elif error.errno == errno.EACCES:
            said = f"port {port} is not open to this user; choose one above 1023 with --port"
        else:
            said = f"cannot listen on {host} port {port}: {error.strerror}; choose another one with --host or --port"
        raise SettingsError(said) from error


# ------------------------------------------------------------------ the API


def _open_api(
    app: FastAPI,
    assistant: Chats,
    storefront: Shows,
    sessions: SessionIds,
    worker: Worker,
    pictures: Pictures,
) -> None:
    @app.get("/healthz", tags=["state"])
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["state"])
    async def readyz() -> dict[str, str]:
        """A turn asked now will be answered soon; 503 while turns pile up."""
        if not worker.ready:
            raise HTTPException(503, "Turns pile up, or one of them does not end.", {"Retry-After": "5"})
        return {"status": "ready"}

    @app.post("/v1/sessions", status_code=201, tags=["chat"])
    async def begin_session() -> SessionOut:
        """Begins a conversation; its id is unguessable."""
        return SessionOut(session_id=sessions.new())

    @app.post("/v1/chat", response_model=Reply, tags=["chat"])
    def chat(request: ChatRequest) -> Reply | StreamingResponse:
        """Runs one turn. With `stream`: server-sent events session, route, products, delta, citations, suggestions,
        handoff, error, done; those that a turn does not have are left out."""
        session_id = _session(request.session_id, sessions)
        teller = Teller(detect_language(request.text), storefront().currency, pictures)
        events = worker.events(request.text, session_id)
        if request.stream:
            headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
            return StreamingResponse(_stream(events, teller), media_type="text/event-stream", headers=headers)
        reply: Reply | None = None
        for event in events:
            _, told = teller.tell(event)
            if isinstance(told, Reply):
                reply = told
        if reply is None:
            raise TurnFailedError("a turn ended without its last event")
        return reply

    @app.post("/v1/feedback", status_code=204, tags=["chat"])
    def give_feedback(
        request: FeedbackRequest, idempotency_key: Annotated[str, Header(max_length=200)] = ""
    ) -> Response:
        """Keeps a verdict on a turn. The last one with the same Idempotency-Key holds; a repetition changes nothing."""
        assistant.give_feedback(request.to_feedback(), idempotency_key)
        return Response(status_code=204)


def _session(given: str | None, sessions: SessionIds) -> SessionId:
    if given is None:
        return sessions.new()
    known = sessions.known(given)
    if known is None:
        raise HTTPException(404, "There is no such session; begin one with POST /v1/sessions.")
    return known


def _stream(events: Iterator[Event], teller: Teller) -> Iterator[str]:
    try:
        for event in events:
            name, told = teller.tell(event)
            yield f"event: {name}\ndata: {told.model_dump_json()}\n\n"
    except TurnFailedError:
        error = ErrorTold(code="turn_failed", message="The turn failed; ask once more.", retryable=True)
        yield f"event: error\ndata: {error.model_dump_json()}\n\n"


# ------------------------------------------------------------------ pictures


def _open_pictures(app: FastAPI, pictures: Pictures) -> None:
    policy = {"content-security-policy": PICTURE_POLICY, "cache-control": "public, max-age=3600"}

    @app.api_route("/images/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def picture(name: str) -> FileResponse:
        file = pictures.file(name)
        if file is None:
            raise HTTPException(404, "There is no such picture.")
        return FileResponse(file, media_type=MEDIA_TYPES[file.suffix.lower()], headers=policy)

    @app.api_route("/favicon.ico", methods=["GET", "HEAD"], include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(_ICON, media_type="image/svg+xml", headers=policy)


# ------------------------------------------------------------------ problems


def _tell_problems(app: FastAPI) -> None:
    """Errors as problem+json (RFC 9457); none says more than the caller may know."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return _problem(error.status_code, str(error.detail), error.headers)

    @app.exception_handler(RequestValidationError)
    async def misunderstood(_: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            {"at": "/".join(str(part) for part in one["loc"]), "message": str(one["msg"])} for one in error.errors()
        ]
        return _problem(422, "; ".join(f"{one['at']}: {one['message']}" for one in wrong), errors=wrong)

    @app.exception_handler(TooBusyError)
    async def busy(_: Request, __: TooBusyError) -> JSONResponse:
        return _problem(503, "Too many turns are waiting.", {"Retry-After": "5"})

    @app.exception_handler(TurnFailedError)
    async def failed(_: Request, __: TurnFailedError) -> JSONResponse:
        return _problem(500, "The turn failed; ask once more.")

    @app.exception_handler(JournalError)
    async def not_kept(_: Request, error: JournalError) -> JSONResponse:
        if isinstance(error, LookupError):
            return _problem(404, "There is no such turn; send the turn_id that came with the reply.")
        logging.getLogger(__name__).error("the journal failed", exc_info=error)
        return _problem(503, "The journal did not keep that.", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:
        logging.getLogger(__name__).error("a request failed", exc_info=error)
        return _problem(500, "Something went wrong on this side.")


def _problem(status: int, detail: str, headers: object = None, **more: object) -> JSONResponse:
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    kept = {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else None
    return JSONResponse(content, status, kept, media_type="application/problem+json")
