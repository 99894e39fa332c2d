"""drawdown_pivot: 15 % under its high with VIX under 30, covered calls alone until the sleeve is near its high."""

import pytest

from allusr_sdk.model.options import Contract


@pytest.fixture(scope="module")
def journal(played):
    return played("drawdown_pivot")


@pytest.fixture(scope="module")
def pivot(journal):
    """The switch's moves into the pivot and out of it."""
    moves = journal.timed("SwitchChanged", cause="PIVOT")
    assert [(e.before, e.after) for _, e in moves] == [("NONE", "CALLS"), ("CALLS", "NONE")]
    return moves


def equity(journal, at):
    return next(e.equity for when, e in journal.timed("Valued", ledger="rev_acc") if when == at)


def test_the_pivot_is_thrown_at_fifteen_percent_under_the_high_with_vix_under_thirty(journal, pivot):
    at, thrown = pivot[0]
    assert at == "Mon 23 Feb 09:30"
    assert (thrown.ledger, thrown.rule, thrown.threshold) == ("rev_acc", "ORD-3", 0.15)
    assert thrown.value == pytest.approx(1 - float(equity(journal, "Fri 20 Feb 16:15")) / 300_000, rel=1e-5)
    assert thrown.value >= 0.15
    assert "at VIX 25" in thrown.reason


def test_a_session_earlier_the_drawdown_was_not_deep_enough(journal):
    assert 1 - float(equity(journal, "Thu 19 Feb 16:15")) / 300_000 < 0.15


def test_no_put_is_opened_from_the_pivot_to_its_end(journal, pivot):
    first, last = (_seq(journal, event) for _, event in pivot)
    between = [e.event for e in journal.entries[first:last] if e.kind == "IntentRecorded" and e.event.action == "sell"]
    assert between
    assert all(not Contract.parse(intent.legs[0][0]).is_put for intent in between)


def test_the_symbol_in_cash_is_told_why_and_calls_go_on_on_the_other(journal):
    told = journal.timed("Decided", symbol="NVDA", rule="ORD-3")
    why = "PIVOT: no new puts, covered calls only, until the sleeve is near its high"
    assert {e.why for _, e in told} == {why}
    assert told[0][0] == "Mon 23 Feb 09:45"
    calls = {at for at, e in journal.timed("IntentRecorded", symbol="TSLA", action="sell") if e.legs[0][0][12] == "C"}
    assert {"Mon 2 Mar 09:45", "Mon 9 Mar 09:45"} <= calls


def test_calls_of_the_pivot_are_recovery_calls(journal):
    calls = [e for at, e in journal.timed("IntentRecorded", symbol="TSLA", action="sell") if at == "Mon 2 Mar 09:45"]
    assert calls
    for call in calls:
        assert call.rule.startswith("CAD-9")
        assert 0.20 <= call.numbers["delta"] <= 0.25


def test_it_ends_within_five_percent_of_the_high_and_puts_come_back(journal, pivot):
    at, released = pivot[1]
    assert at == "Fri 13 Mar 09:30"
    assert released.threshold == 0.05
    assert released.value == pytest.approx(1 - float(equity(journal, "Thu 12 Mar 16:15")) / 300_000, rel=1e-5)
    assert released.value <= 0.05
    back = [at for at, e in journal.timed("IntentRecorded", symbol="NVDA", action="sell") if at.split()[2] == "Mar"]
    assert back[0] == "Mon 16 Mar 09:45"


def test_shares_measure_down_from_basis_by_atr_times_the_root_of_five_and_leave_at_level_3(journal):
    levels = journal.told("LevelChanged", position="rev_acc:NVDA", rule="PE-3 PE-4")
    fall = levels[-1]
    assert (fall.before, fall.after) == (2, 3)
    before, _ = journal.around("SwitchChanged")
    shares = before.ledgers["rev_acc"].positions["rev_acc:NVDA"]
    basis = float(shares.amount / shares.quantity)
    assert fall.m == pytest.approx((basis - fall.numbers["spot"]) / (fall.numbers["atr"] * 5**0.5), rel=1e-4)
    (sold,) = journal.told("Filled", instrument="NVDA", opening=False)
    assert (sold.quantity, sold.rule) == (-800, "PE-3")


def _seq(journal, event):
    return next(i for i, entry in enumerate(journal.entries) if entry.event is event)
