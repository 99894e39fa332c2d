"""Loss limits by live marks (KS-10) and the pivot of a sleeve (ORD-3)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Filled
from allusr_sdk.model.views import Vix
from tests.builders import AT, CALL, NAN, PUT, Tape, World, contract, later, market, moment, quote, snapshot, stub
from tests.kernel.scenes import aapl, held_shares, writes
from tests.kernel.values import LAST_FRIDAY, WEDNESDAY, mark, value


def shares_at(spot, at=AT, **more):
    """A market of AAPL alone, which closed at 100."""
    return market(snapshot("AAPL", spot, at=at), at=at, tape=Tape({"AAPL": 100.0}), **more)


def world_of_shares():
    """100,000 dollars, all in 1,000 shares at 100."""
    world = World(stub(), funds={"stub": "100000"})
    held_shares(world, 1000)
    value(world, "100000", LAST_FRIDAY)
    value(world, "100000")
    return world


@pytest.mark.parametrize(
    ("spot", "tiers"),
    [(97.01, {}), (97.0, {"LOSS": "FREEZE"}), (95.01, {"LOSS": "FREEZE"}), (95.0, {"LOSS": "SAFE"}),
     (93.01, {"LOSS": "SAFE"}), (93.0, {"LOSS": "SAFE", "WEEK": "SAFE"}), (110.0, {})],
)  # fmt: skip
def test_a_days_loss_freezes_and_a_larger_one_makes_the_account_safe(spot, tiers):
    with world_of_shares() as world:
        world.cycle(shares_at(spot))
        assert world.book.switches == tiers


def test_the_row_says_how_much_was_lost_of_what():
    with world_of_shares() as world:
        world.cycle(shares_at(97.0))
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.cause, row.source) == ("KS-10", "LOSS", "live marks")
        assert (row.value, row.threshold) == (0.03, 0.03)
        assert row.reason == "the account lost 3.00% of the day's start"


def test_a_recovery_within_the_day_releases_nothing():
    with world_of_shares() as world:
        view = shares_at(97.0)
        world.cycle(view)
        world.cycle(shares_at(100.0, AT + timedelta(minutes=5)))
        assert world.book.switches == {"LOSS": "FREEZE"}


def test_the_week_counts_from_the_week_befores_last_close():
    with world_of_shares() as world:
        value(world, "94000", WEDNESDAY)  # five percent were lost before today
        world.cycle(shares_at(92.9))
        assert world.book.switches == {"WEEK": "SAFE"}


def test_what_was_funded_today_is_no_loss():
    with World(stub(), funds={"stub": "100000"}) as world:
        world.cycle(shares_at(50.0))
        assert world.book.switches == {}


def test_frozen_entries_are_refused_by_the_rule():
    with World(stub(propose=writes()), funds={"stub": "100000"}) as world:
        value(world, "104000", LAST_FRIDAY)
        value(world, "104000")
        assert world.cycle(aapl()) == ()
        assert "KS-10" in world.said("refuse")[0]


def written(world, mark="1.00"):
    """400 puts at 95 that were written for a dollar: each dollar more is four percent of a million."""
    world.kernel.heard(Filled(
        ledger="stub", symbol="AAPL", rule="CAD-4", key="", execution="e", instrument=contract(95).osi, quantity=-400,
        price=Decimal(mark), fee=Decimal("0.00"), touch=None, opening=True,
    ), AT - timedelta(days=1))  # fmt: skip
    value(world, "1000000", LAST_FRIDAY)
    value(world, "1000000")


def put_at(bid, ask, spot=96.0, at=AT):
    rows = [quote(contract(95), bid, ask, at=at)]
    return market(snapshot("AAPL", spot, rows, at=at), at=at, tape=Tape({"AAPL": 100.0}))


@pytest.mark.parametrize(
    ("bid", "ask", "tier"),
    [(1.74, 1.76, "FREEZE"), (1.70, 1.72, "NONE"), (2.30, 2.40, "SAFE"), (NAN, 9.0, "NONE"), (9.0, 8.0, "NONE"),
     (0.0, 0.0, "NONE")],
)  # fmt: skip
def test_written_options_count_at_their_mid_and_at_the_last_mark_where_the_quote_is_unusable(bid, ask, tier):
    with World(stub(), funds={"stub": "1000000"}) as world:
        written(world)
        world.cycle(put_at(bid, ask))
        assert world.book.switches.get("LOSS", "NONE") == tier


def test_quotes_are_asked_for_only_when_prices_could_explain_a_loss():
    asked = []

    def counted(spot):
        view = put_at(1.0, 1.02, spot)
        snap = view.snapshots["AAPL"]
        made = type(snap)(
            snap.symbol, snap.at, snap.bid, snap.ask, snap.last, snap.make_chain,
            lambda contracts: asked.append(1) or snap.quotes(contracts), snap.volumes,
        )  # fmt: skip
        return market(made, tape=Tape({"AAPL": 100.0}))

    with World(stub(), funds={"stub": "1000000"}) as world:
        written(world)
        world.cycle(counted(99.9))
        assert asked == []
        world.cycle(later(counted(99.0)))
        world.cycle(counted(99.0))
        assert asked


def test_without_a_close_to_measure_from_the_marks_are_made():
    with World(stub(), funds={"stub": "1000000"}) as world:
        written(world)
        view = put_at(2.30, 2.40, spot=99.9)
        world.cycle(market(*view.snapshots.values(), tape=Tape({})))
        assert world.book.switches["LOSS"] == "SAFE"


def test_without_a_close_and_without_cash_the_marks_are_made_too():
    with world_of_shares() as world:
        world.cycle(market(snapshot("AAPL", 95.0), tape=Tape({})))
        assert world.book.switches["LOSS"] == "SAFE"


@pytest.mark.parametrize("beside", [{}, {"right": PUT, "strike": 85, "quantity": -40}])
def test_a_rise_that_takes_the_worth_of_bought_puts_is_a_loss_whatever_was_written_beside_them(beside):
    with World(stub(), funds={"stub": "100000"}) as world:
        for row in ({"right": PUT, "strike": 95, "quantity": 40}, beside):
            if row:
                option(world, **row)
        value(world, "100000", LAST_FRIDAY)
        value(world, "100000")
        rows = [quote(contract(95), 0.19, 0.21), quote(contract(85), 0.99, 1.01)]
        world.cycle(market(snapshot("AAPL", 103.0, rows), tape=Tape({"AAPL": 100.0})))
        assert world.book.switches == {"LOSS": "FREEZE"}


def option(world, *, right, strike, quantity, price="1.00"):
    """An option bought or written the day before."""
    world.kernel.heard(Filled(
        ledger="stub", symbol="AAPL", rule="X", key="", execution="e", instrument=contract(strike, right=right).osi,
        quantity=quantity, price=Decimal(price), fee=Decimal("0.00"), touch=None, opening=True,
    ), AT - timedelta(days=1))  # fmt: skip


def test_covered_calls_lose_no_more_than_their_shares_gain():
    with World(stub(), funds={"stub": "100000"}) as world:
        held_shares(world, 1000)
        world.kernel.heard(Filled(
            ledger="stub", symbol="AAPL", rule="CAD-6", key="", execution="e", quantity=-10, price=Decimal("1.00"),
            instrument=contract(101, right=CALL).osi, fee=Decimal(0), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        value(world, "100000", LAST_FRIDAY)
        value(world, "100000")
        world.cycle(shares_at(108.0))
        assert world.book.switches == {}


# --- how they end ----------------------------------------------------------------------------------------------------


def closing(day, spot=100.0, vix=15.0):
    at = moment(day, "16:15")
    return shares_at(spot, at, vix=Vix(vix, at, (vix, vix)))


def test_a_days_freeze_ends_with_its_session():
    with world_of_shares() as world:
        world.cycle(shares_at(97.0))
        world.close(closing(AT.date(), 97.0))
        assert world.book.switches == {}
        assert [(e.before, e.after) for e in world.events("SwitchChanged")] == [("NONE", "FREEZE"), ("FREEZE", "NONE")]


@pytest.mark.parametrize(("vix", "tiers"), [(49.9, {}), (50.0, {"LOSS": "SAFE"})])
def test_a_days_safe_ends_with_its_session_only_where_a_stop_would_be_reset(vix, tiers):
    with world_of_shares() as world:
        world.cycle(shares_at(95.0))
        world.close(closing(AT.date(), 95.0, vix))
        assert {c: t for c, t in world.book.switches.items() if c != "VIX"} == tiers


def test_a_weeks_loss_binds_until_the_week_ends():
    with world_of_shares() as world:
        world.cycle(shares_at(93.0))
        world.close(closing(AT.date(), 93.0))
        assert world.book.switches == {"WEEK": "SAFE"}
        world.close(closing(AT.date() + timedelta(days=1), 93.0))
        assert world.book.switches == {}


def marked_at(price):
    """1,000 shares bought at 100, which is the sleeve's high; `price` is their last mark."""
    world = World(stub(propose=writes()), funds={"stub": "100000"})
    held_shares(world, 1000)
    mark(world, price)
    return world


def pivot(world):
    return world.book.ledgers["stub"].switches.get("PIVOT", "NONE")


@pytest.mark.parametrize(
    ("price", "vix", "tier"),
    [("85", 29.9, "CALLS"), ("85.001", 29.9, "NONE"), ("85", 30.0, "NONE"), ("60", 15.0, "CALLS")],
)
def test_a_sleeve_far_under_its_high_writes_calls_only_while_the_vix_is_low(price, vix, tier):
    with marked_at(price) as world:
        world.cycle(shares_at(float(price), vix=Vix(vix, AT, daily=True)))
        assert pivot(world) == tier


def test_an_unknown_vix_pivots_nothing():
    with marked_at("80") as world:
        world.cycle(shares_at(80.0, vix=None))
        assert pivot(world) == "NONE"


def test_a_pivoted_sleeve_sells_no_put_and_the_row_names_the_drawdown():
    with marked_at("80") as world:
        assert world.cycle(aapl()) == ()
        assert "ORD-3" in world.said("refuse")[0]
        row = world.events("SwitchChanged")[0]
        assert (row.ledger, row.rule, row.value, row.threshold) == ("stub", "ORD-3", 0.2, 0.15)


@pytest.mark.parametrize(
    ("price", "vix", "tier"),
    [("94.999", 15.0, "CALLS"), ("95", 15.0, "NONE"), ("90", 45.0, "CALLS"), ("95", 45.0, "NONE")],
)
def test_the_pivot_ends_near_the_high_whatever_the_vix(price, vix, tier):
    with marked_at("80") as world:
        world.cycle(shares_at(80.0))
        assert pivot(world) == "CALLS"
        mark(world, price)
        at = AT + timedelta(days=1)
        world.cycle(shares_at(float(price), at, vix=Vix(vix, at, daily=True)))
        assert pivot(world) == tier
