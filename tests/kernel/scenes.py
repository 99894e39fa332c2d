"""A market of AAPL, a sleeve that writes one put, and positions opened the day before."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.model.events import Filled
from tests.builders import (
    AT,
    FRIDAY,
    board,
    contract,
    market,
    sell,
    snapshot,
)

NEXT = date(2026, 2, 20)
STRIKES = [n / 2 for n in range(170, 230)]


def aapl(spot=100.0, *, at=AT, quotes=None, volumes=(2000.0, 2000.0), **more):
    rows = board("AAPL", spot, [FRIDAY, NEXT], STRIKES, at=at) if quotes is None else quotes
    return market(snapshot("AAPL", spot, rows, at=at, volumes=volumes), at=at, **more)


def writes(strike=99.5, delta=-0.42):
    """Proposes the put of Friday at a strike, whatever the books say."""

    def propose(view):
        found = view.quote(contract(strike))
        return [sell(found, delta=delta)] if found else []

    return propose


def held_put(world, *, ledger="stub", strike=100, lots=1, price="0.80", at=None):
    """A put opened the day before."""
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-4", key="", execution="e", instrument=contract(strike).osi,
        quantity=-lots, price=Decimal(price), fee=Decimal("0.70") * lots, touch=None, opening=True,
    ), at or AT - timedelta(days=1))  # fmt: skip


def held_shares(world, count=100, *, ledger="stub", price="100"):
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-9", key="", execution="e", instrument="AAPL", quantity=count,
        price=Decimal(price), fee=Decimal(0), touch=None, opening=True,
    ), AT - timedelta(days=1))  # fmt: skip
