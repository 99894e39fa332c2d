"""An honest plugin of each kind but sleeves; the liars beside them differ from one of them in one thing each."""

from decimal import Decimal

from allusr_protocol.engine import Protocol

from allusr_sdk import Fork as Forked
from allusr_sdk import ForkRule, LadderManager, hookimpl
from allusr_sdk.settings import setting, settings


class Guarding(Protocol):
    """The built-in protocol under another name."""

    name = "guarding"


@settings
class LadderSettings:
    """Settings of the ladder."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Ladder(LadderManager[LadderSettings]):
    """Says for each fresh symbol that it has no rung."""

    name = "ladder"

    def plan(self, view):
        for symbol in filter(view.fresh, self.settings.symbols):
            yield view.skip(symbol, "LL-1", f"{len(view.expiries(symbol))} expiries, none of them far enough out")


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
