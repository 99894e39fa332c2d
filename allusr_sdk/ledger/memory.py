"""What a run remembers of its journal by name: intents, executions and lines, so that nothing is sent or booked twice.

It belongs to the fold: whoever folds a journal anew, or lives through it again, remembers the same.
"""

from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.events import (
    CashBooked,
    Corrected,
    DividendAccrued,
    DividendPaid,
    DividendReceived,
    Event,
    Filled,
    IntentRecorded,
)
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.options import MULTIPLIER


class Memory:
    """What stands in the journal, by name.

    Attributes:
        intents: by key.
        fills: by the broker's id of the execution, as they stand after corrections; each id of one names the same.
        executions: order key and id of all that was filled or corrected.
        lines: ids of the booked lines of the broker's account.
        dividends: dollars of booked dividends, paid or awaited, by symbol and ex-date.
    """

    def __init__(self) -> None:
        self.intents: dict[str, IntentRecorded] = {}
        self.fills: dict[str, Filled] = {}
        self.executions: set[tuple[str, str]] = set()
        self.lines: frozenset[str] = frozenset()
        self.dividends: dict[tuple[str, date], Decimal] = {}

    def take(self, event: Event, day: date) -> None:
        """Remember what an event of a New York day names."""
        if isinstance(event, IntentRecorded):
            self.intents[event.key] = event
        elif isinstance(event, Filled):
            self.executions.add((event.key, event.execution))
            if event.execution:
                self.fills[event.execution] = event
        elif isinstance(event, Corrected):
            self._correct(event)
        elif isinstance(event, CashBooked | DividendReceived) and event.line:
            self.lines |= {event.line}
        elif isinstance(event, DividendPaid | DividendAccrued):
            name = event.symbol, day
            self.dividends[name] = self.dividends.get(name, ZERO) + event.cash

    def require_new(self, event: Event) -> None:
        """Raise `KernelError` for an intent, a correction or a line that the journal has already (RULE-2)."""
        if isinstance(event, IntentRecorded) and event.key in self.intents:
            raise KernelError(f"RULE-2: intent {event.key} is already journaled: it is not sent again")
        if isinstance(event, Corrected) and self._repeats(event):
            raise KernelError(f"execution {event.execution} of {event.key} is already booked: it is not booked again")
        if isinstance(event, CashBooked | DividendReceived) and event.line in self.lines:
            raise KernelError(f"line {event.line} of the broker's account is already booked: it is not booked again")

    def _repeats(self, event: Corrected) -> bool:
        new = event.execution not in ("", event.corrects)
        return new and (event.key, event.execution) in self.executions

    def _correct(self, event: Corrected) -> None:
        before = self.fills[event.corrects]
        names = [name for name, fill in self.fills.items() if fill is before]
        newest = event.execution or before.execution
        now = evolve(before, execution=newest, fee=before.fee + event.fee, price=corrected_price(before, event))
        self.fills.update(dict.fromkeys((*names, newest), now))
        self.executions.add((event.key, newest))


def gross(event: Corrected) -> Decimal:
    """What the account has more for the price alone, dollars."""
    return usd(event.amount) + usd(event.fee)


def corrected_price(fill: Filled, event: Corrected) -> Decimal:
    """The price per share at which an execution stands after a correction of it."""
    units = fill.quantity * (MULTIPLIER if contract_of(fill.instrument) else 1)
    return price(fill.price - gross(event) / units)
