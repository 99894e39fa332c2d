"""Backtests over years past: who re-arms what stopped, and report dates as they were known then."""

import json
from datetime import date

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from tests.market.replay_bars import csv, vix, walk

SYMBOLS = {"SPY": 90.0, "AAPL": 180.0, "MSFT": 250.0}
PERIOD = ("--from", "2009-09-08", "--to", "2009-09-25")
PANIC = {date(2009, 9, 9): 85.0, date(2009, 9, 10): 60.0, date(2009, 9, 11): 58.0}
KNOWN = (date(2009, 8, 31), date(2009, 9, 7), date(2009, 9, 14), date(2009, 9, 21))
HEADING = (
    "RE-ARMED BY POLICY: nobody looked: a person is assumed who re-arms at 09:31 on the first session of each week"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Calm bars, a VIX that closes at 85 on a Wednesday, and calendars of reports as somebody saw them each Monday."""
    index = [row if row[0] not in PANIC else (*row[:4], PANIC[row[0]], 0) for row in vix(level=20.0)]
    rows = {symbol: walk(i, start=start, daily=0.011) for i, (symbol, start) in enumerate(SYMBOLS.items())}
    place = csv(tmp_path_factory.mktemp("bars"), VIX=index, **rows)
    reports = (("AAPL", "2009-10-19"), ("MSFT", "2009-09-24"))
    lines = [f"{symbol},{day},AMC,true,{seen}" for symbol, day in reports for seen in KNOWN]
    (place.parent / "earnings.csv").write_text("\n".join(("symbol,date,session,confirmed,as_of", *lines)) + "\n")
    return place


def backtest(folder, home, *more):
    words = ("backtest", *PERIOD, "--market", f"replay:{folder}", "--earnings", folder.parent / "earnings.csv",
             "--alone", "--capital", "3000000", "--home", home, *more)  # fmt: skip
    return invoke([str(word) for word in words])


@pytest.fixture(scope="module")
def home(folder, tmp_path_factory):
    """A backtest whose policy re-arms each week, and what it printed as JSON."""
    home = tmp_path_factory.mktemp("home")
    with (home / "printed.json").open("w") as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        assert backtest(folder, home, "--rearm", "weekly", "--json") == 0
    return home


def events(home, kind):
    with open_ledger(home) as ledger:
        return list(ledger.latest().entries(kind=kind))


def test_a_halt_is_led_back_by_the_stated_policy_on_its_day_and_in_nobodys_name(home):
    moved = [e for e in events(home, "SwitchChanged") if e.event.cause == "VIX"]
    assert (moved[0].at.date(), moved[0].event.after) == (date(2009, 9, 9), "HALT")
    back = moved[1]
    assert f"{back.at:%Y-%m-%d %H:%M}" == "2009-09-14 13:31"
    assert (back.event.before, back.event.after, back.event.rule) == ("HALT", "SAFE", "KS-4 KS-7")
    assert (back.event.actor, back.event.reason) == ("policy run.rearm=weekly", "stated policy, nobody looked")
    assert any(entry.at > back.at for entry in events(home, "Filled"))


def test_the_policy_stands_in_the_journal_and_heads_what_is_shown(home):
    assert f"RE-ARMED BY POLICY: {json.loads((home / 'printed.json').read_text())['rearm']}".startswith(HEADING)
    assert [e.event.why[:14] for e in events(home, "Decided")[:1]] == ["nobody looked:"]


def test_reports_count_as_they_were_known_on_each_day(home):
    sold = {e.event.symbol for e in events(home, "Filled") if e.event.opening and e.event.instrument[12:13] == "P"}
    skipped = [e for e in events(home, "Decided") if e.event.symbol == "MSFT" and "EARNINGS_SKIP" in e.event.why]
    assert "AAPL" in sold
    assert {e.at.date() for e in skipped} <= {date(2009, 9, d) for d in (21, 22, 23, 24, 25)}
    assert "report 2009-09-24 AMC (confirmed)" in skipped[-1].event.why


@pytest.mark.long
def test_without_a_policy_a_halt_lasts_to_the_end(folder, tmp_path):
    assert backtest(folder, tmp_path) == 0
    assert [e.event.after for e in events(tmp_path, "SwitchChanged") if e.event.cause == "VIX"] == ["HALT"]
    assert max(e.at.date() for e in events(tmp_path, "Filled")) <= date(2009, 9, 9)


@pytest.mark.parametrize("words", [("--mode", "paper", "--rearm", "daily"), ("--rearm", "yearly")])
def test_a_policy_is_for_backtests_alone_and_one_of_those_that_there_are(allusr, tmp_path, words):
    done = allusr("run", *words, "--home", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: ")
    assert "rearm" in done.err
