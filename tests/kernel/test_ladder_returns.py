"""What hedges brought goes back to those who paid for them (LL-4)."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.model.events import Filled, Noted
from tests.builders import FRIDAY, THURSDAY, World, contract, stub
from tests.kernel.ladder_ledgers import AUGUST, HEDGE, growth
from tests.kernel.ladder_scenes import bought, planner


def sold(world, ledger="llms_hedge", price="30.00"):
    """Every hedge of the ladder is sold."""
    for held in tuple(world.book.ledgers[ledger].positions.values()):
        world.kernel.heard(Filled(
            ledger=ledger, symbol=held.symbol, rule="LL-4", key="", execution=f"x{held.key}", cause="LL-4",
            instrument=held.contract.osi, quantity=-held.quantity, price=Decimal(price), fee=Decimal(0), touch=None,
            opening=False,
        ))  # fmt: skip


def handed(world):
    """Two sleeves have handed over hedges: one paid 1,000.70, the other 3,002.10."""
    bought(world, HEDGE, ledger="stub", days=3, cause="hedge:L2", price="10.00")
    other = contract(500, expiry=AUGUST, root="SPY")
    bought(world, other, ledger="other", days=3, lots=3, cause="hedge:L2", price="10.00")
    growth(world).morning(THURSDAY, THURSDAY - timedelta(days=1))
    return {name: world.book.ledgers[name].cash for name in ("stub", "other")}


def gains(world, before):
    return {name: world.book.ledgers[name].cash - cash for name, cash in before.items()}


def test_what_hedges_brought_goes_back_to_those_who_paid_once_the_ladder_is_empty():
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        growth(world).morning(FRIDAY, THURSDAY)
        assert set(gains(world, before).values()) == {0}
        sold(world)
        for _ in range(3):
            growth(world).morning(FRIDAY, THURSDAY)
        assert gains(world, before) == {"stub": Decimal("3000.00"), "other": Decimal("9000.00")}
        assert world.book.ledgers["llms_hedge"].cash == 0
        assert not any(world.book.ledgers["llms_hedge"].notes.values())


def test_what_the_ladder_still_remembers_keeps_the_money_there():
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        sold(world)
        world.kernel.heard(Noted(ledger="llms_hedge", rule="LL-4", key="roll of it", text="1"))
        growth(world).morning(FRIDAY, THURSDAY)
        assert set(gains(world, before).values()) == {0}


@pytest.mark.parametrize("entries", range(8))
def test_a_return_that_is_cut_anywhere_gives_each_his_share_once(entries):
    with World(stub(), stub("other"), planner()) as world:
        before = handed(world)
        sold(world)
        append, left = world.run.append, [entries]

        def dying(event, **at):
            left[0] -= 1
            if left[0] < 0:
                raise RuntimeError("gone")
            return append(event, **at)

        world.run.append = dying
        with suppress(RuntimeError):
            growth(world).morning(FRIDAY, THURSDAY)
        world.run.append = append
        growth(world).morning(FRIDAY, THURSDAY)
        assert gains(world, before) == {"stub": Decimal("3000.00"), "other": Decimal("9000.00")}
        assert not world.book.unfinished
