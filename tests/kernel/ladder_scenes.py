"""A ladder that plans what a test says, a ledger of its own, and a market of long calls."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.contracts import LadderManager
from allusr_sdk.model.events import Filled, Reinvested, TransferSent
from allusr_sdk.model.ladders import Rung
from allusr_sdk.settings import settings
from tests.builders import AT, CALL, board, contract, market, priced, snapshot

JUNE, NEAR_JUNE = date(2027, 6, 17), date(2027, 3, 19)
STRIKES = [n * 5.0 for n in range(14, 41)]


@settings
class PlannerSettings:
    """Nothing to set."""


def planner(plan=lambda view: ()):
    """A ladder class that plans what a test says."""

    class Planner(LadderManager[PlannerSettings]):
        name = "planner"

        def plan(self, view):
            return plan(view)

    return Planner


def long_calls(spot=100.0, *, at=AT, expiries=(NEAR_JUNE, JUNE), volatility=0.30, oi=5000, half=0.05, **more):
    """AAPL with calls and puts more than a year out."""
    rows = board("AAPL", spot, expiries, STRIKES, at=at, volatility=volatility, oi=oi, half=half)
    return market(snapshot("AAPL", spot, rows, at=at), at=at, **more)


def call(strike=130, expiry=JUNE, root="AAPL"):
    return contract(strike, expiry=expiry, right=CALL, root=root)


def rung(quote, *, delta=0.30, lots=1):
    return Rung(quote.contract.underlying, "LL-1 LL-2", "as told", quote=quote, delta=delta, lots=lots)


def buys(strike=130, expiry=JUNE, *, lots=1):
    """Plans one rung, whatever the books say."""
    return planner(lambda view: [rung(view.quote(call(strike, expiry)), lots=lots)] if view.growth else [])


def give(world, amount="5000", *, source="stub", quarter="2025-Q4", at=None):
    """A LEAP budget that a sleeve gained, sent to the ladder."""
    money = Decimal(amount)
    world.kernel.heard(Reinvested(
        ledger=source, rule="FK-7", quarter=quarter, gain=money * 2, reserve=money, contracts=Decimal(0), leaps=money,
    ), at)  # fmt: skip
    sent = TransferSent(
        ledger=source, rule="FK-7 LL-2", key=f"{source}:{quarter}:leaps", to="llms", amount=money, budget="leaps"
    )
    world.kernel.heard(sent, at)
    (pending,) = world.book.unfinished.values()
    for event in pending.missing:
        world.kernel.heard(event, at)


def bought(world, what, *, ledger="llms", lots=1, price="4.00", days=100, cause="ladder", at=AT):
    """A long option opened some days ago."""
    world.kernel.heard(Filled(
        ledger=ledger, symbol=what.underlying, rule="LL-1", key="", execution=f"e{what.osi}{days}", cause=cause,
        instrument=what.osi, quantity=lots, price=Decimal(price), fee=Decimal("0.70") * lots, touch=None, opening=True,
    ), at - timedelta(days=days))  # fmt: skip


def worth(what, spot=100.0, **more):
    return priced(what, spot, **more)
