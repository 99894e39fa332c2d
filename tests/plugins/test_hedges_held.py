"""When hedges that are held go (PE-10)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_protocol.signals import once_a_session
from attrs import evolve

from allusr_sdk import Close, Grain
from allusr_sdk.model.positions import Working
from allusr_sdk.model.views import Vix
from tests.builders import (
    AT,
    NAN,
    RULES,
    THURSDAY,
    Tape,
    books,
    contract,
    market,
    moment,
    quote,
    short,
    sleeve_view,
    snapshot,
)
from tests.plugins.hedging import CALM, HALF_YEAR, PROTOCOL, view_of

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


@pytest.mark.parametrize(("clock", "since", "until"), [
    ("09:32", "09:35", "09:40"), ("09:40", "09:35", "09:45"), ("09:45", "09:50", "10:00"), ("10:14", "10:05", "10:15"),
    ("15:59", "15:50", "16:00"),
])  # fmt: skip
def test_between_two_looks_nothing_is_wished_of_hedges(clock, since, until):
    rules = RULES.what_if({"CAD-7.quiet_open": "10"}) if clock == "09:32" else RULES
    view = sleeve_view(market(at=moment(THURSDAY, clock)), books(), rules=rules)
    assert PROTOCOL.quiet(view) == (moment(THURSDAY, since), moment(THURSDAY, until))


def test_coarse_data_is_quiet_at_no_instant():
    assert PROTOCOL.quiet(sleeve_view(market(grain=Grain.COARSE), books())) is None
