"""From the first import to an answer, the served application reaches no machine but this one."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVED = """
import json, os, sys, threading, urllib.request

LOCAL = ("127.0.0.1", "::1", "localhost", None, "", b"localhost", b"127.0.0.1")

def audit(event, args):
    if event in ("socket.connect", "socket.sendto"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    else:
        return
    if host not in LOCAL:
        os.write(2, f"REACHED OUT: {event} {host!r}\\n".encode())
        os._exit(3)

sys.addaudithook(audit)
if sys.argv[2] == "control":
    import socket
    socket.socket().connect_ex(("192.0.2.1", 9))

from pathlib import Path
import uvicorn
from assistant.server import create_app, listen
from assistant.sessions import SessionIds
from assistant.storefront import Storefront
from knowledge.domain import Product, ProductId
from tests.assistant.scripted import ScriptedAssistant

product = Product(ProductId("1"), "Kettle", price=9.0, image="https://elsewhere.example/pixel.png")
storefront = Storefront("Tiny", "USD", ("en", "zh"), Path(sys.argv[1]))
app = create_app(ScriptedAssistant([product]), lambda: storefront, SessionIds(b"k" * 32))
listener = listen("127.0.0.1", 0)
base = f"http://127.0.0.1:{listener.getsockname()[1]}"
server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
thread.start()

def fetch(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.read().decode()

assert "<title>Tiny</title>" in fetch("/")
config = json.loads(fetch("/config"))
say = next(d["id"] for d in config["dependencies"] if len(d["inputs"]) == 2)
fetch("/gradio_api/queue/join", {"data": ["kettle", None], "fn_index": say, "session_hash": "h"})
drawn = fetch("/gradio_api/queue/data?session_hash=h")
assert "process_completed" in drawn and "Kettle" in drawn, drawn
assert "elsewhere" not in drawn
assert json.loads(fetch("/v1/chat", {"text": "kettle"}))["products"][0]["title"] == "Kettle"
server.should_exit = True
thread.join()
sys.stdout.write("quiet")
"""


def run(folder: Path, mode: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", SERVED, str(folder), mode]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_the_served_page_and_api_reach_no_other_machine(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve")

    assert (ended.returncode, ended.stdout) == (0, "quiet"), ended.stderr


def test_a_connection_to_another_machine_would_be_seen(tmp_path: Path) -> None:
    ended = run(tmp_path, "control")

    assert ended.returncode == 3
    assert "REACHED OUT: socket.connect '192.0.2.1'" in ended.stderr
