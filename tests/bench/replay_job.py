"""The ten-year file replayed with one weekly sleeve into a new ledger: `python replay_job.py FOLDER HOME`.

Prints what was done as JSON: the contracts sold, the journal's length and head, and the equity at the end.
"""

# ruff: noqa: E402
import gc

gc.set_threshold(50_000, 20, 50)  # before all else is imported, as the command line does

import json
import sys
from decimal import Decimal
from pathlib import Path

from allusr_sdk import Band, Pick, Right, Sleeve, Wheel, choose
from allusr_sdk.contracts.wheel import nearest
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.sources import open_market
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import setting, settings

DTE_MAX = 7


@settings
class WeeklySettings:
    symbols: tuple[str, ...] = setting(default=("SPX",), help="Underlyings.")


class Weekly(Sleeve[WeeklySettings]):
    """One 25 to 35 delta put, nearest 5 days (3 to 7), on the week's first session, kept until it settles."""

    name = "weekly"

    def bands(self, rules):
        return (Band("WEEKLY-1", 0.25, 0.35, 3, DTE_MAX, "calendar"),)

    def propose(self, view):
        return [found for symbol in self.symbols if view.fresh(symbol) and (found := self._symbol(symbol, view))]

    def _symbol(self, symbol, view):
        if view.session.day != view.week[0].day:
            return None
        if view.wheel(symbol) is not Wheel.CASH:
            return view.skip(symbol, "CAD-9", "the last put has not settled")
        (band,) = view.bands
        expiry = nearest(view, symbol, 5, band)
        if expiry is None:
            return view.skip(symbol, "WEEKLY-1", "nothing is listed 3 to 7 days out")
        found = choose(view.side(symbol, expiry, Right.PUT), band, view)
        return found.sell("WEEKLY-1", 1) if isinstance(found, Pick) else found


def replay(folder, home):
    source = open_market(f"chains:{folder / 'chains'}", daily=folder / "daily", dte_max=DTE_MAX)
    days = source.sessions
    plan = Plan(
        mode="backtest", source=source, first=days[0], last=days[-1], capital=Decimal(1_000_000), seed=7,
        host=Host.of(Weekly), rules=Rulebook.default(), split={"weekly": Decimal(100)}, rebuild="month",
    )  # fmt: skip
    with open_ledger(home) as ledger:
        run = simulate(plan, ledger)
        sold = [
            (entry.at.date().isoformat(), entry.event.instrument) for entry in run.entries(kind="Filled")
            if entry.event.opening
        ]  # fmt: skip
        return {"sold": sold, "entries": run.seq, "head": run.head, "equity": str(run.book.equity)}


if __name__ == "__main__":
    gc.freeze()
    print(json.dumps(replay(Path(sys.argv[1]), Path(sys.argv[2]))))
