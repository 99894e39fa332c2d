"""What of a ledger's capital is set apart: appropriations, dividends on their way, marks in the books (FK-7, TX-8)."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.account import Account
from allusr_sdk.ledger.capital import instrument_of_position, unrealised
from allusr_sdk.ledger.lots import held
from allusr_sdk.model.events import BudgetSpent, DividendAccrued, DividendReceived, Event, Reinvested, Revalued
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.nodes import Receivable

BUDGET_FIELDS = {"contracts": "contracts_budget", "leaps": "leap_budget"}
_QUARTER = re.compile(r"\d{4}-Q[1-4]")


def owed(event: Revalued, account: Account) -> bool:
    """Whether the position that is marked, or was, is owed rather than owned."""
    if event.undone:
        return event.position in account.owed
    return held(account.lots.get(instrument_of_position(event.position), ())) < 0


def budget_of(account: Account, budget: str) -> Decimal:
    """What is left of a budget, dollars. Raises `KernelError` for one that there is not."""
    if budget not in BUDGET_FIELDS:
        raise KernelError(f"{budget!r} is no budget of {account.name}: it is one of {', '.join(BUDGET_FIELDS)}")
    left: Decimal = getattr(account.funds, BUDGET_FIELDS[budget])
    return left


def require(event: Event, account: Account) -> None:
    """Raise `KernelError` for an entry that does not fit what its ledger has set apart."""
    check = _CHECKS.get(type(event))
    if check and (why := check(event, account)):
        raise KernelError(f"{event.kind} in {account.name}: {why}")


def take(event: Event, account: Account, day: date) -> None:
    """Take over an entry that was posted on a New York day."""
    book = _TAKERS.get(type(event))
    if book:
        book(event, account, day)


def _reinvested(event: Reinvested, account: Account) -> str:
    parts = (event.reserve, event.contracts, event.leaps)
    if not _QUARTER.fullmatch(event.quarter):
        return f"{event.quarter!r} is no quarter, as 2026-Q1 is one"
    if event.quarter <= account.funds.reinvested:
        return f"{event.quarter} is already appropriated, the last one was {account.funds.reinvested}"
    if min(parts) < 0 or event.gain <= 0 or sum(parts) != event.gain:
        return f"{' + '.join(map(str, parts))} is no appropriation of a gain of {event.gain}"
    return ""


def _spent(event: BudgetSpent, account: Account) -> str:
    left = budget_of(account, event.budget)
    return "" if 0 < event.amount <= left else f"{event.amount} of a {event.budget} budget of {left}"


def _paid(event: DividendReceived, account: Account) -> str:
    due = sum((one.cash for one in account.funds.awaited if _pays(event, one)), ZERO)
    return "" if 0 < event.cash <= due else f"{event.cash} of {event.symbol} are paid, {due} are receivable"


def _pays(event: DividendReceived, one: Receivable) -> bool:
    return one.symbol == event.symbol and event.ex_day in (None, one.ex_day)


def _revalued(event: Revalued, account: Account) -> str:
    standing = account.funds.revalued.get(event.position)
    if event.undone:
        return "" if event.amount == standing else f"{event.amount} of {event.position} to take back, {standing} stands"
    if standing is not None:
        return f"{event.position} is already at a mark: take back its {standing} first"
    lots = account.lots.get(instrument_of_position(event.position))
    if not lots or not event.mark.is_finite():
        return f"{event.position} is not held, or {event.mark} is no mark"
    right = unrealised(lots, event.mark)
    return "" if event.amount == right else f"{event.position} at {event.mark} is {right} off, not {event.amount}"


_CHECKS: Mapping[type[Event], Callable[[Any, Account], str]] = {
    Reinvested: _reinvested,
    BudgetSpent: _spent,
    DividendReceived: _paid,
    Revalued: _revalued,
}


OWN = frozenset({Reinvested, BudgetSpent, DividendAccrued, DividendReceived, Revalued})
"""What concerns one ledger alone."""


# --- after it was posted --------------------------------------------------------------------------------------------


def spend(account: Account, budget: str, amount: Decimal) -> None:
    """Take dollars off a budget."""
    account.stand(**{BUDGET_FIELDS[budget]: budget_of(account, budget) - amount})


def _appropriate(event: Reinvested, account: Account, day: date) -> None:
    now = account.funds
    account.stand(
        tax_reserve=now.tax_reserve + event.reserve, contracts_budget=now.contracts_budget + event.contracts,
        leap_budget=now.leap_budget + event.leaps, released=now.released + event.contracts, reinvested=event.quarter,
    )  # fmt: skip


def _await(event: DividendAccrued, account: Account, day: date) -> None:
    due = Receivable(event.symbol, day, event.cash, event.pay_day)
    account.stand(awaited=(*account.funds.awaited, due))


def _receive(event: DividendReceived, account: Account, day: date) -> None:
    """Take what is paid off what is awaited, oldest first."""
    left, awaited = event.cash, list[Receivable]()
    for one in account.funds.awaited:
        paid = min(left, one.cash) if _pays(event, one) else ZERO
        left -= paid
        if one.cash > paid:
            awaited.append(evolve(one, cash=one.cash - paid))
    account.stand(awaited=tuple(awaited))


def _mark(event: Revalued, account: Account, day: date) -> None:
    marked = dict(account.funds.revalued)
    if event.undone:
        del marked[event.position]
        account.owed.discard(event.position)
    else:
        marked[event.position] = event.amount
        if owed(event, account):
            account.owed.add(event.position)
    account.stand(revalued=marked)


_TAKERS: Mapping[type[Event], Callable[[Any, Account, date], None]] = {
    Reinvested: _appropriate,
    BudgetSpent: lambda event, account, day: spend(account, event.budget, event.amount),
    DividendAccrued: _await,
    DividendReceived: _receive,
    Revalued: _mark,
}
