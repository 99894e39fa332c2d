"""What the entries of capital do to cash, lots and equity accounts, one side at a time (LG-2, FK-1 to FK-7)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.chart import (
    BUDGETS,
    DIVIDENDS,
    DUE_FROM,
    DUE_TO,
    FORKED,
    MERGED,
    RECEIVABLE,
    RESERVE,
    RETAINED,
)
from allusr_sdk.ledger.corporate import require_due
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.kind import book_value, given, received
from allusr_sdk.ledger.lots import carried, contract_of, held, instrument_of
from allusr_sdk.model.events import (
    BudgetSpent,
    DividendAccrued,
    DividendReceived,
    Event,
    ForkFunded,
    ForkIntended,
    ForkPaid,
    MergeSent,
    MergeTaken,
    Reinvested,
    Revalued,
    TransferSent,
    TransferTaken,
)
from allusr_sdk.model.money import ZERO, share_out, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import LedgerBook, Lot

_AMOUNTS = ("amount", "cash", "gain", "reserve", "contracts", "leaps")


def appropriated(gain: Decimal, reserve: Decimal, contracts: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """Tax reserve, contracts budget and LEAP budget of a quarter's net gain, dollars; they sum to it (FK-7).

    Args:
        gain: net realised gain of the quarter, positive.
        reserve: share of the gain that is reserved (0.30).
        contracts: share of the rest that goes to contracts (0.75).
    """
    kept, rest = share_out(usd(gain), (reserve, 1 - reserve))
    for_contracts, for_leaps = share_out(rest, (contracts, 1 - contracts))
    return usd(kept), usd(for_contracts), usd(for_leaps)


def require_whole(event: Event) -> None:
    """Raise `KernelError` where an amount of an entry of capital is no whole number of cents."""
    parts = [share.amount for share in event.shares] if isinstance(event, ForkIntended) else []
    for amount in (*parts, *(getattr(event, name, ZERO) for name in _AMOUNTS)):
        if not amount.is_finite() or amount != usd(amount):
            raise KernelError(f"{event.kind} in {event.ledger or 'no ledger'}: {amount} is no whole number of cents")


def unrealised(lots: Sequence[Lot], mark: Decimal) -> Decimal:
    """What lots of one instrument would bring at a mark per share beyond their book value, dollars."""
    unit = MULTIPLIER if lots[0].contract else 1
    return usd(mark * held(lots) * unit) - book_value(lots)


def at_mark(book: LedgerBook, position: str, mark: Decimal) -> Revalued:
    """The entry that puts a position of a ledger at a mark per share (LG-2). Raises `KeyError` for one not held."""
    symbol = book.positions[position].symbol
    lots = [lot for lot in book.lots if f"{book.name}:{instrument_of(lot.symbol, lot.contract)}" == position]
    amount = unrealised(lots, mark)
    return Revalued(ledger=book.name, symbol=symbol, rule="LG-2", position=position, mark=mark, amount=amount)


def off_mark(book: LedgerBook, position: str) -> Revalued:
    """The entry that takes the mark of a position back. Raises `KeyError` for one that stands at none."""
    contract = contract_of(instrument := instrument_of_position(position))
    symbol = contract.underlying if contract else instrument
    about = {"ledger": book.name, "symbol": symbol, "rule": "LG-2", "position": position}
    return Revalued(**about, mark=ZERO, amount=book.revalued[position], undone=True)


def instrument_of_position(position: str) -> str:
    """The instrument that a position's key names, as lots are kept under it."""
    return position.partition(":")[2]


def revalued(event: Revalued, *, short: bool) -> Outcome:
    """The mark of a position that is owed (`short`) or owned, or that mark taken back: no cash, no result realised."""
    amount = usd(-event.amount if event.undone else event.amount)
    result, adjustment = ("6010", "2190") if short else ("6020", "1290")
    return Outcome(
        equity={result: amount, adjustment: -amount},
        symbol=event.symbol,
        instrument=instrument_of_position(event.position),
    )


def _fork_intended(event: ForkIntended, holdings: Lots, day: date) -> Outcome:
    return Outcome(equity={FORKED: -event.amount, DUE_TO: event.amount})


def _fork_paid(event: ForkPaid, holdings: Lots, day: date) -> Outcome:
    return Outcome(cash=-event.amount, equity={DUE_TO: -event.amount})


def _fork_funded(event: ForkFunded, holdings: Lots, day: date) -> Outcome:
    return Outcome(cash=event.amount, equity={FORKED: event.amount})


def _sent(event: MergeSent | TransferSent, holdings: Lots, day: date) -> Outcome:
    lots, after = given(event.lots, holdings)
    cash, account = (event.cash, MERGED) if isinstance(event, MergeSent) else (event.amount, DUE_FROM)
    budget = event.budget if isinstance(event, TransferSent) else ""
    spent = {BUDGETS[budget]: -cash, RETAINED: cash} if budget else {}
    return Outcome(cash=-cash, ended=carried(lots)[0], lots=after, equity={account: -cash - book_value(lots), **spent})


def _taken(event: MergeTaken | TransferTaken, holdings: Lots, day: date) -> Outcome:
    lots, after = received(event.lots, holdings)
    cash, account = (event.cash, MERGED) if isinstance(event, MergeTaken) else (event.amount, DUE_TO)
    return Outcome(cash=cash, opened=lots, lots=after, equity={account: cash + book_value(lots)})


def _reinvested(event: Reinvested, holdings: Lots, day: date) -> Outcome:
    budgets = {BUDGETS["contracts"]: event.contracts, BUDGETS["leaps"]: event.leaps}
    return Outcome(equity={RETAINED: -event.gain, RESERVE: event.reserve, **budgets})


def _spent(event: BudgetSpent, holdings: Lots, day: date) -> Outcome:
    return Outcome(equity={BUDGETS[event.budget]: -event.amount, RETAINED: event.amount})


def _accrued(event: DividendAccrued, holdings: Lots, day: date) -> Outcome:
    require_due(event, holdings)
    return Outcome(equity={DIVIDENDS: event.cash, RECEIVABLE: -event.cash}, symbol=event.symbol)


def _paid(event: DividendReceived, holdings: Lots, day: date) -> Outcome:
    return Outcome(cash=usd(event.cash), equity={RECEIVABLE: usd(event.cash)}, symbol=event.symbol)


OUTCOMES: Mapping[type[Event], Callable[[Any, Lots, date], Outcome]] = {
    ForkIntended: _fork_intended,
    ForkPaid: _fork_paid,
    ForkFunded: _fork_funded,
    MergeSent: _sent,
    MergeTaken: _taken,
    TransferSent: _sent,
    TransferTaken: _taken,
    Reinvested: _reinvested,
    BudgetSpent: _spent,
    DividendAccrued: _accrued,
    DividendReceived: _paid,
}
