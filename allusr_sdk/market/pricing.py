"""Black-Scholes-Merton prices, implied volatilities and Greeks of whole chains.

Prices and Greeks at a known volatility are those of `opengreeks` (Rust, numpy only), which imports in milliseconds. The
way back, from prices to volatilities, is our own, `allusr_sdk.market.implied`: there the library takes a microsecond a
contract and is exact to 1e-9, numba-based ones pay seconds of import and compilation in each process, and nautilus's
own function takes one option a call, its Greeks exact to 5e-5 only. Figures are in docs/performance.md.

All functions are vectorised and broadcast. Spot and strike are in dollars, `years` is ACT/365F (CAD-2), volatility,
rate and dividend yield are continuous and a year. What cannot be computed (no time left, an unknown input) is NaN.
Source: Haug, The Complete Guide to Option Pricing Formulas, ch. 1 and 2.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from opengreeks import black_scholes_merton as bsm

from allusr_sdk.market.implied import Implied, of_prices
from allusr_sdk.model.calendar import NEW_YORK, Calendar
from allusr_sdk.model.chains import Chain, Floats

SECONDS_A_YEAR = 31_536_000
# The library reports volatility and rate sensitivities by the percent and time decay by the day.
_PERCENT, _DAYS = 100.0, 365.0


def years(at: datetime, expiry_close: datetime) -> float:
    """Time from `at` to the close of the expiry's session in years, ACT/365F; negative once it has passed (CAD-2)."""
    return (expiry_close - at).total_seconds() / SECONDS_A_YEAR


def expiry_close(expiry: date, calendar: Calendar) -> datetime:
    """When an option stops trading: the close of its expiry's session, or of the last one before it.

    Beyond the calendar's end it is 16:00 New York (CAD-2).
    """
    try:
        sessions = calendar.between(expiry - timedelta(days=7), expiry)
    except ValueError:
        return datetime.combine(expiry, time(16), NEW_YORK)
    return sessions[-1].close


def years_left(chain: Chain, calendar: Calendar) -> Floats:
    """Years to expiry of each row of a chain."""
    expiries, which = np.unique(chain.expiry, return_inverse=True)
    left = [years(chain.at, expiry_close(day, calendar)) for day in expiries.astype(object).tolist()]
    return np.asarray(left, np.float64)[which]


def greeks(chain: Chain, calendar: Calendar, *, rate: float, dividend_yield: float = 0.0) -> Implied:
    """Own volatility and Greeks of each row, from its mid (CAD-8); NaN where the quote is not sound or has none."""
    left = years_left(chain, calendar)
    terms: dict[str, Any] = {"put": chain.put, "spot": chain.spot, "strike": chain.strike, "years": left}
    return of_prices(_mids(chain.bid, chain.ask), rate=rate, dividend_yield=dividend_yield, **terms)


def _mids(bid: Floats, ask: Floats) -> Floats:
    sound = (bid > 0) & (ask > bid) & np.isfinite(ask)
    return np.where(sound, (bid + ask) / 2, np.nan)


def implied(chain: Chain, calendar: Calendar, *, rate: float, dividend_yield: float = 0.0) -> tuple[Floats, Floats]:
    """Volatility and delta of `greeks`."""
    (found,) = implied_each([chain], calendar, rate=rate, dividend_yields=[dividend_yield])
    return found


def implied_each(
    chains: Sequence[Chain], calendar: Calendar, *, rate: float, dividend_yields: Sequence[float]
) -> list[tuple[Floats, Floats]]:
    """`implied` of several chains, each with its dividend yield, in one pass: many rows cost little more than few."""
    if not chains:
        return []
    lengths = [len(chain) for chain in chains]
    columns = [(c.bid, c.ask, c.put, c.strike, years_left(c, calendar)) for c in chains]
    bid, ask, put, strike, left = (np.concatenate(column) for column in zip(*columns, strict=True))
    spot, held = (np.repeat(n, lengths) for n in ([c.spot for c in chains], dividend_yields))
    terms: dict[str, Any] = {"put": put, "spot": spot, "strike": strike, "years": left}
    found = of_prices(_mids(bid, ask), rate=rate, dividend_yield=held, **terms)
    ends = np.cumsum(lengths)[:-1]
    return list(zip(np.split(found.volatility, ends), np.split(found.delta, ends), strict=True))


def implied_volatility(
    paid: ArrayLike,
    *,
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: float,
    dividend_yield: float = 0.0,
) -> Floats:
    """The volatility at which the model gives the price `paid`; NaN as `of_prices` says."""
    terms: dict[str, Any] = {"spot": spot, "strike": strike, "years": years, "rate": rate}
    return of_prices(paid, put=put, dividend_yield=dividend_yield, **terms).volatility


def _table(puts: NDArray[np.bool_], numbers: Sequence[ArrayLike]) -> Floats:
    """The numbers as one array, a column each, all of the shape that they have together."""
    table = np.empty((len(numbers), *np.broadcast(puts, *numbers).shape))
    for place, column in enumerate(numbers):
        table[place, ...] = column
    return table


def _by_flag(rows: NDArray[np.bool_], puts: NDArray[np.bool_]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The library's flag with its rows, puts then calls, where there are any."""
    for flag, side in (("p", rows & puts), ("c", rows & ~puts)):
        if side.any():
            yield flag, side


class _Formula:
    """One of the library's array functions, for puts and calls at once and in our units."""

    def __init__(self, function: Callable[..., Floats], doc: str, scale: float = 1.0) -> None:
        self._function, self._scale, self.__doc__ = function, scale, doc

    def __call__(
        self,
        *,
        put: ArrayLike,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        volatility: ArrayLike,
        rate: float,
        dividend_yield: float = 0.0,
    ) -> Floats:
        puts = np.asarray(put, bool)
        table = _table(puts, (spot, strike, years, volatility))
        result = np.full(table.shape[1:], np.nan)
        for flag, side in _by_flag((table > 0).all(axis=0), puts):
            s, k, t, v = (column[side] for column in table)
            result[side] = self._function(flag, s, k, t, rate, v, dividend_yield)
        return result * self._scale


price: _Formula = _Formula(bsm.black_scholes_merton_array, "Value of a European option in dollars per share.")
delta: _Formula = _Formula(bsm.delta_array, "Change of the value by one dollar of spot; negative for puts.")
gamma: _Formula = _Formula(bsm.gamma_array, "Change of delta by one dollar of spot.")
vega: _Formula = _Formula(bsm.vega_array, "Change of the value by 1.00 of volatility.", _PERCENT)
theta: _Formula = _Formula(bsm.theta_array, "Change of the value by a year passing.", _DAYS)
rho: _Formula = _Formula(bsm.rho_array, "Change of the value by 1.00 of rate.", _PERCENT)
_dual_delta = _Formula(bsm.dual_delta_array, "Change of the value by one dollar of strike.")


def probability_itm(
    *,
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: float,
    dividend_yield: float = 0.0,
) -> Floats:
    """Risk-neutral probability of expiring in the money, N(d2) for calls and N(-d2) for puts (CC-6)."""
    terms: dict[str, Any] = {"strike": strike, "years": years, "rate": rate, "dividend_yield": dividend_yield}
    by_strike = _dual_delta(put=put, spot=spot, volatility=volatility, **terms)
    return np.abs(by_strike) * np.exp(rate * np.asarray(years, np.float64))


def touch(*, spot: ArrayLike, strike: ArrayLike, years: ArrayLike, volatility: ArrayLike) -> Floats:
    """Probability that spot touches the strike before expiry, from whichever side it is on.

    Twice the probability of ending beyond it, by the reflection principle for a logarithm without drift: over days the
    drift moves it by less than 0.01, and it is as often up as down.
    """
    s, k, t, v = (np.asarray(a, np.float64) for a in (spot, strike, years, volatility))
    # A spot chosen so that d2, at a rate of zero, is the plain distance |ln(S/K)| / (sigma sqrt(T)).
    centred = k * np.exp(np.abs(np.log(s / k)) + v * v * t / 2)
    return 2 * probability_itm(put=True, spot=centred, strike=k, years=t, volatility=v, rate=0.0)
