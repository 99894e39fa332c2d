"""Which options are quoted: those whose model delta lies nearest to where the sleeves' bands look."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import numpy as np
from attrs import frozen

from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import Calendar
from allusr_sdk.model.intents import Band
from allusr_sdk.model.options import Contract, Right

WALK, NEXT = 1.0, 1.5
"""What a further strike of a side costs, and what a further side does: so ten strikes are 5 + 3 + 2."""


@frozen
class Side:
    """The contracts of one root, expiry and right."""

    root: str
    expiry: date
    right: Right

    @classmethod
    def of(cls, contract: Contract) -> "Side":
        """The side on which a contract is listed."""
        return cls(contract.root, contract.expiry, contract.right)


@frozen(kw_only=True)
class Scene:
    """What the model knows of an underlying at an instant: dollars, a year, and the volatility of an expiry."""

    at: datetime
    calendar: Calendar
    spot: float
    rate: float
    volatility: Callable[[date], float]

    def deltas(self, contracts: Sequence[Contract]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Absolute model deltas."""
        days = {each.expiry for each in contracts}
        close = {day: pricing.expiry_close(day, self.calendar) for day in days}
        left = {day: max(pricing.years(self.at, close[day]), 1e-6) for day in days}
        known = {day: self.volatility(day) for day in days}
        return np.abs(pricing.delta(
            put=[each.is_put for each in contracts], spot=self.spot,
            strike=[float(each.strike) for each in contracts],
            years=[left[each.expiry] for each in contracts],
            volatility=[known[each.expiry] for each in contracts], rate=self.rate,
        ))  # fmt: skip


def weekly_ends(day: date, calendar: Calendar) -> tuple[date, date]:
    """The last sessions of a day's week and of the next, to which cycles run."""
    this = calendar.week(day)[-1].day
    return this, calendar.week(calendar.after(this).day)[-1].day


def reached(band: Band, day: date, expiry: date, calendar: Calendar) -> bool:
    """Whether a band lets contracts of an expiry be written on a day."""
    left = calendar.sessions_left(day, expiry) if band.unit == "sessions" else (expiry - day).days
    return band.nearest <= left <= band.furthest


def needed(expiries: Iterable[date], bands: Sequence[Band], day: date, calendar: Calendar) -> tuple[date, ...]:
    """The expiries that anybody may look at: those within reach of a band, and the ends of this week and the next."""
    ends = weekly_ends(day, calendar)
    return tuple(
        each for each in expiries
        if each >= day and (each in ends or any(reached(band, day, each, calendar) for band in bands))
    )  # fmt: skip


def chosen(
    listed: Collection[Contract], bands: Sequence[Band], looked: Collection[Side], scene: Scene, day: date, most: int
) -> Sequence[Contract]:
    """The contracts to quote, most wanted first.

    Sides that were looked at before come first, then those within reach of a band, those that end a week, puts, and
    what ends sooner. On each side the strike comes first whose model delta is nearest to the middle of a band.

    Args:
        listed: standard contracts.
        bands: of the sleeves that trade the underlying.
        looked: sides that somebody looked at.
        scene: the underlying now.
        day: of the session.
        most: how many.
    """
    ends = weekly_ends(day, scene.calendar)

    def urgency(side: Side) -> tuple[bool, bool, bool, bool, date]:
        within = any(reached(band, day, side.expiry, scene.calendar) for band in bands)
        return side not in looked, side.expiry not in ends, not within, side.right is Right.CALL, side.expiry

    sides = _sided(listed)
    costs: dict[Contract, float] = {}
    for place, side in enumerate(sorted(sides, key=urgency)[:most]):
        near = [b for b in bands if reached(b, day, side.expiry, scene.calendar)] or bands
        costs.update(_walk(sides[side], near, scene, place * NEXT, most))
    return sorted(costs, key=lambda each: (costs[each], each))[:most]


def rested_on(found: Iterable[Contract]) -> frozenset[Contract]:
    """Those of chosen contracts that decisions rest on: of each side the half that is nearest to the bands' middles.

    The others stand beside them for when the price moves: while none of these is missing, what is quoted serves as
    well, and nothing is asked for anew.
    """
    sides: dict[Side, list[Contract]] = {}
    for each in found:
        sides.setdefault(Side.of(each), []).append(each)
    return frozenset(each for side in sides.values() for each in side[: (len(side) + 1) // 2])


def _sided(listed: Iterable[Contract]) -> Mapping[Side, Sequence[Contract]]:
    """Contracts by their sides, in the order of their roots, expiries and rights."""
    sides: dict[tuple[str, date, str], list[Contract]] = {}
    for each in listed:
        sides.setdefault((each.root, each.expiry, each.right.value), []).append(each)
    return {Side(root, expiry, Right(right)): sides[root, expiry, right] for root, expiry, right in sorted(sides)}


def _walk(
    contracts: Sequence[Contract], bands: Sequence[Band], scene: Scene, first: float, most: int
) -> Mapping[Contract, float]:
    """The first strikes of one side with what each costs, nearest to a band's middle first."""
    deltas = scene.deltas(contracts)
    middles = np.array([(band.low + band.high) / 2 for band in bands])
    away = np.abs(deltas[:, None] - middles[None, :]).min(axis=1)
    order = np.argsort(np.where(np.isfinite(away), away, np.inf), kind="stable")
    return {contracts[int(row)]: first + WALK * rank for rank, row in enumerate(order[:most])}
