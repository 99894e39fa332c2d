"""The fill model: how likely a fill is, that draws are seeded, and that nothing fills that a quote does not allow."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.execution.fills import AT_MID, Draws, probability

D = Decimal


@pytest.mark.parametrize(
    ("price", "chance"),
    [("1.10", 0.0), ("1.075", 0.15), ("1.05", 0.3), ("1.025", 0.65), ("1.00", 1.0), ("1.12", 0.0), ("0.95", 1.0)],
)
def test_a_sale_fills_the_likelier_the_nearer_its_limit_is_to_the_bid(price, chance):
    assert probability(D(price), near=D("1.00"), far=D("1.10")) == pytest.approx(chance)


@pytest.mark.parametrize(("price", "chance"), [("1.00", 0.0), ("1.05", 0.3), ("1.10", 1.0)])
def test_a_purchase_is_the_mirror_of_a_sale(price, chance):
    assert probability(D(price), near=D("1.10"), far=D("1.00")) == pytest.approx(chance)


def test_no_limit_at_the_mid_or_short_of_it_fills_more_than_three_times_in_ten():
    far, near = D("1.10"), D("1.00")
    chances = [probability(far - D(i) / 1000, near=near, far=far) for i in range(101)]
    assert max(chances[:51]) == pytest.approx(AT_MID)
    assert AT_MID <= 0.3
    assert chances == sorted(chances)


@given(st.integers(0, 2**32), st.text(min_size=1, max_size=12), st.integers(0, 12))
def test_a_draw_depends_on_seed_key_and_step_alone(seed, key, step):
    quote = {"price": D("1.05"), "near": D("1.00"), "far": D("1.10")}
    assert Draws(seed).fills(key, step, **quote) == Draws(seed).fills(key, step, **quote)


def test_draws_come_out_as_often_as_their_probability_says():
    quote = {"price": D("1.05"), "near": D("1.00"), "far": D("1.10")}
    hits = sum(Draws(7).fills(f"order {i}", 0, **quote) for i in range(4000))
    assert hits / 4000 == pytest.approx(0.3, abs=0.03)
    other = [Draws(8).fills(f"order {i}", 0, **quote) for i in range(100)]
    assert other != [Draws(7).fills(f"order {i}", 0, **quote) for i in range(100)]


def test_with_touch_nothing_is_ever_drawn():
    draws = Draws(7, "touch")
    assert not any(draws.fills(str(i), 0, price=D("1.01"), near=D("1.00"), far=D("1.10")) for i in range(200))


# --- the model in the venue ----------------------------------------------------------------------------------------


def test_a_limit_inside_the_spread_fills_at_itself_on_the_rung_that_was_drawn(bench, make):
    ladder = ("1.10", "1.08", "1.06", "1.04")
    quote = {"near": D("1.00"), "far": D("1.20")}
    rungs = {}
    for seed in range(40):
        drawn = [Draws(seed).fills("sleeve.1", i, price=D(p), **quote) for i, p in enumerate(ladder)]
        rungs.setdefault(drawn.index(True) if True in drawn else None, seed)
    assert {0, 1} < set(rungs)
    for rung, seed in rungs.items():
        one = bench(fills="seeded", seed=seed)
        one.at("10:00", make.order(bid="1.00", ask="1.20", prices=ladder))
        one.flush()
        if rung is None:
            assert not one.fills
        else:
            assert [(f.price, f.quantity) for f in one.fills] == [(D(ladder[rung]), -1)]
            assert one.said[-1][0] == 10.0 * (rung + 1)


cent = st.integers(5, 2000)
quotes = st.tuples(cent, st.integers(1, 300), st.integers(0, 6), st.booleans(), st.integers(1, 50))


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(quotes, min_size=1, max_size=12), st.integers(0, 2**16), st.sampled_from(["seeded", "touch"]))
def test_no_fill_is_better_than_the_limit_or_outside_the_quote(bench, make, drawn, seed, kind):
    orders = []
    for i, (low, width, steps, selling, size) in enumerate(drawn):
        bid, ask = D(low) / 100, D(low + width) / 100
        mid = (low + low + width) // 2
        walk = [max(mid - s, low) if selling else min(mid + s, low + width) for s in range(steps + 1)]
        prices = [str(D(p) / 100) for p in dict.fromkeys(walk)]
        orders.append(make.order(
            make.put(100 + i), -size if selling else size, bid=str(bid), ask=str(ask), prices=prices, key=f"sleeve.{i}"
        ))  # fmt: skip
    one = bench(fills=kind, seed=seed, cash="100000000")
    one.at("10:00", *orders)
    one.flush()
    by_key = {o.key: o for o in orders}
    for fill in one.fills:
        order = by_key[fill.key]
        leg = order.legs[0]
        assert leg.bid <= fill.price <= leg.ask
        limits = [price for _, status, price in one.statuses(fill.key) if status in ("accepted", "repriced")]
        assert fill.price in limits or fill.price == fill.touch
        assert fill.price >= limits[-1] if fill.quantity < 0 else fill.price <= limits[-1]
        if kind == "touch":
            assert fill.price == (leg.bid if fill.quantity < 0 else leg.ask)
    ended = {f.key for f in one.fills} | {e.key for _, e in one.said if getattr(e, "status", "") == "canceled"}
    assert ended == set(by_key)
    assert not one.venue.desk.working


# --- fees (FEE-1) --------------------------------------------------------------------------------------------------


def test_options_cost_seventy_cents_a_contract_and_side(bench, make):
    one = bench()
    one.at("10:00", make.order(quantity=-3, bid="1.00", ask="1.01", prices=["1.00"]))
    one.at("10:05", make.order(quantity=3, bid="1.00", ask="1.01", prices=["1.01"], key="sleeve.2", opening=False))
    assert [f.fee for f in one.fills] == [D("2.10"), D("2.10")]


@pytest.mark.parametrize(("shares", "fee"), [(100, "0.50"), (101, "0.51"), (1, "0.01")])
def test_shares_cost_half_a_cent_each_rounded_half_up(bench, make, shares, fee):
    one = bench()
    one.at("10:00", make.order("XYZ", shares, bid="50.00", ask="50.01", prices=["50.01"]))
    assert [(f.instrument, f.price, f.fee) for f in one.fills] == [("XYZ", D("50.01"), D(fee))]
    assert one.venue.cash == D("1000000") - D("50.01") * shares - D(fee)
