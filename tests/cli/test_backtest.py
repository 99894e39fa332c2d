"""`allusr backtest`: a run beside what else the same days would have brought."""

import json

import numpy as np
import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from allusr_sdk.reports.evidence import of_run
from allusr_sdk.reports.evidence.metrics import ENDED, KEPT, TAKEN, WON
from allusr_sdk.reports.facts import of_run as facts_of

PERIOD = ("--from", "2026-01-05", "--to", "2026-02-06", "--symbols", "SPY,AAPL")
WEEK = ("--from", "2026-01-05", "--to", "2026-01-09", "--symbols", "SPY,AAPL")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A home, files of indices and a page, after a backtest of five weeks."""
    place = tmp_path_factory.mktemp("backtest")
    (place / "indices").mkdir()
    (place / "indices" / "PUT.csv").write_text("DATE,PUT\n01/02/2026,2000\n01/30/2026,2020\n02/06/2026,2010\n")
    return place


@pytest.fixture(scope="module")
def body(place):
    """What the backtest printed as JSON."""
    file = place / "printed.json"
    with file.open("w") as out, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", out)
        assert invoke(["backtest", *PERIOD, "--home", str(place / "home"), "--indices", str(place / "indices"),
                       "--out", str(place / "page.html"), "--json"]) == 0  # fmt: skip
    return json.loads(file.read_text())


def estimates(body, key):
    """Estimates of a curve by key."""
    (curve,) = (curve for curve in body["curves"] if curve["key"] == key)
    return {one["key"]: one for one in curve["estimates"]}


def test_the_run_stands_first_beside_all_that_it_is_compared_with(body):
    keys = [curve["key"] for curve in body["curves"]]
    assert keys == ["run", "unprotected", "hold", "hold_AAPL", "hold_SPY", "index_PUT"]
    assert body["notes"] == ["No bars of QQQ: not compared.",
                             "No figures of BXM, WPUT were given (--indices): not compared."]  # fmt: skip


def test_every_curve_says_whether_its_options_are_real(body):
    said = {curve["key"]: curve["options"] for curve in body["curves"]}
    assert body["options"] == said["run"] == said["unprotected"] == "modelled"
    assert (said["hold_SPY"], said["index_PUT"]) == ("none", "real, by its publisher")


def test_only_the_run_without_the_protocol_is_a_what_if(body):
    assert [curve["key"] for curve in body["curves"] if curve["what_if"]] == ["unprotected"]


def test_what_lasts_long_enough_has_an_interval_around_it(body):
    found = estimates(body, "run")
    for key in ("total", "volatility", "sharpe"):
        assert found[key]["low"] < found[key]["value"] < found[key]["high"]
    assert (found["cagr"]["value"], found["cagr"]["note"]) == (None, "needs 90 calendar days")
    assert found["cvar_95"] == {"key": "cvar_95", "label": "CVaR 95, weekly", "unit": "fraction", "value": None,
                                "low": None, "high": None, "note": "needs 20 weeks"}  # fmt: skip


@pytest.mark.usefixtures("body")
def test_the_run_in_the_home_is_the_one_that_was_told_and_the_only_one(place, body):
    with open_ledger(place / "home") as ledger:
        run = ledger.latest()
        facts, curve = facts_of(run).total, of_run(run)
    sums = sum(curve.written.values())
    assert run.id == 1
    assert sums[TAKEN] == pytest.approx(float(facts.premium_taken))
    assert sums[KEPT] == pytest.approx(float(facts.premium_kept))
    assert 0 < sums[WON] <= sums[ENDED]
    assert np.prod(1 + curve.daily) * 1e6 == pytest.approx(float(facts.equity))
    assert estimates(body, "run")["kept"]["value"] == pytest.approx(sums[KEPT] / sums[TAKEN], rel=1e-5)


def test_without_the_protocol_nothing_is_rolled_stopped_or_hedged_and_so_it_comes_out_otherwise(body):
    assert estimates(body, "unprotected")["total"]["value"] != estimates(body, "run")["total"]["value"]


def test_by_how_much_the_run_is_ahead_is_the_difference_of_both(body):
    mine, other = (estimates(body, key) for key in ("run", "unprotected"))
    assert other["ahead"]["value"] == pytest.approx(mine["total"]["value"] - other["total"]["value"], abs=1e-5)
    assert "ahead" not in mine


@pytest.mark.usefixtures("body")
def test_the_page_has_plots_intervals_and_what_prices_the_options_had(place):
    text = (place / "page.html").read_text()
    assert "<h1>Backtest 2026-01-05 to 2026-02-06</h1>" in text
    assert "MODELLED OPTIONS: no option price here was ever quoted" in text
    assert 'id="plot-compared"' in text
    assert 'id="plot-fallen"' in text
    assert "Without protocol (WHAT-IF)" in text
    assert "<td>low</td>" in text


def test_a_person_reads_measures_down_and_curves_across(allusr, tmp_path):
    done = allusr("backtest", *WEEK, "--alone", "--what-if", "lq_1.spread=0.2", "--home", tmp_path)
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[0].startswith("MODELLED OPTIONS: no option price here was ever quoted; the market is synthetic seed 7")
    assert lines[1] == "WHAT-IF: LQ-1.spread = 0.2 of mid"
    assert lines[2].startswith("Backtest of run 1 · 2026-01-05 to 2026-01-09 · synthetic seed 7")
    assert lines[3].endswith("options modelled")
    assert "This run (WHAT-IF)" in lines[5]
    assert "The same sleeves without the protocol were not run (--alone)." in lines
    assert any(line.startswith("Books: verified") for line in lines)


def test_without_a_protocol_there_is_no_second_run_to_compare_with(allusr, tmp_path):
    done = allusr("backtest", *WEEK, "--plugins", "gen_acc", "--home", tmp_path, "--out", tmp_path / "all.json")
    assert "The same sleeves without the protocol are this run: it has none." in done.out.splitlines()
    assert done.out.splitlines()[-1] == str(tmp_path / "all.json")
    facts = json.loads((tmp_path / "all.json").read_text())
    assert facts["report"] == "backtest-2026-01-05 to 2026-01-09"
    assert [table["key"] for table in facts["tables"]] == ["returns", "weekly", "curves"]


def test_files_that_cannot_be_used_are_refused_before_anything_is_run(allusr, tmp_path):
    (tmp_path / "PUT.csv").write_text("DATE,WHAT\n01/02/2026,2000\n")
    for more in (("--indices", tmp_path / "none"), ("--indices", tmp_path), ("--out", "page.docx")):
        done = allusr("backtest", *WEEK, *more, "--home", tmp_path / "home")
        assert done.code == 2
        assert done.err.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_of_several_accounts_one_has_to_be_named(allusr, tmp_path):
    file = tmp_path / "two.toml"
    file.write_text("[accounts.a]\n[accounts.b]\n")
    done = allusr("backtest", *WEEK, "--config", file, "--home", tmp_path)
    assert done.code == 2
    assert "give --account, one of a, b" in done.err
