"""Growing forests: step by step, a week's result and the morning behind it; and what is kept of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Self

import numpy as np
from attrs import define, field, frozen

from allusr_sdk.montecarlo.calendar import Calendar
from allusr_sdk.montecarlo.draws import Outcomes, Seen
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.layout import Ints
from allusr_sdk.montecarlo.mornings import Morning, Tell
from allusr_sdk.montecarlo.terms import Share, Terms
from allusr_sdk.montecarlo.weeks import KEPT, PNL, REALISED


@frozen(eq=False)
class Grown:
    """What is kept of paths; money in cents, the last dimension are paths in their order, the one before it years.

    Attributes:
        equity: of all ledgers, at the beginning and at the end of each year; `own` without the tax reserve.
        lowest: the lowest `own` on any morning.
        made: results of all ledgers; what was begun with and this is equity, to the cent.
        kept, realised: premium kept and net realised result.
        tax: what TX-8 asks for of all ledgers' net realised gains.
        begun: minis and full accounts that began (two x years x paths).
        merged, capped: minis merged, and forks refused by FK-5; `first` the morning of the first fork, or -1.
    """

    equity: Ints
    own: Ints
    lowest: Ints
    made: Ints
    kept: Ints
    realised: Ints
    tax: Ints
    begun: Ints
    merged: Ints
    capped: Ints
    first: Ints

    @classmethod
    def of(cls, years: int, paths: int) -> Self:
        """Nothing yet of so many years and paths."""
        return cls(**{name: np.zeros((*size(years), paths), np.int64) for name, size in _SIZES.items()})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Chunks of paths as one, in their order."""
        return cls(**{name: np.concatenate([getattr(p, name) for p in parts], axis=-1) for name in _SIZES})


_SIZES: Mapping[str, Callable[[int], tuple[int, ...]]] = {
    **dict.fromkeys(("equity", "own"), lambda years: (years + 1,)),
    **dict.fromkeys(("made", "kept", "realised", "tax"), lambda years: (years,)),
    **dict.fromkeys(("lowest", "merged", "capped", "first"), lambda years: ()),
    "begun": lambda years: (2, years),
}


@define(eq=False)
class Growing:
    """A forest that grows.

    Attributes:
        laddered: whether LEAP budgets have a ladder to go to (FK-7).
        watch: sees morning and forest after everything that the morning did; `tell` hears its entries.
    """

    forest: Forest
    outcomes: Outcomes
    calendar: Calendar
    terms: Terms
    laddered: bool
    watch: Callable[[int, Forest], None] | None = None
    tell: Callable[[int], Tell] | None = None
    _kept: Grown = field(init=False)
    _tax: "_Tax" = field(init=False)

    def grow(self) -> Grown:
        """Live through all steps."""
        years = self.calendar.year_of()
        self._kept = kept = Grown.of(int(years[-1]) + 1, self.forest.paths)
        self._tax = _Tax(self.terms.tax, np.zeros(self.forest.paths, np.int64), np.zeros(self.forest.paths, np.int64))
        kept.lowest[:] = self.forest.own.sum(axis=0)
        self._note(0, -1)
        due = self.calendar.due(self.terms.years)
        for k, year in enumerate(years.tolist()):
            seen = self.outcomes.of(k, self.forest, self.forest.live)
            self._week(seen, year)
            if self.calendar.quarter(k + 1) or k + 1 == self.calendar.steps:
                kept.tax[year] += self._tax.quarter_over(self.calendar.year_over(k + 1))
            if k + 1 < self.calendar.steps:
                self._morning(k + 1, seen, due)
            self._note(k + 1, year)
        kept.merged[:], kept.capped[:], kept.first[:] = self.forest.merged, self.forest.capped, self.forest.first
        kept.begun[:, 1:] -= kept.begun[:, :-1].copy()
        return kept

    def _week(self, seen: Seen, year: int) -> None:
        """The result of a step; no ledger loses more than it has."""
        forest, rows, kept = self.forest, seen.rows, self._kept
        scale = forest.deployable(rows)
        made = np.maximum(np.rint(seen.every(PNL) * scale).astype(np.int64), -forest.equity[:rows])
        realised = np.rint(seen.every(REALISED) * scale).astype(np.int64)
        forest.equity[:rows] += made
        forest.quarter[:rows] += realised
        total = realised.sum(axis=0)
        self._tax.quarter += total
        kept.made[year] += made.sum(axis=0)
        kept.realised[year] += total
        kept.kept[year] += np.rint((seen.every(KEPT) * scale).sum(axis=0)).astype(np.int64)

    def _morning(self, k: int, seen: Seen, due: Ints) -> None:
        Morning(
            k=k, forest=self.forest, terms=self.terms, seen=seen, quarter=self.calendar.quarter(k) != "",
            year=self.calendar.year_over(k), final=self.calendar.final[k], due=due, laddered=self.laddered,
            tell=self.tell(k) if self.tell else None,
        ).pass_by()  # fmt: skip

    def _note(self, k: int, year: int) -> None:
        forest, kept = self.forest, self._kept
        kept.equity[year + 1] = forest.equity.sum(axis=0)
        kept.own[year + 1] = own = kept.equity[year + 1] - forest.reserve.sum(axis=0)
        np.minimum(kept.lowest, own, out=kept.lowest)
        if year >= 0:
            kept.begun[:, year] = forest.begun
        if self.watch is not None:
            self.watch(k, forest)


@define(eq=False)
class _Tax:
    """What TX-8 asks for of an account's net realised gains, all ledgers together; losses are carried within a year."""

    share: Share
    quarter: Ints
    carry: Ints

    def quarter_over(self, year_over: bool) -> Ints:
        net = self.quarter + self.carry
        self.quarter = np.zeros_like(net)
        self.carry = np.zeros_like(net) if year_over else np.minimum(net, 0)
        return self.share.part(np.maximum(net, 0))


def chunks(paths: int, size: int) -> Iterator[range]:
    """Numbers of paths, at most so many at once."""
    return (range(at, min(at + size, paths)) for at in range(0, paths, size))
