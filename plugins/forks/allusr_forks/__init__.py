"""Forks and merges: mini accounts out of a generator's surplus, full ones out of a revenue ledger's, and back (FK)."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from allusr_sdk import Fork, ForkRule, LedgerBook, Merge, Node, Tree, hookimpl
from allusr_sdk.settings import settings

GENERATOR, REVENUE, COMPOUNDING = "gen_acc", "rev_acc", "com_acc"


@settings
class ForksSettings:
    """It has no settings of its own: its amounts are the rulebook's (FK-2, FK-3, FK-4)."""


class Forks(ForkRule[ForksSettings]):
    """A mini account for each 100,000 of a generator's surplus, a full one for each 500,000 of a revenue ledger's.

    Minis are merged at three times their capital or after three years; they do not fork themselves.
    """

    name = "forks"

    def decide(self, tree: Tree) -> Iterable[Fork | Merge]:
        """What is due in the week that is final: merges first."""
        for node in tree.nodes.values():
            yield from merges(node, tree)
        for name, ledger in tree.ledgers.items():
            if _may_fork(ledger, tree):
                yield from _FORKS.get(tree.style(name), _none)(ledger, tree)


def _may_fork(ledger: LedgerBook, tree: Tree) -> bool:
    node = tree.nodes[ledger.node]
    return node.form != "MINI" and node.active and not node.closing


# --- forks (FK-2, FK-4) ---

Shares = tuple[tuple[str, Decimal], ...]


def minis(ledger: LedgerBook, tree: Tree) -> Iterator[Fork]:
    """FK-2: exactly one step each, half in the generator's style and half in the compounding one's."""
    step = tree.rules.money("FK-2.step")
    own = (step * tree.rules.money("FK-2.gen_share")).quantize(Decimal("0.01"))
    yield from _due(ledger, "MINI", step, ((GENERATOR, own), (COMPOUNDING, step - own)), "FK-1 FK-2")


def fulls(ledger: LedgerBook, tree: Tree) -> Iterator[Fork]:
    """FK-4: a whole account of its own, split as capital is (CAD-12)."""
    step = tree.rules.money("FK-4.step")
    percent = [Decimal(str(part)) for part in tree.rules.numbers("CAD-12.split")]
    later = [(step * part / sum(percent)).quantize(Decimal("0.01")) for part in percent[1:]]
    shares = zip((GENERATOR, REVENUE, COMPOUNDING), (step - sum(later), *later), strict=True)
    yield from _due(ledger, "FULL", step, tuple(shares), "FK-1 FK-4")


def _none(ledger: LedgerBook, tree: Tree) -> Iterator[Fork]:
    yield from ()


_FORKS = {GENERATOR: minis, REVENUE: fulls}


def _due(ledger: LedgerBook, form: str, step: Decimal, shares: Shares, rule: str) -> Iterator[Fork]:
    """A fork for each whole step of the surplus."""
    count = max(0, int(ledger.surplus // step))
    numbers = {"surplus": str(ledger.surplus), "base": str(ledger.base)}
    for k in range(1, count + 1):
        why = f"surplus {ledger.surplus:,.2f} over base {ledger.base:,.2f}: {k} of {count}"
        yield Fork(ledger=ledger.name, form=form, amount=step, shares=shares, rule=rule, why=why, numbers=numbers)


# --- merges (FK-3) ---


def merges(node: Node, tree: Tree) -> Iterator[Merge]:
    if node.form != "MINI" or not node.active or node.closing:
        return
    equity, times, years = tree.equity(node.id), tree.rules.number("FK-3.multiple"), tree.rules.integer("FK-3.years")
    numbers = {"equity": str(equity), "funded": str(node.amount), "since": node.funded_at.isoformat()}
    if equity >= tree.rules.money("FK-3.multiple") * node.amount:
        why = f"equity {equity:,.2f} is {times:g} times {node.amount:,.2f} or more"
        yield Merge(node=node.id, cause=f"{times:g}x", rule="FK-3", why=why, numbers=numbers)
    elif tree.on >= _anniversary(node.funded_at, years):
        why = f"funded on {node.funded_at}, {years} years ago"
        yield Merge(node=node.id, cause=f"{years} years", rule="FK-3", why=why, numbers=numbers)


def _anniversary(day: date, years: int) -> date:
    """The same day some years later; of a 29 February the first of March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@hookimpl
def allusr_forks() -> list[type[ForkRule[ForksSettings]]]:
    """The fork rule that this distribution brings."""
    return [Forks]
