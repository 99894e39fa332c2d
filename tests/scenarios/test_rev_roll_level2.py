"""rev_roll_level2: two ATR past the strike, a roll within the ladder, a hedge, a freeze until the week is over."""

from decimal import Decimal

import pytest

from allusr_sdk.model.options import Contract

OLD, NEW = "NVDA  260206P00177500", "NVDA  260220P00170000"


@pytest.fixture(scope="module")
def journal(played):
    return played("rev_roll_level2")


def test_level_2_is_confirmed_by_a_second_sample_and_m_is_strike_less_spot_over_atr(journal):
    levels = journal.timed("LevelChanged", position=f"rev_acc:{OLD}")
    assert [(at, e.before, e.after) for at, e in levels] == [("Tue 3 Feb 09:30", 0, 1), ("Tue 3 Feb 09:35", 1, 2)]
    for _, e in levels:
        assert e.m == pytest.approx((177.5 - e.numbers["spot"]) / e.numbers["atr"], rel=1e-5)
        assert 2 <= e.m < 2.25  # so that one sample alone does not reach level 2 (PE-4)


def test_the_ladder_is_asked_in_order_and_its_first_rung_within_half_the_credit_is_taken(journal):
    sold = journal.told("Filled", instrument=OLD, opening=True)
    credit = sum(-f.quantity * f.price for f in sold) / sum(-f.quantity for f in sold)
    rungs = [e for at, e in journal.timed("RollPrepared", position=f"rev_acc:{OLD}") if at == "Tue 3 Feb 09:35"]
    assert [(e.rung, e.taken, e.debit <= credit / 2) for e in rungs] == [("A", False, False), ("B", True, True)]
    assert rungs[0].why == f"debit {rungs[0].debit:.2f}, over the limit {credit / 2:.3f}"
    assert rungs[1].instrument == NEW


def test_rung_b_is_at_least_an_atr_lower_and_two_to_five_weeks_out(journal):
    (intent,) = journal.told("IntentRecorded", action="roll")
    old, new = (Contract.parse(name) for name, _ in intent.legs)
    atr = journal.told("LevelChanged", position=f"rev_acc:{OLD}")[-1].numbers["atr"]
    assert (old.osi, new.osi) == (OLD, NEW)
    assert float(new.strike) <= float(old.strike) - atr
    assert 14 <= (new.expiry - journal.told("RunStarted")[0].first).days - 1 <= 35


def test_one_combo_swaps_as_many_contracts_as_stood_and_walks_no_further_than_five_percent(journal):
    (intent,) = journal.told("IntentRecorded", action="roll")
    lots = -sum(f.quantity for f in journal.told("Filled", instrument=OLD, opening=True))
    assert intent.legs == ((OLD, lots), (NEW, -lots))
    assert intent.rule == "PE-7 PE-8"
    assert intent.worst <= intent.mid + max(abs(intent.mid) * Decimal("0.05"), Decimal("0.01"))
    bought, sold = journal.told("Filled", key=intent.key)
    assert bought.price - sold.price == sold.roll_debit <= intent.worst
    assert (sold.rolls, sold.first_credit) == (1, Decimal("2.89"))


def test_symbol_and_sleeve_freeze_at_once_and_thaw_at_the_weeks_reconciliation(journal):
    frozen = [(at, e.symbol, e.rule) for at, e in journal.timed("Frozen")]
    thawed = [(at, e.symbol, e.why) for at, e in journal.timed("Thawed")]
    why = "weekly reconciliation: no position at level 2"
    assert frozen == [("Tue 3 Feb 09:35", "NVDA", "PE-7"), ("Tue 3 Feb 09:35", "*", "PE-7")]
    assert thawed == [("Fri 6 Feb 16:15", "*", why), ("Fri 6 Feb 16:15", "NVDA", why)]


def test_another_symbol_of_the_sleeve_opens_nothing_while_frozen_and_does_after_it(journal):
    refused = journal.timed("Decided", symbol="TSLA", verdict="refuse")
    assert ("Tue 3 Feb 09:45", "PE-7 CAD-5 LQ-3") in [(at, e.rule) for at, e in refused]
    assert journal.timed("IntentRecorded", symbol="TSLA")[0][0] == "Mon 9 Feb 09:45"


def test_a_put_and_vix_calls_are_bought_once_for_at_most_one_percent_of_equity(journal):
    hedges = journal.timed("Filled", cause="hedge:L2")
    assert {(at, e.symbol) for at, e in hedges} == {("Tue 3 Feb 09:45", "XSP"), ("Tue 3 Feb 09:45", "VIX")}
    (before, _), spent = journal.around("Filled"), {}
    assert before.ledgers["rev_acc"].equity == 300_000
    for _, fill in hedges:
        spent[fill.symbol] = fill.quantity * fill.price * 100 + fill.fee
    assert spent["XSP"] <= 2_000  # two thirds of one percent to puts, one third to VIX calls (PE-9)
    assert spent["VIX"] <= 1_000


def test_the_put_of_the_hedge_is_out_of_the_money_and_half_a_year_out(journal):
    (intent,) = journal.told("IntentRecorded", symbol="XSP")
    contract = Contract.parse(intent.legs[0][0])
    days = (contract.expiry - journal.told("RunStarted")[0].first).days - 1
    assert intent.rule == "PE-9 PE-10"
    assert contract.is_put
    assert 180 <= days <= 366


def test_the_week_is_a_roll_week_with_the_hedge_as_a_flag(journal):
    weeks = journal.told("WeekTyped", week="2026-W06", ledger="rev_acc")
    assert [(w.status, w.labels, w.flags["hedge_l2"], w.rolls) for w in weeks] == [
        ("PROVISIONAL", ("ROLL",), 1, 8), ("FINAL", ("ROLL",), 1, 8),
    ]  # fmt: skip
