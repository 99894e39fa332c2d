"""A plugin: a market over the end of a quarter, and a ladder that buys at once and rolls after two days."""

from datetime import date, timedelta

from allusr_sdk import Close, hookimpl
from allusr_sdk.testing import Market
from tests.bad_plugins.honest import Ladder

MARKET = Market(symbols=("NVDA",), first=date(2026, 3, 16), weeks=5, minutes=30, hedges=True).gap("NVDA", -0.1, on=15)


class Quick(Ladder):
    """Sells a rung of LL-3 once it is two days old, and buys the next one as soon as LL-2 lets it."""

    name = "quick"

    def held(self, view):
        for rung in view.rungs:
            quote = view.quote(rung.contract)
            if view.growth and quote and view.at - rung.opened > timedelta(days=2):
                yield Close(rung.symbol, "LL-3", "rolled", position=rung, quote=quote)
            else:
                yield view.skip(rung.symbol, "LL-3", "kept", contract=rung.contract.osi)


@hookimpl
def allusr_ladders():
    return [Quick]


@hookimpl
def allusr_markets():
    return {"climbing": lambda rest, seed: MARKET.source}
