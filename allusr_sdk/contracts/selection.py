"""Strike selection by delta (CAD-8): one contract, or a refusal that names the nearest miss."""

from collections.abc import Sequence

import numpy as np
from attrs import Factory, frozen
from numpy.typing import NDArray

from allusr_sdk.contracts.view import SleeveView, standard
from allusr_sdk.market import pricing
from allusr_sdk.model.chains import Chain, Floats, Quote
from allusr_sdk.model.intents import Band, Numbers, Sell, Skip


@frozen
class Pick:
    """A contract that CAD-8 chose, and how.

    Attributes:
        quote: its market when it was chosen.
        delta: our own, signed, dollars of the option a dollar of spot; `volatility` that of its mid, a year.
        band: what it was chosen for; `how` in words, `numbers` those that it rests on.
    """

    quote: Quote
    delta: float
    volatility: float
    band: Band
    how: str
    numbers: Numbers = Factory(dict)

    def sell(self, rule: str, lots: int | None = None, *, pod: int | None = None) -> Sell:
        """The intent to write it, resting on `rule` and CAD-8; `lots` and `pod` as in `Sell`."""
        return Sell(
            self.quote.contract.underlying, rule, self.how, self.numbers,
            quote=self.quote, delta=self.delta, band=self.band, lots=lots, pod=pod,
        )  # fmt: skip


@frozen
class Search:
    """What `choose` is asked for: a contract of one side, for a band."""

    side: Chain | None
    band: Band
    nth: int = 0


def choose(side: Chain | None, band: Band, view: SleeveView, *, nth: int = 0) -> Pick | Skip:
    """The contract of one expiry and right for a band (CAD-8).

    Inside the band the delta nearest its middle wins, ties go further out of the money, then to larger open interest.
    With none inside, the nearest delta below the band is taken, no further than `band.reach` under it. Adjusted
    contracts and quotes without two sound sides are no strikes. `nth` takes the strike that many places further from
    the middle, round robin within the band: so pods write neighbouring strikes (LQ-3).

    Deltas are our own, from each mid by Black-Scholes-Merton (source: Haug, ch. 1 and 2; `allusr_sdk.market.pricing`).
    Where the vendor's differs by more than `CAD-8.delta_tolerance` the answer is a refusal, DATA_ANOMALY.
    """
    (found,) = choose_each([Search(side, band, nth)], view)
    return found


def choose_each(searches: Sequence[Search], view: SleeveView) -> list[Pick | Skip]:
    """What `choose` finds for each; the prices of all are solved in one pass, which takes little longer than one."""
    sides = [search.side and standard(search.side) for search in searches]
    listed = [side for side in sides if side]
    yields = [view.market.snapshots[side.symbol].dividend_yield for side in listed]
    solved = iter(pricing.implied_each(listed, view.calendar, rate=view.market.rate, dividend_yields=yields))
    return [
        _chosen(side, *next(solved), search.band, view, search.nth)
        if side
        else Skip("", "CAD-8", "no contract of this expiry and right is listed", {}, verdict="refuse")
        for side, search in zip(sides, searches, strict=True)
    ]


def _chosen(side: Chain, volatility: Floats, signed: Floats, band: Band, view: SleeveView, nth: int) -> Pick | Skip:
    if not np.isfinite(signed).any():
        return _unquoted(side, view)
    size = np.where(side.strike >= float(band.floor), np.abs(signed), np.nan)
    middle = (band.low + band.high) / 2
    inside = _ranked(np.flatnonzero((size >= band.low) & (size <= band.high)), np.abs(size - middle), side)
    if not len(inside):
        return _nearest_below(side, volatility, signed, size, band, view)
    why = f"delta in {band.low:.2f}-{band.high:.2f}{_place(nth % len(inside), len(inside))}"
    return _pick(inside[nth % len(inside)], side, volatility, signed, band, why, view)


def _unquoted(side: Chain, view: SleeveView) -> Skip:
    """Where no strike has a delta: no delta without two sound sides (KS-11.9), nor from terms that are unknown."""
    if ((side.bid > 0) & (side.bid < side.ask) & (side.ask < np.inf)).any():
        terms = {"spot": side.spot, "rate": view.market.rate}
        terms["dividend yield"] = view.market.snapshots[side.symbol].dividend_yield
        why = f"none of {len(side)} strikes has a delta at " + ", ".join(f"{k} {v:g}" for k, v in terms.items())
        return Skip(side.symbol, "CAD-8 RULE-0", why, {"strikes": len(side), **terms}, verdict="refuse")
    halted = f": trading in {side.symbol} is halted" if side.symbol in view.market.halted else ""
    why = f"none of {len(side)} strikes has a sound quote{halted}"
    return Skip(side.symbol, "CAD-8 KS-11", why, {"strikes": len(side)}, verdict="refuse")


def _place(place: int, count: int) -> str:
    if count == 1:
        return " and the only strike there"
    return f", {f'number {place + 1} by nearness to' if place else 'nearest'} the middle of {count} strikes"


def _ranked(rows: NDArray[np.intp], distance: Floats, side: Chain) -> NDArray[np.intp]:
    """Rows by rising distance; ties further out of the money first, then by larger open interest (CAD-8)."""
    if len(rows) < 2:
        return rows
    strike, interest = side.strike[rows], np.nan_to_num(side.open_interest[rows])
    towards = np.where(side.put[rows], strike, -strike)
    return rows[np.lexsort((-interest, towards, np.round(distance[rows], 9)))]


def _nearest_below(
    side: Chain, volatility: Floats, signed: Floats, size: Floats, band: Band, view: SleeveView
) -> Pick | Skip:
    below = _ranked(np.flatnonzero(size < band.low), band.low - size, side)
    above = _ranked(np.flatnonzero(size > band.high), size - band.high, side)
    neighbours = {
        name: f"{side.strike[rows[0]]:g} (delta {size[rows[0]]:.3f})"
        for name, rows in (("below", below), ("above", above))
        if len(rows)
    }
    over = f" at or over {band.floor:.2f}" if band.floor else ""
    if len(below) and size[below[0]] >= round(band.low - band.reach, 9):
        why = f"BAND_MISS: no strike in {band.low:.2f}-{band.high:.2f}{over}, nearest below"
        return _pick(below[0], side, volatility, signed, band, why, view, neighbours)
    why = f"NO_STRIKE: none in {band.low:.2f}-{band.high:.2f} nor within {band.reach:.2f} under it{over}"
    return Skip(side.symbol, "CAD-8", why, neighbours, verdict="refuse")


def _pick(
    row: np.intp, side: Chain, volatility: Floats, signed: Floats, band: Band, how: str, view: SleeveView,
    neighbours: Numbers | None = None,
) -> Pick | Skip:  # fmt: skip
    quote, delta = side.quote(int(row)), float(signed[row])
    tolerance = view.rules.number("CAD-8.delta_tolerance")
    if round(abs(delta - quote.delta), 9) > tolerance:
        numbers = {"own": delta, "vendor": quote.delta, "tolerance": tolerance, "strike": str(quote.contract.strike)}
        return Skip(side.symbol, "CAD-8", "DATA_ANOMALY: own and vendor delta differ", numbers, verdict="refuse")
    numbers = {
        "delta": delta,
        "volatility": float(volatility[row]),
        "open_interest": quote.open_interest,
        "volume": quote.volume,
        "spread": quote.spread,
        "spot": view.market.snapshots[side.symbol].spot,
        **(neighbours or {}),
    }
    return Pick(quote, delta, float(volatility[row]), band, how, numbers)
