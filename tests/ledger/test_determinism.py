"""The head depends on the events alone: not on hash seed, time zone, locale or directory."""

import os
import subprocess
import sys

import pytest

from allusr_sdk.ledger.entry import GENESIS, digest
from allusr_sdk.ledger.postings import Line

SCRIPT = """
import locale, time
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.model.events import Decided, Filled, Funded, RunStarted

locale.setlocale(locale.LC_ALL, "")
time.tzset()
at = datetime(2026, 2, 12, 10, 9, tzinfo=ZoneInfo("America/New_York"))
stamp = dict(at=at, cycle=1, state="ORDERING", rulebook="rb")
head = RunStarted(mode="backtest", market="m", first=date(2026, 2, 11), last=date(2026, 2, 13), seed=1,
                  capital=Decimal("1000000.00"), settings="s", rulebook="rb", plugins={"b": "1", "a": "2"})
with open_ledger("home") as ledger:
    run = ledger.start_run(head, at, batch=True)
    run.append(Funded(ledger="gen_acc", amount=Decimal("400000.00")), **stamp)
    numbers = {"delta": 0.4, "among": frozenset({"SPY", "AAPL", "QQQ", "IWM"})}
    run.append(Decided(ledger="gen_acc", symbol="AAPL", verdict="open", why="à la carte", numbers=numbers), **stamp)
    run.append(Filled(ledger="gen_acc", symbol="AAPL", key="k", execution="e", instrument="AAPL  260213P00270000",
                      quantity=-3, price=Decimal("1.69"), fee=Decimal("2.10"), touch=None, opening=True), **stamp)
    run.flush()
    print(run.head)
"""

PLACES = [
    {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"},
    {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LC_ALL": "POSIX", "PYTHONUTF8": "1"},
]


@pytest.fixture
def heads(tmp_path):
    found = []
    for i, place in enumerate(PLACES):
        folder = tmp_path / f"place {i}"
        folder.mkdir()
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(command, cwd=folder, env=os.environ | place, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.strip())
    return found


def test_the_head_is_the_same_everywhere(heads):
    assert len(heads[0]) == 64
    assert heads == [heads[0]] * len(PLACES)


def test_the_canonical_form_of_an_entry_never_changes():
    row = {
        "prev_hash": GENESIS,
        "seq": 1,
        "at": "2026-02-12T15:09:00.000000Z",
        "cycle": 7,
        "state": "ORDERING",
        "kind": "Noted",
        "ledger": "gen_acc",
        "symbol": "",
        "rule": "RULE-3",
        "rulebook": "rb",
        "payload": '{"key":"a","text":"à la carte"}',
    }
    lines = (Line("gen_acc", "1010", "", "", -100), Line("gen_acc", "1100", "AAPL", "AAPL", 100, 1))
    assert digest(row, lines) == "e7bcd2c1a8965c0c6650bd1743049766e7b324b37df6f28a4180d40aa9b4448f"
