"""What a buyer who only holds would have, by a market's own bars, splits and dividends, as it is walked."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta

import numpy as np
from attrs import Factory, define

from allusr_sdk.model.views import Bar, Dividend, MarketView, Split, Step
from allusr_sdk.reports.evidence.curves import Curve
from allusr_sdk.reports.periods.performance import BENCHMARKS

HOLE = 3
"""Sessions without a bar that one holds through; where there are more, the curve ends."""

NO_OPTIONS = "none"


@define
class Held:
    """One symbol, bought at the last close before the run and held; its dividends buy more at the ex-date's close."""

    symbol: str
    shares: float = 1.0
    path: dict[date, float] = Factory(dict)
    dividends: int = 0
    missing: list[date] = Factory(list)
    due: float = 0.0

    @property
    def over(self) -> bool:
        """Whether its bars have a hole that is not bridged."""
        return len(self.missing) > HOLE

    def act(self, action: object) -> None:
        """A split, or a dividend, of the morning."""
        if isinstance(action, Split) and self.path:
            self.shares *= action.ratio
        elif isinstance(action, Dividend):
            self.due += float(action.amount)

    def close(self, day: date, bar: Bar | None, before: Bar | None) -> None:
        """A session's end, with its bar and the one of the session before."""
        if not self.path and before is not None:
            self.path[day - timedelta(days=1)] = before.close  # as an account's capital, the evening before
        if bar is None:
            self.missing += [day] if self.path else []
            return
        if self.path and self.due:
            self.shares *= 1 + self.due / bar.close
            self.dividends += 1
        self.missing.clear()
        self.due, self.path[day] = 0.0, self.shares * bar.close

    @property
    def note(self) -> str:
        """What has to be known about it."""
        paid = f"{self.dividends} dividends reinvested" if self.dividends else "no dividends known"
        hole = f"; no bars from {self.missing[0]} on: told until then" if self.over else ""
        return f"closes of the market's bars, {paid}{hole}"


@define
class Holdings:
    """What is held beside a run: each underlying that sleeves may trade, and the benchmarks. Give it every step."""

    underlyings: Collection[str]
    held: dict[str, Held] = Factory(dict)

    def take(self, step: Step) -> None:
        """Look at an instant of the market."""
        for action in step.actions:
            symbol = getattr(action, "symbol", "")
            if symbol in self._wanted(step.view):
                self._of(symbol).act(action)
        if step.closing:
            for symbol in self._wanted(step.view):
                self._close(self._of(symbol), step.view)

    def curves(self) -> Iterator[Curve]:
        """A curve of each symbol that had bars, before them one of all underlyings in equal parts."""
        told = {symbol: held for symbol, held in sorted(self.held.items()) if len(held.path) > 1}
        yield from _basket([held for symbol, held in told.items() if symbol in self.underlyings])
        for symbol, held in told.items():
            yield Curve(key=f"hold_{symbol}", name=f"Hold {symbol}", path=held.path, options=NO_OPTIONS, note=held.note)

    def without(self) -> tuple[str, ...]:
        """Benchmarks and underlyings of this market that had no bars."""
        return tuple(s for s in sorted({*BENCHMARKS, *self.held}) if s not in self.held or len(self.held[s].path) < 2)

    def _wanted(self, view: MarketView) -> list[str]:
        return sorted({*(s for s in view.snapshots if s in self.underlyings), *BENCHMARKS, *self.held})

    def _of(self, symbol: str) -> Held:
        return self.held.setdefault(symbol, Held(symbol))

    def _close(self, held: Held, view: MarketView) -> None:
        if held.over:
            return
        day = view.session.day
        known = () if held.path else view.bars.before(held.symbol, day, 1)
        before = known[-1] if known and known[-1].day == view.calendar.before(day, 1).day else None
        held.close(day, view.bars.on(held.symbol, day), before)


def _basket(parts: list[Held]) -> Iterator[Curve]:
    """Equal dollars at the beginning, never moved, in all that are told from the first day to the last, if several."""
    days = sorted({day for held in parts for day in held.path})
    whole = [held for held in parts if {days[0], days[-1]} <= held.path.keys()]
    if len(whole) < 2:
        return
    grown = np.mean([_filled(held.path, days) for held in whole], axis=0)
    short = ", ".join(held.symbol for held in parts if held not in whole)
    note = f"equal parts of {', '.join(held.symbol for held in whole)} at the beginning, never moved" + (
        f"; {short} left out: no bars from the first day to the last" if short else ""
    )
    yield Curve(key="hold", name="Hold underlyings", path=dict(zip(days, grown.tolist(), strict=True)),
                options=NO_OPTIONS, note=note)  # fmt: skip


def _filled(path: Mapping[date, float], days: list[date]) -> list[float]:
    """Growth since the first of some days; a day without a bar has the value before it."""
    found: list[float] = []
    for day in days:
        found.append(path[day] if day in path else found[-1])
    return [value / found[0] for value in found]
