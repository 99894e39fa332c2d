"""Large orders leave in slices (LQ-3): sizes, instants, keys, reserves, and what the journal says of them."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk import Shares
from allusr_sdk.kernel.limits import child_most, last_start
from allusr_sdk.kernel.slicing import pieces, slice_key, sliced, starts
from allusr_sdk.model.views import Grain
from tests.builders import (
    AT,
    NAN,
    RULES,
    World,
    board,
    books,
    contract,
    later,
    market,
    moment,
    quote,
    sell,
    snapshot,
    stub,
)
from tests.kernel.questions import entry, order
from tests.kernel.scenes import FRIDAY, STRIKES, aapl, held_shares, writes

DEEP = (50_000.0, 50_000.0)


def rich(*, at=AT, volumes=DEEP, **more):
    """AAPL at 100 with options that trade a lot."""
    rows = board("AAPL", 100.0, [FRIDAY], STRIKES, at=at)
    return market(snapshot("AAPL", 100.0, rows, at=at, volumes=volumes), at=at, **more)


def one_put(lots):
    return order(sell(quote(contract(100))), lots)


# --- how an order is cut --------------------------------------------------------------------------------------------


@given(st.integers(1, 5000), st.integers(1, 300))
def test_pieces_sum_to_the_whole_and_none_is_too_large(quantity, most):
    parts = pieces(quantity, most)
    assert sum(parts) == quantity
    assert all(0 < part <= most for part in parts)
    assert len(parts) == -(-quantity // most)


@given(st.integers(1, 200), st.integers(1, 60), st.one_of(st.none(), st.integers(0, 4500)))
def test_slices_sum_to_their_order_as_far_as_the_window_goes(lots, most, within):
    whole = one_put(lots)
    parts = sliced(whole, most, RULES, within=within)
    assert sum(p.quantity for p in parts) <= lots
    assert all(p.quantity <= most and p.delay <= (within or 0) for p in parts)
    assert all(p.reserve == p.legs[0].instrument.notional * p.quantity for p in parts)
    assert len({p.key for p in parts}) == len(parts)
    if within is None:
        assert (sum(p.quantity for p in parts), sum(p.reserve for p in parts)) == (lots, whole.reserve)


def test_an_order_that_fits_is_left_as_it_is():
    whole = one_put(50)
    assert sliced(whole, 50, RULES, within=0) == (whole,)


def test_slices_are_numbered_before_the_version_and_name_the_first_as_their_parent():
    parts = sliced(evolve(one_put(120), key="gen_acc.260212.100000.AAPL.sell-v1"), 50, RULES, within=4500)
    assert [p.key.split("AAPL.")[1] for p in parts] == ["sell-c01-v1", "sell-c02-v1", "sell-c03-v1"]
    assert {p.parent for p in parts} == {p.group for p in parts} == {parts[0].key}
    assert [p.quantity for p in parts] == [50, 50, 20]
    assert all(p.rule.endswith("LQ-3") for p in parts)


@given(st.text(min_size=1, max_size=40), st.integers(1, 40))
def test_the_gaps_between_slices_lie_in_their_bounds_and_follow_from_the_key(key, count):
    instants = starts(key, count, RULES)
    assert instants[0] == 0
    assert all(20 <= after - before <= 60 for before, after in pairwise(instants))
    assert starts(key, count, RULES) == instants


def test_the_gaps_are_irregular_and_reach_both_bounds():
    gaps = {starts(f"key {n}", 2, RULES)[1] for n in range(2000)}
    assert gaps == set(range(20, 61))


# --- how large a slice is -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "strike", "volumes", "expected"),
    [
        ("9000000", 10, DEEP, 50),
        ("9000000", 270, DEEP, 18),  # 500,000 dollars
        ("400000", 270, DEEP, 3),  # a quarter of the sleeve
        ("9000000", 10, (300.0, 300.0), 30),  # a tenth of what trades a day
        ("50000", 270, DEEP, 1),  # one is the least: the checks refuse it or CAD-11 lets it through
        ("9000000", 10, (NAN, NAN), 1),
    ],
)
def test_a_slice_is_bound_by_contracts_dollars_and_volume(equity, strike, volumes, expected):
    put = sell(quote(contract(strike)))
    asks = entry(put, ledger=books(cash=equity), view=market(snapshot(spot=272.0, volumes=volumes)))
    assert child_most(asks, put.quote.contract.notional) == expected


def test_slices_of_shares_are_whole_hundreds_where_they_can_be():
    asks = entry(Shares("AAPL", "CAD-9", quantity=9000), ledger=books(cash="9000000"))
    assert child_most(asks, Decimal(230)) == 2100
    assert child_most(entry(asks.intent, ledger=books(cash="40000")), Decimal(230)) == 43


def test_no_slice_starts_after_the_last_start_of_the_window():
    at = moment(clock="10:54")
    assert last_start(entry(view=market(snapshot(spot=272.0, at=at), at=at))) == 60
    for grain in (Grain.COARSE, Grain.EOD):
        assert last_start(entry(view=market(snapshot(spot=272.0, at=at), at=at, grain=grain))) is None


# --- what a pass does with them -------------------------------------------------------------------------------------


def test_a_large_put_leaves_in_slices_that_are_all_journaled_at_the_decision():
    with World(stub(propose=writes()), funds={"stub": "1900000"}) as world:
        orders = world.cycle(rich())
        recorded = world.events("IntentRecorded")
        assert [o.quantity for o in orders] == [50, 45]  # half of 1,900,000 dollars at 9,950.70 a contract
        assert [(e.key, e.parent, e.delay) for e in recorded] == [(o.key, o.parent, o.delay) for o in orders]
        assert orders[0].delay == 0 < 20 <= orders[1].delay <= 60
        assert [e.numbers["slice"] for e in recorded] == [1, 2]
        assert {(e.numbers["slices"], e.numbers["whole"], e.numbers["displayed size"]) for e in recorded} == {
            (2, 95, "unknown")
        }
        assert world.book.ledgers["stub"].reserved == sum(o.reserve for o in orders) == 95 * 9950


def test_the_books_know_when_each_slice_leaves():
    with World(stub(propose=writes()), funds={"stub": "2000000"}) as world:
        orders = world.cycle(rich())
        assert [s.at for s in world.book.sent] == [AT + timedelta(seconds=o.delay) for o in orders]
        assert {s.group for s in world.book.sent} == {orders[0].key}
        assert world.book.orders_sent == tuple(s.at for s in world.book.sent)


def test_a_parent_has_two_hundred_contracts_at_most():
    with World(stub(propose=writes()), funds={"stub": "9000000"}) as world:
        assert [o.quantity for o in world.cycle(rich())] == [50, 50, 50, 50]


def test_slices_that_would_start_too_late_are_left_out_and_that_is_said():
    rules = RULES.tightened({"CAD-7.last_child": "10:01"})
    with World(stub(propose=writes()), funds={"stub": "9000000"}, rules=rules) as world:
        orders = world.cycle(rich())
        assert all(o.delay <= 60 for o in orders)
        assert 1 < len(orders) < 4
        left = 200 - sum(o.quantity for o in orders)
        assert world.events("IntentRecorded")[0].numbers["left out after the last start"] == left


def test_on_coarse_data_slices_leave_together():
    with World(stub(propose=writes()), funds={"stub": "9000000"}) as world:
        orders = world.cycle(rich(grain=Grain.COARSE))
        assert {o.delay for o in orders} == {0}
        assert sum(o.quantity for o in orders) == 200


def test_cutting_an_order_does_not_make_it_small_against_the_volume():
    with World(stub(propose=writes()), funds={"stub": "9000000"}) as world:
        assert world.cycle(rich(volumes=(1000.0, 1000.0))) == ()
        assert "LQ-1 200 contracts > 10% of ADV 1000" in world.said("refuse")[0]


def test_what_is_left_of_all_slices_comes_back_at_half_the_size():
    with World(stub(propose=writes()), funds={"stub": "1900000"}) as world:
        view = rich()
        orders = world.cycle(view)
        for each in orders:
            world.cancel(each)
        assert world.book.ledgers["stub"].tried["AAPL"][1] == 95
        assert sum(o.quantity for o in world.cycle(later(view))) == 47


def test_slices_stop_where_the_pace_of_orders_ends():
    rules = RULES.tightened({"KS-11.orders_minute": 1, "LQ-3.interval_min": 20, "LQ-3.interval_max": 20})
    with World(stub(propose=writes()), funds={"stub": "9000000"}, rules=rules) as world:
        orders = world.cycle(rich())
        assert [o.quantity for o in orders] == [50]
        assert "orders a minute reached 1" in world.said("refuse")[0]


def test_calls_on_many_shares_are_sliced_too():
    def calls(view):
        return [sell(view.quote(contract(100.5, right="C")), delta=0.42)]

    with World(stub(propose=calls), funds={"stub": "2000000"}) as world:
        held_shares(world, 9000)
        orders = world.cycle(rich())
        assert [(o.quantity, o.reserve) for o in orders] == [(49, 0), (41, 0)]


def test_a_large_purchase_of_shares_is_sliced_by_its_dollars():
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", quantity=9000)]), funds={"stub": "2000000"}) as world:
        orders = world.cycle(aapl())
        assert [o.quantity for o in orders] == [4900, 4100]
        assert all(o.reserve <= 500_000 for o in orders)


def test_the_same_order_leaves_at_the_same_instants_in_every_release():
    assert starts("a.sell-v1", 4, RULES) == (0, 24, 50, 105)


def test_a_slice_that_may_leave_at_the_last_instant_does():
    whole = evolve(order(sell(quote(contract(270))), 4), key="a.sell-v1")
    for within, leave in ((49, 2), (50, 3), (105, 4)):
        assert len(sliced(whole, 1, RULES, within=within)) == leave


def test_the_number_of_a_slice_goes_before_the_last_version_of_its_key():
    assert slice_key("my-v2.sell-v1", 2) == "my-v2.sell-c02-v1"
