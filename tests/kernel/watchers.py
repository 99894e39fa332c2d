"""Protocols that answer what a test says."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.contracts import Assessment, RiskProtocol
from allusr_sdk.model.events import Filled, SwitchChanged
from allusr_sdk.model.intents import Close, Roll
from allusr_sdk.model.positions import Watch
from allusr_sdk.settings import settings
from tests.builders import AT, CALL, contract


@settings
class WatcherSettings:
    """Nothing to set."""


def watcher(respond=lambda position, view: (), hedge=None, level=0):
    """A protocol class: every position stands at `level`, `respond` and `hedge` answer."""

    class Watcher(RiskProtocol[WatcherSettings]):
        name = "watcher"

        def assess(self, position, view):
            reached = level(position) if callable(level) else level
            return Assessment(Watch(level=reached, rising=reached), reached + 0.5, "PE-2", numbers={})

        def respond(self, position, assessment, view):
            return respond(position, view)

    if hedge is not None:
        Watcher.hedge = lambda self, view: hedge(view)
    return Watcher


def closes(*, rule="CC-1", lots=None, urgent=False):
    """Closes every option."""

    def respond(position, view):
        if position.contract is None:
            return []
        found = view.quote(position.contract)
        return [Close(position.symbol, rule, "as told", position=position, quote=found, lots=lots, urgent=urgent)]

    return respond


def into(expiry, strike):
    """Rolls every option that expires earlier into an expiry and strike of its right."""

    def respond(position, view):
        held = position.contract
        if held is None or held.expiry >= expiry:
            return []
        buy, sell = view.quote(held), view.quote(contract(strike, expiry=expiry, right=held.right))
        debit = buy.mid - sell.mid
        return [Roll(position.symbol, "PE-8", "as told", position=position, buy=buy, sell=sell, debit=debit)]

    return respond


def held_call(world, strike, *, lots=1, price="0.50", ledger="stub"):
    """A call written the day before."""
    world.kernel.heard(Filled(
        ledger=ledger, symbol="AAPL", rule="CAD-6", key="", execution="e", quantity=-lots, price=Decimal(price),
        instrument=contract(strike, right=CALL).osi, fee=Decimal("0.70") * lots, touch=None, opening=True,
    ), AT - timedelta(days=1))  # fmt: skip


def thrown(cause, tier, *, ledger=""):
    """A kill switch that was thrown."""
    return SwitchChanged(
        ledger=ledger, rule="KS-1", cause=cause, before="NONE", after=tier, value=None, threshold=None, reason="test"
    )
