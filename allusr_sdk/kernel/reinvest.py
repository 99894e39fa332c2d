"""Quarterly reinvestment of revenue and compounding ledgers: reserve, contracts and LEAP budgets (FK-7, TX-8)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.ledger.capital import appropriated
from allusr_sdk.model.events import BudgetSpent, Filled, Reinvested
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import Book, LedgerBook
from allusr_sdk.rulebook import Rulebook

REINVESTING = frozenset({"rev_acc", "com_acc"})
"""Sleeves that reinvest; a generator's profits are not redeployed (CAD-10)."""

COMPOUNDING = "com_acc"
SUBJECT = "reinvestment"


def quarter_of(day: date) -> str:
    """The calendar quarter of a day (``2026-Q1``)."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def net_gain(results: Mapping[str, Decimal], quarter: str) -> Decimal:
    """Net realised gain of a quarter, dollars, after the losses of the same year that are not made up yet.

    Args:
        results: realised result by quarter; quarters that are missing had none.
        quarter: ``2026-Q3``.
    """
    left = ZERO
    for name in sorted(results):
        if name[:4] == quarter[:4] and name < quarter:
            left = min(ZERO, left + results[name])
    return results.get(quarter, ZERO) + left


def quarter(on: date, before: date, scribe: Scribe, rules: Rulebook) -> None:
    """On the first session of a quarter: appropriate what each ledger gained in the one that is over."""
    finished = quarter_of(before)
    if finished == quarter_of(on):
        return
    for name, ledger in tuple(scribe.book.ledgers.items()):
        if _reinvests(ledger, scribe.book) and ledger.reinvested < finished:
            _appropriate(name, net_gain(_results(ledger), finished), finished, scribe, rules)


def _appropriate(name: str, gain: Decimal, finished: str, scribe: Scribe, rules: Rulebook) -> None:
    if gain <= 0:
        why = f"{finished}: net realised {gain:,.2f}: nothing is reinvested"
        scribe.decide(name, "", "skip", "FK-7", why, {"gain": str(gain)}, subject=SUBJECT)
        return
    reserve, contracts, leaps = appropriated(gain, rules.money("FK-7.reserve"), rules.money("FK-7.contracts"))
    scribe.write(Reinvested(
        ledger=name, rule="FK-7 TX-8", quarter=finished, gain=gain, reserve=reserve, contracts=contracts, leaps=leaps,
    ))  # fmt: skip


def _reinvests(ledger: LedgerBook, book: Book) -> bool:
    """Whether a ledger's sleeve reinvests; those of minis do not (FK-2)."""
    node = book.nodes.get(ledger.node)
    mini = node is not None and node.form == "MINI"
    return (ledger.style or ledger.name) in REINVESTING and not (mini or ledger.closing or ledger.closed)


def _results(ledger: LedgerBook) -> Mapping[str, Decimal]:
    """Results by quarter, that of the running one included: nothing of the new one was booked yet."""
    now = ledger.quarter
    return {**ledger.results, now.label: ledger.realised - now.realised_before}


def spent(fill: Filled, ledger: LedgerBook) -> BudgetSpent | None:
    """What a compounding ledger's purchase of shares takes off its contracts budget, as far as that goes (FK-7)."""
    buys = fill.opening and fill.quantity > 0 and fill.instrument == fill.symbol
    if not buys or (ledger.style or ledger.name) != COMPOUNDING or not ledger.contracts_budget:
        return None
    amount = min(ledger.contracts_budget, usd(fill.price * fill.quantity) + fill.fee)
    key = f"{fill.key}/{fill.execution}"
    return BudgetSpent(ledger=ledger.name, symbol=fill.symbol, rule="FK-7", key=key, budget="contracts", amount=amount)
