"""Executions by their ids: told once, corrected by their successors, with their fees whenever those come."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import Execution
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import MULTIPLIER


class Executions:
    """Every execution of one account that was heard, oldest first. They are kept over days and connections."""

    def __init__(self) -> None:
        self._told: dict[str, Execution] = {}
        self._fees: dict[str, Decimal] = {}
        self._newest: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._told)

    def __iter__(self) -> Iterator[Execution]:
        return iter(sorted((self._priced(each) for each in self._told.values()), key=lambda each: each.at))

    def take(self, execution: Execution) -> Execution | None:
        """Keep an execution; None where it is known. A later one of its series names in `corrects` what it replaces."""
        if execution.id in self._told:
            return None
        series, number = _series(execution.id)
        newest = self._newest.get(series, "")
        before = newest if _series(newest)[1] < number else ""
        if not before and number > 1:
            before = f"{series}.{number - 1:02d}"  # heard by an engine of before
        self._told[execution.id] = evolve(execution, corrects=before)
        if newest and newest != before:
            return None  # replaced already
        self._newest[series] = execution.id
        return self._told[execution.id]

    def charge(self, execution: str, fee: Decimal) -> None:
        """What an execution cost; it may be told before the execution."""
        self._fees[execution] = fee

    def priced(self, execution: str) -> bool:
        """Whether its fee is known."""
        return execution in self._fees

    def now(self, execution: str) -> Execution:
        """An execution with what is known of its fee."""
        return self._priced(self._told[execution])

    @property
    def moved(self) -> dict[str, int]:
        """Signed contracts and shares by instrument that all of them moved."""
        moved: Counter[str] = Counter()
        for each in self._effective():
            moved[each.instrument] += each.quantity
        return dict(moved)

    @property
    def cash(self) -> Decimal:
        """What all of them did to cash, dollars, as far as fees are known."""
        return sum((effect(each) for each in self._effective()), Decimal(0))

    def _effective(self) -> Iterator[Execution]:
        replaced = {each.corrects for each in self._told.values()}
        return (self._priced(each) for each in self._told.values() if each.id not in replaced)

    def _priced(self, execution: Execution) -> Execution:
        return evolve(execution, fee=self._fees.get(execution.id))


def effect(execution: Execution) -> Decimal:
    """What an execution does to cash, dollars."""
    try:
        units = MULTIPLIER if contract_of(execution.instrument) else 1
    except ValueError:
        units = MULTIPLIER  # an adjusted contract: what it does to cash is for the second look to see
    return usd(-execution.quantity * units * execution.price) - (execution.fee or Decimal(0))


def _series(execution: str) -> tuple[str, int]:
    """What corrections of an execution have in common, and the place in their row."""
    series, _, number = execution.rpartition(".")
    return (series, int(number)) if series and number.isdigit() else (execution, 0)
