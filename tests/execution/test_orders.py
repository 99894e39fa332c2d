"""Orders at the venue: they walk their ladder, end, are cancelled for a reason, and roll as combos."""

from decimal import Decimal

import pytest
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.enums import LiquiditySide
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import TradeId
from nautilus_trader.model.objects import Money, Quantity

from allusr_sdk.model.events import OrderChanged
from allusr_sdk.model.views import Grain

D = Decimal


def ending(bench):
    """Rule and reason of the last cancellation."""
    changes = [e for _, e in bench.said if isinstance(e, OrderChanged) and e.status == "canceled"]
    return (changes[-1].rule, changes[-1].reason) if changes else None


def test_an_order_on_a_wide_market_walks_every_rung_and_is_cancelled_after_the_last(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=["1.20", "1.19", "1.18", "1.14"]))
    one.flush()
    assert one.statuses() == [
        (0.0, "accepted", D("1.20")),
        (10.0, "repriced", D("1.19")),
        (20.0, "repriced", D("1.18")),
        (30.0, "repriced", D("1.14")),
        (40.0, "canceled", None),
    ]
    assert ending(one) == ("ORD-1", "ladder ended")
    assert not one.fills


def test_an_order_of_which_a_part_fills_behind_its_end_works_again(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=["1.20"], quantity=-2))
    one.at("10:05")
    desk, order = one.venue.desk, one.venue.cache.orders()[0]
    assert not desk.working
    desk.msgbus.send("ExecEngine.process", OrderFilled(
        order.trader_id, order.strategy_id, order.instrument_id, order.client_order_id, order.venue_order_id,
        order.account_id, TradeId("late"), None, order.side, order.order_type, Quantity.from_int(1), order.price,
        USD, Money(0, USD), LiquiditySide.MAKER, UUID4(), desk.clock.timestamp_ns(), desk.clock.timestamp_ns(),
    ))  # fmt: skip
    assert ([fill.quantity for fill in one.fills], desk.working) == ([-1], True)


def test_an_order_that_reaches_the_touch_fills_there_at_once(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.69", ask="1.70", prices=["1.70", "1.69"], quantity=-3))
    one.flush()
    assert [(at, e.price, e.quantity, e.touch) for at, e in one.said if e.kind == "Filled"] == [
        (10.0, D("1.69"), -3, D("1.69"))
    ]


def test_an_order_that_is_marketable_when_sent_fills_at_the_touch_not_at_its_limit(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.69", ask="1.70", prices=["1.60"]))
    assert [f.price for f in one.fills] == [D("1.69")]


def test_an_urgent_exit_walks_by_its_own_step(bench, make):
    one = bench()
    one.at("10:00", make.order(quantity=1, bid="1.00", ask="1.10", prices=["1.05", "1.10"], seconds=5, opening=False))
    assert [at for at, e in one.said if e.kind == "Filled"] == []
    one.flush()
    assert [at for at, e in one.said if e.kind == "Filled"] == [5.0]


def test_no_order_works_beyond_the_close(bench, make):
    one = bench()
    one.at("15:59:45", make.order(bid="1.00", ask="1.40", prices=["1.20", "1.19", "1.18", "1.00"]))
    one.flush()
    close = (make.clock("16:00") - make.clock("10:00")).total_seconds()
    assert one.statuses()[-1] == (close, "canceled", None)
    assert ending(one) == ("CAD-1", "the session closed")
    assert not one.fills


def test_end_of_day_orders_fill_at_the_touch_or_not_at_all(bench, make):
    for seed in range(8):
        one = bench(fills="seeded", seed=seed)
        at_bid = make.order(bid="1.00", ask="1.40", prices=["1.00"])
        inside = make.order(make.put(90), bid="1.00", ask="1.40", prices=["1.20", "1.05"], key="sleeve.2")
        one.at("16:00", at_bid, inside, grain=Grain.EOD)
        one.flush()
        assert [(f.key, f.price) for f in one.fills] == [("sleeve.1", D("1.00"))]
        assert ending(one) == ("ORD-1", "ladder ended")


def test_a_kill_switch_or_a_freeze_cancels_a_working_order_and_says_so(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=["1.20", "1.19", "1.18"]))
    why = ("KS-6", "stopped by kill switch USER at SAFE")
    one.venue.desk.cancel({"sleeve.1": why, "unknown": why})
    one.flush()
    assert [status for _, status, _ in one.statuses()] == ["accepted", "canceled"]
    assert ending(one) == why


def test_a_part_that_fills_early_is_an_execution_of_its_own_and_the_rest_walks_on(bench, make, monkeypatch):
    monkeypatch.setattr("allusr_sdk.execution.fills.DEPTH", 2)
    one = bench()
    one.at("10:00", make.order(quantity=-5, bid="1.00", ask="1.10", prices=["1.00", "0.99", "0.98", "0.97"]))
    one.flush()
    assert {f.execution for f in one.fills} == {f"sleeve.1#{i}" for i in range(1, len(one.fills) + 1)}
    assert len(one.fills) > 1
    assert -5 <= sum(f.quantity for f in one.fills) <= -2
    assert all(f.price == D("1.00") for f in one.fills)


# --- rolls (PE-8) --------------------------------------------------------------------------------------------------


@pytest.fixture
def held_put(make):
    """Three short puts that were sold for 1.69, after one roll that cost 0.20."""
    return make.held(make.put(270), -3, "1.69", rolls=1, roll_debit="0.20", first_credit="1.80")


@pytest.mark.parametrize("seed", range(10))
def test_a_roll_books_two_legs_inside_their_quotes_that_add_up_to_its_limit(bench, make, held_put, seed):
    one = bench(positions=[held_put], fills="seeded", seed=seed)
    one.at("10:00", make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(260, make.day.replace(day=20)), "3.70", "3.79"),
        prices=["4.31", "4.35", "4.40"], position=held_put,
    ))  # fmt: skip
    one.flush()
    sold, bought = sorted(one.fills, key=lambda fill: fill.quantity)
    assert (bought.instrument, bought.quantity, bought.opening) == ("XYZ   260213P00270000", 3, False)
    assert (sold.instrument, sold.quantity, sold.opening) == ("XYZ   260220P00260000", -3, True)
    assert D("8.00") <= bought.price <= D("8.10")
    assert D("3.70") <= sold.price <= D("3.79")
    paid = bought.price - sold.price
    assert paid in (D("4.31"), D("4.35"), D("4.40"))
    assert (bought.fee, sold.fee) == (D("2.10"), D("2.10"))
    assert (bought.touch, sold.touch) == (D("8.10"), D("3.70"))
    assert one.venue.cash == D("1000000") - paid * 300 - D("4.20")


def test_a_roll_carries_its_chain_with_what_was_really_paid(bench, make, held_put):
    one = bench(positions=[held_put])
    one.at("10:00", make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(260, make.day.replace(day=20)), "3.70", "3.80"),
        prices=["4.30", "4.40"], position=held_put,
    ))  # fmt: skip
    one.flush()
    sold, bought = sorted(one.fills, key=lambda fill: fill.quantity)
    assert (sold.rolls, sold.first_credit, sold.roll_debit) == (2, D("1.80"), D("0.20") + D("4.40"))
    assert (bought.rolls, bought.roll_debit) == (0, D("0.00"))


def test_a_roll_for_a_credit_is_priced_below_zero(bench, make, held_put):
    one = bench(positions=[held_put])
    one.at("10:00", make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(270, make.day.replace(day=20)), "9.25", "9.35"),
        prices=["-1.25", "-1.20", "-1.15"], position=held_put,
    ))  # fmt: skip
    one.flush()
    sold, bought = sorted(one.fills, key=lambda fill: fill.quantity)
    assert (bought.price, sold.price) == (D("8.10"), D("9.25"))
    assert sold.roll_debit == D("0.20") - D("1.15")


def test_a_roll_that_nobody_takes_leaves_the_position_alone(bench, make, held_put):
    one = bench(positions=[held_put])
    one.at("10:00", make.roll(
        buy=(make.put(270), "8.00", "8.90"), sell=(make.put(260, make.day.replace(day=20)), "3.00", "3.80"),
        prices=["5.05", "5.20"], position=held_put,
    ))  # fmt: skip
    one.flush()
    assert not one.fills
    assert ending(one) == ("ORD-1", "ladder ended")
    one.venue.check([held_put], D("1000000"))


def test_an_order_of_another_sleeve_on_a_rolled_contract_is_not_touched_by_the_roll(bench, make, held_put):
    one = bench(positions=[held_put], fills="touch")
    resting = make.order(
        make.put(270), 1, bid="8.00", ask="8.10", prices=["8.00", "8.01", "8.02", "8.03"], key="other.1", opening=False
    )
    one.at("10:00", resting, make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(260, make.day.replace(day=20)), "3.70", "3.80"),
        prices=["4.40"], position=held_put,
    ))  # fmt: skip
    one.flush()
    assert {f.key for f in one.fills} == {"sleeve.roll"}
