"""What ladders get and give on mornings: LEAP budgets in cash, hedge puts in kind; what they hold, once a quarter.

Each is a transfer in two phases whose first says all of the second, so that a stop between them leaves exactly one
(FK-7, LL-4). What a hedge cost stays in the quarter of the sleeve that paid for it (PE-9).
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from allusr_sdk.contracts.ladders import rungs
from allusr_sdk.host import Host
from allusr_sdk.kernel.reinvest import quarter_of
from allusr_sdk.kernel.returning import back, paid
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.ledger.lots import instrument_of
from allusr_sdk.model.events import Event, LadderStated, Stated, TransferSent
from allusr_sdk.model.ladders import GROWTH, HEDGES, is_ladder, ladder_of, style_of
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import Book, LedgerBook, Position

SUBJECT = "ladder"


def morning(
    on: date, before: date, scribe: Scribe, host: Host, *, complete: Callable[[], None], booked: Sequence[Event] = ()
) -> None:
    """The morning of a session, after reinvestment; `complete` writes the phases that are missing.

    What a morning that was cut short has `booked` is not said again. Where no ladder is loaded nothing moves: budgets
    wait, and hedges stay with the protocol (PE-10).
    """
    if not host.ladders:
        return
    if quarter_of(on) != (finished := quarter_of(before)):
        said = {event.ledger for event in booked if isinstance(event, LadderStated) and event.quarter == finished}
        for book in tuple(scribe.book.ledgers.values()):
            if is_ladder(book) and not book.closed and book.name not in said:
                scribe.write(stated(book, finished))
    for name in tuple(scribe.book.ledgers):
        for send in (_budget, _hedges):
            for event in send(scribe.book.ledgers[name], scribe.book, on, scribe):
                if event.lots:
                    scribe.write(paid(event))
                scribe.write(event)
                complete()
    for name, book in tuple(scribe.book.ledgers.items()):
        if style_of(book) == HEDGES and not book.closed:
            back(name, on, scribe, complete)


def stated(book: LedgerBook, quarter: str) -> LadderStated:
    """A ladder at the end of a quarter, at its last marks."""
    held = tuple(_stated(p) for p in rungs(book))
    return LadderStated(
        ledger=book.name, rule="LL-3", quarter=quarter, budget=usd(book.free), cost=_sum(p.cost for p in held),
        value=_sum(p.value for p in held), realised=usd(book.realised), rungs=held,
    )  # fmt: skip


def _stated(position: Position) -> Stated:
    cost = position.amount if position.quantity > 0 else -position.amount
    return Stated(
        position=position.key, quantity=position.quantity, cost=usd(cost), mark=position.mark,
        value=usd(position.value),
    )  # fmt: skip


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    return usd(sum(amounts, ZERO))


def _gives(book: LedgerBook, whole: Book) -> bool:
    """Whether a ledger gives to its account's ladders; a mini has none, for it does not reinvest (FK-2)."""
    node = whole.nodes.get(book.node)
    return not (is_ladder(book) or book.closing or book.closed or (node is not None and node.form == "MINI"))


def _budget(book: LedgerBook, whole: Book, on: date, scribe: Scribe) -> Iterator[TransferSent]:
    """A ledger's LEAP budget, wholly, once its free cash can pay it (FK-7, LL-2)."""
    amount = book.leap_budget
    if amount <= 0 or not _gives(book, whole):
        return
    if book.free < amount:
        why = f"the LEAP budget of {amount:,.2f} waits for free cash"
        scribe.decide(book.name, "", "hold", "FK-7 RULE-1", why, {}, subject=SUBJECT)
        return
    yield TransferSent(
        ledger=book.name, rule="FK-7 LL-2", key=f"{book.name}:{book.reinvested}:leaps",
        to=ladder_of(book.node, GROWTH), amount=amount, budget="leaps",
    )  # fmt: skip


def _hedges(book: LedgerBook, whole: Book, on: date, scribe: Scribe) -> Iterator[TransferSent]:
    """Hedge puts that a ledger holds, with dates and costs; those of a symbol go together (LL-4)."""
    if not any(p.hedges for p in book.positions.values()) or not _gives(book, whole):
        return
    target = whole.ledgers.get(ladder_of(book.node, HEDGES))
    held = [p for p in book.positions.values() if p.hedges and p.contract is not None and p.contract.is_put]
    stuck = {p.symbol for p in held if _stays(p, book, whole, target)}
    stuck |= {work.symbol for work in book.working.values()}
    given = {instrument_of(p.symbol, p.contract): p.quantity for p in held if p.symbol not in stuck}
    if given:
        yield TransferSent(
            ledger=book.name, rule="LL-4 PE-10", key=f"{book.name}:{on}:hedges", to=ladder_of(book.node, HEDGES),
            amount=ZERO, lots=in_kind(book, given),
        )  # fmt: skip


def _stays(position: Position, book: LedgerBook, whole: Book, target: LedgerBook | None) -> bool:
    """Whether a hedge cannot leave now: it waits for a price, stands at a mark, or meets its other side."""
    if position.key in whole.unsettled or position.key in book.revalued or position.contract is None:
        return True
    other = target.positions.get(f"{target.name}:{position.contract.osi}") if target else None
    return other is not None and other.quantity * position.quantity < 0
