"""Double entry: what an outcome writes in the chart of accounts (LG-2)."""

from collections.abc import Sequence
from decimal import Decimal

from attrs import frozen

from allusr_sdk.errors import Unbalanced
from allusr_sdk.ledger.chart import CASH, accounts_of
from allusr_sdk.ledger.effect import Outcome
from allusr_sdk.ledger.lots import instrument_of, standing
from allusr_sdk.model.money import cents
from allusr_sdk.model.positions import Lot


@frozen
class Line:
    """One posting: `amount` in whole cents, debits positive; `quantity` the change of contracts or shares."""

    ledger: str
    account: str
    symbol: str
    instrument: str
    amount: int
    quantity: int = 0


def lines_of(ledger: str, result: Outcome) -> tuple[Line, ...]:
    """An outcome as balanced lines, by account and instrument."""
    sums: dict[tuple[str, str, str], tuple[Decimal, int]] = {}

    def debit(account: str, lot: Lot | None, amount: Decimal, quantity: int = 0) -> None:
        where = (account, lot.symbol, instrument_of(lot.symbol, lot.contract)) if lot else (account, "", "")
        before, count = sums.get(where, (Decimal(0), 0))
        sums[where] = (before + amount, count + quantity)

    debit(CASH, None, result.cash)
    for account, amount in result.equity.items():
        sums[account, result.symbol, result.instrument or result.symbol] = (-amount, 0)
    for part in result.ended:
        balance, income = accounts_of(part.lot)
        debit(balance, part.lot, -standing(part.lot), -part.lot.quantity)
        debit(income, part.lot, -part.gain)
    for new in result.opened:
        debit(accounts_of(new)[0], new, standing(new), new.quantity)
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
