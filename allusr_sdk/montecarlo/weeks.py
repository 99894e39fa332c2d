"""What sleeves did, week by week, as shares of what they had deployed: the material that paths are made of."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
from attrs import evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.chains import Floats
from allusr_sdk.model.ladders import GROWTH, HEDGES
from allusr_sdk.model.money import ZERO
from allusr_sdk.montecarlo.calendar import Calendar
from allusr_sdk.montecarlo.layout import HEDGE, SLEEVES, STYLES, Ints

MEASURES = ("pnl", "realised", "kept", "free", "given", "cost", "calm", "known", "flat", "returned")
PNL, REALISED, KEPT, FREE, GIVEN, COST, CALM, KNOWN, FLAT, RETURNED = range(len(MEASURES))
FEWEST = 20
"""Weeks without which nothing is drawn: the blocks of so few are the same few weeks over and over."""


@frozen(kw_only=True)
class Source:
    """Where weeks come from.

    Attributes:
        run: number of the run in its ledger, 0 where they come from elsewhere.
        market: its description, which says whether options were modelled.
        rulebook: stamp under which they were lived; `what_if` the rules that were loosened.
        unscaled: dollars that ledgers made while they could deploy nothing; no share of anything tells them.
    """

    run: int
    mode: str
    market: str
    rulebook: str
    first: date
    last: date
    what_if: Mapping[str, str]
    unscaled: Decimal = ZERO


@frozen(kw_only=True, eq=False)
class Weeks:
    """What each ledger of a source did in each step between two mornings, and how it stood on the second one.

    A step is a week; where something of growth happened on another morning (a quarter that began on a Wednesday), the
    week is two steps.

    Attributes:
        source: see `Source`.
        capital: dollars with which it began.
        calendar: its mornings.
        ledgers: names of the ledgers, one a column.
        values: an array of measures x steps x ledgers. `pnl` (change of equity at marks that no transfer made),
            `realised` and `kept` (premium kept when written options ended) are shares of what the ledger could deploy
            when the step began (CAD-10; of a ladder: its equity). `free` is the share of equity that is free cash on
            the morning behind it, `given` and `cost` what of equity went to the ladder of hedges on that morning, at
            marks and at cost. The others are 1 or 0 on that morning: `calm` (FK-6 lets it fork), `known` (every
            position has a mark), `flat` (nothing is owed: a merge need not wait), `returned` (a ladder of hedges is
            empty and gives back what it has).
        equity: mornings x ledgers, cents: how ledgers stood in the source's own books when the morning was over.
    """

    source: Source
    capital: Decimal
    calendar: Calendar
    ledgers: tuple[str, ...]
    values: Floats
    equity: Ints

    @property
    def steps(self) -> int:
        """How many steps it has."""
        return self.values.shape[1]

    @property
    def laddered(self) -> bool:
        """Whether LEAP budgets had a ladder to go to; else they wait (FK-7)."""
        return GROWTH in self.ledgers

    @property
    def ladder_weeks(self) -> int:
        """Weeks at whose end the first account's growth ladder had something."""
        if not self.laddered:
            return 0
        return int((self.equity[1:, self.ledgers.index(GROWTH)][_last(self.calendar)] > 0).sum())

    def column(self, ledger: str) -> Floats:
        """Measures x steps of a ledger; of one that it does not have all of them are 0."""
        if ledger not in self.ledgers:
            return np.zeros(self.values.shape[:2])
        found: Floats = self.values[:, :, self.ledgers.index(ledger)]
        return found

    def require_sleeves(self) -> None:
        """Raise `InputError` where the source did not run every sleeve of CAD-12."""
        if absent := [name for name in SLEEVES if name not in self.ledgers]:
            raise InputError(f"run {self.source.run} has no {', '.join(absent)}: paths need all sleeves of CAD-12")

    def styled(self) -> Floats:
        """Measures x styles x weeks of the first account, a style a row in the order of `STYLES`.

        Parts of a week are added up. A ladder of hedges that holds nothing gives back what it has: in a week that is
        drawn, what it was given in others is left.

        Raises:
            InputError: too few weeks, or a sleeve that the source did not run.
        """
        self.require_sleeves()
        weekly = _last(self.calendar)
        whole = _by_week(np.stack([self.column(style) for style in STYLES], axis=1), weekly)
        whole[RETURNED, HEDGE] = 1.0
        if HEDGES in self.ledgers:
            whole[RETURNED, HEDGE] = self.equity[1:, self.ledgers.index(HEDGES)][weekly] == 0
        if whole.shape[2] < FEWEST:
            raise InputError(f"run {self.source.run} has {whole.shape[2]} weeks: paths are drawn from {FEWEST} or more")
        return whole

    def drifted(self, drift: float) -> "Weeks":
        """The same weeks, in each of which sleeves made so much more, a share of what they deploy, and realised it."""
        values = self.values.copy()
        for place, name in enumerate(self.ledgers):
            if name.rpartition(".")[2] in SLEEVES:
                values[PNL : REALISED + 1, :, place] += drift
        return evolve(self, values=values)


def _last(calendar: Calendar) -> list[int]:
    """The last step of each ISO week; a run that ends on a morning has begun no other one."""
    labels = [iso_week(day) for day, end in pairwise(calendar.days) if day < end]
    return [k for k, label in enumerate(labels) if k + 1 == len(labels) or labels[k + 1] != label]


def _by_week(values: Floats, last: list[int]) -> Floats:
    """Steps of one ISO week as one: what was made in them is added, what is true on a morning is that of the last."""
    whole = values[:, :, last].copy()
    sums = np.cumsum(values[: KEPT + 1], axis=2)[:, :, last]
    whole[: KEPT + 1] = np.diff(sums, axis=2, prepend=0.0)
    return whole
