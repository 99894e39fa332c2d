"""An honest plugin of each kind but sleeves; the liars beside them differ from one of them in one thing each."""

from decimal import Decimal

from allusr_protocol.engine import Protocol

from allusr_sdk import Fork as Forked
from allusr_sdk import ForkRule, LadderManager, Pick, Right, Rung, choose, hookimpl, ladders
from allusr_sdk.settings import setting, settings


class Guarding(Protocol):
    """The built-in protocol under another name."""

    name = "guarding"


@settings
class LadderSettings:
    """Settings of the ladder."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Ladder(LadderManager[LadderSettings]):
    """Keeps what it holds, and buys the next rung of LL-1 when LL-2 lets it."""

    name = "ladder"

    def plan(self, view):
        yield from self.held(view)
        yield self.next(view) if view.growth else view.skip("", "LL-4", "hedges are kept")

    def held(self, view):
        for rung in view.rungs:
            yield view.skip(rung.symbol, "LL-3", "kept", contract=rung.contract.osi)

    def due(self, view):
        return ladders.waits(view.book, view.session.day, view.rules)

    def next(self, view):
        if why := self.due(view):
            return view.skip("", "LL-2", why)
        band = ladders.band(view.rules)
        for symbol in filter(view.fresh, self.settings.symbols):
            for expiry in view.expiries(symbol):
                found = choose(view.side(symbol, expiry, Right.CALL), band, view)
                far = band.nearest <= view.days_left(expiry) <= band.furthest
                if far and isinstance(found, Pick) and not ladders.illiquid(found.quote, view.rules):
                    return Rung(symbol, "LL-1", found.how, found.numbers, quote=found.quote, delta=found.delta)
        return view.skip("", "LL-1", "nothing fits")


@settings
class ForkSettings:
    """Settings of the fork rule."""

    step: float = setting(default=50_000.0, ge=1_000.0, le=1_000_000.0, unit="USD", help="Surplus for each fork.")


class Fork(ForkRule[ForkSettings]):
    """Forks each step of a ledger's surplus into an account with the same sleeve."""

    name = "fork"

    def decide(self, tree):
        for name in tree.ledgers:
            yield from self.due(name, tree)

    def due(self, name, tree):
        """What of a ledger is due."""
        step = Decimal(str(self.settings.step))
        for _ in range(int(max(tree.ledgers[name].surplus, 0) // step)):
            yield Forked(ledger=name, form="FULL", amount=step, shares=((tree.style(name), step),), rule="FK-1 FK-4")


class Tail:
    """Hears everything and keeps nothing."""

    name = "tail"

    @hookimpl
    def allusr_event(self, event):
        return None
