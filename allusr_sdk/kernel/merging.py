"""Merges: entries freeze, shorts run off, then all that an account has moves in kind into the root's ledger (FK-3).

What is long goes along with its lots, their dates and their basis, and so do hedges, the written legs of their spreads
included, for they may live for months. What else is owed does not move: an account waits for its written options.
"""

from collections.abc import Callable, Iterator, Mapping

from allusr_sdk.contracts import Sleeve
from allusr_sdk.contracts.growth import Merge, Tree
from allusr_sdk.kernel.forking import heirs, unmarked
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.states import OUTSIDE
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model.events import MergeIntended, MergeSent
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.nodes import Node
from allusr_sdk.model.positions import Book, LedgerBook

MERGE = "merge"
"""Subject of decisions about merges."""


def begin(wish: Merge, tree: Tree, styles: Mapping[str, Sleeve[object]], scribe: Scribe) -> None:
    """Journal that an account is to be merged, or why it cannot be; its entries are frozen from then on."""
    book = scribe.book
    node = book.nodes.get(wish.node)
    into = heirs(book, node, styles) if node else ()
    if node is None or (found := tuple(_against(node, into, book))):
        known = found if node else (Veto("FK-3", f"there is no account {wish.node}"),)
        scribe.refuse("", "", wish.rule, known, dict(wish.numbers), subject=f"{MERGE} {wish.node}")
        return
    scribe.decide(into[0], "", "close", wish.rule, wish.why, wish.numbers, subject=f"{MERGE} {node.id}")
    scribe.write(MergeIntended(
        ledger=into[0], rule=wish.rule, key=key_of(node), node=node.id, target=into[0], cause=wish.cause,
        equity=tree.equity(node.id),
    ))  # fmt: skip


def _against(node: Node, into: tuple[str, ...], book: Book) -> Iterator[Veto]:
    if node.form != "MINI":
        yield Veto("FK-3", f"{node.id} is no mini account")
    if node.closing or not node.active:
        yield Veto("FK-3", f"{node.id} is merged already: {node.closing}")
    if not into:
        yield Veto("FK-3", f"{node.root} has no compounding ledger that could take it")
    mine = (ledger for ledger in book.ledgers.values() if ledger.node == node.id)
    if new := next(filter(None, map(unmarked, mine)), ""):
        yield Veto("FK-3", f"{new} has no mark yet: its equity is not known")


def key_of(node: Node) -> str:
    """The key under which an account is merged."""
    return f"{node.id}:{MERGE}"


def advance(node: Node, scribe: Scribe, complete: Callable[[], None]) -> None:
    """Move an account that is to be merged once nothing of it runs any more, else say what it waits for.

    `complete` writes what follows from each phase: the target takes it, and with the last ledger the account ends.
    """
    mine = [ledger for ledger in scribe.book.ledgers.values() if ledger.node == node.id]
    if why := next(filter(None, (_waits(ledger, node, scribe.book) for ledger in mine)), ""):
        scribe.decide(node.target, "", "hold", "FK-3", why, {}, subject=f"{MERGE} {node.id}")
        return
    for ledger in mine:
        if ledger.cash or ledger.lots or ledger.base:
            scribe.write(MergeSent(
                ledger=ledger.name, rule="FK-3", key=key_of(node), node=node.id, target=node.target, cash=ledger.cash,
                lots=in_kind(ledger),
            ))  # fmt: skip
            complete()


def _waits(ledger: LedgerBook, node: Node, book: Book) -> str:
    """What a ledger still waits for, in words, or an empty text."""
    running = [p.key for _, p in sorted(ledger.positions.items()) if p.short and not p.hedges]
    pending = (
        (running, "runs off first"),
        (sorted(ledger.working), "still works"),
        (sorted(ledger.pinned), "may still be assigned"),
        (sorted(book.unsettled & ledger.positions.keys()), "has expired without a price"),
        (sorted(ledger.receivable), "owes a dividend"),
        (sorted(ledger.revalued), "stands at a mark"),
        ([f"{b.name[0]} {b.name[1]}".strip() for b in book.breaks.values()], "is open between books and broker"),
        ([book.state] if book.state in OUTSIDE else [], "is no state to move accounts in"),
        (sorted(_crossed(ledger, book.ledgers.get(node.target))), "is held the other way round by its target"),
    )
    return next((f"{found[0]} {why}" for found, why in pending if found), "")


def _crossed(ledger: LedgerBook, target: LedgerBook | None) -> Iterator[str]:
    """Instruments of which the target holds the other side (CAD-13)."""
    for position in ledger.positions.values():
        name = position.key.partition(":")[2]
        other = target.positions.get(f"{target.name}:{name}") if target else None
        if other is not None and other.quantity * position.quantity < 0:
            yield name
