"""Where a run stands, as an object: what `allusr status --json` prints and a screen shows."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.breaks import still_open
from allusr_sdk.reports.ladders import ladders
from allusr_sdk.reports.needs import Need
from allusr_sdk.reports.switches import standing
from allusr_sdk.reports.tree import accounts, placed
from allusr_sdk.reports.words import unrealised

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.model.positions import Position


def status(run: "Run", needs: Sequence[Need], where: AccountMap | None = None) -> dict[str, object]:
    """Positions, working orders, accounts, ladders, breaks and what waits; dollars.

    Args:
        run: the run; its books are read as they stand.
        needs: what waits after the same entry: see `reports.needs.waiting`.
        where: in which of the broker's accounts ledgers lie.
    """
    head, book = started(run), run.book
    ledgers = book.ledgers.values()
    return {
        "run": run.id, "mode": head.mode, "market": head.market, "first": head.first, "last": head.last,
        "complete": any(run.entries(kind="RunEnded")), "what_if": dict(head.what_if), "state": book.state,
        "cycles": book.cycle, "tier": book.tier, "switches": standing(book),
        "equity": sum((usd(ledger.equity) for ledger in ledgers), ZERO),
        "cash": sum((ledger.cash for ledger in ledgers), ZERO),
        "collateral": sum((usd(ledger.reserved) for ledger in ledgers), ZERO), "entries": run.seq, "head": run.head,
        "positions": [position(p) for p in book.positions], "working": working(run),
        "tree": placed(accounts(run), where or AccountMap()), "ladders": ladders(book),
        "breaks": still_open(book, run.instant), "needs": needs,
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
