"""A plugin: a market of four weeks, and a rule that forks at once and merges after a week."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk import Fork, ForkRule, Merge, hookimpl
from allusr_sdk.settings import settings
from allusr_sdk.testing import Market

MARKET = Market(symbols=("NVDA",), first=date(2026, 3, 2), weeks=5, minutes=30)


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


@hookimpl
def allusr_forks():
    return [Early]


@hookimpl
def allusr_markets():
    return {"growing": lambda rest, seed: MARKET.source}
