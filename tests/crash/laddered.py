"""A paper run over the end of a quarter whose own ladder buys at once, rolls after two days, and is given hedges."""

from contextlib import suppress
from datetime import date, timedelta

from allusr_sdk import Close
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.journal import Run
from allusr_sdk.testing import Market, Sandbox
from tests.bad_plugins.honest import Ladder

MARKET = Market(symbols=("NVDA",), first=date(2026, 3, 16), weeks=5, minutes=30, hedges=True).gap("NVDA", -0.1, on=15)
TABLES = {"sleeves": {"rev_acc": {"symbols": ["NVDA"]}}, "ladders": {"quick": {"symbols": ["NVDA"]}}}
MOVES = ("TransferSent", "TransferTaken", "Reinvested", "LadderStated")


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


class Died(BaseException):
    """The engine's process is gone."""


def plan():
    """What the run depends on, made anew as a process does."""
    return Sandbox(MARKET, "rev_acc", "protocol", Quick, config=TABLES, capital=30_000_000, mode="paper").plan()


def run(home, monkeypatch, *, dies_after=0):
    """Run, or go on; it dies when so many entries stand. Returns the journal, the books and the home's restarts."""
    append = Run.append

    def dying(self, event, **at):
        if dies_after and self.seq >= dies_after:
            raise Died
        return append(self, event, **at)

    with open_ledger(home) as ledger:
        with monkeypatch.context() as patched, suppress(Died):
            patched.setattr(Run, "append", dying)
            simulate(plan(), ledger)
        restarts = ledger.chain("restarts")
        latest = ledger.latest()
        return tuple(latest.entries()), latest.book, tuple(restarts.entries()) if restarts else ()
