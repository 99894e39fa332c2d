"""Two weeks of all three sleeves over bars made here: it trades, it is verified, and it says what was modelled."""

import json
from datetime import date

import pytest

from tests.market.replay_bars import csv, vix, walk

SYMBOLS = {"SPY": 90.0, "AAPL": 180.0, "MSFT": 250.0}
SAID = "MODELLED OPTIONS: no option price here was ever quoted; surface from VIX and realised volatility"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Calm bars of three symbols, and a VIX that passes 50 on the second Wednesday's close."""
    index = [row if row[0] != date(2009, 9, 16) else (*row[:4], 52.0, 0) for row in vix(level=20.0)]
    rows = {symbol: walk(i, start=start, daily=0.011) for i, (symbol, start) in enumerate(SYMBOLS.items())}
    place = csv(tmp_path_factory.mktemp("bars"), VIX=index, **rows)
    (place.parent / "earnings.csv").write_text(
        "symbol,date,session,confirmed,as_of\n"
        + "".join(f"{symbol},2009-10-{19 + i},AMC,true,2009-08-01\n" for i, symbol in enumerate(SYMBOLS) if i)
    )
    return place


@pytest.fixture(scope="module")
def run(folder, tmp_path_factory):
    """The run's home and what `allusr run` printed as JSON."""
    from allusr_sdk.cli.entry import invoke

    home = tmp_path_factory.mktemp("home")

    def call(*words):
        return invoke([*map(str, words), "--home", str(home)])

    code = call(
        "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"replay:{folder}",
        "--earnings", folder.parent / "earnings.csv", "--from", "2009-09-08", "--to", "2009-09-18",
        "--capital", "3000000",
    )  # fmt: skip
    assert code == 0
    return call


def printed(run, capsys, *words):
    capsys.readouterr()
    assert run(*words) == 0
    return capsys.readouterr().out


def test_it_trades_and_its_books_are_verified(run, capsys):
    assert "verified" in printed(run, capsys, "ledger", "verify")
    found = json.loads(printed(run, capsys, "ledger", "show", "--kind", "Filled", "--limit", "500", "--json"))
    assert len(found["entries"]) > 3


def test_the_kill_switch_fires_on_the_evening_of_the_confirmed_close(run, capsys):
    found = json.loads(printed(run, capsys, "ledger", "show", "--kind", "SwitchChanged", "--limit", "500", "--json"))
    moved = [entry for entry in found["entries"] if "52.00" in json.dumps(entry) or "52.0" in json.dumps(entry)]
    assert moved
    assert min(entry["at"] for entry in moved).startswith("2009-09-16T20:15")


@pytest.mark.parametrize("words", [("status",), ("report", "week"), ("explain", "SPY")])
def test_whatever_shows_the_run_begins_with_what_is_modelled(run, capsys, words):
    assert printed(run, capsys, *words).startswith(SAID)


def test_a_page_and_its_facts_say_so_too(run, capsys, tmp_path):
    page = tmp_path / "week.html"
    printed(run, capsys, "report", "week", "--format", "html", "--out", page)
    assert f'<p class="note">{SAID}' in page.read_text()
    facts = json.loads(printed(run, capsys, "report", "week", "--json"))
    assert facts["words"][0]["text"].startswith(SAID)
    assert "options MODELLED" in facts["market"]
