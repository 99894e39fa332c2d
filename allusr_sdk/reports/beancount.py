"""The books as beancount reads them: what posts is a transaction, to the cent; units stand beside, at no price.

Lots have no cost in it: they end first in, first out by whole cents, are corrected, carried into shares and restated,
and beancount's costs, which are per unit, would round each of these otherwise. Dollars are therefore plain amounts in
the accounts of the chart, and units stand in a sub-account of theirs.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.chart import CASH, CHART
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.postings import Line
from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.sums import homes
from allusr_sdk.ledger.tax import last_day
from allusr_sdk.model.calendar import NEW_YORK

_TYPES = {"1": "Assets", "2": "Liabilities", "3": "Equity", "4": "Income", "5": "Expenses", "6": "Income"}
_RESERVED = frozenset({"USD", "TRUE", "FALSE", "NULL"})


def beancount(run: Run, at: date | None = None) -> Iterator[str]:
    """The lines of a beancount file: openings, transactions, and what cash of each ledger must be at the end.

    Args:
        run: the run.
        at: the last New York date; None is the journal's end.
    """
    writer = _Writer(homes(run))
    yield f'option "title" "ALL-USE run {run.id}"'
    yield 'option "operating_currency" "USD"'
    for entry in run.entries():
        day = entry.at.astimezone(NEW_YORK).date()
        if entry.lines and (at is None or day <= at):
            yield from writer.transaction(entry, day)
    yield ""
    after = (at or last_day(run)) + timedelta(days=1)  # beancount asks at the beginning of a day
    for balance in balances(run, at):
        if balance.account == CASH:
            yield f"{after} balance {writer.account(balance.ledger, CASH)} {balance.amount:.2f} USD"


def commodity(instrument: str) -> str:
    """The name of a share or contract in beancount: capitals and digits, ``AAPL_260213P00270000`` for an OSI symbol."""
    contract = contract_of(instrument)
    name = f"{contract.root}_{instrument[6:]}" if contract else instrument
    name = re.sub(r"[^A-Z0-9'._-]", "-", name.upper())
    legal = len(name) > 1 and name[0].isalpha() and name[-1].isalnum() and name not in _RESERVED
    return name if legal else f"X-{name}-X"


class _Writer:
    """Lines of the file; accounts and commodities are opened where they are used first."""

    def __init__(self, home: Mapping[str, str]) -> None:
        self._home = home
        self._names: dict[tuple[str, str], str] = {}
        self._opened: set[str] = set()

    def account(self, ledger: str, number: str) -> str:
        """The name of an account of a ledger: ``Assets:Root:Gen-acc:1010-Cash``."""
        made = self._names.get((ledger, number))
        if made is None:
            words = "-".join(re.findall(r"[A-Za-z0-9]+", CHART[number].replace("&", "")))
            place = f"{_part(self._home.get(ledger, 'none'))}:{_part(ledger)}"
            made = self._names[ledger, number] = f"{_TYPES[number[0]]}:{place}:{number}-{words}"
        return made

    def transaction(self, entry: Entry, day: date) -> Iterator[str]:
        """An entry, behind what it uses first."""
        for line in entry.lines:
            yield from self._opening(line, day)
        event = entry.event
        about = " ".join(part for part in (event.ledger, event.symbol) if part)
        yield f'\n{day} * "{entry.kind}" "{about}"'
        yield f"  entry: {entry.seq}\n  at: \"{entry.at.isoformat()}\"\n  rule: \"{event.rule}\""  # fmt: skip
        yield f'  hash: "{entry.hash}"'
        for line in entry.lines:
            account = self.account(line.ledger, line.account)
            if line.amount:
                yield f"  {account}  {Decimal(line.amount) / 100:.2f} USD"
                if line.instrument:
                    yield f'    instrument: "{line.instrument}"'
            if line.quantity:
                yield f"  {account}:Units  {line.quantity} {commodity(line.instrument)} @ 0 USD"

    def _opening(self, line: Line, day: date) -> Iterator[str]:
        account = self.account(line.ledger, line.account)
        if self._first(account):
            yield f'\n{day} open {account}\n  ledger: "{line.ledger}"'
        if line.quantity and self._first(f"{account}:Units"):
            yield f"{day} open {account}:Units"
        if line.quantity and self._first(name := commodity(line.instrument)):
            yield f'\n{day} commodity {name}\n  instrument: "{line.instrument}"'

    def _first(self, name: str) -> bool:
        new = name not in self._opened
        self._opened.add(name)
        return new


def _part(name: str) -> str:
    """A name as a component of an account: a capital first, then letters, digits and dashes."""
    clean = re.sub(r"[^A-Za-z0-9-]", "-", name)
    return clean[:1].upper() + clean[1:] if clean[:1].isalnum() else f"X{clean}"
