"""What prices of European options say: volatility, Greeks and probability at once, block by block.

Black-Scholes-Merton as in `allusr_sdk.market.pricing`, in the same units. A block of rows fits the processor's cache,
so that each of millions takes no more than one of thousands. The volatility is `allusr_sdk.market.inversion`'s, exact
to 1e-12 of itself where the price holds that much of it; the Greeks share its error functions.
Source: Haug, The Complete Guide to Option Pricing Formulas, ch. 1 and 2.
"""

from collections.abc import Sequence
from math import pi, sqrt

import numpy as np
from attrs import fields, frozen
from numpy.typing import ArrayLike, NDArray

from allusr_sdk.market.inversion import tails, total_volatility
from allusr_sdk.model.chains import Floats

_BLOCK = 4096
# What an option at the money is worth, in place of what cannot be solved: held, owed, value, years, spot.
_SOME = (1.0, 1.0, 0.1, 1.0, 1.0)
# A time value below this share of what it is the difference of is the rounding of the price, and no time value.
_ROUNDING = 2.0**-50
# So near the highest price (the share, or the strike's present value) all volatilities give the same one.
_HIGHEST = 1 - 2.0**-44


@frozen(eq=False)
class Implied:
    """Of each price; NaN where the price has no volatility.

    Attributes:
        volatility: a year, 1.00 is 100 %.
        delta: change of the value by one dollar of spot; negative for puts.
        gamma: change of delta by one dollar of spot.
        vega: change of the value by 1.00 of volatility.
        theta: change of the value by a year passing.
        probability: risk-neutral, of expiring in the money.
    """

    volatility: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    probability: Floats


_COLUMNS = len(fields(Implied))


@frozen(eq=False)
class _Rows:
    """The rows of a block as they are solved: those of no price that can be are put in by numbers that can."""

    put: NDArray[np.bool_]
    spot: Floats
    years: Floats
    dividend_yield: Floats
    held: Floats
    owed: Floats
    solvable: NDArray[np.bool_]
    out: NDArray[np.bool_]
    above: NDArray[np.bool_]
    x: Floats
    mean: Floats
    total: Floats


def of_prices(
    paid: ArrayLike,
    *,
    put: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: float,
    dividend_yield: ArrayLike = 0.0,
) -> Implied:
    """The volatilities at which the model gives the prices `paid`, and the Greeks at these.

    NaN for a price at or outside the no-arbitrage bounds or above the lower one by mere rounding, where no time is
    left, and where an input is unknown.
    """
    numbers = (paid, spot, strike, years, dividend_yield)
    puts, *columns = np.broadcast_arrays(put, *(np.asarray(n, np.float64) for n in numbers))
    right, *flat = (column.reshape(-1) for column in (puts, *columns))
    found = np.empty((_COLUMNS, puts.size))
    for start in range(0, puts.size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        block = _solved(right[rows], [column[rows] for column in flat], rate)
        found[:, rows] = _told(block, rate)
        if not block.solvable.all():
            found[:, rows][:, ~block.solvable] = np.nan
    return Implied(*found.reshape(len(found), *puts.shape))


def _solved(put: NDArray[np.bool_], numbers: Sequence[Floats], rate: float) -> _Rows:
    """Each price as that of the option of its strike that is out of the money, and its total volatility.

    `numbers` are prices, spots, strikes, years and dividend yields.
    """
    paid, spot, strike, years, dividend_yield = numbers
    with np.errstate(invalid="ignore", over="ignore"):
        held, owed = spot * np.exp(-dividend_yield * years), strike * np.exp(-rate * years)
        above = held > owed
        out = put == above
        value = np.where(out, paid, paid - np.abs(held - owed))
        least = np.where(out, 0.0, _ROUNDING * (held + owed))
        solvable = (
            (value > least) & (value < _HIGHEST * np.minimum(held, owed)) & (years > 0) & (spot > 0) & (strike > 0)
        )
    if not solvable.all():
        held, owed, value, years, spot = (
            np.where(solvable, column, some)
            for column, some in zip((held, owed, value, years, spot), _SOME, strict=True)
        )
    mean = np.sqrt(held * owed)
    x = np.abs(np.log(held / owed))
    return _Rows(
        put, spot, years, dividend_yield, held, owed, solvable, out, above, x, mean, total_volatility(x, value / mean)
    )


def _told(rows: _Rows, rate: float) -> tuple[Floats, ...]:
    """The columns of `Implied`."""
    total, root, sign = rows.total, np.sqrt(rows.years), np.where(rows.put, -1.0, 1.0)
    h, t = rows.x / total, 0.5 * total
    near, far = tails(h, t)
    bell, lean = np.exp(-0.5 * (h * h + t * t)), np.exp(0.5 * rows.x)
    beyond = 0.5 * bell * lean * near
    mid, end = np.where(h > t, beyond, 1 - beyond), 0.5 * bell / lean * far  # N(t - h), N(-t - h)
    first, second = np.where(rows.above, end, mid), np.where(rows.above, mid, end)
    moves, ends = np.where(rows.out, first, 1 - first), np.where(rows.out, second, 1 - second)
    vega = rows.mean * bell * root / sqrt(2 * pi)
    carried = rate * rows.owed * ends - rows.dividend_yield * rows.held * moves
    return (
        total / root,
        sign * moves * rows.held / rows.spot,
        vega / (rows.spot * rows.spot * total * root),
        vega,
        -t * vega / (rows.years * root) - sign * carried,
        ends,
    )
