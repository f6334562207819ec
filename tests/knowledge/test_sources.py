"""Sources, fetched over https from a server in a thread."""

import gzip
import json
import socket
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from knowledge.disk import hold
from knowledge.errors import BusyError, FeedError, SettingsError
from knowledge.settings import Source
from knowledge.sources import RETRY_S, due, fetch, fetched
from tests.feed_server import FeedServer

FEED = b'{"product_id": "N1", "title": "One"}\n'
NOW = 1_700_000_000.0
OTHER = b'{"product_id": "N1", "title": "Two"}\n'
LEFT = {"products.jsonl", "products.state", "fetch.lock"}


def source_of(feeds: FeedServer, path: str = "/products.jsonl", **changes: Any) -> Source:
    return Source.model_validate({"url": feeds.url(path), **changes})


def nothing(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def redirect(feeds: FeedServer, path: str, location: str) -> None:
    feeds.give(path, b"", 302, Location=location)


# ------------------------------------------------------------------ what is there


def test_what_stands_at_the_address_is_kept_byte_for_byte(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED)

    held = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    assert (held.file, held.file.read_bytes()) == (tmp_path / "products.jsonl", FEED)
    assert fetched(source_of(feeds), tmp_path) == held
    assert names(tmp_path) == LEFT


def test_a_file_that_is_held_is_asked_for_by_its_tag_and_not_sent_again(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, ETag='"1"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT")
    first = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    second = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    asked = [headers for _, headers in feeds.asked]
    assert "if-none-match" not in asked[0]
    assert (asked[1]["if-none-match"], asked[1]["if-modified-since"]) == ('"1"', "Mon, 01 Jan 2024 00:00:00 GMT")
    assert second == first
    assert second.file.read_bytes() == FEED


def test_a_file_that_was_deleted_or_changed_here_is_fetched_whole(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, ETag='"1"')
    held = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    held.file.write_bytes(b"mine")
    mended = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust()).file.read_bytes()
    held.file.unlink()
    back = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust()).file.read_bytes()

    assert (mended, back) == (FEED, FEED)
    assert [headers for _, headers in feeds.asked if "if-none-match" in headers] == []


def test_another_body_replaces_the_file(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, ETag='"1"')
    first = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())
    feeds.give("/products.jsonl", OTHER, ETag='"2"')

    second = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    assert second.sha256 != first.sha256
    assert second.file.read_bytes() == OTHER


def test_another_address_is_asked_without_the_tag_of_the_one_before(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, ETag='"1"')
    feeds.give("/new.csv", b"id,title\n", ETag='"1"')
    fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    held = fetch(source_of(feeds, "/new.csv", name="products"), tmp_path, NOW, nothing, feeds.trust())

    assert "if-none-match" not in feeds.asked[1][1]
    assert held.file.name == "products.csv"
    assert "products.jsonl" not in names(tmp_path)


@pytest.mark.parametrize(
    ("path", "kind", "ending"),
    [
        ("/a/feed.XML?shop=1", "text/plain", ".xml"),
        ("/feed.tsv.gz", "application/gzip", ".tsv"),
        ("/export.php", "text/csv; charset=utf-8", ".csv"),
        ("/export", "application/rss+xml", ".xml"),
        ("/help/returns", "text/html", ".html"),
        ("/export", "application/octet-stream", ".txt"),
    ],
)
def test_a_file_ends_as_its_address_or_its_kind_says(
    feeds: FeedServer, tmp_path: Path, path: str, kind: str, ending: str
) -> None:
    feeds.give(path, FEED, Content_Type=kind)

    held = fetch(source_of(feeds, path), tmp_path, NOW, nothing, feeds.trust())

    assert held.file.suffix == ending


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("times", [0, 1, 2])
def test_a_packed_feed_is_unpacked(feeds: FeedServer, tmp_path: Path, times: int, encoding: str) -> None:
    body = FEED
    for _ in range(times):
        body = gzip.compress(body)
    feeds.give("/products.jsonl", body, Content_Encoding=encoding)

    held = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    assert held.file.read_bytes() == FEED
    assert names(tmp_path) == LEFT


# ------------------------------------------------------------------ what is refused


def refusal_of(feeds: FeedServer, folder: Path, path: str = "/products.jsonl", **changes: Any) -> str:
    """The message of a fetch that fails. It must leave what was fetched before, and nothing half."""
    feeds.give("/before.jsonl", FEED)
    before = fetch(source_of(feeds, "/before.jsonl", name="products"), folder, NOW, nothing, feeds.trust())

    with pytest.raises(FeedError) as refused:
        fetch(source_of(feeds, path, **changes, name="products"), folder, NOW, nothing, feeds.trust())

    assert before.file.read_bytes() == FEED
    assert names(folder) == LEFT
    message = str(refused.value)
    assert message.startswith(f"source products, https://127.0.0.1:{feeds.port}/"), message
    return message


def test_more_bytes_than_may_be_are_refused_before_they_come(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", b"", Content_Length="1000001")

    message = refusal_of(feeds, tmp_path, max_mb=1)

    assert "is larger than 1 MB; if that is right, raise its max_mb in shop.toml" in message


def test_more_bytes_than_may_be_are_refused_while_they_come(feeds: FeedServer, tmp_path: Path) -> None:
    sent: list[int] = []

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while len(sent) < 1000:
            handler.wfile.write(b"x" * 100_000)
            sent.append(1)

    feeds.replies["/products.jsonl"] = endless

    message = refusal_of(feeds, tmp_path, max_mb=1)

    assert "is larger than 1 MB" in message
    assert len(sent) < 1000


@pytest.mark.parametrize("times", [1, 2])
def test_a_small_file_does_not_become_a_huge_one(feeds: FeedServer, tmp_path: Path, times: int) -> None:
    bomb = bytes(30_000_000)
    for _ in range(times):
        bomb = gzip.compress(bomb)
    feeds.give("/products.jsonl", bomb)

    message = refusal_of(feeds, tmp_path, max_mb=1)

    assert len(bomb) < 100_000
    assert "is larger than 1 MB" in message


@pytest.mark.parametrize(
    "broken", [gzip.compress(FEED, mtime=0)[:-4], gzip.compress(FEED, mtime=0)[:-8] + bytes(8), b"\x1f\x8bno"]
)
def test_a_packed_feed_that_is_broken_is_refused(feeds: FeedServer, tmp_path: Path, broken: bytes) -> None:
    feeds.give("/products.jsonl", broken)

    assert "cannot be unpacked" in refusal_of(feeds, tmp_path)


def test_an_encoding_that_was_not_asked_for_is_refused(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, Content_Encoding="br")

    assert "came encoded as 'br'" in refusal_of(feeds, tmp_path)


@pytest.mark.parametrize("how", ["head", "body", "silence"])
def test_a_server_that_drips_or_says_nothing_is_left_at_the_time_limit(
    feeds: FeedServer, tmp_path: Path, how: str
) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + (b"X-Slow: " if how == "head" else b"\r\n"))
        for _ in range(100):
            handler.wfile.write(b"" if how == "silence" else b"x")
            time.sleep(0.1)

    feeds.replies["/products.jsonl"] = drip
    begun = time.monotonic()

    message = refusal_of(feeds, tmp_path, timeout_s=1)

    assert "did not come within 1 s, which is its timeout_s in shop.toml" in message
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("chunked", [True, False])
def test_a_connection_that_is_cut_replaces_nothing(feeds: FeedServer, tmp_path: Path, chunked: bool) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        length = b"Transfer-Encoding: chunked\r\n\r\n10\r\n" if chunked else b"Content-Length: 500\r\n\r\n"
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + length + FEED[:16] + b"\r\n")

    feeds.replies["/products.jsonl"] = cut

    assert "came broken or only in part" in refusal_of(feeds, tmp_path)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "answered 401; check header and secret_env"),
        (404, "answered 404; check its url"),
        (429, "answered 429; raise every"),
        (500, "answered 500; ask whoever runs that server"),
        (204, "answered 204; ask"),
        (304, "answered 304 to one who holds nothing"),
    ],
)
def test_another_answer_is_told_with_a_remedy(feeds: FeedServer, tmp_path: Path, status: int, told: str) -> None:
    feeds.give("/products.jsonl", b"", status)

    assert told in refusal_of(feeds, tmp_path)


def test_a_server_that_is_down_is_told(feeds: FeedServer, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    source = Source.model_validate({"url": f"https://127.0.0.1:{port}/feed.csv?token=geheim"})

    with pytest.raises(FeedError, match=r"cannot be reached: .*refused; check its url") as refused:
        fetch(source, tmp_path, NOW, nothing, feeds.trust())

    assert "geheim" not in str(refused.value)


def test_a_certificate_that_nobody_vouches_for_is_not_believed(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED)

    with pytest.raises(FeedError, match="certificate verify failed"):
        fetch(source_of(feeds), tmp_path, NOW, nothing, ssl.create_default_context())

    assert feeds.asked == []


def test_certificates_that_are_not_there_are_told(
    feeds: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))

    with pytest.raises(SettingsError, match=r"the certificates of \$SSL_CERT_FILE .*: No such file"):
        fetch(source_of(feeds), tmp_path, NOW, nothing)


# ------------------------------------------------------------------ redirects and addresses


@pytest.mark.parametrize("location", ["/there.jsonl", "there.jsonl", "https://127.0.0.1:{port}/there.jsonl"])
def test_a_redirect_to_the_same_host_is_followed(feeds: FeedServer, tmp_path: Path, location: str) -> None:
    redirect(feeds, "/products.jsonl", location.format(port=feeds.port))
    feeds.give("/there.jsonl", FEED)

    held = fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    assert held.file.read_bytes() == FEED
    assert [path for path, _ in feeds.asked] == ["/products.jsonl", "/there.jsonl"]


@pytest.mark.parametrize(
    "location",
    [
        "https://localhost:{port}/there.jsonl",
        "http://127.0.0.1:{port}/there.jsonl",
        "https://127.0.0.1/there.jsonl",
        "https://127.0.0.1:{other}/there.jsonl",
        "https://user@127.0.0.1:{port}/there.jsonl",
        "//169.254.169.254/latest",
        "file:///etc/passwd",
        "https://[",
        "https://127.0.0.1:none/",
        "",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(feeds: FeedServer, tmp_path: Path, location: str) -> None:
    redirect(feeds, "/products.jsonl", location.format(port=feeds.port, other=feeds.port + 1))
    feeds.give("/there.jsonl", FEED)

    message = refusal_of(feeds, tmp_path)

    assert "another host or not over https, and was not followed" in message
    assert "/there.jsonl" not in [path for path, _ in feeds.asked]


def test_a_redirect_without_end_is_left_after_five(feeds: FeedServer, tmp_path: Path) -> None:
    redirect(feeds, "/products.jsonl", "/products.jsonl")

    message = refusal_of(feeds, tmp_path)

    assert "redirected more than 5 times" in message
    assert [path for path, _ in feeds.asked].count("/products.jsonl") == 6


def name_as(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Lets feeds.example stand for these addresses; gives the list of names that are looked up."""
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: Any, **named: Any) -> Any:
        if host != "feeds.example":
            return real(host, port, *rest, **named)
        looked_up.append(host)
        return [entry for address in addresses for entry in real(address, port, *rest, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return looked_up


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.7",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.7",
        "0.0.0.0",
        "224.0.0.1",
    ],
)
def test_a_name_that_stands_for_an_address_of_the_house_is_not_asked(
    feeds: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    name_as(monkeypatch, "93.184.215.14", address)
    source = Source.model_validate({"url": f"https://feeds.example:{feeds.port}/products.jsonl"})

    with pytest.raises(FeedError, match=rf"stands for {address}, which is no public address.* private = true"):
        fetch(source, tmp_path, NOW, nothing, feeds.trust())


def test_a_name_is_looked_up_once_and_what_was_checked_is_asked(
    feeds: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = name_as(monkeypatch, "127.0.0.1")
    feeds.give("/products.jsonl", FEED)
    source = Source.model_validate({"url": f"https://feeds.example:{feeds.port}/products.jsonl", "private": True})

    held = fetch(source, tmp_path, NOW, nothing, feeds.trust())

    assert held.file.read_bytes() == FEED
    assert looked_up == ["feeds.example"]
    assert feeds.asked[0][1]["host"] == f"feeds.example:{feeds.port}"


# ------------------------------------------------------------------ secrets


def test_a_secret_of_the_environment_is_sent_and_kept_nowhere(
    feeds: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEED_TOKEN", "Bearer geheim\n")
    feeds.give("/products.jsonl", FEED)

    fetch(source_of(feeds, header="Authorization", secret_env="FEED_TOKEN"), tmp_path, NOW, nothing, feeds.trust())

    assert feeds.asked[0][1]["authorization"] == "Bearer geheim"
    assert [path for path in tmp_path.iterdir() if b"geheim" in path.read_bytes()] == []


@pytest.mark.parametrize("value", ["", "geheim\r\nX-More: 1", "geheimé"])
def test_a_secret_that_cannot_be_sent_is_told_without_its_value(
    feeds: FeedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("FEED_TOKEN", value)

    with pytest.raises(SettingsError, match="environment variable FEED_TOKEN") as refused:
        fetch(source_of(feeds, header="Authorization", secret_env="FEED_TOKEN"), tmp_path, NOW, nothing, feeds.trust())

    assert "geheim" not in str(refused.value)
    assert feeds.asked == []


# ------------------------------------------------------------------ the schedule


def test_a_source_is_due_when_its_time_has_passed_since_the_last_fetch(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED)
    source = source_of(feeds, every="15m")
    new = due(source, tmp_path, NOW)

    fetch(source, tmp_path, NOW, nothing, feeds.trust())

    assert new
    assert [due(source, tmp_path, NOW + seconds) for seconds in (0, 880, 901)] == [False, False, True]


def test_a_source_without_a_schedule_is_never_due(feeds: FeedServer, tmp_path: Path) -> None:
    assert not due(source_of(feeds), tmp_path, NOW)


def test_a_clock_that_was_put_back_does_not_stall_a_schedule(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED)
    source = source_of(feeds, every="1d")
    fetch(source, tmp_path, NOW, nothing, feeds.trust())

    assert due(source, tmp_path, NOW - 86400)


def test_a_source_that_failed_is_asked_again_soon_but_not_at_once(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", b"", 503)
    source = source_of(feeds, every="1d")

    with pytest.raises(FeedError):
        fetch(source, tmp_path, NOW, nothing, feeds.trust())

    assert [due(source, tmp_path, NOW + seconds) for seconds in (0, RETRY_S + 1)] == [False, True]


def test_a_damaged_state_costs_one_fetch(feeds: FeedServer, tmp_path: Path) -> None:
    feeds.give("/products.jsonl", FEED, ETag='"1"')
    source = source_of(feeds)
    fetch(source, tmp_path, NOW, nothing, feeds.trust())

    for damaged in ("", "[]", "{", '{"more": 1}'):
        (tmp_path / "products.state").write_text(damaged, "utf-8")
        assert fetch(source, tmp_path, NOW, nothing, feeds.trust()).file.read_bytes() == FEED
        assert json.loads((tmp_path / "products.state").read_text("utf-8"))["etag"] == '"1"'


def test_one_process_at_a_time_fetches(feeds: FeedServer, tmp_path: Path) -> None:
    with hold(tmp_path / "fetch.lock", "it is held", "a test"), pytest.raises(BusyError):
        fetch(source_of(feeds), tmp_path, NOW, nothing, feeds.trust())

    assert feeds.asked == []
