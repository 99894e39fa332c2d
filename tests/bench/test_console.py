"""The console over eight accounts: pages, answers, and how long an entry takes to its snapshot, while engines write.

Each home has a journal of 5,000 entries over seventy days. The console is a process of its own, asked over HTTP with a
browser's cookie.
"""

import hmac
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from threading import Event, Thread
from time import monotonic, perf_counter, sleep

import httpx
import pytest
from allusr_console import people
from allusr_console.house import House

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Decided, Filled, Funded, IntentRecorded, RunStarted
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.rulebook import Rulebook
from tests.console.conftest import PASSWORD, users
from tests.console.test_command import SERVE
from tests.office.homes import at

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ACCOUNTS, ENTRIES, ROUNDS, EVENTS = 8, 5_000, 20, 20
GOAL = {"most": 300}
"""Milliseconds within which a page has to be there."""
EXPIRY, STAMP = date(2026, 2, 13), Rulebook.default().stamp
PATHS = (
    "/", "/a/a1", "/reports", "/trail", "/api/accounts", "/api/accounts/a1", "/api/accounts/a1/positions",
    "/api/accounts/a1/refusals", "/api/accounts/a1/entries", "/api/accounts/a1/trail", "/api/accounts/a1/story/XAB",
    "/api/accounts/a1/reports/week",
)  # fmt: skip


def name(number):
    """A symbol of letters, for a digit at its end is an adjusted contract's."""
    return "X" + chr(65 + number // 26 % 26) + chr(65 + number % 26)


def told(number):
    """A refusal, as most of a journal is."""
    return Decided(
        ledger="gen_acc", symbol=name(number % 200), rule="LQ-1", verdict="refuse", numbers={"spot": 100.0},
        why=f"open interest {number} < 500",
    )  # fmt: skip


def sold(number):
    """A put that was sold, as intent and fill."""
    symbol, key = name(number), f"k{number}"
    instrument = Contract(symbol, EXPIRY, Right.PUT, Decimal(100)).osi
    about = {"ledger": "gen_acc", "symbol": symbol, "rule": "CAD-4", "key": key}
    yield IntentRecorded(
        **about, action="sell", legs=((instrument, -1),), limit=Decimal("1"), mid=Decimal("1"), worst=Decimal("1"),
        opening=True, cause="entry",
    )  # fmt: skip
    yield Filled(
        **about, execution=f"{key}#0", instrument=instrument, quantity=-1, price=Decimal("1"), fee=Decimal("0.70"),
        touch=Decimal("1"), opening=True, cause="entry",
    )  # fmt: skip


def home(folder, positions):
    """A home with so many positions."""
    head = RunStarted(
        mode="paper", market="by hand", first=date(2026, 2, 11), last=EXPIRY, seed=7, capital=Decimal(10_000_000),
        settings="", rulebook=STAMP, plugins={"gen_acc": "1"},
    )  # fmt: skip
    with open_ledger(folder) as ledger:
        run = ledger.start_run(head, at("11 9:30"), batch=True)
        events = [Funded(ledger="gen_acc", rule="CAD-12", amount=Decimal(10_000_000))]
        events += [event for number in range(positions) for event in sold(number)]
        events += [told(number) for number in range(ENTRIES - len(events))]
        for number, event in enumerate(events):
            run.append(event, at=at("11 9:30") + timedelta(minutes=20 * number), cycle=1, state="MONITORING",
                       rulebook=STAMP)  # fmt: skip
        run.flush()


class Engines:
    """Something that writes to every home in turn, so many entries a second in each."""

    def __init__(self, homes, second):
        self.ledgers = [open_ledger(folder, create=False) for folder in homes]
        self.runs = [ledger.latest() for ledger in self.ledgers]
        self.pause, self.end = 1 / second / len(homes), Event()
        self.thread = Thread(target=self.run, daemon=True)

    def write(self, run):
        return run.append(told(run.seq), at=run.instant + timedelta(seconds=1), cycle=1, state="MONITORING",
                          rulebook=STAMP).seq  # fmt: skip

    def run(self):
        while not self.end.is_set():
            for run in self.runs:
                self.write(run)
                self.end.wait(self.pause)

    def __enter__(self):
        for run in self.runs:
            _ = run.seq
        self.thread.start()
        return self

    def __exit__(self, *failed):
        self.end.set()
        self.thread.join()
        for ledger in self.ledgers:
            ledger.close()


@pytest.fixture(scope="module", params=(25, 200), ids=lambda each: f"{each}_positions_in_each")
def folder(request, tmp_path_factory):
    """Eight homes in a folder."""
    root = tmp_path_factory.mktemp("console") / f"{ACCOUNTS * request.param} positions"
    root.mkdir()
    for number in range(1, ACCOUNTS + 1):
        home(root / f"a{number}", request.param)
    users(root)
    return root


@pytest.fixture
def client(folder):
    """Ann, signed in to a console that runs."""
    words = ["console", "--home", str(folder), "--port", "0", "--json"]
    env = os.environ | {"NICEGUI_STORAGE_PATH": str(folder / ".pages")}
    process = subprocess.Popen([sys.executable, "-c", SERVE, *words], stdout=subprocess.PIPE, text=True, env=env)
    try:
        with httpx.Client(base_url=json.loads(process.stdout.readline())["url"], timeout=60) as made:
            log_in(made, folder)
            while any(one["rests"]["stale"] for one in made.get("/api/accounts").json()):
                sleep(0.2)
            yield made
    finally:
        process.terminate()
        process.communicate(timeout=30)


def log_in(client, folder):
    """Sign in with a form, as a browser does."""
    client.get("/login")
    key = people.Register(folder / people.FILE).key()
    form = hmac.digest(key, f"form {client.cookies['allusr_form']}".encode(), "sha256").hex()
    fields = {"user": "ann", "password": PASSWORD, "csrf": form}
    done = client.post("/auth/login", data=fields, headers={"Origin": str(client.base_url).rstrip("/")})
    assert done.headers["location"] == "/", done.headers["location"]


def test_pages_and_answers(folder, client, figures):
    with Engines([folder / f"a{n}" for n in range(1, ACCOUNTS + 1)], second=2):
        for path in PATHS:
            first, taken = timed(client, path), []
            for _ in range(ROUNDS):
                taken.append(timed(client, path))
                sleep(0.05)
            figures.add(path, taken, "ms", group=folder.name, **(GOAL if "api" not in path else {}))
            figures.add(f"{path}, first of all", [first], "ms", group=folder.name)


def timed(client, path):
    began = perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:200])
    return 1000 * (perf_counter() - began)


def test_an_entry_to_its_snapshot(folder, figures):
    house = House(str(folder))
    house.start()
    try:
        while any(snapshot.stale for snapshot in house.snapshots.values()):
            sleep(0.2)
        others = [folder / f"a{n}" for n in range(2, ACCOUNTS + 1)]
        with Engines(others, second=2) as engines, open_ledger(folder / "a1", create=False) as ledger:
            run = ledger.latest()
            taken = [1000 * seen(house, engines, run) for _ in range(EVENTS)]
    finally:
        house.stop()
    figures.add("an entry to its snapshot", taken, "ms", group=folder.name, most=1000)


def seen(house, engines, run):
    """Seconds from an entry's being durable to the snapshot that has it."""
    seq, began = engines.write(run), monotonic()
    while house.snapshot("a1").seq < seq:
        sleep(0.001)
    taken = monotonic() - began
    sleep(0.37)
    return taken
