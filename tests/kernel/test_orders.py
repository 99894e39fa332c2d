"""Keys, ticks and ladders of limits (RULE-2, LQ-2, ORD-1, PE-11, KS-11.5)."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.kernel.orders import (
    Leg,
    ladder,
    next_version,
    on_tick,
    order_key,
    part,
    split,
    tick,
    urgent_ladder,
)
from tests.builders import AT, RULES, contract, quote, sell, shares, short
from tests.kernel.questions import order

ROOTS = ["SPY", "AAPL", "XSP"]
TENTHS = st.integers(1, 400_000).map(lambda n: Decimal(n) / 1000)


def at_tick(root, price):
    return tick(contract(root=root), price, RULES)


@pytest.mark.parametrize(
    ("root", "price", "selling", "expected"),
    [
        ("AAPL", "2.987", True, "2.99"),
        ("AAPL", "3.02", True, "3.05"),
        ("AAPL", "3.02", False, "3.00"),
        ("SPY", "3.021", True, "3.03"),
        ("QQQ", "3.021", False, "3.02"),
        ("XYZ", "2.96", True, "3.00"),
        ("XYZ", "3.11", False, "3.10"),
        ("XYZ", "2.96", False, "2.95"),
        ("XYZ", "3.16", False, "3.10"),
    ],
)
def test_first_prices_meet_the_tick_vectors(root, price, selling, expected):
    value = Decimal(price)
    assert on_tick(value, at_tick(root, value), up=selling) == Decimal(expected)


def test_three_dollars_themselves_move_by_the_larger_tick():
    assert (at_tick("AAPL", Decimal("3.00")), at_tick("AAPL", Decimal("2.99"))) == (Decimal("0.05"), Decimal("0.01"))


def test_shares_and_combos_move_by_cents():
    assert tick(None, Decimal("250"), RULES) == tick(None, Decimal("-4"), RULES) == Decimal("0.01")


def test_the_key_is_the_ledgers_only_one_for_symbol_action_and_instant():
    assert order_key("gen_acc", AT, "SPY", "sell") == f"gen_acc.{AT:%y%m%d.%H%M%S}.SPY.sell-v1"


@st.composite
def walks(draw):
    bid = draw(st.integers(0, 20_000)) * Decimal("0.01")
    ask = bid + draw(st.integers(1, 3000)) * Decimal("0.01")
    selling = draw(st.booleans())
    root = draw(st.sampled_from(ROOTS))
    step = at_tick(root, bid)
    bid, ask = on_tick(bid, step, up=False), on_tick(ask, max(at_tick(root, ask), step), up=True)
    if selling and bid == 0:
        selling = False
    return root, bid, ask, selling, draw(st.integers(1, 10))


@given(walks())
def test_a_ladder_is_on_ticks_walks_one_way_and_stays_inside_touch_and_collar(walk):
    root, bid, ask, selling, steps = walk
    mid, touch = (bid + ask) / 2, bid if selling else ask
    prices = ladder(mid, touch, contract(root=root), RULES, selling=selling, steps=steps)
    assert 1 <= len(prices) <= steps + 1 <= 11
    assert all(price % at_tick(root, price) == 0 for price in prices)
    assert list(prices) == sorted(set(prices), reverse=selling)
    least = at_tick(root, mid)
    if selling:
        assert min(prices) >= max(bid, Decimal("0.95") * mid)
        assert max(prices) <= ask
    else:
        assert max(prices) <= max(min(ask, Decimal("1.05") * mid), least)
        assert min(prices) > 0


@given(walks(), TENTHS)
def test_a_ladder_never_goes_beyond_the_worst_price_that_was_named(walk, worst):
    root, bid, ask, selling, steps = walk
    mid, touch = (bid + ask) / 2, bid if selling else ask
    prices = ladder(mid, touch, contract(root=root), RULES, selling=selling, steps=steps, worst=worst)
    if selling:
        assert min(prices) >= worst
    else:
        assert max(prices) <= max(worst, at_tick(root, mid))


def test_where_ticks_outnumber_the_steps_the_last_one_goes_straight_to_the_bound():
    prices = ladder(Decimal("10"), Decimal("9"), contract(root="SPY"), RULES, selling=True, steps=5)
    assert prices == tuple(Decimal(p) for p in ("10.00", "9.99", "9.98", "9.97", "9.96", "9.50"))


def test_a_walk_down_across_three_dollars_takes_the_small_ticks_below():
    prices = ladder(Decimal("3.05"), Decimal("2.97"), contract(), RULES, selling=True, steps=10)
    assert prices == tuple(Decimal(p) for p in ("3.05", "3.00", "2.99", "2.98", "2.97"))


def test_a_short_worth_nothing_is_bought_for_one_tick_and_not_for_zero():
    assert ladder(Decimal("0.005"), Decimal("0.01"), contract(), RULES, selling=False, steps=10) == (Decimal("0.01"),)


def test_a_combo_may_be_had_for_a_credit():
    prices = ladder(Decimal("-1.00"), Decimal("-0.90"), None, RULES, selling=False, steps=10)
    assert (prices[0], prices[-1]) == (Decimal("-1.00"), Decimal("-0.95"))


@given(st.sampled_from(ROOTS), st.integers(0, 20_000), st.integers(1, 3000), st.sampled_from([60, 300]))
def test_an_urgent_ladder_starts_at_the_ask_and_works_at_its_cap_until_its_time_is_over(
    root, bid_cents, width, seconds
):
    bid = on_tick(Decimal(bid_cents) / 100, at_tick(root, Decimal(bid_cents) / 100), up=False)
    ask = bid + Decimal(width) / 100
    ask = on_tick(ask, at_tick(root, ask), up=True)
    prices = urgent_ladder(quote(contract(root=root), float(bid), float(ask)), RULES, seconds=seconds)
    cap = max(Decimal("1.25") * (bid + ask) / 2, at_tick(root, bid))
    assert prices[0] == min(ask, prices[-1])
    assert list(prices) == sorted(prices)
    assert prices[-1] <= cap
    assert len(prices) * 5 == seconds
    assert all(price % at_tick(root, price) == 0 for price in prices)
    steps = pairwise(prices[:-1] if seconds == 60 else prices)
    assert all(after <= before * Decimal("1.02") + at_tick(root, after) for before, after in steps)


def test_a_combo_with_a_mid_near_zero_may_still_give_one_tick():
    prices = ladder(Decimal("0.19"), Decimal("0.20"), None, RULES, selling=False, steps=10, slack=Decimal("0.01"))
    assert prices == (Decimal("0.19"), Decimal("0.20"))


def test_an_urgent_ladder_rises_by_two_percent_to_a_quarter_over_the_mid():
    prices = urgent_ladder(quote(contract(root="SPY"), 9.90, 10.10), RULES, seconds=300)
    assert [str(p) for p in prices[:4]] == ["10.1", "10.30", "10.50", "10.71"]
    assert prices[-1] == Decimal("12.50")
    assert prices.count(Decimal("12.50")) > 40


@pytest.mark.parametrize(("key", "following"), [("a.sell-v1", "a.sell-v2"), ("a.sell-3-v9", "a.sell-3-v10")])
def test_the_next_version_of_a_key_changes_nothing_but_its_version(key, following):
    assert next_version(key) == following


def test_the_key_of_a_slice_and_of_its_next_version_differ_from_every_other():
    keys = {f(part("a.roll-v1", n)) for n in (2, 3, 11) for f in (str, next_version)}
    assert keys == {f"a.roll-{n}-v{v}" for n in (2, 3, 11) for v in (1, 2)}


@given(st.integers(1, 500), st.integers(1, 60), st.integers(0, 10**7))
def test_the_parts_of_an_order_hold_what_it_held_and_reserve_no_less(lots, most, cents):
    whole = order(sell(quote(contract(270))), lots)
    whole = evolve(whole, key="a.sell-v1", reserve=Decimal(cents) / 100)
    parts = split(whole, most)
    assert sum(p.quantity for p in parts) == lots
    assert max(p.quantity for p in parts) <= most
    assert sum(p.reserve for p in parts) >= whole.reserve
    assert len({p.key for p in parts}) == len(parts)
    assert {p.group for p in parts} == {whole.key}


def test_an_intent_says_again_what_the_order_does():
    spread = Leg(contract(90, expiry=date(2026, 8, 21)), -1, Decimal(1), Decimal(2))
    put = order(sell(quote(contract(270))))
    assert put.action == "sell"
    assert evolve(put, cause="hedge:L2", legs=(*put.legs, spread)).action == "hedge"
    assert evolve(put, opening=False, cause="roll", legs=(*put.legs, spread)).action == "roll"
    assert evolve(put, opening=False, position=short(contract(270)), legs=(*put.legs, spread)).action == "close"
    assert evolve(put, opening=False, position=short(contract(270))).action == "close"
    assert evolve(put, opening=False, position=shares()).action == "shares"


@pytest.mark.parametrize(("key", "wish"), [("PE-11.cap", "0.10"), ("KS-11.urgent_cap", "1.10")])
def test_the_lower_of_both_caps_binds_an_urgent_ladder(key, wish):
    prices = urgent_ladder(quote(contract(root="SPY"), 9.90, 10.10), RULES.tightened({key: wish}), seconds=300)
    assert prices[-1] == Decimal("11.00")


def test_a_walk_up_across_three_dollars_takes_the_large_ticks_from_there():
    prices = ladder(Decimal("2.98"), Decimal("3.11"), contract(), RULES, selling=False, steps=10)
    assert prices == tuple(Decimal(p) for p in ("2.98", "2.99", "3.00", "3.05", "3.10"))


def test_the_parts_of_a_combo_keep_the_side_of_each_leg_and_share_what_it_reserves():
    bought, sold = Leg(contract(270), 5, Decimal(1), Decimal(2)), Leg(contract(260), -5, Decimal(1), Decimal(2))
    whole = evolve(
        order(sell(quote(contract(270)))), key="a.roll-v1", legs=(bought, sold), reserve=Decimal("100.01"), delay=7
    )
    parts = split(whole, 2)
    assert [tuple(leg.quantity for leg in p.legs) for p in parts] == [(2, -2), (2, -2), (1, -1)]
    assert [str(p.reserve) for p in parts] == ["40.01", "40.01", "20.01"]
    assert [(p.key, p.parent) for p in parts] == [
        ("a.roll-v1", ""), ("a.roll-2-v1", "a.roll-v1"), ("a.roll-3-v1", "a.roll-v1"),
    ]  # fmt: skip
    assert {(p.delay, p.prices, p.ledger) for p in parts} == {(7, whole.prices, whole.ledger)}


@pytest.mark.parametrize(("seconds", "prices"), [(4, ["12.50"]), (9, ["12.50"]), (10, ["10.1", "12.50"])])
def test_an_urgent_ladder_that_is_short_of_time_ends_at_its_cap_all_the_same(seconds, prices):
    assert [str(p) for p in urgent_ladder(quote(contract(root="SPY"), 9.90, 10.10), RULES, seconds=seconds)] == prices
