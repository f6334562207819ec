"""The page as a shopper's browser sees it: Debian's chromium against a server on this machine."""

import asyncio
import contextlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI

from assistant.labels import LABELS
from assistant.server import create_app, listen
from assistant.sessions import SessionIds
from assistant.storefront import Storefront
from knowledge.catalogue import Catalogue
from tests.assistant.scripted import ScriptedAssistant

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = [
    pytest.mark.browser,
    # Gradio sums up its queue with an option of pandas that pandas has given up.
    pytest.mark.filterwarnings("ignore:'future.no_silent_downcasting' is deprecated"),
]
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
HOSTILE = "<img src=x onerror=\"document.title='broken'\"> {{constructor}} ${alert(1)}"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--window-size=1280,900",
)


@pytest.fixture(scope="module", autouse=True)
def _chromium(request: pytest.FixtureRequest) -> None:
    if CHROMIUM is None or DRIVER is None:
        reporter = request.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line("BROWSER TESTS LEFT OUT: apt-get install chromium chromium-driver", red=True)
        pytest.skip("chromium or chromedriver is not installed")


@pytest.fixture(scope="module")
def assistant(catalogue: Catalogue) -> ScriptedAssistant:
    first, second, third = catalogue.products[:3]
    away = replace(second, image="https://elsewhere.example/pixel.png", list_price=59.0)
    return ScriptedAssistant([first, away, replace(third, title=HOSTILE, translations={}, stock=0)])


@pytest.fixture(scope="module")
def address(assistant: ScriptedAssistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    storefront = Storefront("Tiny & Co", "USD", ("en", "zh"), tmp_path_factory.mktemp("images"))

    # Where no event loop runs, Gradio makes one for each of its locks and leaves it open.
    async def build() -> FastAPI:
        return create_app(assistant, lambda: storefront, SessionIds(b"k" * 32))

    app = asyncio.run(build())
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Chrome"]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": "zh-CN,zh"})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def page(chrome: "Chrome", address: str) -> "Chrome":
    """The page, opened by a shopper who was never here."""
    chrome.get("about:blank")
    origin = {"origin": address.rstrip("/"), "storageTypes": "local_storage"}
    chrome.execute_cdp_cmd("Storage.clearDataForOrigin", origin)
    log_of(chrome, "performance")
    log_of(chrome, "browser")
    chrome.get(address)
    find(chrome, ".welcome")
    return chrome


def find(chrome: "Chrome", selector: str, seconds: float = 15.0) -> "WebElement":
    """The element once it is there and visible."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = [e for e in chrome.find_elements("css selector", selector) if e.is_displayed()]
        if found:
            return found[0]
        time.sleep(0.05)
    raise AssertionError(
        f"{selector} did not appear; the page says: {chrome.find_element('css selector', 'body').text}"
    )


def log_of(chrome: "Chrome", kind: str) -> list[dict[str, str]]:
    """What the browser has logged since this was last asked."""
    entries: list[dict[str, str]] = chrome.get_log(kind)  # type: ignore[no-untyped-call]
    return entries


def press(chrome: "Chrome", selector: str) -> None:
    from selenium.common.exceptions import StaleElementReferenceException

    for _ in range(5):  # the page may be drawn anew between finding and clicking
        with contextlib.suppress(StaleElementReferenceException):
            element = find(chrome, selector)
            chrome.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return


def ask(chrome: "Chrome", text: str) -> None:
    find(chrome, "#box textarea").send_keys(text)
    press(chrome, "#send")
    until = time.monotonic() + 15
    script = "return document.querySelector('#newest .exchange[aria-busy=false] .asked')?.textContent ?? ''"
    while not chrome.execute_script(script).strip().endswith(text) and time.monotonic() < until:
        time.sleep(0.05)


def test_a_shopper_asks_sees_cards_and_says_what_was_wrong(page: "Chrome", assistant: ScriptedAssistant) -> None:
    ask(page, "想要无线耳机")

    shown = find(page, "#newest .cards").text
    assert find(page, "#newest .asked").text.endswith("想要无线耳机")
    assert find(page, "#newest .said").text == "为您找到这些，都不超过 $300："
    assert "Brenvik 静音耳机" in shown
    assert "$149.00" in shown
    assert "无线连接" in find(page, "#newest .met ~ .met").text
    assert "不是无线连接" in find(page, "#newest .missed").text

    press(page, "#newest [data-act=down]")
    press(page, "#newest .why input[value=not_true]")
    find(page, "#newest .why textarea").send_keys("颜色不对")
    press(page, "#newest [data-act=send]")

    assert find(page, "#newest .verdict").text == LABELS["zh"].thanks
    feedback, _ = assistant.feedback[-1]
    assert feedback.turn_id == assistant.turns[-1].turn_id
    assert (feedback.rating, feedback.reasons, feedback.comment) == ("down", ("not_true",), "颜色不对")


def test_nothing_in_the_browser_phones_out(page: "Chrome") -> None:
    ask(page, "headphones")
    press(page, "#newest [data-act=up]")
    find(page, "#newest .verdict")

    asked = [
        message["params"]["request"]["url"]
        for entry in log_of(page, "performance")
        if (message := json.loads(entry["message"])["message"])["method"] == "Network.requestWillBeSent"
    ]
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob", "chrome")}
    assert len(asked) > 10
    assert hosts == {"127.0.0.1"}
    assert [line["message"] for line in log_of(page, "browser") if line["level"] == "SEVERE"] == []


def test_a_hostile_title_is_shown_as_it_is_written(page: "Chrome") -> None:
    ask(page, "headphones")

    assert HOSTILE in find(page, "#newest .card:last-child h3").text
    assert page.title == "Tiny & Co"


def test_a_suggestion_is_asked_by_pressing_it(page: "Chrome", assistant: ScriptedAssistant) -> None:
    ask(page, "headphones")

    press(page, "#newest .choices button")
    find(page, "#before .exchange")
    find(page, "#newest .exchange[aria-busy=false]")

    assert assistant.utterances[-1] == "Anything cheaper?"
    assert [turn.session_id for turn in assistant.turns[-2:]] == [assistant.turns[-1].session_id] * 2


def test_the_conversation_survives_a_reload_and_ends_with_a_new_one(
    page: "Chrome", assistant: ScriptedAssistant
) -> None:
    ask(page, "headphones")
    page.refresh()
    assert find(page, "#newest .asked").text.endswith("headphones")
    ask(page, "can I return them?")
    assert assistant.turns[-1].session_id == assistant.turns[-2].session_id

    press(page, "#fresh")
    find(page, ".welcome")
    ask(page, "headphones")

    assert assistant.turns[-1].session_id != assistant.turns[-2].session_id


def test_labels_follow_the_browser_and_the_switch_is_kept(page: "Chrome") -> None:
    assert find(page, "#send").text == LABELS["zh"].send

    press(page, "#switch")
    find(page, ".welcome")
    until = time.monotonic() + 10
    while find(page, "#send").text != LABELS["en"].send and time.monotonic() < until:
        time.sleep(0.05)
    page.refresh()

    assert LABELS["en"].greeting in find(page, ".welcome").text


def test_a_failing_turn_is_told_kindly(page: "Chrome") -> None:
    ask(page, "break it")

    assert find(page, "#newest .trouble").text == LABELS["zh"].failed


def test_the_answer_grows_while_it_is_written(page: "Chrome", assistant: ScriptedAssistant) -> None:
    assistant.go_on.clear()
    find(page, "#box textarea").send_keys("can I return them?")
    press(page, "#send")
    until = time.monotonic() + 10
    script = "return document.querySelector('#newest [aria-busy=true] .said:not(.waiting) p')?.textContent"
    while not (part := page.execute_script(script)) and time.monotonic() < until:
        time.sleep(0.05)
    assistant.go_on.set()
    whole = find(page, "#newest .exchange[aria-busy=false] .said").text

    assert part
    assert whole.startswith(part)
    assert len(part) < len(whole)


def test_the_page_fits_a_phone(page: "Chrome", tmp_path: Path) -> None:
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    ask(page, "headphones")

    width = page.execute_script("return document.documentElement.scrollWidth")

    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert width <= 390
