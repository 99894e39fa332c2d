"""A morning of many trees at once, in the engine's order: merges, FK-7, ladders' budgets and hedges, then forks.

Each rule is the one that `allusr_sdk.kernel.growth` and the fork rules go by, over columns; tests set both beside each
other, entry by entry.
"""

from collections.abc import Callable

import numpy as np
from attrs import frozen

from allusr_sdk.model.chains import Flags
from allusr_sdk.montecarlo.draws import Seen
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.layout import COM, GEN, HEDGE, LEAPS, REV, SLEEVES, Ints
from allusr_sdk.montecarlo.terms import Terms, parted
from allusr_sdk.montecarlo.weeks import CALM, COST, FLAT, FREE, GIVEN, KNOWN, RETURNED

Tell = Callable[[str, int, int, Flags, Ints], None]
"""Who hears what happens: the kind of entry, two rows (or accounts), the paths, and cents."""


@frozen(eq=False)
class Morning:
    """Morning `k` of a forest.

    Attributes:
        seen: what was seen in the step behind it.
        quarter: whether a quarter is over, `year` whether a year is; `final` whether a week is.
        due: for each morning the first one on which an account that began then is old enough to be merged.
        laddered: whether LEAP budgets have a ladder to go to.
        tell: hears each entry of capital; None where nobody listens.
    """

    k: int
    forest: Forest
    terms: Terms
    seen: Seen
    quarter: bool
    year: bool
    final: bool
    due: Ints
    laddered: bool
    tell: Tell | None = None

    def pass_by(self) -> None:
        """Everything that growth does on the morning."""
        before = self.forest.equity[: self.seen.rows].copy()
        free = np.rint(self.seen.every(FREE) * before).astype(np.int64)
        self._merged(free)
        if self.quarter:
            self._appropriated(free)
        self._handed_over(free, before)
        if self.final:
            self._decided(free)

    def _say(self, what: str, row: int, other: int, where: Flags, amount: Ints) -> None:
        if self.tell is not None:
            self.tell(what, row, other, where, amount)

    def _all(self, measure: int, rows: range) -> Flags:
        """Whether a measure is true of each of some rows."""
        found: Flags = np.all([self.seen.of(measure, row) > 0 for row in rows], axis=0)
        return found

    # --- what is to be merged, and owes nothing any more (FK-3) ---

    def _merged(self, free: Ints) -> None:
        forest = self.forest
        for place in forest.layout.minis:
            ready = forest.closing[place] & forest.active[place]
            if not ready.any():
                continue
            mine = forest.layout.rows(place)
            ready &= self._all(FLAT, mine)
            for row in mine:
                given = np.where(ready, forest.equity[row], 0)
                self._say("MergeSent", row, COM, ready, given)
                forest.move(row, COM, given)
                free[COM] += np.where(ready, free[row], 0)
                free[row][ready] = 0
            forest.active[place] &= ~ready
            forest.closing[place] &= ~ready
            forest.merged += ready

    # --- a quarter is over (FK-7, TX-8) ---

    def _appropriated(self, free: Ints) -> None:
        forest, terms = self.forest, self.terms
        for row in forest.layout.reinvesting:
            if row >= len(free):
                break
            net = forest.quarter[row] + forest.carry[row]
            gain = np.maximum(net, 0)
            reserve = terms.reserve.part(gain)
            contracts = terms.contracts.part(gain - reserve)
            forest.reserve[row] += reserve
            forest.released[row] += contracts
            forest.leaps[row] += gain - reserve - contracts
            forest.carry[row] = 0 if self.year else np.minimum(net, 0)
            free[row] -= reserve
            self._say("Reinvested", row, row, gain > 0, gain)
        forest.quarter[:] = 0

    # --- budgets and hedges go to ladders, and what hedges brought comes back (FK-7, LL-2, LL-4) ---

    def _handed_over(self, free: Ints, before: Ints) -> None:
        if not self.laddered:
            return
        wholes = [place for place in self.forest.layout.wholes if self.forest.layout.rows(place).stop <= len(free)]
        for place in wholes:
            first = self.forest.layout.rows(place).start
            for row in range(first, first + len(SLEEVES)):
                self._budget(row, first + LEAPS, free)
                self._hedges(row, first + HEDGE, before)
        for place in wholes:
            self._returned(self.forest.layout.rows(place).start, free)

    def _budget(self, row: int, ladder: int, free: Ints) -> None:
        forest = self.forest
        due = (forest.leaps[row] > 0) & (free[row] >= forest.leaps[row])
        if due.any():
            amount = np.where(due, forest.leaps[row], 0)
            forest.move(row, ladder, amount)
            forest.leaps[row] -= amount
            free[row] -= amount
            free[ladder] += amount
            self._say("TransferSent", row, ladder, due, amount)

    def _hedges(self, row: int, ladder: int, before: Ints) -> None:
        forest = self.forest
        share = self.seen.of(COST, row)
        if share.any():
            cost = np.rint(share * before[row]).astype(np.int64)
            value = np.rint(self.seen.of(GIVEN, row) * before[row]).astype(np.int64)
            forest.move(row, ladder, value)
            forest.paid[row] += cost
            self._say("HedgesSent", row, ladder, cost != 0, value)

    def _returned(self, first: int, free: Ints) -> None:
        forest, ladder = self.forest, first + HEDGE
        payers = sorted(range(first, first + len(SLEEVES)), key=lambda row: SLEEVES[row - first])
        paid = np.maximum(forest.paid[payers], 0)
        due = (self.seen.of(RETURNED, ladder) > 0) & (forest.equity[ladder] > 0) & paid.any(axis=0)
        if not due.any():
            return
        parts = parted(np.where(due, forest.equity[ladder], 0), np.where(due, paid, 1))
        for row, amount in zip(payers, parts, strict=True):
            forest.move(ladder, row, amount)
            free[row] += amount
            self._say("TransferSent", ladder, row, amount > 0, amount)
            forest.paid[row][due] = 0

    # --- a week is final: what is to be merged, and what forks (FK-1 to FK-6) ---

    def _decided(self, free: Ints) -> None:
        forest = self.forest
        surplus = forest.own - forest.base
        for place in forest.layout.minis:
            self._aged(place)
        for place in forest.layout.wholes:
            if forest.active[place].any() and (first := forest.layout.rows(place).start) < len(free):
                self._forks(first + GEN, "MINI", surplus, free)
                self._forks(first + REV, "FULL", surplus, free)

    def _aged(self, place: int) -> None:
        forest, rows = self.forest, self.forest.layout.rows(place)
        asked = forest.active[place] & ~forest.closing[place]
        if not asked.any():
            return
        equity = forest.own[rows.start : rows.stop].sum(axis=0)
        asked &= self._all(KNOWN, rows)
        found = asked & ((equity >= self.terms.merged_at) | (self.k >= self.due[forest.since[place]]))
        forest.closing[place] |= found
        self._say("MergeIntended", rows.start, COM, found, equity)

    def _forks(self, row: int, form: str, surplus: Ints, free: Ints) -> None:
        """Fork a ledger as often as its surplus holds the step; what is refused waits a week, and the rest with it."""
        forest, terms = self.forest, self.terms
        step = terms.mini if form == "MINI" else terms.full
        left = np.where(self.seen.of(CALM, row) > 0, surplus[row] // step, 0)
        while (asked := left > 0).any():
            asked &= free[row] - forest.leaps[row] >= step
            full = asked & (forest.active[1:].sum(axis=0) >= terms.most)
            forest.capped += full
            self._say("ForkCapped", row, row, full, np.where(full, step, 0))
            asked &= ~full
            self._plant(row, form, asked, step)
            free[row] -= np.where(asked, step, 0)
            left = np.where(asked, left - 1, 0)

    def _plant(self, row: int, form: str, where: Flags, step: int) -> None:
        forest, layout = self.forest, self.forest.layout
        shares = self.terms.mini_shares if form == "MINI" else self.terms.full_shares
        waiting = where.copy()
        for place in layout.minis if form == "MINI" else layout.fulls:
            here = waiting & ~forest.active[place]
            if here.any():
                forest.equity[row] -= np.where(here, step, 0)
                forest.begin(place, here, shares, self.k)
                self._say("ForkIntended", row, layout.rows(place).start, here, np.where(here, step, 0))
                waiting &= ~here
