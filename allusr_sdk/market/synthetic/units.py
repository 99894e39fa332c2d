"""Splits: everything is drawn in the shares of the market's first day and shown in those of the day (LQ-7)."""

from collections.abc import Iterable, Mapping
from datetime import date
from math import prod

import numpy as np
from attrs import frozen

from allusr_sdk.model.chains import Floats
from allusr_sdk.model.views import Bar, Split


@frozen
class Units:
    """New shares for each old one, split by split."""

    ratios: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        """Shares of today for one of the first day."""
        return prod(self.ratios)

    def strike(self, first: Floats) -> Floats:
        """Strikes as listed today: each split divides them and rounds half up to cents, as `Contract.after_split`."""
        for ratio in self.ratios:
            first = np.floor(first / ratio * 100 + 0.5 + 1e-9) / 100
        return first

    def dollars(self, first: Floats) -> Floats:
        """Dollars a share of today, in cents."""
        return np.round(first / self.count, 2) if self.ratios else first

    def bar(self, first: Bar) -> Bar:
        """A daily bar in shares of today."""
        by = self.count
        start, high, low, close = (round(each / by, 4) for each in (first.open, first.high, first.low, first.close))
        return Bar(first.day, start, high, low, close, first.volume * by)


SAME = Units()


def units_on(splits: Iterable[Split], day: date) -> Mapping[str, Units]:
    """The symbols split by a day, with what became of their shares."""
    found: dict[str, Units] = {}
    for split in sorted(splits, key=lambda split: split.day):
        if split.day <= day:
            found[split.symbol] = Units((*found.get(split.symbol, SAME).ratios, split.ratio))
    return found
