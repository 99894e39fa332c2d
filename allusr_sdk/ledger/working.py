"""Orders whose end is not known: what is left of each leg, and the cash it still needs (RULE-1)."""

from datetime import datetime
from decimal import ROUND_UP, Decimal

from attrs import define, field

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.lots import contract_of, instrument_of
from allusr_sdk.model.events import Filled, IntentRecorded
from allusr_sdk.model.money import CENT
from allusr_sdk.model.positions import HEDGE, Working

# Statuses after which the broker does nothing more for the order.
TERMINAL = frozenset({"canceled", "rejected", "expired", "denied", "filled"})

UNFILLED = frozenset({"canceled", "expired"})


def _name(instrument: str) -> str:
    return instrument_of(instrument, contract_of(instrument))


@define
class Order:
    """A journaled intent and the signed quantity still missing of each leg."""

    intent: IntentRecorded
    sent: datetime
    missing: dict[str, int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.missing = {_name(instrument): quantity for instrument, quantity in self.intent.legs}

    @property
    def entry(self) -> bool:
        """Whether it opens one thing, closes none and is no hedge."""
        return self.intent.opening and len(self.missing) == 1 and not self.intent.cause.startswith(HEDGE)

    @property
    def complete(self) -> bool:
        """Whether every leg is filled."""
        return not any(self.missing.values())

    def fill(self, fill: Filled) -> None:
        """Take an execution off its leg. Raises `KernelError` for an instrument that the order does not name."""
        name = _name(fill.instrument)
        if name not in self.missing:
            raise KernelError(f"fill of {name} under order {fill.key}, which has no such leg: nothing was booked")
        left = self.missing[name] - fill.quantity
        self.missing[name] = left if left * self.missing[name] > 0 else 0

    def working(self) -> Working:
        """What is outstanding, by its main leg: the one that is sold, where there are several."""
        instrument, total = next((leg for leg in self.intent.legs if leg[1] < 0), self.intent.legs[0])
        left = abs(self.missing[_name(instrument)])
        reserve = (self.intent.reserve * left / abs(total)).quantize(CENT, ROUND_UP) if total else Decimal("0.00")
        intent = self.intent
        contract = contract_of(instrument)
        return Working(
            intent.key, intent.ledger, intent.symbol, contract, left, intent.opening, reserve,
            cause=intent.cause, parent=intent.parent, sent=self.sent, position=intent.position,
            sold=total < 0, legs=tuple(name for name, _ in intent.legs),
        )  # fmt: skip
