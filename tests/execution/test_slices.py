"""Slices leave one after the other, and stop when the market or a switch says so (LQ-3)."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.execution.faults import Faults
from allusr_sdk.execution.fills import Draws
from allusr_sdk.execution.live import Slices
from allusr_sdk.model.events import Filled, OrderChanged
from allusr_sdk.model.options import Right
from allusr_sdk.model.views import Grain

D = Decimal


def slices(make, *delays, bid="1.99", ask="2.01", prices=("2.00", "1.99"), quantity=-5, **more):
    """Slices of one decision: the first names no parent."""
    keys = ["s.sell-v1", *(f"s.sell-{n}-v1" for n in range(2, len(delays) + 1))]
    return [
        make.order(quantity=quantity, bid=bid, ask=ask, prices=prices, key=key, delay=delay,
                   parent="" if key == keys[0] else keys[0], **more)
        for key, delay in zip(keys, delays, strict=True)
    ]  # fmt: skip


def ends(bench):
    """Status, rule and reason of every order that ended without a fill."""
    return {e.key: (e.status, e.rule, e.reason) for _, e in bench.said
            if isinstance(e, OrderChanged) and e.status in ("canceled", "denied")}  # fmt: skip


def first_heard(bench):
    """When each order was first heard of."""
    found = {}
    for at, event in bench.said:
        found.setdefault(event.key, at)
    return found


def test_each_slice_leaves_at_its_own_second(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 25, 61))
    one.flush("10:04")
    assert first_heard(one) == {"s.sell-v1": 0.0, "s.sell-2-v1": 25.0, "s.sell-3-v1": 61.0}
    assert [(e.key, e.quantity) for e in one.fills] == [
        ("s.sell-v1", -5), ("s.sell-2-v1", -5), ("s.sell-3-v1", -5)
    ]  # fmt: skip


def test_slices_that_have_not_left_count_as_working(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 240))
    one.flush("10:02")
    assert one.venue.desk.working
    one.flush("10:05")
    assert not one.venue.desk.working


def test_a_slice_that_has_not_left_can_be_cancelled(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 60, 120))
    one.venue.desk.cancel({"s.sell-2-v1": ("KS-6", "kill switch VIX at SAFE")})
    one.flush()
    assert ends(one) == {"s.sell-2-v1": ("canceled", "KS-6", "kill switch VIX at SAFE")}
    assert [f.key for f in one.fills] == ["s.sell-v1", "s.sell-3-v1"]


def test_slices_do_not_leave_after_their_parent_was_stopped(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 60, bid="1.00", ask="3.00"))
    one.venue.desk.cancel({"s.sell-v1": ("KS-6", "halt")})
    one.flush()
    assert ends(one)["s.sell-2-v1"] == ("canceled", "LQ-3", "its parent was stopped by KS-6")


def test_slices_stop_when_the_spread_is_above_five_percent(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 60, bid="1.90", ask="2.01", prices=["1.90"]))
    one.flush()
    assert ends(one) == {"s.sell-2-v1": ("canceled", "LQ-3", "spread 5.63% > 5%")}
    assert [f.key for f in one.fills] == ["s.sell-v1"]


def test_a_spread_of_exactly_five_percent_lets_the_rest_leave(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 60, bid="1.95", ask="2.05", prices=["1.95"]))
    one.flush()
    assert ends(one) == {}


def test_slices_stop_when_what_was_filled_slipped_more_than_five_percent_from_the_first_mid(bench, make):
    one = bench()
    one.at("10:00", *(evolve(o, mid=D("2.12")) for o in slices(make, 0, 60, 120)))
    one.flush()
    assert [f.key for f in one.fills] == ["s.sell-v1"]
    assert ends(one)["s.sell-2-v1"] == ("canceled", "LQ-3", "slippage 6.13% > 5% of the first mid")
    assert ends(one)["s.sell-3-v1"][1] == "LQ-3"


def test_slippage_is_what_all_fills_cost_together():
    sold, bought = Slices(D("2.00"), -1), Slices(D("2.00"), 1)
    assert sold.slippage == 0
    for group, price in ((sold, "1.90"), (bought, "2.10")):
        group.take(D(price), 3)
        group.take(D("2.00"), 1)
        assert group.slippage == D("0.0375")
    credit = Slices(D("-1.00"), 1)
    credit.take(D("-0.90"), 1)
    assert credit.slippage == D("0.1")


def test_slices_that_reduce_risk_are_stopped_by_no_market(bench, make):
    one = bench(positions=[make.held(make.put(100), -10, "1.00")])
    one.at("10:00", *slices(make, 0, 30, bid="1.00", ask="3.00", prices=["3.00"], quantity=5, opening=False))
    one.flush()
    assert [f.key for f in one.fills] == ["s.sell-v1", "s.sell-2-v1"]


def test_nothing_leaves_at_or_after_the_close(bench, make):
    one = bench()
    one.at("15:59:30", *slices(make, 0, 29, 30, 90, prices=["1.99"]))
    one.flush()
    assert [f.key for f in one.fills] == ["s.sell-v1", "s.sell-2-v1"]
    why = ("canceled", "CAD-1", "the session closed before it left")
    assert ends(one) == {"s.sell-3-v1": why, "s.sell-4-v1": why}


def test_a_later_instants_quotes_bind_the_slices_that_are_left(bench, make):
    one = bench()
    one.at("10:00", *slices(make, 0, 200, 400))
    one.at("10:05")
    one.flush()
    assert [f.key for f in one.fills] == ["s.sell-v1", "s.sell-2-v1"]
    assert ends(one)["s.sell-3-v1"] == ("canceled", "LQ-3", "no sound quote of it any more")


def test_end_of_day_slices_leave_after_one_another(bench, make):
    one = bench()
    one.at("16:00", *slices(make, 0, 20, prices=["1.99"]), grain=Grain.EOD)
    one.flush()
    assert [f.key for f in one.fills] == ["s.sell-v1", "s.sell-2-v1"]


def test_a_first_slice_that_was_sent_again_stops_no_other(bench, make):
    keys, wanted = ("s.sell-v1", "s.sell-v2", "s.sell-2-v1"), [True, False, False]
    some = (Faults(seed=seed, lose_orders=0.5) for seed in range(99))
    one = bench(faults=next(f for f in some if [f.loses(key) for key in keys] == wanted))
    one.at("10:00", *slices(make, 0, 30))
    one.flush()
    assert sorted(f.key for f in one.fills) == ["s.sell-2-v1", "s.sell-v2"]


# --- spreads that open both legs (PE-10) ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "right", "strikes", "bought", "sold"),
    [
        ("SPXW", Right.PUT, (5400, 4800), ("111.60", "111.80"), ("45.30", "45.50")),
        ("XSP", Right.PUT, (540, 480), ("11.10", "11.20"), ("4.50", "4.60")),
        ("SPY", Right.PUT, (540, 480), ("11.10", "11.20"), ("4.50", "4.60")),
        ("VIX", Right.CALL, (30, 50), ("2.50", "2.60"), ("1.00", "1.10")),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_debit_spread_of_any_class_opens_both_legs_and_costs_its_limit(
    bench, make, root, right, strikes, bought, sold, seed
):
    expiry = make.day.replace(month=8, day=21)
    long, short = (make.put(k, expiry, root=root, right=right) for k in strikes)
    combo = make.roll(buy=(long, *bought), sell=(short, *sold), prices=["1.00"], position=make.held(long, -1, "1"))
    near = D(bought[1]) - D(sold[0])
    combo = evolve(
        combo, symbol=long.underlying, opening=True, position=None, cause="hedge:L2", rule="PE-10",
        prices=(near - D("0.10"), near), rolls=0, roll_debit=D(0), first_credit=D(0),
    )  # fmt: skip
    one = bench(fills="seeded", seed=seed)
    one.at("10:00", combo)
    one.flush()
    wrote, took = sorted(one.fills, key=lambda f: f.quantity)
    assert (took.instrument, took.quantity, took.opening) == (long.osi, 3, True)
    assert (wrote.instrument, wrote.quantity, wrote.opening) == (short.osi, -3, True)
    assert {f.cause for f in one.fills} == {"hedge:L2"}
    assert {(f.rolls, f.roll_debit) for f in one.fills} == {(0, D("0.00"))}
    assert took.price - wrote.price in combo.prices
    one.venue.check(
        [
            make.held(long, 3, took.price, symbol=long.underlying),
            make.held(short, -3, wrote.price, symbol=long.underlying),
        ],
        D("1000000") - (took.price - wrote.price) * 300 - D("4.20"),
    )


def test_a_rebuilt_venue_takes_index_hedges_up(bench, make):
    expiry = make.day.replace(month=8, day=21)
    fear = make.put(30, expiry, root="VIX", right=Right.CALL)
    positions = [
        make.held(fear, 4, "2.55", symbol="VIX"),
        make.held(make.put(5400, expiry, root="SPX"), 1, "111.70", symbol="SPX"),
    ]
    one = bench(positions=positions)
    one.at("10:00", make.order(fear, -4, bid="7.60", ask="7.70", prices=["7.60"], opening=False))
    one.flush()
    (sold,) = one.fills
    assert isinstance(sold, Filled)
    assert (sold.price, sold.opening) == (D("7.60"), False)
    one.venue.check(positions[1:], D("1000000") + D("3040.00") - D("2.80"))


def test_a_limit_that_rests_is_drawn_for_at_each_of_its_steps_and_repriced_once(bench, make):
    prices = ["1.10", "1.15", "1.15", "1.15", "1.15"]
    quote = {"near": D("1.40"), "far": D("1.00")}
    key = "s.close-v1"
    drawn = {s: [Draws(s).fills(key, i, price=D(p), **quote) for i, p in enumerate(prices)][:4] for s in range(999)}
    seed = next(s for s, rungs in drawn.items() if rungs == [False, False, False, True])
    one = bench(fills="seeded", seed=seed, positions=[make.held(make.put(100), -2, "1.00")])
    one.at("10:00", make.order(quantity=2, bid="1.00", ask="1.40", prices=prices, seconds=5, opening=False, key=key))
    one.flush()
    assert one.statuses() == [(0.0, "accepted", D("1.10")), (5.0, "repriced", D("1.15"))]
    assert [(at, e.price) for at, e in one.said if isinstance(e, Filled)] == [(20.0, D("1.15"))]


def test_an_order_that_ends_before_the_next_instant_is_over_when_that_decides(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.00", ask="9.00", prices=["5.00"] * 29))
    seen = []
    one.venue.desk._decide = lambda view: seen.append(one.venue.desk.working) or ()
    one.at("10:05")
    assert seen == [False]
