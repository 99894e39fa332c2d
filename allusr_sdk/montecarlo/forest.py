"""The trees of many paths side by side: a row a ledger, a column a path, money in whole cents."""

from typing import Self

import numpy as np
from attrs import define

from allusr_sdk.model.chains import Flags
from allusr_sdk.montecarlo.layout import Ints, Layout


@define(eq=False)
class Forest:
    """What the ledgers of each path have; arrays of rows x paths, of accounts arrays of places x paths.

    Attributes:
        layout: which row is which ledger.
        equity: cash and positions at marks; what has no account any more has 0.
        base: capital contributed (FK-1); `released` what FK-7 lets revenue ledgers deploy beside it.
        reserve: tax reserve within equity (TX-8); `leaps` the LEAP budget within it (FK-7).
        quarter: realised in the running quarter; `carry` losses of the same year that are not made up, 0 or less.
        paid: what a ledger paid for hedges that a ladder holds (LL-4).
        active, closing: accounts that are not archived, and those that are to be merged.
        since: the morning on which an account began; `ordinal` its number among those of its form.
        begun: accounts that ever began, minis and full ones (two rows).
        merged, capped: minis merged, and forks refused by FK-5; `first` the morning of the first fork, or -1.
    """

    layout: Layout
    equity: Ints
    base: Ints
    released: Ints
    reserve: Ints
    leaps: Ints
    quarter: Ints
    carry: Ints
    paid: Ints
    active: Flags
    closing: Flags
    since: Ints
    ordinal: Ints
    begun: Ints
    merged: Ints
    capped: Ints
    first: Ints

    @classmethod
    def planted(cls, layout: Layout, opening: Ints, paths: int) -> Self:
        """Paths whose first accounts begin with so much in each sleeve, cents."""
        rows, places = (len(layout.place), paths), (layout.places, paths)
        money = {name: np.zeros(rows, np.int64) for name in _MONEY}
        forest = cls(
            layout=layout, **money, active=np.zeros(places, bool), closing=np.zeros(places, bool),
            since=np.zeros(places, np.int64), ordinal=np.zeros(places, np.int64), begun=np.zeros((2, paths), np.int64),
            merged=np.zeros(paths, np.int64), capped=np.zeros(paths, np.int64), first=np.full(paths, -1),
        )  # fmt: skip
        forest.active[0] = True
        forest.equity[: len(opening)] = forest.base[: len(opening)] = opening[:, None]
        return forest

    @property
    def paths(self) -> int:
        """How many there are."""
        return self.equity.shape[1]

    @property
    def live(self) -> int:
        """Rows up to the last one that any path uses: what lies behind has nothing."""
        used = np.flatnonzero(self.active.any(axis=1))
        return int(self.layout.first[used[-1] + 1])

    @property
    def own(self) -> Ints:
        """Equity less tax reserve of each row: the equity that FK-1 means."""
        found: Ints = self.equity - self.reserve
        return found

    def deployable(self, rows: int) -> Ints:
        """What each of the first rows may deploy (CAD-10); of ladders what they have."""
        most: Ints = np.maximum(self.equity[:rows] - self.reserve[:rows] - self.leaps[:rows], 0)
        based = self.layout.based[:rows]
        most[based] = np.minimum(most[based], self.base[:rows][based] + self.released[:rows][based])
        return most

    def move(self, source: int, target: int, amount: Ints) -> None:
        """Move cents between two rows, path by path."""
        self.equity[source] -= amount
        self.equity[target] += amount

    def begin(self, place: int, where: Flags, shares: tuple[int, ...], k: int) -> None:
        """An account begins on morning k in some paths; what its place held before is forgotten."""
        for row, share in zip(self.layout.rows(place), (*shares, *(0,) * 5), strict=False):
            for name in _MONEY:
                getattr(self, name)[row, where] = share if name in ("equity", "base") else 0
        kind = int(place in self.layout.fulls)
        self.begun[kind, where] += 1
        self.active[place, where] = True
        self.closing[place, where] = False
        self.since[place, where] = k
        self.ordinal[place, where] = self.begun[kind, where]
        self.first[where & (self.first < 0)] = k


_MONEY = ("equity", "base", "released", "reserve", "leaps", "quarter", "carry", "paid")
