"""A paper run of four weeks whose own rule forks at once and merges after a week."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk import Fork, ForkRule, Merge
from allusr_sdk.execution.run import simulate
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.journal import Run
from allusr_sdk.settings import settings
from allusr_sdk.testing import Market, Sandbox

MARKET = Market(symbols=("NVDA",), first=date(2026, 3, 2), weeks=5, minutes=30)
TABLES = {"sleeves": {name: {"symbols": ["NVDA"]} for name in ("gen_acc", "com_acc")}}
GROWTH = (
    "ForkIntended", "ForkPaid", "ForkFunded", "ForkCapped", "MergeIntended", "MergeSent", "MergeTaken", "NodeClosed",
    "Reinvested", "BudgetSpent",
)  # fmt: skip


@settings
class NoSettings:
    """None."""


class Early(ForkRule[NoSettings]):
    """Forks by FK-2 each 150,000, and merges by FK-3 what is a week old."""

    name = "early"
    step = Decimal(150_000)
    shares = (("gen_acc", Decimal(50_000)), ("com_acc", Decimal(100_000)))

    def decide(self, tree):
        for node in tree.nodes.values():
            young = node.funded_at + timedelta(days=7) > tree.on
            if node.form == "MINI" and node.active and not node.closing and not young:
                yield Merge(node=node.id, cause="a week", rule="FK-3", why="it is old enough")
        for _ in range(int(max(tree.ledgers["gen_acc"].surplus, 0) // self.step)):
            about = {"amount": self.step, "shares": self.shares, "rule": "FK-2", "why": "it is due"}
            yield Fork(ledger="gen_acc", form="MINI", **about)


class Died(BaseException):
    """The engine's process is gone."""


def plan(market=MARKET):
    """What the run depends on, made anew as a process does."""
    return Sandbox(
        market, "gen_acc", "com_acc", "protocol", Early, config=TABLES, capital=30_000_000, mode="paper"
    ).plan()  # fmt: skip


def run(home, monkeypatch, *, dies_after=0):
    """Run, or go on; it dies when so many entries stand. Returns the journal and the home's restarts."""
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
        return tuple(ledger.latest().entries()), tuple(restarts.entries()) if restarts else ()
