"""The volatility surface, and Black-Scholes-Merton values under it.

Variance is counted in sessions (one that is still to come is worth 1/252 a year on whatever day it falls), so that
implied and realised variance compare at every tenor; the volatility quoted for calendar time follows from it. To
that come the variance of report dates ahead, a term structure whose deviation from the mean fades with maturity, and a
smile in standardised moneyness. Dividends ahead are taken out of the spot at present value.

Functions are elementwise, so a contract over a session's marks and a chain at one mark meet in equal numbers.
"""

from collections.abc import Sequence
from datetime import date
from math import exp, sqrt
from typing import Any

import numpy as np
from attrs import frozen
from opengreeks import black_scholes_merton as bsm

from allusr_sdk.market import pricing
from allusr_sdk.market.synthetic import model as m
from allusr_sdk.market.synthetic.corporate import dividends, nights
from allusr_sdk.market.synthetic.factors import vol_beta
from allusr_sdk.market.synthetic.profiles import Listing, Profile
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.chains import Floats

_EXACT_DAYS = 45
_LEAST_YEARS = 1e-6
_LEAST_VARIANCE = 1e-10


@frozen(eq=False)
class Tape:
    """A symbol's session by instant: every mark, and the closing step, which repeats the last mark.

    Attributes:
        spots: dollars a share.
        market, own: log-deviations of volatility from its mean.
        left: variance yet to come today, in sessions.
    """

    spots: Floats
    market: Floats
    own: Floats
    left: Floats


@frozen(eq=False)
class Tenor:
    """What values need of their expiry, by expiry, instant or row.

    Attributes:
        years: calendar time to expiry, ACT/365F (CAD-2).
        variance: total at-the-money variance until then.
        spot: dollars a share without the dividends until then.
        slope: skew at this tenor.
        discount: present value of a dollar then.
    """

    years: Floats
    variance: Floats
    spot: Floats
    slope: Floats
    discount: Floats


@frozen(eq=False)
class Values:
    """Puts' values and deltas, and what a European call is worth above its put."""

    put: Floats
    put_delta: Floats
    call_above: Floats


def sessions_ahead(day: date, expiry: date) -> float:
    """Sessions after a day up to an expiry; from 45 days on by the calendar's mean."""
    days = (expiry - day).days
    return xnys().sessions_left(day, expiry) if days <= _EXACT_DAYS else round(days * m.SESSIONS / 365)


def at_the_money(profile: Profile, market: Floats, own: Floats, years: Floats) -> Floats:
    """At-the-money volatility for a maturity, from log-deviations of market and own volatility, reports apart."""
    fade = np.minimum(_fade(years) / _fade(np.array([30 / 365])), 1.0)
    rise = np.log(np.maximum(years * 365 / 30, 1.0)) * m.TERM_SLOPE
    return profile.vol * np.exp((vol_beta(profile) * market + own) * fade + rise)


def _fade(years: Floats) -> Floats:
    """Mean over a maturity of a deviation that reverts exponentially."""
    decayed = years / m.MEAN_LIFE
    return (1 - np.exp(-decayed)) / decayed


def tenors(profile: Profile, tape: Tape, *, day: date, expiries: Sequence[date], years: Floats, rate: float) -> Tenor:
    """The surface's numbers over a session; `years` is the time left, (expiries, instants)."""
    held = np.maximum(years, _LEAST_YEARS)
    if profile.listing is Listing.VIX:
        return _of_vix(profile, tape, held, rate)
    sessions = np.array([[sessions_ahead(day, expiry)] for expiry in expiries])
    news = np.array([[float(_reports_before(profile, day, expiry))] for expiry in expiries])
    paid = np.array([[_paid(profile, day, expiry, rate)] for expiry in expiries])
    volatility = at_the_money(profile, tape.market, tape.own, held)
    variance = volatility * volatility * (tape.left + sessions) / m.SESSIONS
    variance = np.maximum(variance + news * (profile.move * m.PREMIUM) ** 2, _LEAST_VARIANCE)
    slope = profile.skew * np.minimum(np.exp(0.2 * np.log(np.maximum(held * 365 / 30, 1 / 30))), 1.4)
    return Tenor(held, variance, tape.spots - paid, slope, np.exp(-rate * held))


def _of_vix(profile: Profile, tape: Tape, years: Floats, rate: float) -> Tenor:
    """Options on VIX: their forward is the index on its way back to the mean, whose volatility falls with time.

    Source: Black 1976, on the forward; the way back is that of the surface's own volatility.
    """
    forward = m.MEAN_VIX * np.exp(np.log(tape.spots / m.MEAN_VIX) * np.exp(-years / m.MEAN_LIFE))
    volatility = m.VIX_FAR_VOL + (m.VIX_NEAR_VOL - m.VIX_FAR_VOL) * np.exp(-years / m.MEAN_LIFE)
    discount = np.exp(-rate * years)
    variance = np.maximum(volatility * volatility * years, _LEAST_VARIANCE)
    return Tenor(years, variance, forward * discount, np.full_like(years, profile.skew), discount)


def _reports_before(profile: Profile, day: date, expiry: date) -> int:
    return sum(1 for night in nights(profile, day, expiry) if night < expiry)


def _paid(profile: Profile, day: date, expiry: date, rate: float) -> float:
    """Present value of the dividends that go ex after a day, up to an expiry."""
    due = [(ex_day, cash) for ex_day, cash in dividends(profile, day, expiry) if ex_day > day]
    return sum((cash * exp(-rate * (ex_day - day).days / 365) for ex_day, cash in due), 0.0)


def volatilities(profile: Profile, at: Tenor, strike: Floats) -> Floats:
    """What options are priced by, a year; the tenor's arrays and `strike` have one entry a row."""
    z = np.minimum(np.maximum(np.log(strike / at.spot) / np.sqrt(at.variance), -15.0), 8.0)
    bent = z / np.where(z > 0, 1 + 0.25 * z, 1 - 0.08 * z)
    level = 1 + at.slope * bent + profile.smile * z * z / (1 + 0.15 * z * z)
    found: Floats = np.maximum(level, 0.45) * np.sqrt(at.variance / at.years)
    return found


def values(profile: Profile, at: Tenor, strike: Floats, rate: float) -> Values:
    """Value options; the tenor's arrays and `strike` have one entry a row."""
    volatility = volatilities(profile, at, strike)
    spots, strikes, years = (np.full_like(volatility, column) for column in (at.spot, strike, at.years))
    terms = ("p", spots, strikes, years, rate, volatility, 0.0)
    return Values(bsm.black_scholes_merton_array(*terms), bsm.delta_array(*terms), at.spot - strike * at.discount)


def valued(at: Tenor, strike: Floats, volatility: Floats, rate: float) -> Values:
    """Value options by volatilities that are given."""
    terms: dict[str, Any] = {"put": True, "spot": at.spot, "strike": strike, "years": at.years}
    terms |= {"volatility": volatility, "rate": rate}
    return Values(pricing.price(**terms), pricing.delta(**terms), at.spot - strike * at.discount)


def expected_move(vol_open: float, variance_open: float, day: date, expiry: date) -> float:
    """Standard deviation to expiry as it stood at a session's open: the yardstick of volumes and open interest."""
    return vol_open * sqrt((variance_open + sessions_ahead(day, expiry)) / m.SESSIONS)
