"""Which week each ledger of each path lives through: drawn in blocks from a source, or the source's own."""

from typing import Protocol

import numpy as np
from attrs import field, frozen

from allusr_sdk.model.chains import Floats
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.layout import Ints
from allusr_sdk.montecarlo.weeks import Weeks


@frozen(eq=False)
class Seen:
    """What ledgers did in a step, and how they stood on the morning behind it.

    Attributes:
        values: measures x kinds x paths.
        kinds: which kind each row is of.
    """

    values: Floats
    kinds: Ints

    @property
    def rows(self) -> int:
        """Rows that it knows."""
        return len(self.kinds)

    def every(self, measure: int) -> Floats:
        """A measure of every row: rows x paths."""
        found: Floats = self.values[measure].take(self.kinds, axis=0)
        return found

    def of(self, measure: int, row: int) -> Floats:
        """A measure of one row, path by path."""
        found: Floats = self.values[measure, self.kinds[row]]
        return found


class Outcomes(Protocol):
    """What the ledgers of a forest do in a step."""

    def of(self, k: int, forest: Forest, rows: int) -> Seen:
        """What the first rows do in step k."""
        ...


@frozen(eq=False)
class Drawn:
    """Weeks of styles, drawn: all ledgers of a style do in a week what the source's first account did.

    Attributes:
        styled: measures x styles x weeks, see `Weeks.styled`.
        places: paths x steps: which week it is.
    """

    styled: Floats
    places: Ints

    def of(self, k: int, forest: Forest, rows: int) -> Seen:
        """What the first rows do in step k."""
        return Seen(self.styled.take(self.places[:, k], axis=2), forest.layout.style[:rows])


@frozen(eq=False)
class Own:
    """A source's own steps, ledger by ledger, in every path: nothing is drawn.

    `alike` gives every ledger what the first account's ledger of its style did, as drawn weeks do.
    """

    weeks: Weeks
    alike: bool = False
    _columns: dict[str, Floats] = field(factory=dict, init=False, repr=False)

    def of(self, k: int, forest: Forest, rows: int) -> Seen:
        """What the first rows do in step k."""
        found = np.zeros((len(self.weeks.values), rows, forest.paths))
        for row in range(rows):
            place = forest.layout.place[row]
            for ordinal in np.unique(forest.ordinal[place][forest.active[place]]):
                name = forest.layout.ledger(row, int(ordinal))
                where = forest.active[place] & (forest.ordinal[place] == ordinal)
                found[:, row, where] = self._of(name)[:, k, None]
        return Seen(found, np.arange(rows))

    def _of(self, name: str) -> Floats:
        name = name.rpartition(".")[2] if self.alike else name
        if name not in self._columns:
            self._columns[name] = self.weeks.column(name)
        return self._columns[name]


def draws(weeks: int, steps: int, paths: range, *, block: float, seed: int) -> Ints:
    """Places of weeks by the stationary bootstrap (Politis and Romano, 1994): paths x steps.

    A path is drawn by a generator of its own, seeded by `seed` and its number: which other paths are drawn with it,
    and how many at once, changes nothing.

    Args:
        weeks: how many there are to draw from; the first follows on the last.
        steps: how many each path needs.
        paths: numbers of the paths.
        block: mean length of a block, weeks.
        seed: of all paths.
    """
    found = np.empty((len(paths), steps), dtype=np.int64)
    order = np.arange(steps)
    for at, path in enumerate(paths):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(path,)))
        begins = random.random(steps) < 1 / block
        begins[0] = True
        starts = random.integers(weeks, size=steps)
        last = np.maximum.accumulate(np.where(begins, order, 0))
        found[at] = (starts[last] + order - last) % weeks
    return found
