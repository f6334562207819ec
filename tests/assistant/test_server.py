import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.server import MAX_BODY_BYTES, create_app, listen
from assistant.sessions import SessionIds
from assistant.storefront import Storefront
from knowledge.catalogue import Catalogue
from knowledge.errors import SettingsError
from tests.assistant.scripted import ScriptedAssistant

SESSIONS = SessionIds(b"k" * 32)
HOSTILE_SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def assistant(catalogue: Catalogue) -> ScriptedAssistant:
    return ScriptedAssistant(catalogue.products[:2])


@pytest.fixture
def storefront(tmp_path: Path) -> Storefront:
    images = tmp_path / "images"
    images.mkdir()
    (images / "hostile.svg").write_text(HOSTILE_SVG)
    (tmp_path / "shop.toml").write_text('name = "Tiny & Co"')
    return Storefront("Tiny & Co", "USD", ("en", "zh"), images)


@pytest.fixture
def client(assistant: ScriptedAssistant, storefront: Storefront) -> Iterator[TestClient]:
    with TestClient(
        create_app(assistant, lambda: storefront, SESSIONS, page=False), raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture(scope="module")
def page_client(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    storefront = Storefront("Tiny & Co", "USD", ("en", "zh"), tmp_path_factory.mktemp("images"))

    # Where no event loop runs, Gradio makes one for each of its locks and leaves it open.
    async def build() -> FastAPI:
        return create_app(ScriptedAssistant(catalogue.products[:2]), lambda: storefront, SESSIONS)

    with TestClient(asyncio.run(build())) as client:
        yield client


def sse(text: str) -> list[tuple[str, Any]]:
    events = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    return response.status_code, told["detail"]


def test_health_and_readiness_are_told(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_a_turn_is_answered_as_json(client: TestClient, assistant: ScriptedAssistant) -> None:
    session_id = client.post("/v1/sessions").json()["session_id"]

    reply = client.post("/v1/chat", json={"session_id": session_id, "text": "想要耳机"}).json()

    assert reply["session_id"] == session_id
    assert reply["turn_id"] == assistant.turns[0].turn_id
    assert (reply["language"], reply["route"]) == ("zh", "recommend")
    assert reply["products"][0]["title"] == "Brenvik 静音耳机"
    assert reply["products"][0]["image"] == "/images/placeholder.svg"
    assert [reason["met"] for reason in reply["products"][1]["reasons"]] == [True, False]
    assert reply["reply"] == "为您找到这些，都不超过 $300："


def test_a_streamed_turn_sends_its_events_in_order(client: TestClient) -> None:
    response = client.post("/v1/chat", json={"text": "can I return them?", "stream": True})
    events = sse(response.text)

    names = [name for name, _ in events]
    assert response.headers["content-type"].startswith("text/event-stream")
    assert list(dict.fromkeys(names)) == ["session", "route", "delta", "citations", "done"]
    assert "".join(data["text"] for name, data in events if name == "delta") == events[-1][1]["reply"]
    assert events[0][1]["turn_id"] == events[-1][1]["turn_id"]


def test_products_suggestions_and_handoff_are_events(client: TestClient) -> None:
    found = dict(sse(client.post("/v1/chat", json={"text": "headphones", "stream": True}).text))
    handed = dict(sse(client.post("/v1/chat", json={"text": "a person", "stream": True}).text))

    assert [product["product_id"] for product in found["products"]["products"]] == ["P1", "P2"]
    assert found["suggestions"]["suggestions"] == ["Anything cheaper?", "Compare the first two"]
    assert handed["handoff"] == {"contact": "care@harbourlane.example"} == handed["done"]["handoff"]


def test_without_a_session_a_new_one_begins(client: TestClient) -> None:
    first = client.post("/v1/chat", json={"text": "headphones"}).json()
    second = client.post("/v1/chat", json={"text": "headphones"}).json()

    assert first["session_id"] != second["session_id"]
    assert SESSIONS.known(first["session_id"])


def test_a_session_that_a_client_thought_up_is_refused(client: TestClient, assistant: ScriptedAssistant) -> None:
    response = client.post("/v1/chat", json={"session_id": "1", "text": "headphones"})

    assert problem(response) == (404, "There is no such session; begin one with POST /v1/sessions.")
    assert assistant.turns == []


def test_a_failing_turn_is_told_without_its_cause(client: TestClient) -> None:
    plain = client.post("/v1/chat", json={"text": "break"})
    streamed = sse(client.post("/v1/chat", json={"text": "break", "stream": True}).text)

    assert problem(plain) == (500, "The turn failed; ask once more.")
    assert streamed[-1][0] == "error"
    assert streamed[-1][1]["code"] == "turn_failed"
    assert "scripted" not in plain.text + str(streamed)


@pytest.mark.parametrize(
    "body",
    [{}, {"text": 7}, {"text": "a", "unknown": 1}, {"text": "x" * 20_001}, [], {"text": "a", "stream": "perhaps"}],
)
def test_a_request_that_is_not_understood_is_told_what_is_wrong(client: TestClient, body: object) -> None:
    status, detail = problem(client.post("/v1/chat", json=body))

    assert status == 422
    assert detail.startswith("body")


def test_feedback_reaches_the_journal_with_its_key(client: TestClient, assistant: ScriptedAssistant) -> None:
    turn_id = client.post("/v1/chat", json={"text": "headphones"}).json()["turn_id"]
    body = {"turn_id": turn_id, "rating": 2, "reasons": ["not_true"], "comment": "no"}

    statuses = [client.post("/v1/feedback", json=body, headers={"Idempotency-Key": "k1"}).status_code for _ in range(2)]

    assert statuses == [204, 204]
    assert [(f.rating, f.reasons, key) for f, key in assistant.feedback] == [(2, ("not_true",), "k1")]


def test_feedback_that_cannot_be_kept_is_told(client: TestClient) -> None:
    unknown = client.post("/v1/feedback", json={"turn_id": "t", "rating": "up"})
    full = client.post("/v1/feedback", json={"turn_id": "t", "rating": "up", "comment": "disk full"})
    wrong = client.post("/v1/feedback", json={"turn_id": "t", "rating": 6})

    assert problem(unknown)[0] == 404
    assert problem(full) == (503, "The journal did not keep that.")
    assert problem(wrong)[0] == 422


def test_a_body_over_the_limit_is_refused_told_or_sent(client: TestClient) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(5):
            yield b"x" * (MAX_BODY_BYTES // 4)

    told = client.post("/v1/chat", content=b"x" * (MAX_BODY_BYTES + 1))
    sent = client.post("/v1/chat", content=chunks())

    assert problem(told)[0] == 413
    assert problem(sent)[0] == 413


def test_a_hostile_picture_cannot_run_scripts(client: TestClient) -> None:
    response = client.get("/images/hostile.svg")

    assert response.text == HOSTILE_SVG
    assert response.headers["content-type"] == "image/svg+xml"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["content-security-policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.mark.parametrize(
    "path", ["../shop.toml", "%2e%2e/shop.toml", "..%2fshop.toml", "%2fetc%2fpasswd", "none.png", "a%00.svg", ""]
)
def test_nothing_but_the_shops_pictures_is_served(client: TestClient, path: str) -> None:
    assert problem(client.get(f"/images/{path}"))[0] == 404


def test_the_api_describes_itself_and_loads_no_foreign_documentation(client: TestClient) -> None:
    assert {"/v1/chat", "/v1/sessions", "/v1/feedback"} <= set(client.get("/openapi.json").json()["paths"])
    assert client.get("/docs").status_code == 404


def test_the_page_names_the_shop_and_no_other_server(page_client: TestClient) -> None:
    response = page_client.get("/", headers={"accept-language": "zh-CN", "accept-encoding": "gzip, br"})

    assert "<title>Tiny &amp; Co</title>" in response.text
    assert 'lang="zh-Hans"' in response.text
    assert "connect-src 'self'" in response.headers["content-security-policy"]
    for foreign in ("fonts.googleapis", "gstatic", "cdn", "githubusercontent", "https://gradio", "IBM Plex"):
        assert foreign not in response.text + page_client.get("/theme.css").text


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/upload",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/proxy=https://elsewhere.example",
        "/gradio_api/info",
        "/gradio_api/runs",
        "/gradio_api/call/say",
        "/monitoring",
        "/login",
        "/no/such/page",
    ],
)
def test_gradios_other_doors_are_shut(page_client: TestClient, path: str) -> None:
    assert problem(page_client.get(path))[0] == 404
    assert problem(page_client.post(path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/chat"), ("PUT", "/v1/sessions"), ("POST", "/healthz"), ("POST", "/images/a.svg")]
)
def test_a_wrong_method_is_told_with_the_right_one(page_client: TestClient, method: str, path: str) -> None:
    response = page_client.request(method, path)

    assert problem(response)[0] == 405
    assert response.headers["allow"]


@pytest.mark.parametrize("path", ["/images/placeholder.svg", "/favicon.ico"])
def test_a_picture_can_be_asked_for_by_its_headers_alone(page_client: TestClient, path: str) -> None:
    asked, sent = page_client.head(path), page_client.get(path)

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == sent.headers["content-length"]


def test_a_taken_port_is_told_with_its_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SettingsError, match=f"port {port} on 127.0.0.1 is taken .*--port"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "shop.example"])
def test_the_network_is_not_served_without_keys(host: str) -> None:
    with pytest.raises(SettingsError, match="needs keys"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("url", "told"),
    [("javascript:alert(1)", ""), ("data:text/html,x", ""), ("https://x.example/1", "https://x.example/1")],
)
def test_the_api_hands_out_web_addresses_alone(
    catalogue: Catalogue, storefront: Storefront, url: str, told: str
) -> None:
    assistant = ScriptedAssistant([replace(catalogue.products[0], url=url)])
    with TestClient(create_app(assistant, lambda: storefront, SESSIONS, page=False)) as client:
        reply = client.post("/v1/chat", json={"text": "headphones"}).json()

    assert [product["url"] for product in reply["products"]] == [told]
