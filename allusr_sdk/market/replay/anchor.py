"""What real quotes of one instant say of the model's surface, so that they can be moved on from there.

Each expiry has a carry, by put-call parity near the money, and each strike a ratio: the volatility that its
out-of-the-money quote has over the one that the model would have given it then. Later the model says how volatility has
moved since, and the ratio stays with the strike. In-the-money contracts go by the strike's other side.
"""

from math import inf
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from allusr_sdk.market import pricing
from allusr_sdk.market.replay.chains import Reading
from allusr_sdk.market.synthetic import surface
from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.chains import Chain, Days, Flags, Floats

MISFIT = 0.05
"""How far the price that a chain implies may lie from the bar's before the chain is in other dollars."""

_PAIRS, _LEAST_QUOTES = 5, 3
_RATE_SLACK = 0.06


@frozen(eq=False)
class Anchor:
    """Contracts of one real reading, by row.

    Attributes:
        reading: where it comes from.
        expiries: of all rows; `which` is each row's place among them.
        ratio: real volatility over the model's; NaN where too little was quoted.
        base: spread in dollars at a value of 1.00; NaN where the quote was missing or crossed.
        carry: by expiry, what the share is worth without its dividends until then, over its price.
        misfit: how far the price that the quotes imply lies from the share's, a share of it; NaN where none is implied.
    """

    reading: Reading
    expiries: Days
    which: NDArray[np.intp]
    ratio: Floats
    base: Floats
    carry: Floats
    misfit: float


def anchored(reading: Reading, profile: Profile, mark: surface.Tape, rate: float) -> Anchor:
    """An anchor of a reading.

    Args:
        profile: the underlying as it was known on that day.
        mark: the model's market at that instant alone.
        rate: continuous, a year.
    """
    chain = reading.chain
    expiries, which = np.unique(chain.expiry, return_inverse=True)
    days = expiries.astype(object).tolist()
    left = np.array([[pricing.years(chain.at, pricing.expiry_close(expiry, xnys()))] for expiry in days])
    tenor = surface.tenors(profile, mark, day=reading.session.day, expiries=days, years=left, rate=rate)
    sound = (chain.bid > 0) & (chain.ask > chain.bid) & (chain.ask < inf)
    own = np.array([_implied(chain, sound & (which == i), reading.spot, float(tenor.discount[i, 0]))
                    for i in range(len(days))])  # fmt: skip
    off = np.abs(own / tenor.spot[:, 0] - 1)
    near = np.flatnonzero(np.isfinite(off))[:_PAIRS]
    held = np.where(off < MISFIT + _RATE_SLACK * tenor.years[:, 0], own, np.nan)
    spot = np.where(np.isfinite(held), held, tenor.spot[:, 0])
    ratios = _ratios(chain, which, sound, evolve(tenor, spot=spot[:, None]), profile, rate)
    misfit = float(np.median(off[near])) if len(near) else np.nan
    return Anchor(reading, expiries, which, ratios, _bases(chain), spot / reading.spot, misfit)


def _implied(chain: Chain, rows: Flags, spot: float, discount: float) -> float:
    """The share's price without dividends by the pairs of put and call nearest to it, the middle one's."""
    mid = (chain.bid + chain.ask) / 2
    puts, calls = np.flatnonzero(rows & chain.put), np.flatnonzero(rows & ~chain.put)
    strikes, of_put, of_call = np.intersect1d(chain.strike[puts], chain.strike[calls], return_indices=True)
    if not len(strikes):
        return np.nan
    found = mid[calls][of_call] - mid[puts][of_put] + strikes * discount
    return float(np.median(found[np.argsort(np.abs(strikes - spot), kind="stable")[:_PAIRS]]))


def _ratios(
    chain: Chain, which: NDArray[np.intp], sound: Flags, tenor: surface.Tenor, profile: Profile, rate: float
) -> Floats:
    columns = (tenor.years, tenor.variance, tenor.spot, tenor.slope, tenor.discount)
    at = surface.Tenor(*(column[which, 0] for column in columns))
    outside = sound & np.where(chain.put, chain.strike <= at.spot, chain.strike > at.spot)
    known: dict[str, Any] = {"put": chain.put, "spot": at.spot, "strike": chain.strike, "years": at.years}
    quoted = pricing.implied_volatility(np.where(outside, (chain.bid + chain.ask) / 2, np.nan), **known, rate=rate)
    own = quoted / surface.volatilities(profile, at, chain.strike)
    found = np.full(len(which), np.nan)
    for i in range(len(tenor.years)):
        rows = np.flatnonzero(which == i)
        given = rows[np.isfinite(own[rows])]
        if len(given) >= _LEAST_QUOTES:
            given = given[np.argsort(chain.strike[given], kind="stable")]
            found[rows] = np.interp(np.log(chain.strike[rows]), np.log(chain.strike[given]), own[given])
    return found


def _bases(chain: Chain) -> Floats:
    """Spreads as the model scales them; of a zero bid the ask says how wide it was."""
    quoted = (chain.bid >= 0) & (chain.ask > chain.bid) & (chain.ask < inf)
    mid = np.where(quoted, (chain.bid + chain.ask) / 2, np.nan)
    wide: Floats = (chain.ask - chain.bid) / np.exp(0.625 * np.log(mid))
    return wide
