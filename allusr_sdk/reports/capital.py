"""Telling capital that moves between ledgers, what is appropriated, and dividends on their way (FK-1 to FK-7)."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.kind import book_value, lots_of, name_of
from allusr_sdk.model import events as ev
from allusr_sdk.reports.words import dollars, many, named, per_share

Told = tuple[str, str]

KEYED = (
    ev.ForkIntended, ev.ForkPaid, ev.ForkFunded, ev.MergeIntended, ev.MergeSent, ev.MergeTaken, ev.NodeClosed,
    ev.TransferSent, ev.TransferTaken,
)  # fmt: skip
"""Phases of a fork, merge or transfer; those of one have the same key."""

OF_LEDGER = (*KEYED, ev.ForkCapped, ev.Reinvested, ev.BudgetSpent)
"""About a ledger as a whole."""

_FORMS = {"MINI": "a mini", "FULL": "a full account"}
_BUDGETS = {"contracts": "the contracts budget", "leaps": "the LEAP budget"}


def symbols_of(event: ev.Event) -> frozenset[str]:
    """Underlyings of the lots that an entry moves."""
    moved = getattr(event, "lots", ()) if isinstance(event, KEYED) else ()
    return frozenset(lot.symbol for lot in lots_of(moved))


def moved(event: ev.Event) -> Iterable[tuple[str, int]]:
    """Instruments that come to a ledger with an entry, and signed units; what leaves is negative of what it was."""
    sign = 1 if isinstance(event, ev.MergeTaken | ev.TransferTaken) else -1
    lots = event.lots if isinstance(event, ev.MergeTaken | ev.TransferTaken | ev.MergeSent | ev.TransferSent) else ()
    for lot in lots:
        yield name_of(lot.instrument), sign * lot.quantity


def _fork_intended(event: ev.ForkIntended, entry: Entry) -> Told:
    shares = ", ".join(f"{share.ledger} {dollars(share.amount)}" for share in event.shares)
    form = _FORMS.get(event.form, event.form)
    return "forked", f"FORK: {dollars(event.amount)} set aside for {event.node}, {form} with {shares}"


def _fork_paid(event: ev.ForkPaid, entry: Entry) -> Told:
    return "forked", f"FORK: {dollars(event.amount)} paid to {event.node}; the base stays"


def _fork_funded(event: ev.ForkFunded, entry: Entry) -> Told:
    return "forked", f"ACCOUNT {event.node}: {event.ledger} begins with {dollars(event.amount)}, run by {event.style}"


def _fork_capped(event: ev.ForkCapped, entry: Entry) -> Told:
    stays = f"the surplus of {dollars(event.amount)} stays here"
    return "capped", f"FORK REFUSED: {event.active} accounts are active, which is the most; {stays}"


def _merge_intended(event: ev.MergeIntended, entry: Entry) -> Told:
    ends = "nothing is opened any more, shorts run off"
    at = f"{event.cause}, equity {dollars(event.equity)}"
    return "merging", f"MERGE of {event.node} into {event.target} begins: {at}; {ends}"


def _merge_sent(event: ev.MergeSent, entry: Entry) -> Told:
    return "merged", f"MERGE: {_goods(event.cash, event.lots)} given to {event.target}"


def _merge_taken(event: ev.MergeTaken, entry: Entry) -> Told:
    kept = "; dates and basis stay" if event.lots else ""
    return "merged", f"MERGE: {_goods(event.cash, event.lots)} taken from {event.source}{kept}"


def _closed(event: ev.NodeClosed, entry: Entry) -> Told:
    of = f"{event.multiple.normalize():f} times what it began with"
    return "archived", f"ACCOUNT {event.node} ARCHIVED: merged into {event.target} at {of}"


def _sent(event: ev.TransferSent, entry: Entry) -> Told:
    paid = f", out of {_BUDGETS.get(event.budget, event.budget)}" if event.budget else ""
    return "moved", f"TRANSFER of {_goods(event.amount, event.lots)} to {event.to}{paid}"


def _taken(event: ev.TransferTaken, entry: Entry) -> Told:
    return "moved", f"TRANSFER of {_goods(event.amount, event.lots)} from {event.source}"


def _goods(cash: Decimal, lots: tuple[ev.Moved, ...]) -> str:
    """Cash in dollars, and what is moved in kind."""
    units: dict[str, int] = {}
    for lot in lots:
        units[lot.instrument] = units.get(lot.instrument, 0) + lot.quantity
    kind = " and ".join(many(quantity, instrument) for instrument, quantity in units.items())
    at = f" at a book value of {dollars(book_value(lots_of(lots)))}" if lots else ""
    return " and ".join(part for part in (f"{dollars(cash)} cash" if cash or not lots else "", f"{kind}{at}") if part)


def _reinvested(event: ev.Reinvested, entry: Entry) -> Told:
    parts = (
        f"{dollars(event.reserve)} reserved for taxes", f"{dollars(event.contracts)} for contracts",
        f"{dollars(event.leaps)} for LEAPs",
    )  # fmt: skip
    return "reinvested", f"REINVESTED {event.quarter}, a net gain of {dollars(event.gain)}: {', '.join(parts)}"


def _spent(event: ev.BudgetSpent, entry: Entry) -> Told:
    return "spent", f"{dollars(event.amount)} paid out of {_BUDGETS.get(event.budget, event.budget)}"


def _accrued(event: ev.DividendAccrued, entry: Entry) -> Told:
    per = per_share(event.per_share)
    return "dividend", f"DIVIDEND of {per} on {event.shares:,} {event.symbol} shares: {event.cash:,.2f} receivable"


def _paid(event: ev.DividendReceived, entry: Entry) -> Told:
    return "dividend", f"DIVIDEND of {event.symbol} paid: {event.cash:,.2f}"


def _revalued(event: ev.Revalued, entry: Entry) -> Told:
    instrument = event.position.partition(":")[2]
    name = named(instrument)
    if event.undone:
        return "revalued", f"mark of {name} taken back: {-event.amount:+,.2f}"
    return "revalued", f"{name} at its mark of {per_share(event.mark)}: {event.amount:+,.2f} unrealised"


TELLERS: Mapping[type[ev.Event], Callable[[Any, Entry], Told]] = {
    ev.ForkIntended: _fork_intended,
    ev.ForkPaid: _fork_paid,
    ev.ForkFunded: _fork_funded,
    ev.ForkCapped: _fork_capped,
    ev.MergeIntended: _merge_intended,
    ev.MergeSent: _merge_sent,
    ev.MergeTaken: _merge_taken,
    ev.NodeClosed: _closed,
    ev.TransferSent: _sent,
    ev.TransferTaken: _taken,
    ev.Reinvested: _reinvested,
    ev.BudgetSpent: _spent,
    ev.DividendAccrued: _accrued,
    ev.DividendReceived: _paid,
    ev.Revalued: _revalued,
}
