"""A server of feeds on this machine, over https with a certificate made for the tests."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeAlias

import pytest

Reply: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


def make_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 and localhost that signs itself, with its key, in one file."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate of the tests")
    file = folder / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=feeds"
    names = "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:feeds.example"
    subprocess.run(
        [*command.split(), "-addext", names, "-keyout", file, "-out", folder / "public.pem"],
        check=True,
        capture_output=True,
    )
    with file.open("a", encoding="utf-8") as handle:
        handle.write((folder / "public.pem").read_text("utf-8"))
    return file


class FeedServer:
    """Gives what stands in `replies` by path, and keeps the headers of each request."""

    def __init__(self, port: int, certificate: Path) -> None:
        self.port = port
        self.certificate = certificate
        self.replies: dict[str, Reply] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def give(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        """Answers with this from now on; to who has its ETag, with 304. In names of headers `_` stands for `-`."""

        def reply(handler: BaseHTTPRequestHandler) -> None:
            etag = headers.get("ETag")
            held = etag is not None and handler.headers["If-None-Match"] == etag
            handler.send_response(304 if held else status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if not held and "Content_Length" not in headers:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            if not held:
                handler.wfile.write(body)

        self.replies[path] = reply


@contextmanager
def serving_feeds(certificate: Path) -> Iterator[FeedServer]:
    """A server that runs in threads while the block does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            self.close_connection = True
            with suppress(ConnectionError):  # who asked may have gone
                server.replies[self.path](self)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = _Quiet(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    server = FeedServer(int(listening.server_address[1]), certificate)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not believe the certificate hangs up, which is what a test wants."""
