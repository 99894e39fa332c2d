"""Hedges: what calls for them, what they may cost, what is bought, when they go (PE-9, PE-10)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_protocol.budget import budget
from allusr_protocol.engine import Protocol, ProtocolSettings
from allusr_protocol.signals import at_any_instant, once_a_session
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Close, Grain, Hedge, Note, Skip
from allusr_sdk.model.positions import Quarter, Working
from allusr_sdk.model.views import Bar, Vix
from tests.builders import (
    AT,
    CALL,
    NAN,
    RULES,
    THURSDAY,
    Tape,
    board,
    books,
    contract,
    market,
    moment,
    quote,
    shares,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
HALF_YEAR = date(2026, 8, 21)
"""190 days out; the months before and after are further from 180."""
EXPIRIES = [date(2026, 3, 20), date(2026, 7, 17), HALF_YEAR, date(2026, 9, 18), date(2027, 3, 19)]
AT_TWO = short(contract(100), level=2)
CALM = (15.0,) * 30
NAMES = ("AAPL", "AMZN", "GOOGL", "META", "MSFT", "NVDA")


def chains(*symbols, at=AT, spots=None, volatility=0.22):
    """Put chains of funds and indices half a year out, VIX calls among them."""
    made = {"SPX": 6000.0, "XSP": 600.0, "SPY": 600.0, "VIX": 22.0, **(spots or {})}
    for symbol in symbols:
        spot, root = made[symbol], "SPXW" if symbol == "SPX" else symbol
        strikes = range(20, 60, 5) if symbol == "VIX" else [spot * share / 100 for share in range(70, 110)]
        rights, wild = ((CALL,), 0.9) if symbol == "VIX" else ((contract().right,), volatility)
        yield snapshot(
            symbol, spot, board(root, spot, EXPIRIES, strikes, rights=rights, volatility=wild, at=at, half=0.05), at=at
        )


def view_of(
    *positions, symbols=("SPY",), vix=15.0, closes=CALM, clock="10:00", tape=None, tiers=(), grain=Grain.GRID,
    spots=None, day=THURSDAY, snapshots=(), **more,
):  # fmt: skip
    """A sleeve of 100,000 dollars over chains; ten o'clock is when slow triggers are read."""
    at = moment(day, clock)
    known = None if vix is None else Vix(vix, at, closes)
    shown = [*chains(*symbols, at=at, spots=spots), *snapshots]
    seen = market(*shown, at=at, vix=known, tape=tape or Tape(), grain=grain)
    held = books(*positions, **{"cash": "100000", **more})
    return evolve(sleeve_view(seen, held), tiers=tiers)


def hedged(*positions, **more):
    return list(PROTOCOL.hedge(view_of(*positions, **more)))


def bought(found):
    return [(h.trigger, h.buy.contract.underlying, h.lots) for h in found if isinstance(h, Hedge)]


def refused(found):
    return [s for s in found if isinstance(s, Skip) and s.verdict == "refuse"]


# --- triggers ------------------------------------------------------------------------------------------------------


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


# --- budget --------------------------------------------------------------------------------------------------------


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


# --- what is bought ------------------------------------------------------------------------------------------------


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


# --- what is held --------------------------------------------------------------------------------------------------

OLD = AT - timedelta(days=30)
LONG = contract(540, expiry=HALF_YEAR, root="SPY")
UNDER = contract(480, expiry=HALF_YEAR, root="SPY")


def leg(what, lots, cost, *, opened=OLD, cause="hedge:L2"):
    paid = Decimal(cost)
    held = short(what, lots=1, price=cost, opened=opened, cause=cause)
    return evolve(held, quantity=lots, amount=paid * 100 * abs(lots))


def holding(*legs, quotes=(), vix=25.0, closes=(25.0,) * 30, clock="10:15", others=(), **more):
    at = moment(more.pop("day", THURSDAY), clock)
    rows = [quote(what, bid, ask, at=at) for what, bid, ask in quotes]
    seen = market(snapshot("SPY", 600.0, rows, at=at), at=at, vix=Vix(vix, at, closes), tape=Tape())
    found = PROTOCOL.hedge(sleeve_view(seen, books(*legs, *others, **more)))
    return [(c.position.contract, c.rule) for c in found if isinstance(c, Close)]


def test_hedges_are_held_without_a_level():
    position = leg(UNDER, -2, "5.00")
    view = view_of(position, spots={"SPY": 300.0})
    seen = PROTOCOL.assess(position, view)
    assert seen.watch == position.watch
    assert [(a.rule, a.verdict) for a in PROTOCOL.respond(position, seen, view)] == [("PE-10", "hold")]


@pytest.mark.parametrize(("bid", "ask", "sells"), [(29.9, 30.1, True), (29.8, 30.1, False), (NAN, 40.0, False)])
def test_a_put_worth_three_times_its_cost_is_sold(bid, ask, sells):
    index = contract(540, expiry=HALF_YEAR, root="XSP")
    at = moment(THURSDAY, "10:15")
    shown = [snapshot("XSP", 500.0, [quote(index, bid, ask, at=at)], at=at)]
    view = view_of(leg(index, 2, "10.00"), symbols=(), snapshots=shown, clock="10:15", vix=25.0)
    assert [c.position.contract for c in PROTOCOL.hedge(view) if isinstance(c, Close)] == ([index] if sells else [])


def test_of_a_spread_the_written_leg_leaves_together_with_the_other_and_one_alone_is_sold():
    both = (leg(LONG, 2, "12.00"), leg(UNDER, -2, "5.00"))
    paid = [(LONG, 29.9, 30.1), (UNDER, 8.9, 9.1)]
    assert holding(*both, quotes=paid) == [(UNDER, "PE-10")]
    assert holding(*both, quotes=[(LONG, 28.9, 29.1), (UNDER, 8.9, 9.1)]) == []
    assert holding(both[0], quotes=paid) == [(LONG, "PE-10")]
    order = Working("k", "gen_acc", "SPY", UNDER, 2, False)
    assert holding(*both, quotes=paid, working={"k": order}) == []


FLAT = [(LONG, 11.9, 12.1), (UNDER, 4.9, 5.1)]


@pytest.mark.parametrize(("day", "sells"), [(date(2026, 5, 22), True), (date(2026, 5, 21), False)])
def test_hedges_near_their_end_are_sold(day, sells):
    both = (leg(LONG, 2, "12.00"), leg(UNDER, -2, "5.00"))
    assert bool(holding(*both, quotes=FLAT, day=day)) is sells


@pytest.mark.parametrize(
    ("more", "sells"),
    [({}, True), ({"vix": 20.0}, False), ({"closes": (25.0, *(19.0,) * 4)}, False), ({"closes": (19.0,) * 4}, False),
     ({"others": (short(contract(100), level=1),)}, False), ({"others": (short(contract(100)),)}, True),
     ({"frozen": {"*": "PE-7"}}, False)],
)  # fmt: skip
def test_hedges_are_sold_when_fear_is_gone_and_nothing_stands_at_a_level(more, sells):
    both = (leg(LONG, 2, "12.00"), leg(UNDER, -2, "5.00"))
    found = holding(*both, quotes=FLAT, **{"vix": 19.0, "closes": (25.0, *(19.0,) * 5), **more})
    assert bool(found) is sells


@pytest.mark.parametrize(("days", "sells"), [(7, True), (6, False)])
def test_a_young_hedge_has_not_seen_five_calm_sessions(days, sells):
    both = [leg(what, lots, "9", opened=AT - timedelta(days=days)) for what, lots in ((LONG, 2), (UNDER, -2))]
    assert bool(holding(*both, quotes=FLAT, vix=15.0, closes=CALM)) is sells


def test_what_is_held_is_looked_at_each_quarter_of_an_hour():
    both = (leg(LONG, 2, "12.00"), leg(UNDER, -2, "5.00"))
    paid = [(LONG, 29.9, 30.1), (UNDER, 8.9, 9.1)]
    assert [bool(holding(*both, quotes=paid, clock=c)) for c in ("10:10", "10:15", "10:20", "15:30")] == [
        False, True, False, False,
    ]  # fmt: skip


def test_rule_values_move_the_trigger():
    late = RULES.tightened({"PE-10.vix": 35.0})
    view = evolve(view_of(closes=(34.0,) * 5), rules=late)
    assert next(iter(once_a_session(view))).on is False
