"""Sources: feeds and help pages at addresses that shop.toml names, fetched when due and kept when they changed."""

import gzip
import hashlib
import json
import os
import re
import ssl
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from knowledge.disk import digest_of, hold, write_atomically
from knowledge.errors import FeedError, SettingsError, ShopError, refusal
from knowledge.settings import Source, shown

if TYPE_CHECKING:
    from knowledge.download import Response

Progress = Callable[[str, int, int], None]

RETRY_S = 600.0
"""After a failure a source is asked again so soon, or at its next time if that is sooner."""

_GZIP = b"\x1f\x8b"
_LAYERS = 2  # a packed file, sent packed
_CHUNK = 1 << 16
_SUFFIXES = (
    *(".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".xml", ".rss", ".atom"),
    *(".html", ".htm", ".md", ".markdown", ".xlsx", ".zip"),
)
_TYPES = {
    "application/json": ".json",
    "application/ld+json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/rss+xml": ".xml",
    "application/atom+xml": ".xml",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched last: a file of `var/sources`, and its digest."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class _State:
    """What is known of a source between two fetches; `url` and `sha256` are digests, `tried_at` seconds since 1970."""

    url: str = ""
    file: str = ""
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""
    tried_at: float = 0.0
    failed: bool = False


def due(source: Source, folder: Path, now: float) -> bool:
    """Whether a source with a schedule is to be fetched at `now`, seconds since 1970.

    A last time that lies in the future, since the clock was put back, counts as long ago.
    """
    state = _load(source, folder)
    wait = min(source.every, RETRY_S) if state.failed else source.every
    return bool(source.every) and not 0 <= now - state.tried_at < wait


def fetched(source: Source, folder: Path) -> Fetched | None:
    """What was fetched last from the source's address, if it is still there byte for byte."""
    state = _load(source, folder)
    return Fetched(folder / state.file, state.sha256) if _is_whole(folder, state) else None


def fetch(source: Source, folder: Path, now: float, progress: Progress, trust: ssl.SSLContext | None = None) -> Fetched:
    """Brings the source's file in `folder` up to date: whole, or not at all.

    `now`: seconds since 1970, for the schedule. `trust`: the certificates that are believed; else those of the program
    or of $SSL_CERT_FILE. Raises FeedError when it cannot be had, SettingsError when its secret or the certificates
    cannot be read, BusyError while another process fetches.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{source.name}.part"
    trust = trust or _believed()
    with hold(folder / "fetch.lock", f"{folder} is being filled", "fetching sources"):
        before = replace(_load(source, folder), tried_at=now, failed=True)
        _save(source, folder, before)  # so that one which fails in any way is not asked again at once
        try:
            after = _fetch(source, folder, part, before, progress, trust)
        except FeedError as error:
            raise FeedError(f"source {source.name}, {shown(source.url)}: {error}") from error.__cause__
        except OSError as error:
            raise ShopError(f"{part}: cannot be written, and nothing was replaced: {refusal(error)}") from error
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        _save(source, folder, replace(after, failed=False))
    return Fetched(folder / after.file, after.sha256)


def _fetch(
    source: Source, folder: Path, part: Path, before: _State, progress: Progress, trust: ssl.SSLContext
) -> _State:
    from knowledge.download import Bounds, download  # an import of files needs no network

    held = before if _is_whole(folder, before) else None
    bounds = Bounds(source.max_mb * 1_000_000, source.timeout_s, source.private)
    answer = download(
        source.url, _headers(source, held), part, bounds, trust, partial(progress, f"fetch {source.name}")
    )
    if answer.status != 200:
        if held is None:
            raise FeedError(f"answered {answer.status} to one who holds nothing; ask whoever runs that server")
        return held
    for _ in range(_LAYERS):
        _unpack(part, bounds.max_bytes)
    sha256 = digest_of(part)
    file = folder / f"{source.name}{_suffix(source.url, answer)}"
    part.replace(file)
    if before.file and before.file != file.name:
        (folder / before.file).unlink(missing_ok=True)
    etag, last_modified = (answer.headers.get(name, "") for name in ("etag", "last-modified"))
    return replace(before, file=file.name, sha256=sha256, etag=etag, last_modified=last_modified)


def _believed() -> ssl.SSLContext:
    import certifi

    try:
        own = {"cafile": os.environ.get("SSL_CERT_FILE"), "capath": os.environ.get("SSL_CERT_DIR")}
        return ssl.create_default_context(**own if any(own.values()) else {"cafile": certifi.where()})
    except OSError as error:
        raise SettingsError(f"the certificates of $SSL_CERT_FILE or $SSL_CERT_DIR: {refusal(error)}") from error


def _headers(source: Source, held: _State | None) -> dict[str, str]:
    headers = {"User-Agent": "shop-assistant", "Accept": "*/*", "Accept-Encoding": "gzip"}
    if held and held.etag:
        headers["If-None-Match"] = held.etag
    if held and held.last_modified:
        headers["If-Modified-Since"] = held.last_modified
    if source.header:
        headers[source.header] = _secret(source)
    return headers


def _secret(source: Source) -> str:
    """The secret of a source. Its value stands in no message."""
    secret = os.environ.get(source.secret_env, "").strip()
    if not re.fullmatch(r"[ -~]+", secret):
        raise SettingsError(
            f"source {source.name}: environment variable {source.secret_env} "
            f"{'holds more than a line of ASCII' if secret else 'is not set'}; set it to the value of {source.header}"
        )
    return secret


# ------------------------------------------------------------------ files


def _unpack(part: Path, max_bytes: int) -> None:
    """Replaces a gzip file by what it holds, written piece by piece, so that a small one cannot become a huge one."""
    with part.open("rb") as handle:
        if handle.read(len(_GZIP)) != _GZIP:
            return
    from knowledge.download import check_size

    unpacked = part.with_suffix(".unpacked.part")
    n_bytes = 0
    try:
        with gzip.open(part) as packed, unpacked.open("wb") as handle:
            while chunk := packed.read(_CHUNK):
                n_bytes += len(chunk)
                check_size(n_bytes, max_bytes)
                handle.write(chunk)
            handle.flush()
            os.fsync(handle.fileno())
        unpacked.replace(part)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FeedError(f"cannot be unpacked: {error}; ask whoever makes it") from error
    finally:
        unpacked.unlink(missing_ok=True)


def _suffix(url: str, answer: "Response") -> str:
    """The file's ending, by which it is recognised: that of the address, or that of its kind of content."""
    named = PurePosixPath(urlsplit(url).path.removesuffix(".gz")).suffix.lower()
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return named if named in _SUFFIXES else _TYPES.get(kind, ".txt")


def _is_whole(folder: Path, state: _State) -> bool:
    """Whether the file that was fetched is still there, byte for byte."""
    file = folder / state.file
    return bool(state.file) and file.is_file() and digest_of(file) == state.sha256


# ------------------------------------------------------------------ state


def _state_file(source: Source, folder: Path) -> Path:
    return folder / f"{source.name}.state"


def _load(source: Source, folder: Path) -> _State:
    """The state of a source: a new one's, where it was never fetched from this address, or its state is damaged."""
    url = hashlib.sha256(source.url.encode()).hexdigest()
    try:
        known = json.loads(_state_file(source, folder).read_text("utf-8"))
        state = _State(**known) if isinstance(known, Mapping) else _State()
    except (FileNotFoundError, ValueError, TypeError):
        state = _State()
    return state if state.url == url else _State(url=url, file=state.file)


def _save(source: Source, folder: Path, state: _State) -> None:
    write_atomically(_state_file(source, folder), json.dumps(asdict(state), indent=1) + "\n")
