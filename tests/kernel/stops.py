"""A sleeve that was stopped: its put at level 3, bought back, its switch thrown."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.model.events import Filled, LevelChanged, SwitchChanged
from tests.builders import AT, contract, moment
from tests.kernel.scenes import held_put

TODAY = AT.date()


def stop(world, day=TODAY, *, ledger="stub", strike=90, scope=None):
    """A put of a sleeve that reached level 3 on a day, was stopped, and threw its switch."""
    at = moment(day, "10:00")
    held_put(world, ledger=ledger, strike=strike, at=at - timedelta(minutes=5))
    key = f"{ledger}:{contract(strike).osi}"
    about = {"ledger": ledger, "symbol": "AAPL", "position": key, "m": 3.1}
    world.kernel.heard(LevelChanged(**about, rule="PE-4", before=2, after=3), at)
    buy_back(world, ledger, strike, at)
    where = ledger if scope is None else scope
    switches = world.book.ledgers[where].switches if where else world.book.switches
    world.kernel.heard(SwitchChanged(
        ledger=where, rule="PE-11", cause="L3", before=switches.get("L3", "NONE"), after="SAFE", value=3.1,
        threshold=3.0,
    ), at)  # fmt: skip


def buy_back(world, ledger, strike, at):
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="PE-11", key="", execution="x", instrument=contract(strike).osi,
        quantity=1, price=Decimal("0.90"), fee=Decimal("0.70"), touch=None, opening=False,
    ), at)  # fmt: skip
