"""A channel on the loopback that remembers what it was sent, and homes by hand."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import allusr_notify
import pytest
from attrs import Factory, define

from tests.plugins.handmade import Hand, caller

SECRET = "tok3n-4f9c-secret"
PASSWORD = "hunter2pass"


@define
class Inbox:
    """What came, each (path, title, text, type), and what is answered."""

    port: int = 0
    came: list = Factory(list)
    pings: list = Factory(list)
    answer: int = 200
    refuses: set = Factory(set)

    def url(self, name="a"):
        return f"json://ann:{PASSWORD}@127.0.0.1:{self.port}/{SECRET}/{name}"

    def texts(self, name="a"):
        return [text for path, _, text, _ in self.came if path.endswith(f"/{name}")]


@pytest.fixture
def inbox(monkeypatch):
    """A server of this machine alone, for the length of a test."""
    found = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            code = 500 if self.path.rpartition("/")[2] in found.refuses else found.answer
            if code == 200:
                found.came.append((self.path, body["title"], body["message"], body["type"]))
            self.done(code)

        def do_GET(self):
            found.pings.append(self.path)
            self.done(200)

        def done(self, code):
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    found.port = server.server_port
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", found.url())
    monkeypatch.delenv("ALLUSR_NOTIFY_PING", raising=False)
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hand(tmp_path):
    """A home with a paper run that was just begun."""
    return Hand(tmp_path / "home").begin()


@pytest.fixture
def notify(capsys, hand):
    """Call `allusr notify` for that home; nothing is gathered unless asked for."""
    call = caller(allusr_notify, capsys)

    def told(*arguments, home=None, gather=0):
        where = ("--home", home or hand.folder, "--set", f"notify.digest_minutes={gather}")
        return call("notify", *where, *arguments)

    return told
