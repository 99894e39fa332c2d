"""What hedges brought goes back to the ledgers that paid for them, once a ladder of hedges is empty (LL-4, PE-9).

Who paid how much stands in notes of the ladder's ledger until then. What each gets is noted first, as a whole, and then
sent one by one: whoever finds the note after a stop sees by the cash that is left who has his share already.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.ledger.kind import book_value, lots_of
from allusr_sdk.model.events import Noted, TransferSent
from allusr_sdk.model.money import ZERO, share_out, usd
from allusr_sdk.model.positions import Book, LedgerBook

PAID, SHARES = "paid for ", "returned"
"""How notes begin that say who paid for a transfer of hedges, and the key of the one that says who gets what back."""


def paid(sent: TransferSent) -> Noted:
    """The note of what hedges cost the ledger that hands them over; it is the same however often it is written."""
    cost = book_value(lots_of(sent.lots))
    return Noted(ledger=sent.to, rule="LL-4", key=f"{PAID}{sent.key}", text=f"{sent.ledger} {cost}")


def back(name: str, on: date, scribe: Scribe, complete: Callable[[], None]) -> None:
    """Return what an empty ladder of hedges has, in proportion to what each paid; go on where that was cut short."""
    book = scribe.book.ledgers[name]
    if not book.notes.get(SHARES):
        shares = _shares(book, scribe.book)
        if not shares:
            return
        told = " ".join([str(on), *(f"{source}={usd(amount)}" for source, amount in shares.items())])
        scribe.write(Noted(ledger=name, rule="LL-4", key=SHARES, text=told))
    for key, text in sorted(scribe.book.ledgers[name].notes.items()):
        if key.startswith(PAID) and text:
            scribe.write(Noted(ledger=name, rule="LL-4", key=key, text=""))
    day, *parts = scribe.book.ledgers[name].notes[SHARES].split()
    left = [(source, usd(Decimal(amount))) for source, _, amount in (part.partition("=") for part in parts)]
    while left and sum(amount for _, amount in left) > scribe.book.ledgers[name].free:
        left.pop(0)  # it was sent before a stop
    for source, amount in left:
        scribe.write(TransferSent(
            ledger=name, rule="LL-4", key=f"{name}:{day}:{source}:returned", to=source, amount=amount,
        ))  # fmt: skip
        complete()
    scribe.write(Noted(ledger=name, rule="LL-4", key=SHARES, text=""))


def _shares(book: LedgerBook, whole: Book) -> Mapping[str, Decimal]:
    """Dollars that each payer gets; none while the ladder holds, orders or remembers anything of its own."""
    if book.positions or book.working:
        return {}
    weights: dict[str, Decimal] = {}
    for key, text in book.notes.items():
        if not text:
            continue
        if not key.startswith(PAID):
            return {}
        source, _, cost = text.partition(" ")
        payer = whole.ledgers.get(source)
        if payer is not None and not payer.closed:
            weights[source] = weights.get(source, ZERO) + Decimal(cost)
    payers = sorted(source for source, cost in weights.items() if cost > 0)
    parts = share_out(book.free, [weights[source] for source in payers]) if payers else ()
    return {source: amount for source, amount in zip(payers, parts, strict=True) if amount > 0}
