"""Strike selection by delta (CAD-8): one contract, or a refusal that names the nearest miss."""

import numpy as np
from attrs import Factory, frozen

from allusr_sdk.contracts.view import SleeveView
from allusr_sdk.market import pricing
from allusr_sdk.model.chains import Chain, Floats, Quote
from allusr_sdk.model.intents import Band, Numbers, Sell, Skip


@frozen
class Pick:
    """A contract that CAD-8 chose: its quote, our own delta and volatility, and how it was chosen."""

    quote: Quote
    delta: float
    volatility: float
    band: Band
    how: str
    numbers: Numbers = Factory(dict)

    def sell(self, rule: str, lots: int | None = None) -> Sell:
        """The intent to write it, resting on `rule` and CAD-8."""
        return Sell(
            self.quote.contract.underlying, rule, self.how, self.numbers,
            quote=self.quote, delta=self.delta, band=self.band, lots=lots,
        )  # fmt: skip


def choose(side: Chain | None, band: Band, view: SleeveView) -> Pick | Skip:
    """The contract of one expiry and right for a band (CAD-8).

    Inside the band the delta nearest its middle wins, ties go further out of the money, then to larger open interest.
    With none inside, the nearest delta below the band is taken, no further than `band.reach` under it.
    """
    if side is None or not len(side):
        return Skip("", "CAD-8", "no contract of this expiry and right is listed", {}, verdict="refuse")
    held = view.market.snapshots[side.symbol].dividend_yield
    volatility, signed = pricing.implied(side, view.calendar, rate=view.market.rate, dividend_yield=held)
    size = np.where(side.strike >= float(band.floor), np.abs(signed), np.nan)
    inside = np.flatnonzero((size >= band.low) & (size <= band.high))
    if len(inside):
        out_of_the_money = side.strike * np.where(side.put, -1, 1)
        middle = (band.low + band.high) / 2
        distance = np.round(np.abs(size - middle), 9)
        row = min(inside, key=lambda i: (distance[i], -out_of_the_money[i], -np.nan_to_num(side.open_interest[i])))
        only = " and the only strike there" if len(inside) == 1 else f", nearest the middle of {len(inside)} strikes"
        return _pick(int(row), side, volatility, signed, band, f"delta in {band.low:.2f}-{band.high:.2f}{only}", view)
    return _nearest_below(side, volatility, signed, size, band, view)


def _nearest_below(
    side: Chain, volatility: Floats, signed: Floats, size: Floats, band: Band, view: SleeveView
) -> Pick | Skip:
    below, above = np.flatnonzero(size < band.low), np.flatnonzero(size > band.high)
    neighbours = {
        name: f"{side.strike[row]:g} (delta {size[row]:.3f})"
        for name, row in (
            ("below", below[np.argmax(size[below])] if len(below) else None),
            ("above", above[np.argmin(size[above])] if len(above) else None),
        )
        if row is not None
    }
    if len(below) and size[below].max() >= band.low - band.reach:
        row = int(below[np.argmax(size[below])])
        why = f"BAND_MISS: no strike in {band.low:.2f}-{band.high:.2f}, nearest below"
        return _pick(row, side, volatility, signed, band, why, view, neighbours)
    why = f"NO_STRIKE: none in {band.low:.2f}-{band.high:.2f} nor within {band.reach:.2f} under it"
    return Skip(side.symbol, "CAD-8", why, neighbours, verdict="refuse")


def _pick(
    row: int, side: Chain, volatility: Floats, signed: Floats, band: Band, how: str, view: SleeveView,
    neighbours: Numbers | None = None,
) -> Pick | Skip:  # fmt: skip
    quote, delta = side.quote(row), float(signed[row])
    tolerance = view.rules.number("CAD-8.delta_tolerance")
    if abs(delta - quote.delta) > tolerance:
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
