"""Facts of a week, a month and a quarter, over four weeks of the synthetic market and over journals by hand."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.errors import InputError
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Decided, Valued
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.periods.build import facts_of
from allusr_sdk.reports.periods.period import period_of
from allusr_sdk.reports.periods.plain import json_text
from allusr_sdk.reports.periods.statistics import drawdowns, statistics
from allusr_sdk.reports.statements import balance_sheet, income_statement
from tests.reports.journals import PUT, order

PERIODS = (
    ("week", date(2026, 1, 14)),
    ("week", date(2026, 1, 30)),
    ("month", date(2026, 1, 30)),
    ("quarter", date(2026, 2, 2)),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The home of four weeks and a day of the synthetic market."""
    home = tmp_path_factory.mktemp("periods")
    period = ("--from", "2026-01-05", "--to", "2026-02-02", "--symbols", "SPY,AAPL,NVDA")
    assert invoke(["run", *period, "--home", str(home), "--json"]) == 0
    return home


@pytest.fixture(scope="module")
def run(home):
    with open_ledger(home) as ledger:
        yield ledger.latest()


@pytest.fixture(scope="module", params=PERIODS, ids=lambda each: f"{each[0]}-{each[1]}")
def facts(run, request):
    return facts_of(run, period_of(*request.param))


# --- money ------------------------------------------------------------------------------------------------------------


def test_what_was_realised_is_the_income_statements_in_every_ledger(run, facts):
    statement = income_statement(run, facts.first, min(facts.last, date(2026, 2, 2)))
    keys = [column.key for column in facts.table("earned").columns]
    for row in facts.table("earned").rows:
        cell = dict(zip(keys, (c.value for c in row.cells), strict=True))
        column = "user" if cell["ledger"] == "total" else cell["ledger"]
        assert cell["realised"] == statement.amount("realised", column)
        assert cell["unrealised"] == statement.amount("unrealised", column)


def test_equity_is_what_the_balance_sheet_has_at_last_marks(run, facts):
    assert facts.figure("equity").value == balance_sheet(run, min(facts.last, date(2026, 2, 2))).amount("marked")


def test_a_period_that_holds_the_whole_run_says_what_status_says_to_the_cent(run):
    facts, status = facts_of(run, period_of("quarter", date(2026, 1, 5))), of_run(run).total
    total = facts.table("earned").rows[-1]
    keys = [column.key for column in facts.table("earned").columns]
    said = dict(zip(keys, (cell.value for cell in total.cells), strict=True))
    assert said["equity"] == facts.figure("equity").value == status.equity
    assert said["premium"] == status.premium_taken
    assert said["premium_kept"] == status.premium_kept
    assert (said["realised"], said["unrealised"]) == (status.realised, status.unrealised)
    assert (said["fees"], said["hedge_cost"], said["dividends"]) == (status.fees, status.hedge_cost, status.dividends)
    assert facts.figure("collateral").value == status.collateral


def test_an_amount_is_the_sum_of_the_entries_it_names(run, facts):
    entries = {entry.seq: entry for entry in run.entries()}
    realised = facts.figure("realised")
    lines = [line for seq in realised.entries for line in entries[seq].lines if "4000" <= line.account < "6000"]
    assert realised.value == -Decimal(sum(line.amount for line in lines)) / 100
    premium = facts.figure("premium")
    assert premium.value == sum(-entries[s].event.price * entries[s].event.quantity * 100 for s in premium.entries)


def test_a_months_weeks_and_its_other_days_sum_to_the_month(run):
    month = facts_of(run, period_of("month", date(2026, 1, 5))).figure("premium").value
    weeks = [facts_of(run, period_of("week", date(2026, 1, day))).figure("premium").value for day in (1, 5, 12, 19, 26)]
    assert sum(weeks) == month > 0


# --- entries ----------------------------------------------------------------------------------------------------------


def test_every_number_that_is_not_nothing_has_entries_and_each_of_them_exists(run, facts):
    there = {entry.seq for entry in run.entries()}
    assert facts.under() <= there
    assert {linked.seq for linked in facts.linked} == facts.under()
    for figure in facts.headline:
        assert figure.entries or not figure.value, figure.key
    assert all(row.cells[2].entries for row in facts.table("positions").rows)


def test_facts_know_nothing_that_came_after_the_period(run, facts):
    assert all(linked.at.date() <= facts.last or linked.kind in ("WeekTyped", "Reinvested") for linked in facts.linked)


def test_facts_of_a_run_are_the_same_when_its_ledger_is_opened_again(home, run, facts):
    period = period_of(facts.kind, facts.first)
    with open_ledger(home) as again:
        assert json_text(facts_of(again.latest(), period)) == json_text(facts)


# --- what a person reads ----------------------------------------------------------------------------------------------


def test_the_sentences_say_what_was_earned_what_is_at_risk_and_what_was_refused(facts):
    text = " ".join(sentence.text for sentence in facts.words)
    for word in ("Equity ended at", "Premium of", "At risk:", "efused", "human"):
        assert word in text
    assert f"{facts.figure('premium').value:,.2f}" in text


def test_a_month_stands_beside_benchmarks_that_are_unknown_without_data(run):
    rows = facts_of(run, period_of("month", date(2026, 1, 5))).table("performance").rows
    assert [row.cells[0].value for row in rows] == ["This account", "SPY", "QQQ", "T-bill"]
    assert rows[0].cells[2].value is not None
    assert [row.cells[2].value for row in rows[1:]] == [None, None, None]


def test_a_period_is_open_then_provisional_then_final(run):
    statuses = {label: facts_of(run, period_of(kind, day)).status for label, kind, day in (
        ("jan", "month", date(2026, 1, 5)), ("feb", "month", date(2026, 2, 2)), ("w05", "week", date(2026, 1, 26)),
    )}  # fmt: skip
    assert statuses == {"jan": "FINAL", "feb": "OPEN", "w05": "FINAL"}


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_an_empty_week_reads_well(journal):
    facts = facts_of(journal(("13 16:30", valued("400000"))), period_of("week", date(2026, 2, 18)))
    text = [sentence.text for sentence in facts.words]
    assert text[0] == ("Nothing was realised; what is not realised changed by +0.00. "
                       "Equity ended at 400,000.00, +0.00 over the period.")  # fmt: skip
    assert "Nothing was traded." in text
    assert "Nothing is held, so nothing is at risk." in text
    assert "No order that was wanted was refused." in text
    assert "Nothing waits for a human." in text


def test_equity_with_a_position_that_nobody_marked_is_unknown_and_says_why(journal):
    run = journal(("12 10:05", *order("k1", PUT, -1, [("1.70", -1)])))
    facts = facts_of(run, period_of("week", date(2026, 2, 11)))
    assert facts.figure("equity").value is None
    assert facts.figure("equity").note == "no mark for ten days: gen_acc's AAPL 13 Feb 270 put"
    assert "Equity ended at an unknown amount" in facts.words[0].text
    assert "Unknown, for there is no mark for ten days: gen_acc's AAPL 13 Feb 270 put." in facts.words[0].text
    (held,) = facts.table("positions").rows
    assert [cell.value for cell in held.cells[-2:]] == [None, None]


def test_a_refusal_counts_a_symbol_once_a_day_and_shows_the_last_of_them(journal):
    def refused(why):
        return Decided(ledger="gen_acc", symbol="AAPL", rule="LQ-1", verdict="refuse", why=why)

    run = journal(("11 10:00", refused("open interest 115 < 500")), ("11 10:05", refused("open interest 116 < 500")),
                  ("12 10:00", refused("open interest 90 < 500")))  # fmt: skip
    (row,) = facts_of(run, period_of("week", date(2026, 2, 11))).table("refused").rows
    assert [cell.value for cell in row.cells] == [
        "gen_acc", "entry", "LQ-1", "open interest", "AAPL: open interest 90 < 500", "AAPL", 2,
    ]  # fmt: skip
    assert len(row.cells[-1].entries) == 3


def valued(equity, day=date(2026, 2, 13)):
    amount = Decimal(equity)
    zero = Decimal("0.00")
    return Valued(ledger="gen_acc", rule="LG-3", day=day, cash=amount, equity=amount, realised=zero, unrealised=zero,
                  reserved=zero, at_touch=amount)  # fmt: skip


# --- periods and statistics -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "day", "label", "first", "last"),
    [
        ("week", date(2026, 1, 1), "2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("month", date(2024, 2, 10), "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2025, 12, 31), "2025-12", date(2025, 12, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 11, 28), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_this_period(kind, day, label, first, last):
    period = period_of(kind, day)
    assert (period.label, period.first, period.last) == (label, first, last)


def test_there_is_no_report_of_a_year():
    with pytest.raises(InputError, match="not a year"):
        period_of("year", date(2026, 1, 1))


def test_statistics_of_a_curve_worked_out_by_hand():
    days = [date.fromordinal(date(2025, 1, 1).toordinal() + i) for i in range(22)]
    values = [100.0 * (1.01 if i % 2 else 1.0) for i in range(22)]
    found = statistics(dict(zip(days, values, strict=True)), 0.0)
    up, down = 0.01, 1 / 1.01 - 1
    mean = (11 * up + 10 * down) / 21
    spread = ((11 * (up - mean) ** 2 + 10 * (down - mean) ** 2) / 20) ** 0.5
    below = (10 * down**2 / 21) ** 0.5
    assert found.sharpe == pytest.approx(mean / spread * 252**0.5, rel=1e-5)
    assert found.sortino == pytest.approx(mean / below * 252**0.5, rel=1e-5)
    assert (found.total, found.cagr) == (pytest.approx(0.01), None)
    assert (found.drawdown, found.peak, found.trough) == (pytest.approx(down, rel=1e-5), days[1], days[2])


@pytest.mark.parametrize(("days", "told"), [(89, None), (90, 1.05 ** (365.25 / 90) - 1)])
def test_a_return_is_told_a_year_from_ninety_days_on(days, told):
    first = date(2025, 1, 1)
    found = statistics({first: 100.0, date.fromordinal(first.toordinal() + days): 105.0}, 0.0)
    assert found.cagr == (told and pytest.approx(told, rel=1e-5))


def test_nineteen_returns_tell_a_drawdown_and_no_ratio():
    days = [date.fromordinal(date(2025, 1, 1).toordinal() + i) for i in range(20)]
    found = statistics({day: 100.0 - i for i, day in enumerate(days)}, 0.04)
    assert (found.sharpe, found.sortino, found.volatility) == (None, None, None)
    assert found.drawdown == pytest.approx(-0.19)


def test_one_value_tells_nothing():
    assert statistics({date(2025, 1, 1): 100.0}, 0.0).total is None


def test_a_drawdown_counts_from_the_highest_before():
    assert drawdowns([100, 110, 99, 120]) == (0.0, 0.0, -0.1, 0.0)
