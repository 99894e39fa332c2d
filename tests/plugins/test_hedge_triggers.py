"""What calls for hedges, and what they may cost (PE-9, PE-10)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from allusr_protocol.budget import budget
from allusr_protocol.signals import at_any_instant, once_a_session
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Skip
from allusr_sdk.model.positions import Quarter, Working
from allusr_sdk.model.views import Bar
from tests.builders import AT, CALL, NAN, THURSDAY, books, contract, market, shares, short, sleeve_view, snapshot
from tests.plugins.hedging import AT_TWO, PROTOCOL, hedged, view_of

NAMES = ("AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA")


class Scripted:
    """Daily bars that close as told, the last before any day asked for."""

    def __init__(self, **closes):
        self._closes = closes

    def before(self, symbol, day, count):
        closes = self._closes.get(symbol, ())[-count:]
        days = [s.day for s in market(at=AT).calendar.between(day - timedelta(days=500), day - timedelta(days=1))]
        return tuple(Bar(d, c, c, c, c) for d, c in zip(days[-len(closes) :] if closes else (), closes, strict=True))

    def on(self, symbol, day):
        return None


def slow(**more):
    return {s.trigger: s for s in once_a_session(view_of(**more))}


@pytest.mark.parametrize(
    ("closes", "on"),
    [((30.01,) * 5, True), ((29.0, *(31.0,) * 5), True), ((31.0, 31.0, 30.0, 31.0, 31.0), False),
     ((31.0,) * 4, None), ((31.0, 31.0, NAN, 31.0, 31.0), None), ((), None)],
)  # fmt: skip
def test_five_closes_above_thirty_in_a_row_are_fear(closes, on):
    assert slow(closes=closes)["VIX30x5"].on is on


def test_an_unknown_vix_is_no_fear_and_no_calm():
    assert slow(vix=None)["VIX30x5"].on is None


def year(last, *, high=100.0, sessions=252):
    return (*(90.0,) * (sessions - 2), high, last)


@pytest.mark.parametrize(
    ("series", "on", "proxy"),
    [({"SPX": year(80.0)}, True, False), ({"SPX": year(80.01)}, False, False), ({"SPX": year(60.0)[1:]}, None, None),
     ({"SPX": year(60.0)[1:], "SPY": year(70.0)}, True, True), ({"SPY": year(85.0)}, False, True), ({}, None, None)],
)  # fmt: skip
def test_an_index_a_fifth_under_its_high_of_a_year_calls_for_a_hedge(series, on, proxy):
    found = slow(tape=Scripted(**series))["SPX_DD20"]
    assert found.on is on
    assert found.numbers.get("proxy") is proxy


def test_a_series_that_ends_before_the_last_session_is_unknown():
    late = Scripted(SPX=year(60.0))
    view = view_of(tape=late)
    bars = late.before("SPX", THURSDAY - timedelta(days=1), 252)
    stale = evolve(view, market=evolve(view.market, bars=type("Old", (), {"before": lambda *_: bars})()))
    assert next(s for s in once_a_session(stale) if s.trigger == "SPX_DD20").on is None


def breadth(over, under, **more):
    closes = {name: (*(100.0,) * 49, 101.0 if i < over else 99.0) for i, name in enumerate(NAMES[: over + under])}
    return slow(tape=Scripted(**closes), snapshots=[snapshot(name) for name in NAMES], **more)["BREADTH20"]


@pytest.mark.parametrize(
    ("over", "under", "on"), [(1, 5, True), (1, 4, False), (0, 5, True), (0, 4, None), (3, 3, False)]
)
def test_thin_breadth_is_a_share_of_the_universe_that_has_enough_names_to_show_it(over, under, on):
    assert breadth(over, under).on is on


def test_funds_and_names_without_fifty_sessions_are_no_part_of_the_breadth():
    closes = dict.fromkeys(NAMES[:5], (*((100.0,) * 49), 99.0))
    short_history = Scripted(**closes, SPY=(*(100.0,) * 49, 101.0), NVDA=(100.0,) * 48)
    found = slow(tape=short_history, snapshots=[snapshot(name) for name in NAMES])["BREADTH20"]
    assert (found.on, found.numbers["universe"]) == (True, 5)


@pytest.mark.parametrize(
    ("position", "on"),
    [(AT_TWO, True), (short(contract(100), level=3), True), (short(contract(100), level=1), False),
     (shares(level=2), True), (short(contract(100, right=CALL), level=2), False),
     (evolve(AT_TWO, cause="hedge:L2"), False)],
)  # fmt: skip
def test_puts_and_shares_at_level_two_call_for_a_hedge(position, on):
    assert [s.trigger for s in at_any_instant(view_of(position))] == (["L2"] if on else [])


def test_a_freeze_of_level_two_remembers_it_after_the_roll():
    assert [s.trigger for s in at_any_instant(view_of(frozen={"AAPL": "PE-7", "*": "PE-7"}))] == ["L2"]
    assert list(at_any_instant(view_of(frozen={"*": "RULE-0"}))) == []


def test_the_hedged_tier_is_a_trigger():
    assert [s.trigger for s in at_any_instant(view_of(tiers=("HEDGED",)))] == ["VIX50"]
    assert list(at_any_instant(view_of(vix=51.0))) == []


def test_every_trigger_is_told_to_whoever_holds_the_hedges():
    told = PROTOCOL.triggers(view_of(tiers=("HEDGED",)))
    assert set(told) == {"VIX50", "L2", "VIX30x5", "SPX_DD20", "BREADTH20"}
    assert (told["VIX50"], told["L2"], told["BREADTH20"]) == (True, False, None)


def test_what_is_unknown_is_said_once_and_buys_nothing():
    found = hedged(closes=(40.0,) * 3)
    assert [type(s) for s in found] == [Skip]
    assert found[0].numbers == {"VIX30x5": "unknown", "SPX_DD20": "unknown", "BREADTH20": "unknown"}
    assert hedged(closes=(40.0,) * 3, clock="10:05") == []


def money(**more):
    return budget(view_of(**more))


def test_the_budget_is_the_larger_of_a_part_of_the_gains_and_of_the_equity():
    assert money().left == Decimal("1000")
    won = {"quarter": Quarter("2026-Q1", Decimal("5000")), "realised": Decimal("45000")}
    assert money(**won).left == Decimal("2000")
    lost = {**won, "realised": Decimal("1000")}
    assert money(**lost).left == Decimal("1000")


def test_what_was_spent_and_what_works_is_taken_off_and_another_quarters_is_not():
    spent = Quarter("2026-Q1", Decimal(0), Decimal("300"))
    assert money(quarter=spent).left == Decimal("700")
    assert money(quarter=evolve(spent, label="2025-Q4")).left == Decimal("1000")
    order = Working("k", "gen_acc", "SPY", None, 1, True, Decimal("450"), cause="hedge:L2")
    assert money(quarter=spent, working={"k": order}).left == Decimal("250")
    assert money(quarter=evolve(spent, hedge_cost=Decimal("5000"))).left == 0


def test_puts_and_calls_get_what_they_want_or_two_to_one_of_what_there_is():
    rich = money(quarter=Quarter("2026-Q1", Decimal(0)), realised=Decimal("40000"))
    assert (rich.puts, rich.calls) == (Decimal("1000"), Decimal("500"))
    short_of = money()
    assert short_of.puts == pytest.approx(2 * short_of.calls)
    assert short_of.puts + short_of.calls == pytest.approx(Decimal("1000"))


@given(st.integers(-(10**6), 10**7), st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_the_parts_never_exceed_what_is_left(cash, realised, spent):
    quarter = Quarter("2026-Q1", Decimal(0), Decimal(spent))
    made = budget(sleeve_view(market(), books(cash=str(cash), realised=Decimal(realised), quarter=quarter)))
    assert made.left >= 0
    assert 0 <= made.puts + made.calls <= made.left * Decimal("1.0000001")
