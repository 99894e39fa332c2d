"""Specific identification (TX-3): a person names the lots of a sale before it settles, in the home's chain `lots`."""

from collections.abc import Sequence
from datetime import date, datetime

from allusr_sdk.errors import BreakError, InputError, StateRefusal
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.tax import TaxEntry, tax_entries
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Filled, LotsChosen, Picked
from allusr_sdk.tax.parcels import Parcel
from allusr_sdk.tax.walk import FIFO, HANDLERS, Walk

CHAIN = "lots"


def chosen_lots(run: Run) -> dict[str, tuple[Picked, ...]]:
    """The newest choice for each sale of a run, by the sale's execution."""
    chain = run.ledger.chain(CHAIN)
    if chain is None:
        return {}
    head = _head(run)
    events = [entry.event for entry in chain.entries()]
    mine = [e for e in events if isinstance(e, LotsChosen) and (e.run, e.head) == (run.id, head)]
    return {event.sale: event.lots for event in mine}


def held_before(run: Run, sale: str) -> tuple[TaxEntry, tuple[Parcel, ...]]:
    """A sale, and the lots that were held before it, with the choices that stand.

    Raises:
        InputError: the run has no such sale.
    """
    acts = list(tax_entries(run, tuple(HANDLERS)))
    found = _sale(run, acts, sale)
    walk = Walk(FIFO, chosen_lots(run))
    walk.read(entry for entry in acts if entry.seq < found.seq)
    event = found.event
    return found, walk.held(event.ledger, event.instrument) if isinstance(event, Filled) else ()


def choose(run: Run, sale: str, lots: Sequence[Picked], *, actor: str, reason: str, at: datetime) -> LotsChosen:
    """Write a choice.

    Args:
        run: the run.
        sale: the broker's id of the execution that sold.
        lots: units of lots that were held then; they sum to what was sold.
        actor, reason: a person's name, and why.
        at: aware instant of the choice.

    Raises:
        InputError: no such sale, or lots and units that do not fit it.
        StateRefusal: the sale has settled.
    """
    acts = list(tax_entries(run, tuple(HANDLERS)))
    found = _sale(run, acts, sale)
    sold = -found.event.quantity if isinstance(found.event, Filled) else 0
    if any(pick.units <= 0 for pick in lots) or sum(pick.units for pick in lots) != sold:
        raise InputError(f"{sale} sold {sold}: the units of the lots must be positive and sum to it")
    settles = settlement(found.day)
    if at.astimezone(NEW_YORK).date() >= settles:
        raise StateRefusal(f"{sale} was sold on {found.day} and settles on {settles}: lots are chosen before (TX-3)")
    try:
        Walk(FIFO, chosen_lots(run) | {sale: tuple(lots)}).read(acts)
    except BreakError as why:
        raise InputError(f"{sale}: those lots were not held then: {why}") from None
    event = LotsChosen(
        rule="TX-3", run=run.id, head=_head(run), sale=sale, lots=tuple(lots), actor=actor, reason=reason
    )
    chain = run.ledger.chain(CHAIN)
    if chain is None:
        run.ledger.start_chain(CHAIN, event, at, rulebook="")
    else:
        chain.append(event, at=at, cycle=0, state=chain.book.state, rulebook="")
    return event


def settlement(day: date) -> date:
    """The day on which a sale settles: the next session."""
    return xnys().after(day).day


def _sale(run: Run, acts: Sequence[TaxEntry], sale: str) -> TaxEntry:
    for entry in acts:
        event = entry.event
        if isinstance(event, Filled) and event.execution == sale and event.quantity < 0 and not event.opening:
            return entry
    raise InputError(f"{sale}: run {run.id} has no sale with that execution: `allusr ledger show --kind Filled "
                     "--entries` lists them")  # fmt: skip


def _head(run: Run) -> str:
    """Hash of the first entry: another run may have the same number in a restored home."""
    return next(iter(run.entries())).hash
