"""What an event does to cash and lots, before it is written as double entry: a function a kind (TX-1, TX-3)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import evolve, frozen

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.capital import OUTCOMES
from allusr_sdk.ledger.corporate import adjusted, dividend, split
from allusr_sdk.ledger.corrections import cash_booked, corrected
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.lots import Ended, How, carried, contract_of, ended, held, instrument_of, take
from allusr_sdk.model.events import (
    Adjusted,
    Assigned,
    CashBooked,
    Corrected,
    DividendPaid,
    Event,
    Exercised,
    Expired,
    Filled,
    Funded,
    SplitApplied,
)
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import Lot


def outcome(event: Event, holdings: Lots, day: date, fill: Filled | None = None) -> Outcome | None:
    """What an event does to its ledger, or None for one that moves neither cash nor lots.

    Args:
        event: the event, not yet applied.
        holdings: the lots of the event's ledger by instrument, oldest first.
        day: the New York date of the event.
        fill: the execution that a correction names, as it stands; None where none is booked.

    Raises:
        KernelError: when the event does not fit what is held; nothing of it may be booked.
    """
    settle = _KINDS.get(type(event))
    if isinstance(event, Corrected):
        settle = partial(_corrected, fill)
    if settle is None:
        return None
    if not event.ledger:
        raise KernelError(f"{event.kind} of {event.symbol or 'cash'} names no ledger: nothing was booked")
    try:
        _require_finite(event)
        return settle(event, holdings, effective_day(event, day))
    except ValueError as why:
        raise KernelError(f"{event.kind} in {event.ledger} does not fit the books: {why}") from None


def effective_day(event: Event, day: date) -> date:
    """The day on which an event counts: exercise is known later than it happens, never after the expiry (WK-4, TX-1).

    Args:
        event: the event.
        day: the New York date on which it is booked.
    """
    if not isinstance(event, Assigned | Exercised):
        return day
    known = event.effective if isinstance(event, Assigned) else None
    return min(day, known or _contract(event.instrument).expiry)


def _require_finite(event: Event) -> None:
    for name in ("amount", "price", "fee", "cash"):
        value = getattr(event, name, None)
        if value is not None and not value.is_finite():
            raise ValueError(f"{name} is {value}")


def _funded(event: Funded, holdings: Lots, day: date) -> Outcome:
    return Outcome(cash=usd(event.amount), equity={"3010": usd(event.amount)})


def _filled(event: Filled, holdings: Lots, day: date) -> Outcome:
    contract = contract_of(event.instrument)
    gross = usd(event.price * abs(event.quantity) * (MULTIPLIER if contract else 1))
    total = gross - usd(event.fee) if event.quantity < 0 else gross + usd(event.fee)
    settle = _opened if event.opening else _closed
    return evolve(settle(event, holdings, day, contract, gross, total), improvement=_improvement(event, contract))


def _improvement(fill: Filled, contract: Contract | None) -> Decimal:
    """Dollars by which a fill beat the touch; zero where the touch is unknown."""
    if fill.touch is None:
        return ZERO
    return usd((fill.touch - fill.price) * fill.quantity * (MULTIPLIER if contract else 1))


def _opened(
    event: Filled, holdings: Lots, day: date, contract: Contract | None, gross: Decimal, total: Decimal
) -> Outcome:
    symbol = contract.underlying if contract else event.instrument
    name, written = instrument_of(symbol, contract), event.quantity < 0
    lots = holdings.get(name, ())
    if contract is not None and contract.kind.adjusted:
        raise ValueError(f"{name}: its deliverable is adjusted, so nothing of it is opened (LQ-4)")
    if written and contract is None:
        raise ValueError(f"{event.quantity} {name} would be a short sale of shares")
    if event.quantity * held(lots) < 0 or event.quantity == 0:
        raise ValueError(f"{name}: opening {event.quantity} against {held(lots)} held")
    lot = Lot(symbol, contract, event.quantity, total, day, event.price, event.execution)
    return Outcome(
        cash=total if written else -total,
        opened=(lot,),
        lots={name: (*lots, lot)},
        fee=usd(event.fee),
        premium=gross if written else ZERO,
    )


def _closed(
    event: Filled, holdings: Lots, day: date, contract: Contract | None, gross: Decimal, total: Decimal
) -> Outcome:
    name = instrument_of(event.instrument, contract)
    parts, rest = _take(holdings, name, -event.quantity)
    cash = total if event.quantity < 0 else -total
    return Outcome(cash=cash, ended=ended(parts, total, How.CLOSED), lots={name: rest}, fee=usd(event.fee))


def _expired(event: Expired, holdings: Lots, day: date) -> Outcome:
    name = _contract(event.instrument).osi
    parts, rest = _take(holdings, name, event.quantity)
    return Outcome(ended=ended(parts, ZERO, How.EXPIRED), lots={name: rest})


def _delivered(event: Assigned | Exercised, holdings: Lots, day: date) -> Outcome:
    """Assignment of what was written and exercise of what is owned: cash by difference, or shares at the strike."""
    contract, written = _contract(event.instrument), isinstance(event, Assigned)
    if (event.quantity < 0) is not written:
        raise ValueError(f"{event.instrument}: {event.quantity} is not what a position that is {event.kind} holds")
    parts, rest = _take(holdings, contract.osi, event.quantity)
    fee, lots = usd(event.fee), {contract.osi: rest}
    if event.cash is not None:
        gross = usd(event.cash * abs(event.quantity) * MULTIPLIER)
        total = gross + fee if written else gross - fee
        ends = ended(parts, total, How.SETTLED)
        return Outcome(cash=-total if written else total, ended=ends, lots=lots, fee=fee)
    if contract.kind.cash_settled:
        raise ValueError(f"{event.instrument} settles in cash and the event names no amount")
    ends, amount = carried(parts)
    carry = -amount if contract.is_put else amount
    delivery = _Delivery(contract, abs(event.quantity), carry, fee, ends, lots)
    return _shares_in(delivery, holdings, day) if contract.is_put is written else _shares_out(delivery, holdings)


@frozen
class _Delivery:
    """Shares that change hands at the strike; `carry` is what the option adds to their price, in dollars."""

    contract: Contract
    count: int
    carry: Decimal
    fee: Decimal
    ends: tuple[Ended, ...]
    lots: Lots


def _shares_in(d: _Delivery, holdings: Lots, day: date) -> Outcome:
    symbol, paid = d.contract.underlying, usd(d.contract.notional * d.count) + d.fee
    lot = Lot(symbol, None, MULTIPLIER * d.count, paid + d.carry, day, d.contract.strike)
    return Outcome(-paid, d.ends, (lot,), {**d.lots, symbol: (*holdings.get(symbol, ()), lot)}, fee=d.fee)


def _shares_out(d: _Delivery, holdings: Lots) -> Outcome:
    symbol, got = d.contract.underlying, usd(d.contract.notional * d.count) - d.fee
    parts, rest = _take(holdings, symbol, MULTIPLIER * d.count)
    sold = ended(parts, got + d.carry, How.CLOSED)
    return Outcome(got, (*d.ends, *sold), (), {**d.lots, symbol: rest}, fee=d.fee)


def _corrected(fill: Filled | None, event: Corrected, holdings: Lots, day: date) -> Outcome:
    return corrected(event, fill, holdings)


def _contract(instrument: str) -> Contract:
    contract = contract_of(instrument)
    if contract is None:
        raise ValueError(f"{instrument} is not an option")
    return contract


def _take(holdings: Lots, name: str, quantity: int) -> tuple[tuple[Lot, ...], tuple[Lot, ...]]:
    if quantity == 0:
        raise ValueError(f"{name}: a quantity of nothing")
    try:
        return take(holdings.get(name, ()), quantity)
    except ValueError as why:
        raise ValueError(f"{name}: {why}") from None


_KINDS: dict[type[Event], Callable[[Any, Lots, date], Outcome]] = {
    Funded: _funded,
    Filled: _filled,
    Expired: _expired,
    Assigned: _delivered,
    Exercised: _delivered,
    DividendPaid: dividend,
    SplitApplied: split,
    Adjusted: adjusted,
    CashBooked: cash_booked,
    **OUTCOMES,
}
