"""Which hedges are bought, and when (PE-10)."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import Grain, Hedge, Note, Skip
from allusr_sdk.model.positions import Working
from tests.builders import CALL, NAN, THURSDAY, board, contract, moment, snapshot
from tests.plugins.hedging import AT_TWO, EXPIRIES, HALF_YEAR, hedged


def bought(found):
    return [(h.trigger, h.buy.contract.underlying, h.lots) for h in found if isinstance(h, Hedge)]


def refused(found):
    return [s for s in found if isinstance(s, Skip) and s.verdict == "refuse"]


def test_level_two_buys_a_fund_spread_where_no_index_is_listed():
    found = hedged(AT_TWO, cash="200000", clock="10:20")
    hedge = found[0]
    assert (hedge.symbol, hedge.trigger, hedge.rule) == ("SPY", "L2", "PE-9 PE-10")
    assert hedge.buy.contract == contract("540", expiry=HALF_YEAR, root="SPY")
    assert hedge.sell.contract == contract("480", expiry=HALF_YEAR, root="SPY")
    spread = 100 * (hedge.buy.ask - hedge.sell.bid) + 1.40
    equity = 200_000 - 100
    assert hedge.lots == int(equity * 0.01 * 2 / 3 / spread)
    assert [(s.symbol, s.rule) for s in refused(found)] == [("VIX", "PE-10")]


@pytest.mark.parametrize(
    ("cash", "symbol", "strike"),
    [("2500000", "SPX", "5400"), ("1200000", "SPX", "5100"), ("800000", "SPX", "4800"), ("300000", "XSP", "540"),
     ("100000", "XSP", "510")],
)  # fmt: skip
def test_the_dearest_hedge_that_the_budget_pays_is_bought(cash, symbol, strike):
    found = hedged(AT_TWO, symbols=("SPX", "XSP", "SPY"), cash=cash, clock="10:20")
    assert found[0].buy.contract.underlying == symbol
    assert found[0].buy.contract.strike == Decimal(strike)
    assert found[0].sell is None
    assert found[0].lots >= 1


def test_index_puts_that_settle_at_the_close_come_before_the_mornings():
    at = moment(THURSDAY, "10:20")
    both = [*board("SPX", 6000.0, EXPIRIES, [4800, 5100, 5400], at=at, half=0.05)]
    both += board("SPXW", 6000.0, EXPIRIES, [4800, 5100, 5400], at=at, half=0.05)
    for rows, root in ((both, "SPXW"), ([q for q in both if q.contract.root == "SPX"], "SPX")):
        shown = [snapshot("SPX", 6000.0, rows, at=at)]
        found = hedged(AT_TWO, symbols=(), snapshots=shown, cash="9000000", clock="10:20")
        assert found[0].buy.contract.root == root


def test_vix_calls_are_bought_beside_the_puts():
    found = hedged(AT_TWO, symbols=("SPY", "VIX"), cash="900000", clock="10:20")
    assert [h.buy.contract.underlying for h in found] == ["SPY", "VIX"]
    calls = found[1]
    assert calls.buy.contract == contract(30, expiry=HALF_YEAR, right=CALL, root="VIX")
    assert calls.lots == int((900_000 - 100) * 0.01 / 3 / (100 * calls.buy.ask + 0.70))


@pytest.mark.parametrize("more", [{"tiers": ("HEDGED",), "vix": 45.0}, {"vix": 50.01}])
def test_above_fifty_spreads_alone_are_bought(more):
    found = hedged(AT_TWO, symbols=("XSP", "SPY", "VIX"), cash="900000", clock="10:20", **more)
    hedge = found[0]
    assert (hedge.buy.contract.underlying, hedge.sell.contract.strike) == ("XSP", Decimal("480"))
    assert len(found) == 1
    assert hedged(AT_TWO, symbols=("XSP",), cash="900000", clock="10:20", vix=50.0)[0].sell is None


def test_what_the_budget_cannot_pay_is_said_once_a_week_and_trigger():
    found = hedged(AT_TWO, cash="20000", clock="10:20")
    skip, note = found[0], found[1]
    assert (skip.verdict, skip.rule) == ("refuse", "PE-9 PE-10")
    assert "HEDGE_UNAFFORDABLE" in skip.why
    assert skip.numbers["trigger"] == "L2"
    assert isinstance(note, Note)
    assert hedged(AT_TWO, cash="20000", clock="10:25", notes={note.key: note.text}) == []
    assert hedged(AT_TWO, cash="20000", clock="10:25", notes={note.key: "2026-W06"})


def test_without_any_chain_it_is_said_and_asked_again():
    found = hedged(AT_TWO, symbols=(), clock="10:20")
    assert [s.rule for s in refused(found)] == ["PE-10 RULE-0", "PE-10"]
    assert not any(isinstance(i, Note) for i in found)


def test_each_trigger_hedges_once_a_week():
    more = {"cash": "200000", "clock": "10:20"}
    assert hedged(AT_TWO, hedged={"L2": "2026-W07"}, **more) == []
    assert bought(hedged(AT_TWO, hedged={"L2": "2026-W06"}, **more))
    order = Working("k", "gen_acc", "SPY", None, 1, True, cause="hedge:L2")
    assert hedged(AT_TWO, working={"k": order}, **more) == []
    fear = hedged(AT_TWO, hedged={"L2": "2026-W07"}, cash="200000", closes=(31.0,) * 5)
    assert [trigger for trigger, _, _ in bought(fear)] == ["VIX30x5"]


def test_one_trigger_is_hedged_at_an_instant():
    found = hedged(AT_TWO, cash="400000", closes=(31.0,) * 5, tiers=("HEDGED",))
    assert [trigger for trigger, _, _ in bought(found)] == ["VIX50"]


@pytest.mark.parametrize(
    ("clock", "buys"),
    [("09:44", False), ("09:45", True), ("13:35", True), ("15:29", True), ("15:30", False), ("15:55", False)],
)
def test_nothing_is_bought_just_after_the_open_or_just_before_the_close(clock, buys):
    assert bool(bought(hedged(AT_TWO, cash="200000", clock=clock))) is buys


@pytest.mark.parametrize(
    ("grain", "clock", "buys"),
    [(Grain.GRID, "09:55", False), (Grain.GRID, "10:00", True), (Grain.GRID, "10:05", False),
     (Grain.COARSE, "11:10", True), (Grain.COARSE, "15:40", False), (Grain.EOD, "16:00", True)],
)  # fmt: skip
def test_triggers_of_completed_sessions_are_read_once_a_session(grain, clock, buys):
    assert bool(bought(hedged(cash="200000", closes=(31.0,) * 5, grain=grain, clock=clock))) is buys


def test_unsound_quotes_buy_nothing():
    at = moment(THURSDAY, "10:20")
    rows = [evolve(q, bid=NAN) for q in board("SPY", 600.0, EXPIRIES, range(400, 600, 5), at=at)]
    found = hedged(AT_TWO, symbols=(), snapshots=[snapshot("SPY", 600.0, rows, at=at)], cash="900000", clock="10:20")
    assert bought(found) == []
    assert refused(found)
