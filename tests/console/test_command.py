"""`allusr console` from the command line: users, tokens, where it listens, and how it ends."""

import http.client
import json
import os
import signal
import subprocess
import sys

import allusr_console
import pytest
import typer
from allusr_console import people
from typer.testing import CliRunner

from allusr_sdk.errors import AllusrError
from tests.console.conftest import PASSWORD, users
from tests.office import homes

SERVE = (
    "import sys, typer, typer.main, allusr_console as c; app = typer.Typer(); c.allusr_commands(app); "
    "typer.main.get_command(app)(sys.argv[1:])"
)


@pytest.fixture
def console(monkeypatch, tmp_path):
    """Call `allusr console` in this process, over a home."""
    monkeypatch.setenv("ALLUSR_HOME", str(homes.write(tmp_path / "paper")))
    monkeypatch.delenv("ALLUSR_CONSOLE_PASSWORD", raising=False)
    app = typer.Typer()
    allusr_console.allusr_commands(app)

    def call(*words, said=""):
        done = CliRunner().invoke(app, ["console", *words], input=said)
        if isinstance(done.exception, AllusrError):
            raise done.exception
        return done.output

    return call


def test_a_user_is_added_with_a_password_that_is_no_argument(console, tmp_path):
    told = console("user", "add", "ann", "--role", "operator", said=f"{PASSWORD}\n")
    assert told.startswith("ann may sign in as operator: ")
    assert console("user", "list") == "ann  operator\n"
    assert PASSWORD not in (tmp_path / "paper" / people.FILE).read_text()
    assert console("user", "remove", "ann") == "ann may sign in no more\n"
    assert console("user", "list") == "nobody\n"


def test_a_password_may_come_by_the_environment(console, monkeypatch):
    monkeypatch.setenv("ALLUSR_CONSOLE_PASSWORD", PASSWORD)
    assert json.loads(console("user", "add", "vic", "--json"))["role"] == "viewer"


def test_a_token_is_told_once(console):
    made = json.loads(console("token", "add", "grafana", "--json"))
    assert made["token"].startswith(f"allusr_{made['id']}_")
    assert made["token"] not in console("token", "list")
    assert console("token", "remove", made["id"]) == f"token {made['id']} reads no more\n"


@pytest.mark.parametrize(("words", "says"), [
    (("user", "add", "ann"), "a password has 10 to"),
    (("user", "remove", "ann"), "there is none"),
    (("token", "remove", "1"), "there is none"),
    ((), "nobody may sign in yet"),
    (("--host", "0.0.0.0"), "--open-to-network"),
    (("--origin", "console.example"), "expected an address"),
    (("--home", "postgresql://db/x"), "name one with --users"),
])  # fmt: skip
def test_what_cannot_be_done_says_what_to_do(console, words, says):
    with pytest.raises(AllusrError, match=says):
        console(*words, said="short\n")


@pytest.mark.parametrize("ending", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_it_says_where_it_listens_answers_there_and_ends_when_it_is_told(tmp_path, ending):
    home = homes.write(tmp_path / "paper")
    users(home)
    words = ["console", "--home", str(home), "--port", "0", "--json"]
    env = os.environ | {"NICEGUI_STORAGE_PATH": str(tmp_path / "pages")}
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )
    try:
        told = json.loads(process.stdout.readline())
        assert (told["host"], told["accounts"]) == ("127.0.0.1", ["paper"])
        link = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=30)
        link.request("GET", "/api/accounts")
        assert link.getresponse().status == 401
        link.close()
        process.send_signal(ending)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, err) == (0, "")
