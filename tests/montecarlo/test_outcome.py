"""What paths come to: spreads, errors, chances, marks; pages, CSV and Parquet of them."""

import csv
import io
import json
from decimal import Decimal
from math import sqrt

import numpy as np
import pyarrow.parquet as pq
import pytest

from allusr_sdk.montecarlo import Asked, facts_of, headings, outcome, simulate, telling
from allusr_sdk.montecarlo.parquet import write_parquet
from allusr_sdk.montecarlo.summary import counts, spread
from allusr_sdk.reports.periods.rendering import rendered
from tests.builders import RULES
from tests.montecarlo.sources import drawn_weeks, weeks

SYNTHETIC = "synthetic seed 7, 5 minutes, SPY"
REPLAY = "replay of bars 2008 to 2009, options MODELLED (by a surface tied to VIX)"


def come_to(source, rules=RULES, **asked):
    return outcome(simulate(source, rules, Asked(**{"paths": 50, "years": 2, "block": 4.0, **asked})))


@pytest.fixture(scope="module")
def found():
    return come_to(drawn_weeks(1, mean=0.01), paths=400)


# --- numbers ---


def test_errors_of_means_quantiles_and_shares_are_those_of_sampling():
    values = np.random.default_rng(1).random(4000)
    one = spread("x", "X", "usd", values)
    assert one.error == pytest.approx(sqrt(1 / 12 / 4000), rel=0.05)
    assert one.quantiles == pytest.approx((0.05, 0.25, 0.5, 0.75, 0.95), abs=0.03)
    assert one.errors[2] == pytest.approx(0.5 / sqrt(4000), rel=0.25)
    assert [(c.number, c.share, c.error) for c in counts(np.array([1, 3, 3, 3]))] == [
        (1, 0.25, sqrt(0.25 * 0.75 / 4)), (3, 0.75, sqrt(0.25 * 0.75 / 4)),
    ]  # fmt: skip


def test_more_paths_have_smaller_errors():
    source = drawn_weeks(2)
    few, many = (come_to(source, paths=paths).total("cagr").error for paths in (100, 1600))
    assert many == pytest.approx(few / 4, rel=0.4)


def test_weeks_without_chance_come_to_one_number():
    found = come_to(weeks(0.0), years=1)
    assert found.total("cagr").quantiles == (0.0,) * 5
    assert found.equity[0].quantiles == (300_000.0,) * 5
    assert {c.key: c.share for c in found.chances} == {
        "ruin": 0, "loss": 0, "target_20": 0, "target_30": 0, "fork": 0, "full": 0, "capped": 0,
    }  # fmt: skip
    assert found.total("first_fork") is None


@pytest.mark.parametrize(
    ("weekly", "reached"), [(0.0030, []), (0.0039, ["target_20"]), (0.0060, ["target_20", "target_30"])]
)
def test_the_target_is_reached_by_growth_a_year_and_by_nothing_less(weekly, reached):
    found = come_to(weeks(weekly, realised=0.0), years=1)  # nothing is realised, so nothing is set apart
    assert [c.key for c in found.chances if c.key.startswith("target") and c.share == 1] == reached


def test_ruin_is_a_morning_under_the_share_that_was_asked_for_even_if_equity_comes_back():
    pnl = np.array([-0.45, 0.9, *[0.0] * 58])
    places = {ruin: come_to(weeks(pnl), ruin=ruin, block=60.0, paths=300).chance("ruin").share for ruin in (0.5, 0.6)}
    assert places[0.6] > places[0.5]
    assert come_to(weeks(-0.02), ruin=0.5, years=1).chance("ruin").share == 1


def test_income_and_tax_are_told_by_year_and_tax_is_of_all_ledgers():
    found = come_to(weeks(0.002, kept=0.003), years=2)
    assert [one.year for one in found.income] == [1, 2]
    assert found.income[0].mean == pytest.approx(300_000 * 0.003 * 52, rel=0.1)
    gained = sum(one.mean for one in found.realised)
    assert found.total("tax").mean == pytest.approx(0.3 * gained, rel=1e-6)
    assert found.total("reserve").mean < found.total("tax").mean  # FK-7 sets nothing apart of a generator's gains


def test_forks_are_counted_and_the_first_is_dated():
    found = come_to(weeks(0.02), years=2)
    assert sum(one.share for one in found.forks) == pytest.approx(1)
    assert found.total("first_fork").quantiles[2] == pytest.approx(42 / 52, abs=0.05)  # 120,000 x 0.02 x 42 > 100,000


# --- marks and words ---


@pytest.mark.parametrize(
    ("market", "options", "heading"),
    [
        (SYNTHETIC, "modelled", "MODELLED OPTIONS: no option price here was ever quoted"),
        (REPLAY, "modelled", "MODELLED OPTIONS: no option price here was ever quoted; by a surface tied to VIX"),
        ("chains of SPY", "real", ""),
        ("by hand", "unknown", "Whether the options of this market are real or modelled is unknown"),
    ],
)
def test_every_form_says_first_whether_options_were_modelled(market, options, heading):
    found = come_to(weeks(0.001, market=market))
    said = "\n".join(headings(found))
    assert found.options == options
    assert said.startswith(heading)
    assert bool(said) == bool(heading)
    page = rendered(facts_of(found), "html").decode()
    assert ("MODELLED OPTIONS" in page) == (options == "modelled")
    assert all(figure.note.endswith(options) for figure in facts_of(found).headline[:3])


def test_loosened_rules_head_it(found):
    assert list(headings(come_to(weeks(0.0, market="chains x", what_if={"LQ-1.spread": "0.2"})))) == [
        "WHAT-IF: LQ-1.spread = 0.2"
    ]


def test_the_target_is_told_first_and_what_is_left_out_last(found):
    said = list(telling(found))
    assert said[0].startswith("The target of 20 to 30 % a year: ")
    assert any("contracts are not whole" in note for note in found.notes)
    assert "made-up market" in "\n".join(telling(come_to(weeks(0.0, market=SYNTHETIC))))


@pytest.mark.parametrize(("years", "block", "long", "drawn"), [
    (1, 1, "1 year", "1 week"), (2, 4.0, "2 years", "4 weeks"), (1, 2.5, "1 year", "2.5 weeks"),
])  # fmt: skip
def test_one_year_and_one_week_are_no_years_and_no_weeks(years, block, long, drawn):
    found = come_to(weeks(0.001), years=years, block=block, paths=2)
    assert facts_of(found).label == f"2 paths of {long}"
    assert f"in blocks of {drawn} on average" in " ".join(found.notes)


def test_what_was_made_while_nothing_could_be_deployed_is_told_where_there_was_any():
    (said,) = {*come_to(weeks(0.0, unscaled=Decimal("-12.50"))).notes} - {*come_to(weeks(0.0)).notes}
    assert said.startswith("Ledgers made -12.50 dollars in weeks in which they could deploy nothing")


# --- forms ---


def test_page_json_and_csv_have_the_same_numbers(found):
    facts = facts_of(found)
    told = json.loads(rendered(facts, "json"))
    median = found.equity[-1].quantiles[2]
    (table,) = (t for t in told["tables"] if t["key"] == "equity")
    assert str(round(median)) in json.dumps(table)
    rows = list(csv.reader(io.StringIO(rendered(facts, "csv").decode())))
    assert any(str(round(median)) in "".join(row) for row in rows)
    page = rendered(facts, "html").decode()
    assert "Equity, fan of paths" in page
    assert f"{median:,.2f}" in page


def test_the_fan_begins_with_the_capital_and_ends_with_the_last_year(found):
    (fan,) = (plot for plot in facts_of(found).plots if plot.key == "fan")
    assert [trace.name for trace in fan.traces] == ["5%", "25%", "50%", "75%", "95%"]
    assert [trace.y[0] for trace in fan.traces] == [300_000.0] * 5
    assert [trace.y[-1] for trace in fan.traces] == [round(q, 2) for q in found.equity[-1].quantiles]
    assert fan.traces[0].x[-1] == found.last


def test_a_parquet_file_has_a_row_a_path_and_year(tmp_path):
    simulated = simulate(drawn_weeks(3, mean=0.02), RULES, Asked(paths=20, years=3, block=4.0))
    write_parquet(simulated, tmp_path / "paths.parquet")
    table = pq.read_table(tmp_path / "paths.parquet")
    assert table.num_rows == 60
    last = table.filter(np.asarray(table["year"]) == 3)
    assert last["equity"].to_pylist() == simulated.grown.equity[-1].tolist()
    assert table.schema.metadata[b"options"] == b"unknown"
    assert sum(table["minis"].to_pylist()) == simulated.grown.begun[0].sum()
