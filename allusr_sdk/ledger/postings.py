"""Double entry: the chart of accounts (LG-2) and what an outcome writes in it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.errors import Unbalanced
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.lots import instrument_of
from allusr_sdk.ledger.outcomes import outcome
from allusr_sdk.model.events import Event
from allusr_sdk.model.money import cents
from allusr_sdk.model.positions import Lot

CHART = {
    "1010": "Cash",
    "1100": "Stock inventory (cost)",
    "1200": "Long options (cost)",
    "1290": "MTM adj - long",
    "1300": "Dividends receivable",
    "1900": "Due from other ledger",
    "2100": "Short option premium liability",
    "2190": "MTM adj - short",
    "2900": "Due to other ledger",
    "3010": "Contributed capital",
    "3020": "Fork capital in/out",
    "3030": "Merge capital in/out",
    "3100": "Retained earnings",
    "3500": "Appropriated: tax reserve",
    "3510": "Appropriated: contracts budget",
    "3520": "Appropriated: LEAP budget",
    "4010": "Realised P&L - short puts",
    "4020": "Realised P&L - short calls",
    "4030": "Realised P&L - long options (growth)",
    "4040": "Realised P&L - hedges",
    "4100": "Realised P&L - stock",
    "4200": "Dividend income",
    "4300": "Interest income",
    "5200": "Interest expense",
    "6010": "Unrealised P&L - short options",
    "6020": "Unrealised P&L - long",
}

CASH = "1010"
CONTRIBUTED = "3010"
REALISED = frozenset(account for account in CHART if "4000" <= account < "6000")

# (written, put): where its amount stands while it is open, and where its result goes. Shares have no right (None).
_ACCOUNTS = {
    (True, True): ("2100", "4010"),
    (True, False): ("2100", "4020"),
    (False, True): ("1200", "4040"),
    (False, False): ("1200", "4030"),
    (False, None): ("1100", "4100"),
}


@frozen
class Line:
    """One posting: `amount` in whole cents, debits positive; `quantity` the change of contracts or shares."""

    ledger: str
    account: str
    symbol: str
    instrument: str
    amount: int
    quantity: int = 0


def accounts_of(lot: Lot) -> tuple[str, str]:
    """The balance and the result account of a lot."""
    return _ACCOUNTS[lot.quantity < 0, lot.contract.is_put if lot.contract else None]


def postings(event: Event, holdings: Lots, day: date) -> tuple[Line, ...]:
    """The balanced lines of an event against the lots held before it; empty for one that moves nothing.

    Args:
        event: the event.
        holdings: the lots of the event's ledger by instrument, oldest first.
        day: the New York date of the event.

    Raises:
        KernelError: the event does not fit what is held.
        Unbalanced: the lines do not sum to zero.
    """
    result = outcome(event, holdings, day)
    return lines_of(event.ledger, result) if result else ()


def lines_of(ledger: str, result: Outcome) -> tuple[Line, ...]:
    """An outcome as balanced lines, by account and instrument."""
    sums: dict[tuple[str, str, str], tuple[Decimal, int]] = {}

    def debit(account: str, lot: Lot | None, amount: Decimal, quantity: int = 0) -> None:
        where = (account, lot.symbol, instrument_of(lot.symbol, lot.contract)) if lot else (account, "", "")
        before, count = sums.get(where, (Decimal(0), 0))
        sums[where] = (before + amount, count + quantity)

    debit(CASH, None, result.cash)
    for account, amount in result.equity.items():
        sums[account, result.symbol, result.symbol] = (-amount, 0)
    for part in result.ended:
        balance, income = accounts_of(part.lot)
        debit(balance, part.lot, part.lot.amount * (1 if part.lot.quantity < 0 else -1), -part.lot.quantity)
        debit(income, part.lot, -part.gain)
    for new in result.opened:
        debit(accounts_of(new)[0], new, new.amount * (-1 if new.quantity < 0 else 1), new.quantity)
    lines = tuple(
        Line(ledger, *where, cents(amount), quantity)
        for where, (amount, quantity) in sorted(sums.items())
        if amount or quantity
    )
    require_balance(lines)
    return lines


def require_balance(lines: Sequence[Line]) -> None:
    """Raise `Unbalanced` unless the lines of every ledger sum to zero."""
    for ledger in sorted({line.ledger for line in lines}):
        off = sum(line.amount for line in lines if line.ledger == ledger)
        if off:
            raise Unbalanced(f"an entry in {ledger} is off balance by {Decimal(off) / 100}: it was not written")
