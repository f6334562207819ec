"""One file over https, from an address that the shop's people named: within bytes, within time, from its host alone."""

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from knowledge.errors import FeedError
from knowledge.settings import shown

MOST_REDIRECTS = 5
_PATIENCE_S = 30.0
"""For one step, such as the connection or the next bytes."""

_NOT_MODIFIED = 304
_REDIRECTS = (301, 302, 303, 307, 308)
_REMEDIES = {
    401: "check header and secret_env of this source in shop.toml, and the variable's value",
    403: "check header and secret_env of this source in shop.toml, and the variable's value",
    404: "check its url in shop.toml",
    410: "check its url in shop.toml",
    429: "raise every of this source in shop.toml",
}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a download may hold and last. `private`: its host may have an address of the house's own network."""

    max_bytes: int
    timeout_s: float
    private: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What a server said. `headers` are by lower-case name; nothing was written unless the status is 200."""

    status: int
    headers: Mapping[str, str]


def download(
    url: str,
    headers: Mapping[str, str],
    part: Path,
    bounds: Bounds,
    trust: ssl.SSLContext,
    progress: Callable[[int, int], None],
) -> Response:
    """Writes what stands at an https address to `part`, as it was sent, and on the disk when this returns.

    `progress` gets the bytes that came, and how many there will be, or 0 where the server does not say. At most five
    redirects are followed, to the same host and port over https alone. Raises FeedError, which never tells the
    address's query or a header, when the answer is neither 200 nor 304, and past the bounds.
    """
    door = _Door(bounds, time.monotonic() + bounds.timeout_s)
    timeout = dict.fromkeys(("connect", "read", "write", "pool"), _PATIENCE_S)
    here = url
    try:
        with httpcore.ConnectionPool(ssl_context=trust, network_backend=door, max_connections=1) as pool:
            for _ in range(MOST_REDIRECTS + 1):
                with pool.stream("GET", here, headers=list(headers.items()), extensions={"timeout": timeout}) as reply:
                    said = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in reply.headers}
                    if reply.status in _REDIRECTS:
                        here = _next(here, said.get("location", ""))
                        continue
                    if reply.status == 200:
                        _receive(reply.iter_stream(), said, part, bounds.max_bytes, progress)
                    elif reply.status != _NOT_MODIFIED:
                        remedy = _REMEDIES.get(reply.status, "ask whoever runs that server, or try again later")
                        raise FeedError(f"answered {reply.status}; {remedy}")
                    return Response(reply.status, said)
    except httpcore.TimeoutException:
        late = door.left() <= 0
        limit = f"{bounds.timeout_s:g} s, which is its timeout_s in shop.toml" if late else f"{_PATIENCE_S:g} s"
        raise FeedError(f"did not come within {limit}; ask whoever runs that server") from None
    except httpcore.NetworkError as error:
        raise FeedError(f"cannot be reached: {error}; check its url in shop.toml, and the network") from error
    except httpcore.ProtocolError as error:
        raise FeedError(f"came broken or only in part ({error}); try again, or ask whoever runs that server") from error
    raise FeedError(f"was redirected more than {MOST_REDIRECTS} times; write the last address into shop.toml")


def _next(here: str, location: str) -> str:
    """Where a redirect leads. Raises FeedError when that is not the same host and port over https."""
    try:
        target = urljoin(here, location)
        old, new = urlsplit(here), urlsplit(target)
        same = new.scheme == "https" and "@" not in new.netloc
        same &= (new.hostname, new.port or 443) == (old.hostname, old.port or 443)
    except ValueError:
        same = False
    if not same or not location or not target.isascii():
        raise FeedError(
            f"was redirected to {shown(location)!r}, which is another host or not over https, and was not followed; "
            "write that address into shop.toml if it is the right one"
        )
    return target.partition("#")[0]


def _receive(
    chunks: Iterable[bytes],
    said: Mapping[str, str],
    part: Path,
    max_bytes: int,
    progress: Callable[[int, int], None],
) -> None:
    encoding = said.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise FeedError(f"came encoded as {encoding!r}, which was not asked for; ask whoever runs that server")
    length = said.get("content-length", "")
    n_told, n_bytes = int(length) if length.isdecimal() else 0, 0
    check_size(n_told, max_bytes)
    with part.open("wb") as handle:
        for chunk in chunks:
            n_bytes += len(chunk)
            check_size(n_bytes, max_bytes)
            handle.write(chunk)
            progress(n_bytes, n_told)
        handle.flush()
        os.fsync(handle.fileno())


def check_size(n_bytes: int, max_bytes: int) -> None:
    """Raises FeedError when there are more bytes than may be."""
    if n_bytes > max_bytes:
        raise FeedError(f"is larger than {max_bytes / 1e6:g} MB; if that is right, raise its max_mb in shop.toml")


# ------------------------------------------------------------------ the connection


class _Door(httpcore.NetworkBackend):
    """Resolves a name once, checks what it stands for, and connects to exactly that; ends all at the deadline.

    So a name cannot stand for one address when it is checked and for another when it is used.
    """

    def __init__(self, bounds: Bounds, deadline: float) -> None:
        self._bounds = bounds
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def left(self) -> float:
        """Seconds until the deadline."""
        return self._deadline - time.monotonic()

    def patience(self, timeout: float | None) -> float:
        """The time for a step. Raises TimeoutException past the deadline."""
        left = self.left()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, timeout or _PATIENCE_S)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError(f"{host} stands for no address")
        for address in self._addresses(host, port):
            try:
                stream = self._network.connect_tcp(
                    address, port, self.patience(timeout), local_address, socket_options or ()
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _TimedStream(stream, self)
        raise failed

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._bounds.private and not _is_literal(host):
            for address in addresses:
                if not _is_public(address):
                    raise FeedError(
                        f"{host} stands for {address}, which is no public address, and was not asked; if the feed is "
                        "in the house's own network, set private = true for this source in shop.toml"
                    )
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline, however slowly the bytes drip."""

    def __init__(self, stream: httpcore.NetworkStream, door: _Door) -> None:
        self._stream = stream
        self._door = door

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._door.patience(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._door.patience(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._door.patience(timeout))
        return _TimedStream(stream, self._door)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _is_literal(host: str) -> bool:
    """Whether the shop's people wrote the very machine that is meant, and no name that others may point elsewhere."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    return True


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    return found.is_global and not found.is_multicast
