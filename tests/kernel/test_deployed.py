"""What of a ledger's money may be committed: profits, losses, what is tied already, to the dollar (CAD-10)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import Shares
from allusr_sdk.kernel.entries import usable_shares
from allusr_sdk.model.events import Filled, Funded
from tests.builders import AT, NAN, World, contract, later, snapshot, stub
from tests.kernel.scenes import aapl, held_put, held_shares, writes


def sold_shares(world, price, count=1000):
    """Shares that were bought at 100 and sold again."""
    held_shares(world, count)
    world.kernel.heard(Filled(
        ledger="stub", symbol="AAPL", rule="CC-1", key="", execution="s", instrument="AAPL", quantity=-count,
        price=Decimal(price), fee=Decimal(0), touch=None, opening=False,
    ), AT - timedelta(hours=20))  # fmt: skip


@pytest.mark.parametrize(("deploys", "price", "lots"), [
    ("base", "200", 20), ("equity", "200", 25), ("base", "90", 19), ("equity", "90", 19),
])  # fmt: skip
def test_a_profit_works_only_where_equity_is_deployed_and_a_loss_is_missed_everywhere(deploys, price, lots):
    sleeve = stub(propose=writes())
    sleeve.deploys = deploys
    with World(sleeve) as world:
        sold_shares(world, price)
        (order,) = world.cycle(aapl())
        assert order.quantity == lots


def buys(count):
    return stub(propose=lambda _: [Shares("AAPL", "CAD-9", quantity=count)])


@pytest.mark.parametrize(("count", "refused"), [(999, ""), (1000, "symbol cap 99,996")])
def test_what_a_symbol_ties_already_leaves_its_purchase_less(count, refused):
    with World(buys(count)) as world:
        held_put(world, strike=100, lots=10)
        assert bool(world.cycle(aapl())) is not bool(refused)
        assert refused in "".join(world.said("refuse"))


@pytest.mark.parametrize(("count", "refused"), [(799, ""), (801, "budget left 79,993")])
def test_what_other_symbols_tie_leaves_a_purchase_less(count, refused):
    with World(buys(count)) as world:
        world.kernel.heard(Filled(
            ledger="stub", symbol="MSFT", rule="CAD-4", key="", execution="m", quantity=-10, price=Decimal("1.00"),
            instrument=contract(300, root="MSFT").osi, fee=Decimal(7), touch=None, opening=True,
        ), AT - timedelta(days=1))  # fmt: skip
        view = aapl()
        both = {**view.snapshots, "MSFT": snapshot("MSFT", 400.0)}
        assert bool(world.cycle(evolve(view, snapshots=both))) is not bool(refused)
        assert refused in "".join(world.said("refuse"))


def test_a_purchase_may_take_all_that_is_left():
    with World(buys(100), funds={"stub": "20002"}) as world:
        (order,) = world.cycle(aapl())
        assert order.reserve == Decimal("10001.00")
    with World(buys(100), funds={"stub": "20001.99"}) as world:
        assert world.cycle(aapl()) == ()


def test_half_of_one_contract_that_was_tried_is_one():
    with World(stub(propose=writes()), funds={"stub": "25000"}) as world:
        (first,) = world.cycle(aapl())
        world.cancel(first)
        world.kernel.heard(Funded(ledger="stub", amount=Decimal(400_000), rule="CAD-12"))
        (second,) = world.cycle(later(aapl()))
        assert (first.quantity, second.quantity) == (1, 1)


def test_a_purchase_reserves_the_last_of_its_limits():
    with World(buys(100)) as world:
        view = aapl()
        wide = evolve(view.snapshots["AAPL"], bid=99.95, ask=100.05)
        (order,) = world.cycle(evolve(view, snapshots={"AAPL": wide}))
        assert (str(order.prices[0]), str(order.prices[-1]), len(order.prices)) == ("100.00", "100.05", 6)
        assert order.reserve == Decimal("10005.00")


@pytest.mark.parametrize(("bid", "ask", "usable"), [
    (0.5, 0.51, True), (100.0, 100.0, True), (0.0, 1.0, False), (1.0, 0.99, False), (1.0, float("inf"), False),
    (NAN, 1.0, False), (1.0, NAN, False),
])  # fmt: skip
def test_a_market_of_shares_has_two_sides_that_do_not_cross(bid, ask, usable):
    assert usable_shares(evolve(snapshot(), bid=bid, ask=ask)) is usable
