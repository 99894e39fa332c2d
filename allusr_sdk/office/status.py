"""Where a run stands, as an object: what `allusr status --json` prints and a screen shows."""

from typing import TYPE_CHECKING

from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.reports.breaks import still_open
from allusr_sdk.reports.tree import placed
from allusr_sdk.reports.words import unrealised

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.model.positions import Position
    from allusr_sdk.reports.facts import RunFacts


def status(run: "Run", facts: "RunFacts", where: AccountMap | None = None) -> dict[str, object]:
    """Positions, working orders, accounts, ladders, breaks and what waits; dollars.

    Args:
        run: the run; its books are read as they stand.
        facts: its facts after the same entry.
        where: in which of the broker's accounts ledgers lie.
    """
    book = run.book
    return {
        "run": facts.run, "mode": facts.mode, "market": facts.market, "first": facts.first, "last": facts.last,
        "complete": facts.complete, "what_if": facts.what_if, "state": facts.state, "cycles": facts.cycles,
        "tier": facts.tier, "switches": facts.switches, "equity": facts.total.equity, "cash": facts.total.cash,
        "collateral": facts.total.collateral, "entries": facts.entries, "head": facts.head,
        "positions": [position(p) for p in book.positions], "working": working(run),
        "tree": placed(facts.tree, where or AccountMap()), "ladders": facts.ladders,
        "breaks": still_open(book, run.instant), "needs": facts.needs,
    }  # fmt: skip


def position(held: "Position") -> dict[str, object]:
    """A position as an object; prices are dollars a share."""
    return {
        "ledger": held.ledger, "symbol": held.symbol, "contract": held.contract.osi if held.contract else None,
        "quantity": held.quantity, "price": held.price, "mark": held.mark, "level": held.watch.level,
        "rolls": held.rolls, "unrealised": unrealised(held), "text": str(held.contract or f"{held.symbol} shares"),
    }  # fmt: skip


def working(run: "Run | None") -> list[dict[str, object]]:
    """Orders that still work, by the journal."""
    ledgers = run.book.ledgers.values() if run else ()
    return [
        {"ledger": w.ledger, "key": w.key, "symbol": w.symbol, "quantity": w.quantity, "reserve": w.reserve}
        for ledger in ledgers for w in ledger.working.values()
    ]  # fmt: skip
