"""Plugins to misbehave with: a sleeve that trades, what makes a bad one of it, and how what they played is read."""

from allusr_sdk import Band, Pick, Right, Sleeve, Wheel, choose, hookimpl, wheel
from allusr_sdk.settings import setting, settings
from allusr_sdk.testing import Market, Sandbox

SECOND = {"run": {"plugin_seconds": 1}, "execution": {"fill": "touch"}}
CALM = Market(symbols=("SPY",), weeks=1, minutes=15)


@settings
class Put:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Good(Sleeve[Put]):
    """Sells a 30-delta put four days out whenever there is none, and manages nothing."""

    name = "good"

    def bands(self, rules):
        return (Band("CAD-8", 0.28, 0.32, 1, 6, unit="calendar", reach=0.05),)

    def propose(self, view):
        for symbol in filter(view.fresh, self.symbols):
            band = view.bands[0]
            expiry = wheel.nearest(view, symbol, 4, band)
            if view.wheel(symbol) is not Wheel.CASH or expiry is None:
                yield view.skip(symbol, "CAD-9", "a put is open, or no expiry")
                continue
            found = choose(view.side(symbol, expiry, Right.PUT), band, view)
            yield found.sell("CAD-8") if isinstance(found, Pick) else found


def bad(propose):
    """A sleeve that sells as the good one does on the first day and misbehaves from the second on."""

    class Bad(Good):
        name = "bad"

        def propose(self, view):
            if view.session.day == CALM.first:
                return super().propose(view)
            return propose(view)

    return Bad


def observer(act):
    """A plugin that sees what is journaled."""

    class Observer:
        name = "watcher"

        @hookimpl
        def allusr_event(self, event):
            act(event)

    return Observer()


def play(*plugins, market=CALM, **config):
    return Sandbox(market, *plugins, config={**SECOND, **config}).run()


def switched(played):
    """Moves of the account's GUARD switch."""
    return [e for e in played.events("SwitchChanged") if e.cause == "GUARD" and not e.ledger]


def at(played, event):
    return next(entry.at for entry in played.entries if entry.event is event)


def sold(played, ledger):
    return [fill for fill in played.fills if fill.ledger == ledger and fill.opening]
