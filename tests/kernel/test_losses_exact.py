"""What a loss is measured by, to the cent: reach, prices since the close, live marks and both starts (KS-10, ORD-3)."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.losses import Losses, Reach, Tally, limits, pivot
from allusr_sdk.kernel.scene import Scene
from allusr_sdk.model.views import Vix
from tests.builders import AT, CALL, NAN, RULES, Tape, account, books, contract, market, moment, quote, shares, snapshot
from tests.builders import short as option

PUT_95, PUT_90 = contract(95), contract(90)
CALL_105, CALL_110 = contract(105, right=CALL), contract(110, right=CALL)
FAR = ((Decimal(10**9), Decimal(0)),)
INF = float("inf")


def scene(*ledgers, snapshots=None, tape=None, **more):
    shown = [snapshot("AAPL", 100.0)] if snapshots is None else snapshots
    closes = Tape({"AAPL": 100.0, "MSFT": 400.0}) if tape is None else tape
    return Scene(market(*shown, tape=closes, **more), account(*ledgers), RULES)


@pytest.mark.parametrize(("held", "reach"), [
    ((shares(count=300),), Reach(300, 0)),
    ((option(PUT_95), option(PUT_90, lots=2)), Reach(300, 0)),
    ((option(PUT_95, lots=-1), option(PUT_90, lots=-2)), Reach(0, 300)),
    ((option(CALL_105), option(CALL_110, lots=2)), Reach(0, 300)),
    ((option(CALL_105, lots=-1), option(CALL_110, lots=-2)), Reach(300, 0)),
    ((shares(count=300), option(CALL_105, lots=3)), Reach(300, 0)),
    ((shares(count=100), option(CALL_105, lots=3)), Reach(100, 200)),
    ((option(PUT_95, lots=-1), option(PUT_90)), Reach(100, 100)),
    ((option(CALL_105, lots=-1), option(CALL_110)), Reach(100, 100)),
])  # fmt: skip
def test_shares_alone_take_from_what_a_rise_can_cost(held, reach):
    assert dict(Tally.of(books(*held)).reaches) == {"AAPL": reach}


def looked(*ledgers, losses=None, starts=((Decimal(100_000), Decimal(3_000)),), **more):
    return (losses or Losses()).equity(scene(*ledgers, **more), starts) is not None


@pytest.mark.parametrize(("spot", "looks"), [
    (99.0, True), (99.000004, True), (99.0004, False), (99.001, False), (100.0, False), (103.0, False),
])  # fmt: skip
def test_marks_are_made_once_prices_can_explain_a_loss_within_two_percent_of_a_limit(spot, looks):
    held = books(shares(count=1000), cash="0")
    assert looked(held, snapshots=[snapshot("AAPL", spot)]) is looks


@pytest.mark.parametrize(("spot", "looks"), [(100.5, True), (100.499, False), (90.0, False)])
def test_a_rise_is_measured_by_what_it_can_cost(spot, looks):
    held = books(option(CALL_105, lots=20, price="0.00"), cash="100000")
    assert looked(held, snapshots=[snapshot("AAPL", spot)]) is looks


def test_a_ledger_is_counted_once_while_its_books_are_the_same():
    losses, held = Losses(), books(shares(count=1000), cash="0")
    assert losses.tally(held) is losses.tally(held)
    assert losses.tally(evolve(held, cash=Decimal(1))).equity == 100_001


@pytest.mark.parametrize("apart", [False, True])
def test_what_several_symbols_and_ledgers_lost_is_added(apart):
    one, other = shares(count=500), shares("MSFT", 125, basis="400")
    ledgers = (books(one, cash="0"), books(other, cash="0", name="b")) if apart else (books(one, other, cash="0"),)
    half, rest = snapshot("AAPL", 98.9), snapshot("MSFT", 396.0)
    assert looked(*ledgers, snapshots=[half, rest])
    assert not looked(*ledgers, snapshots=[half])
    assert not looked(*ledgers, snapshots=[rest])
    assert looked(*ledgers, snapshots=[snapshot("MSFT", 390.0)])


def test_written_calls_of_two_ledgers_add_what_a_rise_can_cost():
    ledgers = [books(option(CALL_105, lots=10, price="0.00"), cash="50000", name=name) for name in ("a", "b")]
    assert looked(*ledgers, snapshots=[snapshot("AAPL", 100.5)])


def test_a_purchase_counts_from_the_next_look():
    losses = Losses()
    assert not looked(books(cash="100000"), losses=losses, snapshots=[snapshot("AAPL", 90.0)])
    assert looked(books(shares(count=1000), cash="0"), losses=losses, snapshots=[snapshot("AAPL", 90.0)])


def test_each_session_is_measured_from_the_close_before_it():
    losses, held = Losses(), books(shares(count=1000, basis="90"), cash="10000")
    assert looked(held, losses=losses, snapshots=[snapshot("AAPL", 90.0)])
    at = moment(date(2026, 2, 13))
    later = {"at": at, "tape": Tape({"AAPL": 90.0}), "snapshots": [snapshot("AAPL", 90.0, at=at)]}
    assert not looked(held, losses=losses, **later)


@pytest.mark.parametrize(("lots", "spot", "quoted", "worth"), [
    (1, 96.0, (0.50, 0.60), "0.55"),
    (1, 96.0, (0.0, 0.02), "0.01"),
    (1, 96.0, (0.50, 0.50), "0.50"),
    (1, 96.0, (0.0, 0.0), "1.20"),
    (1, 96.0, (1.0, INF), "1.20"),
    (1, 96.0, (NAN, 1.0), "1.20"),
    (1, 90.0, None, "5.00"),
    (1, 94.5, None, "1.20"),
    (1, 0.5, None, "94.50"),
    (1, 0.0, None, "1.20"),
    (1, INF, None, "1.20"),
    (-1, 90.0, None, "1.20"),
    (-1, 90.0, (4.0, 6.0), "5.00"),
    (1, 90.0, (0.0, 6.0), "5.00"),
    (1, 90.0, (0.0, 12.0), "6.00"),
    (1, 90.0, (0.02, 6.0), "3.01"),
    (1, 0.0, (0.0, 0.02), "0.01"),
    (-1, 90.0, (0.0, 6.0), "3.00"),
])  # fmt: skip
def test_an_option_is_worth_its_mid_else_its_last_mark_and_what_was_written_no_less_than_in_the_money(
    lots, spot, quoted, worth
):
    held = option(PUT_95, lots=lots, mark=Decimal("1.20"))
    rows = [quote(PUT_95, *quoted)] if quoted else [quote(PUT_90)]
    found = Losses().equity(scene(books(held, cash="1000"), snapshots=[snapshot("AAPL", spot, rows)]), FAR)
    assert found == 1000 - lots * 100 * Decimal(worth)


@pytest.mark.parametrize(("spot", "worth"), [(98.0, "98"), (0.5, "0.5"), (0.0, "101"), (INF, "101"), (NAN, "101")])
def test_shares_are_worth_their_price_and_their_last_mark_where_it_is_unknown(spot, worth):
    held = shares(mark=Decimal(101))
    found = Losses().equity(scene(books(held, cash="7"), snapshots=[snapshot("AAPL", spot)]), FAR)
    assert found == 7 + 100 * Decimal(worth)
    assert Losses().equity(scene(books(held, cash="7"), snapshots=[]), FAR) == 7 + 100 * 101


def told(day, week, spot):
    held = books(shares(count=1000), cash="0", day_start=Decimal(day), week_start=Decimal(week))
    return [(e.cause, e.after) for e in limits(scene(held, snapshots=[snapshot("AAPL", spot)]), Losses())]


def test_the_row_of_a_weeks_loss_says_so_with_its_share_and_limit():
    held = books(shares(count=1000), cash="0", day_start=Decimal(95_000), week_start=Decimal(100_000))
    (row,) = limits(scene(held, snapshots=[snapshot("AAPL", 93.0)]), Losses())
    assert (row.rule, row.value, row.threshold, row.source) == ("KS-10", 0.07, 0.07, "live marks")
    assert row.reason == "the account lost 7.00% of the week's start"


def test_a_weeks_loss_is_looked_for_though_the_day_lost_little():
    assert told(100_000, 107_000, 99.4) == [("WEEK", "SAFE")]


@pytest.mark.parametrize(("day", "week"), [("0", "100000"), ("100000", "0"), ("-1", "-1")])
def test_where_there_was_nothing_to_begin_with_no_share_of_it_is_lost(day, week):
    assert told(day, week, 50.0) == []


@pytest.mark.parametrize(("day", "week"), [("1", "1"), ("0.5", "1"), ("1", "0.5")])
def test_a_start_of_a_dollar_is_one(day, week):
    held = books(cash="0", day_start=Decimal(day), week_start=Decimal(week))
    found = limits(scene(held), Losses())
    assert [(e.cause, e.after) for e in found] == [("LOSS", "SAFE"), ("WEEK", "SAFE")]


def sleeve(name, worth, **more):
    return books(name=name, cash=worth, base="100000", **more)


@pytest.mark.parametrize("first", [sleeve("a", "80000"), sleeve("a", "100000")])
def test_one_sleeve_that_stays_as_it_is_keeps_no_other_from_ending_its_pivot(first):
    second = sleeve("b", "100000", switches={"PIVOT": "CALLS"})
    asked = evolve(scene(first, second), view=market(vix=Vix(45.0, AT, daily=True)))
    assert [(e.ledger, e.after) for e in pivot(asked, Losses())] == [("b", "NONE")]


def test_the_row_of_a_pivot_says_how_far_its_sleeve_has_fallen_by_which_marks():
    (row,) = pivot(scene(sleeve("a", "80000")), Losses())
    assert (row.ledger, row.rule, row.value, row.threshold) == ("a", "ORD-3", 0.2, RULES.number("ORD-3.drawdown"))
    assert (row.reason, row.source) == ("20.0% under its high at VIX 15: covered calls only", "last marks")
