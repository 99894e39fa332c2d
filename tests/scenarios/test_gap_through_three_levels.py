"""gap_through_three_levels: no level is skipped silently, and only the highest one acts."""

import pytest

from allusr_sdk.model.options import Contract

PUTS = {"SPY": "SPY   260206P00677000", "QQQ": "QQQ   260206P00592000"}


@pytest.fixture(scope="module")
def journal(played):
    return played("gap_through_three_levels")


@pytest.mark.parametrize("symbol", PUTS)
def test_every_level_is_journaled_in_one_pass(journal, symbol):
    passed = [e for e in journal.entries if e.kind == "LevelChanged" and e.event.symbol == symbol]
    assert [(e.event.before, e.event.after) for e in passed] == [(0, 1), (1, 2), (2, 3)]
    assert len({(e.cycle, e.at) for e in passed}) == 1


@pytest.mark.parametrize("symbol", PUTS)
def test_m_is_strike_less_spot_over_atr(journal, symbol):
    strike = float(Contract.parse(PUTS[symbol]).strike)
    for e in journal.told("LevelChanged", symbol=symbol):
        assert e.m == pytest.approx((strike - e.numbers["spot"]) / e.numbers["atr"], rel=1e-5)
        assert e.m >= 3.25


def test_only_the_stop_acts_no_roll_no_freeze_no_hedge(journal):
    assert not journal.told("RollPrepared")
    assert not journal.told("Frozen")
    friday = [(at, e.symbol, e.action, e.rule) for at, e in journal.timed("IntentRecorded") if at.startswith("Fri")]
    assert friday == [("Fri 6 Feb 09:30", "QQQ", "close", "PE-11"), ("Fri 6 Feb 09:30", "SPY", "close", "PE-11")]


def test_both_puts_are_bought_back_at_once(journal):
    closed = {f.symbol: (at, f.quantity) for at, f in journal.timed("Filled", opening=False)}
    assert closed == {"QQQ": ("Fri 6 Feb 09:30", 1), "SPY": ("Fri 6 Feb 09:30", 1)}
    assert not journal.book.positions


def test_the_sleeve_is_safe_once_and_opens_nothing_on_its_zero_day_retry(journal):
    (thrown,) = journal.told("SwitchChanged", after="SAFE")
    assert (thrown.ledger, thrown.cause) == ("gen_acc", "L3")
    refused = {e.symbol: e.why for at, e in journal.timed("Decided", verdict="refuse") if at == "Fri 6 Feb 09:45"}
    assert set(refused) == set(PUTS)
    assert all(why.startswith("PE-11 tier SAFE of gen_acc (L3) opens nothing") for why in refused.values())


def test_the_week_is_one_of_preservation_alone(journal):
    (week,) = journal.told("WeekTyped", ledger="gen_acc")
    assert week.labels == ("PRESERVATION",)
    assert week.levels == {"QQQ": 3, "SPY": 3}
