"""A console over homes by hand, asked in this process; passwords are hashed as cheaply as can be."""

import time
from contextlib import contextmanager

import pytest
from allusr_console import people
from allusr_console.people import Register
from allusr_console.roles import Role
from allusr_console.server import create, make
from allusr_console.settings import Settings
from argon2 import PasswordHasher
from attrs import evolve
from starlette.testclient import TestClient

from tests.office import homes

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"
OURS = "http://127.0.0.1:8750"
ADDRESS = "127.0.0.1"


def until(true, seconds=10.0):
    """Wait until something holds; what it was."""
    end = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.01)
    return found


class Browser:
    """Somebody with a browser: a cookie jar, and forms that are filled in."""

    def __init__(self, client, console):
        self.client, self.console = client, console

    def get(self, path, **more):
        return self.client.get(path, follow_redirects=False, **more)

    def post(self, path, fields, **headers):
        headers = {"Origin": OURS} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.post(path, data=fields, headers=headers, follow_redirects=False)

    @property
    def form(self):
        """What the forms of this browser carry, as a page would write it."""
        from starlette.requests import HTTPConnection

        jar = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)
        scope = {"type": "http", "headers": [(b"cookie", jar.encode())], "state": {}}
        request = HTTPConnection(scope)
        scope["state"] |= {"who": self.console.access.who(request), "form": request.cookies.get("allusr_form", "")}
        return self.console.access.form_token(request)

    def carry(self, name, value):
        """Have a cookie with this value, and none of its name besides."""
        self.client.cookies.delete(name)
        self.client.cookies.set(name, value)

    def log_in(self, name="ann", password=PASSWORD, **fields):
        if "allusr_form" not in self.client.cookies:
            self.get("/login")
        return self.post("/auth/login", {"user": name, "password": password, "csrf": self.form, **fields})

    def log_out(self):
        return self.post("/auth/logout", {"csrf": self.form})


@pytest.fixture
def settings(tmp_path):
    """Of a console over one home, in which Ann is an operator and Vic a viewer."""
    home = homes.write(tmp_path / "paper")
    users(home)
    return Settings(home=str(home), users=home / people.FILE, wait=0)


def users(folder):
    """Ann and Vic, in the file of a folder."""
    register = Register(folder / people.FILE)
    for name, role in (("ann", Role.OPERATOR), ("vic", Role.VIEWER)):
        hashed = CHEAP.hash(PASSWORD)
        register.change(lambda every, n=name, r=role, h=hashed: people.with_user(every, n, r, h))
    return register


@contextmanager
def running(settings, **more):
    """A console that runs, and a browser in front of it."""
    console = make(settings, hasher=CHEAP)
    app = create(settings, console, pages=False)
    with TestClient(app, base_url=OURS, client=(ADDRESS, 50_000), **more) as client:
        yield Browser(client, console)


@pytest.fixture
def browser(settings):
    """A browser in front of a console over one home that was read."""
    with running(settings) as made:
        assert until(lambda: not made.console.house.snapshot("paper").problem)
        yield made


@pytest.fixture
def signed_in(browser):
    """The same, with Ann signed in."""
    assert browser.log_in().status_code == 303
    return browser


@pytest.fixture
def several(tmp_path):
    """Settings of a console over two homes of a folder."""
    for name in ("one", "two"):
        homes.write(tmp_path / "many" / name)
    users(tmp_path / "many")
    return Settings(home=str(tmp_path / "many"), users=tmp_path / "many" / people.FILE, wait=0)


@pytest.fixture
def slow_down(settings):
    """The same settings with another rate of requests."""
    return lambda rate: evolve(settings, rate=rate)
