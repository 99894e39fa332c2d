"""Days over real chains, one of them missing: each trade tells where its quotes came from, and every view says so."""

import json
from datetime import date, datetime

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.modelled import Origin, heard, is_tally, told
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.reports.origins import Origins
from tests.market.real_chains import closes, rows, write
from tests.market.replay_bars import csv, walk

HOLE = date(2009, 9, 15)
BARS = walk(1, daily=0.006)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A week and a half of Gen-Acc on SPY, whose chain of the second Tuesday is missing; what calls its home."""
    from allusr_sdk.cli.entry import invoke

    folder, home = csv(tmp_path_factory.mktemp("bars"), SPY=BARS), tmp_path_factory.mktemp("home")
    days = closes(BARS, date(2009, 9, 1), date(2009, 9, 18))
    write(folder / "chains", [rows(day, spot, level=0.3, wide=0.004) for day, spot in days.items() if day != HOLE])

    def call(*words):
        return invoke([*map(str, words), "--home", str(home)])

    assert call(
        "run", "--plugins", "gen_acc,protocol", "--market", f"replay:{folder}", "--symbols", "SPY",
        "--from", "2009-09-08", "--to", "2009-09-18", "--capital", "1000000",
    ) == 0  # fmt: skip
    call.home = home
    return call


def printed(run, capsys, *words):
    capsys.readouterr()
    assert run(*words) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("words", [("status",), ("report", "week"), ("explain", "SPY")])
def test_every_view_begins_with_what_is_real_and_what_is_not(run, capsys, words):
    said = printed(run, capsys, *words)
    assert said.startswith("MODELLED OPTIONS beside real ones: real at closes and moved on by the model until the next")
    assert "SPY on 12 of 13 sessions 2009-09-01 to 2009-09-18;" in said


def test_a_trade_tells_what_its_quotes_were(run, capsys):
    story = printed(run, capsys, "explain", "SPY")
    assert "SOLD" in story
    assert "its quotes: moved on by the model from real quotes of the last reading before" in story
    found = json.loads(printed(run, capsys, "explain", "SPY", "--json"))
    lines = [line for chapter in found["chapters"] for line in chapter["lines"] if line["kind"] == "sold"]
    assert lines
    assert all(line["details"][-1]["text"].startswith("its quotes: ") for line in lines)


def test_origins_go_by_instant_and_closes_go_by_closes(run):
    with open_ledger(run.home) as ledger:
        origins = Origins.of(ledger.run(1))

    def at(day, hour):
        return origins.at("SPY", datetime(2009, 9, day, hour, tzinfo=NEW_YORK))

    assert [at(14, 10), at(14, 16)] == [Origin.MIXED, Origin.REAL]
    assert [at(15, 10), at(15, 16)] == [Origin.MIXED, Origin.MIXED]
    assert [at(16, 10), at(16, 16), at(17, 10)] == [Origin.MODELLED, Origin.REAL, Origin.MIXED]


def test_the_run_ends_with_how_many_days_were_real(run, capsys):
    found = json.loads(printed(run, capsys, "ledger", "show", "--kind", "Decided", "--limit", "500", "--json"))
    said = [entry for entry in found["entries"] if "session days:" in json.dumps(entry)]
    assert len(said) == 1
    assert "options of 9 session days: 7 from real quotes to real quotes, 2 in part, 0 MODELLED" in json.dumps(said)


@pytest.mark.parametrize("close", [False, True])
@pytest.mark.parametrize("origin", list(Origin))
def test_what_a_notice_tells_is_heard(origin, close):
    assert heard(told(origin, "2009-09-08", close=close)) == (origin, close)
    assert heard("no daily bars from 2009-07-01 to 2009-08-28 (42 sessions)") is None
    assert not is_tally(told(origin, "2009-09-08", close=close))
