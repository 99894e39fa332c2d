"""What is set apart is spent by nobody: the tax reserve, what waits for a fork, the LEAP budget (TX-8, CAD-10)."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel import means
from allusr_sdk.model.events import Reinvested
from tests.builders import World, books, contract, short, stub
from tests.kernel.scenes import aapl, writes

D = Decimal


def appropriate(world, reserve="0", contracts="0", leaps="0"):
    parts = {"reserve": D(reserve), "contracts": D(contracts), "leaps": D(leaps)}
    world.kernel.heard(Reinvested(ledger="stub", rule="FK-7", quarter="2025-Q4", gain=sum(parts.values()), **parts))


def sold(funds, **parts):
    """Puts that are sold with so much capital, and what is set apart of it."""
    with World(stub(propose=writes()), funds={"stub": funds}) as world:
        if parts:
            appropriate(world, **parts)
        count = sum(order.quantity for order in world.cycle(aapl()))
        held = world.book.ledgers["stub"]
        assert held.cash - held.reserved >= held.tax_reserve
        return count


@pytest.mark.parametrize("apart", ["reserve", "leaps"])
def test_capital_that_is_set_apart_secures_as_many_puts_as_if_it_were_not_there(apart):
    assert sold("400000") > sold("200000") > 0
    assert sold("400000", **{apart: "200000"}) == sold("200000")
    assert sold("400000", **{apart: "395000"}) == 0


def test_the_contracts_budget_stays_deployable():
    assert sold("400000", contracts="200000") == sold("400000")


def test_an_exit_pays_out_of_free_cash_alone():
    written = short(contract(), lots=1)
    assert means.paid_for(3, D("500"), books(written, cash="11000")) == 2
    assert means.paid_for(3, D("500"), books(written, cash="11000", tax_reserve=D("600"))) == 0
    assert means.paid_for(3, D("500"), books(written, cash="11000", set_aside=D("500"))) == 1
