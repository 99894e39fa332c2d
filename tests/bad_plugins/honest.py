"""An honest plugin of each kind but sleeves; the liars beside them differ from one of them in one thing each."""

from allusr_protocol.engine import Protocol

from allusr_sdk import ForkRule, LadderManager, Note, Skip, hookimpl
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

    gain: float = setting(default=0.5, ge=0.1, le=10, help="Gain over the capital, a share of it.")


class Fork(ForkRule[ForkSettings]):
    """Notes that a fork is due once the capital has grown enough."""

    name = "fork"

    def decide(self, ledger, on):
        grown = ledger.base > 0 and float(ledger.equity / ledger.base) - 1 >= self.settings.gain
        yield Note("*", "FK-1", key="fork", text=f"due since {on}") if grown else Skip("*", "FK-1", "not yet")


class Tail:
    """Hears everything and keeps nothing."""

    name = "tail"

    @hookimpl
    def allusr_event(self, event):
        return None
