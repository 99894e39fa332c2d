"""Corrections of executions that are booked, and lines of the broker's account that have none (B08, B14)."""

from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger.chart import CHARGES, DIVIDENDS, INTEREST, result_of
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.lots import carried, contract_of, instrument_of, spread
from allusr_sdk.ledger.memory import corrected_price, gross
from allusr_sdk.model.events import CashBooked, Corrected, Filled
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.positions import Lot


def corrected(event: Corrected, fill: Filled | None, holdings: Lots) -> Outcome:
    """Cash, and what the execution made: its lot bears the part that is still held, the realised result the rest.

    Args:
        event: the correction.
        fill: the execution that it corrects, as it stands; None where none is booked.
        holdings: the lots of the event's ledger by instrument, oldest first.

    Raises:
        ValueError: no such execution is booked under the order and ledger, or it was of another instrument.
    """
    fill = _required(event, fill)
    amount, more, contract = usd(event.amount), gross(event), contract_of(fill.instrument)
    lot = next((lot for lots in holdings.values() for lot in lots if lot.execution == fill.execution), None)
    kept, gone = _shared(amount, fill, lot)
    now = _with(lot, kept, event, fill) if lot else None
    name = instrument_of(lot.symbol, lot.contract) if lot else ""
    return Outcome(
        cash=amount,
        ended=carried([lot])[0] if lot else (),
        opened=(now,) if now else (),
        lots={name: tuple(now if now and each is lot else each for each in holdings[name])} if lot else {},
        equity={result_of(fill.instrument, written=_written(fill)): gone},
        symbol=fill.symbol,
        instrument=instrument_of(fill.instrument, contract),
        fee=usd(event.fee),
        premium=more if contract and fill.opening and fill.quantity < 0 else ZERO,
        improvement=ZERO if fill.touch is None else more,
    )


def cash_booked(event: CashBooked, holdings: Lots, day: date) -> Outcome:
    """A line of the account as income or expense. Raises `ValueError` for one without an id or of another kind."""
    if not event.line:
        raise ValueError("a line without an id could be booked twice")
    amount = usd(event.amount)
    accounts = {"dividend": DIVIDENDS, "interest": INTEREST if amount > 0 else CHARGES, "fee": CHARGES}
    if event.what not in accounts:
        raise ValueError(f"line {event.line} is {event.what!r}, which is none of {', '.join(accounts)}")
    fee = -amount if event.what == "fee" else ZERO
    return Outcome(cash=amount, equity={accounts[event.what]: amount}, symbol=event.symbol, fee=fee)


def _required(event: Corrected, fill: Filled | None) -> Filled:
    about = f"execution {event.corrects or '(unnamed)'}"
    if fill is None or (fill.ledger, fill.key) != (event.ledger, event.key):
        raise ValueError(f"{about} of order {event.key or '(none)'} is not booked there")
    if _kind(fill.instrument) != _kind(event.instrument):
        raise ValueError(f"{about} was of {fill.instrument}, not of {event.instrument}")
    return fill


def _kind(instrument: str) -> tuple[object, ...]:
    """What of an instrument neither a split nor an adjustment changes."""
    contract = contract_of(instrument)
    return (contract.underlying, contract.expiry, contract.right) if contract else (instrument,)


def _shared(amount: Decimal, fill: Filled, lot: Lot | None) -> tuple[Decimal, Decimal]:
    """Dollars for the part of an execution that is still held, and for the part that has ended."""
    if lot is None:
        return ZERO, amount
    left, made = abs(lot.quantity), abs(fill.quantity) * _split(fill, lot)
    kept, gone = spread(amount, [left, max(made - left, 0)])
    return kept, gone


def _split(fill: Filled, lot: Lot) -> int:
    """Units that splits have made of one since: as many times its price is less."""
    return max(round(fill.price / lot.price), 1) if lot.price else 1


def _with(lot: Lot, more: Decimal, event: Corrected, fill: Filled) -> Lot:
    """A lot for which the account has more dollars: written brought more, owned cost less."""
    amount = lot.amount + (more if lot.quantity < 0 else -more)
    each = price(corrected_price(fill, event) / _split(fill, lot))
    return evolve(lot, amount=amount, price=each, execution=event.execution or lot.execution)


def _written(fill: Filled) -> bool:
    """Whether it wrote what it opened, or bought back what was written."""
    return contract_of(fill.instrument) is not None and (fill.quantity < 0) is fill.opening
