"""Questions to the journal: balances by ledger and account, and whether they agree with the lots (LG-2, LG-3)."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from attrs import frozen
from sqlalchemy import func, select

from allusr_sdk.ledger.chart import (
    ADJUSTMENTS,
    BUDGETS,
    CASH,
    CHART,
    DUE_FROM,
    DUE_TO,
    FORKED,
    MERGED,
    REALISED,
    RECEIVABLE,
    RESERVE,
    UNREALISED,
    accounts_of,
)
from allusr_sdk.ledger.journal import Run
from allusr_sdk.ledger.kind import book_value, lots_of
from allusr_sdk.ledger.lots import instrument_of, standing
from allusr_sdk.ledger.storage import asked
from allusr_sdk.ledger.sums import until
from allusr_sdk.ledger.tables import postings
from allusr_sdk.model.events import ForkFunded, MergeTaken, TransferTaken
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import Book, LedgerBook


@frozen
class Balance:
    """One account of one ledger; `amount` in dollars, debits positive."""

    ledger: str
    account: str
    name: str
    amount: Decimal


def balances(run: Run, at: date | None = None, *, upto: int | None = None) -> tuple[Balance, ...]:
    """The trial balance by ledger and account; it sums to zero in every ledger.

    Args:
        run: the run.
        at: the last New York date to count; None counts everything.
        upto: the last entry to count.
    """
    total = func.sum(postings.c.amount)
    columns = (postings.c.ledger, postings.c.account)
    chosen = select(*columns, total).where(until(run, at)).group_by(*columns)
    if upto is not None:
        chosen = chosen.where(postings.c.seq <= upto)
    found = asked(run.ledger.engine, chosen)
    rows = sorted((ledger, account, usd(Decimal(int(amount)) / 100)) for ledger, account, amount in found)
    return tuple(Balance(ledger, account, CHART.get(account, account), amount) for ledger, account, amount in rows)


def out_of_balance(found: Iterable[Balance], book: Book) -> tuple[str, ...]:
    """Where balances and books disagree, one line each; empty when all invariants of LG-3 hold."""
    amounts = {(b.ledger, b.account): b.amount for b in found}
    ledgers = sorted({ledger for ledger, _ in amounts} | set(book.ledgers))
    lines: list[str] = []
    for name in ledgers:
        mine = {account: amount for (ledger, account), amount in amounts.items() if ledger == name}
        lines += _differences(name, mine, book.ledgers.get(name, LedgerBook(name)))
    return (*lines, *_between(amounts, book))


_SUMS = {"realised": REALISED, "unrealised": UNREALISED, "marks": ADJUSTMENTS}
_NAMES = CHART | {
    "realised": "realised result", "unrealised": "unrealised result", "marks": "MTM adj", "trial": "trial balance",
}  # fmt: skip


def _differences(name: str, mine: dict[str, Decimal], book: LedgerBook) -> list[str]:
    expected = {CASH: book.cash, "1100": ZERO, "1200": ZERO, "2100": ZERO, "realised": -book.realised, "trial": ZERO}
    expected |= _apart(book)
    for lot in book.lots:
        expected[accounts_of(lot)[0]] += standing(lot)
    posted = mine | {
        what: sum((amount for account, amount in mine.items() if account in accounts), ZERO)
        for what, accounts in _SUMS.items()
    }
    posted["trial"] = sum(mine.values(), ZERO)
    off = [
        (_NAMES[key], posted.get(key, ZERO), amount)
        for key, amount in expected.items()
        if posted.get(key, ZERO) != amount
    ]
    lines = [f"{name}: {what} stands at {have}, the books say {want}" for what, have, want in off]
    return lines + _unmatched(book)


def _apart(book: LedgerBook) -> dict[str, Decimal]:
    """Where dividends on their way, marks and appropriations of a ledger ought to stand."""
    marked = sum(book.revalued.values(), ZERO)
    return {
        RECEIVABLE: sum(book.receivable.values(), ZERO), "marks": marked, "unrealised": -marked,
        RESERVE: -book.tax_reserve, BUDGETS["contracts"]: -book.contracts_budget, BUDGETS["leaps"]: -book.leap_budget,
    }  # fmt: skip


def _between(amounts: Mapping[tuple[str, str], Decimal], book: Book) -> list[str]:
    """What stands between ledgers and is neither set aside nor under way: over all of them it nets to zero (LG-2)."""
    missing = [event for each in book.unfinished.values() for event in each.missing]
    aside = sum((ledger.set_aside for ledger in book.ledgers.values()), ZERO)
    expected = {
        (FORKED,): sum((e.amount for e in missing if isinstance(e, ForkFunded)), ZERO),
        (MERGED,): sum((e.cash + book_value(lots_of(e.lots)) for e in missing if isinstance(e, MergeTaken)), ZERO),
        (DUE_FROM, DUE_TO): sum(
            (e.amount + book_value(lots_of(e.lots)) for e in missing if isinstance(e, TransferTaken)), -aside
        ),
    }
    stands = {names: sum((x for (_, a), x in amounts.items() if a in names), ZERO) for names in expected}
    return [
        f"{CHART[names[0]]} of all ledgers stands at {stands[names]}, the books say {amount}"
        for names, amount in expected.items()
        if stands[names] != amount
    ]


def _unmatched(book: LedgerBook) -> list[str]:
    """Positions that are not the sum of their lots."""
    counts: dict[str, int] = {}
    for lot in book.lots:
        key = f"{book.name}:{instrument_of(lot.symbol, lot.contract)}"
        counts[key] = counts.get(key, 0) + lot.quantity
    have = {key: position.quantity for key, position in book.positions.items()}
    keys = sorted(k for k in counts.keys() | have.keys() if counts.get(k) != have.get(k))
    return [f"{key}: {have.get(key, 0)} held, {counts.get(key, 0)} in lots" for key in keys]
