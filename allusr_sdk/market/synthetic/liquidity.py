"""Spreads, volumes and open interest by contract, fitted to real chains of SPY, AAPL and NVDA of 2026-02.

Each is a product of simple factors, so a contract's number on any day is found without walking there:
volume    level of the name x days left x kind of expiry x side x round strike x nearness to the day's range x noise x
          share of the session gone; it never falls within a session;
interest  level x days left x kind x side x round strike x nearness to the previous close x noise of the contract;
spread    level x mid^0.625 x (days left + 1)^0.25 x noise, on ticks (LQ-2).
"""

import numpy as np
from attrs import frozen

from allusr_sdk.market.synthetic.profiles import Profile
from allusr_sdk.model.chains import Flags, Floats

_VOLUME_NOISE, _INTEREST_NOISE, _SPREAD_NOISE = 0.8, 1.0, 0.35


@frozen(eq=False)
class Rows:
    """Contracts on one session each; all arrays by row.

    Attributes:
        days: calendar days left. weekly, monthly: kind of expiry; neither is a short-term daily.
        move: expected move to expiry at the open, a share of price.
        traded, held, width: bell-shaped noise of volume, of open interest and of the spread.
        fresh: whether the contract is listed for the first time that day.
    """

    strike: Floats
    put: Flags
    days: Floats
    weekly: Flags
    monthly: Flags
    move: Floats
    traded: Floats
    held: Floats
    width: Floats
    fresh: Flags


def volume_base(profile: Profile, rows: Rows) -> Floats:
    """Contracts that would trade in the session if the strike lay within the day's range."""
    level = profile.contracts * _power((rows.days + 0.6) / 1.6, -profile.fade)
    kind = np.where(rows.monthly & (rows.days > 2), _monthly_volume(profile, rows.days), 1.0)
    kind = np.where(rows.weekly | rows.monthly | (rows.days < 3), kind, 0.85)
    side = _side(profile, rows.put)
    return level * kind * side * _round(rows.strike, 0.75, 1.05, 1.4) * np.exp(_VOLUME_NOISE * rows.traded)


def volume(base: Floats, rows: Rows, low: Floats | float, high: Floats | float, elapsed: Floats | float) -> Floats:
    """Contracts traded since the open, given the session's range so far and the share of it gone."""
    beyond, inside = _distances(rows, low, high)
    near = np.exp(-0.45 * beyond - 0.12 * beyond * beyond - 1.2 * inside)
    return np.floor(base * near * _power(np.asarray(elapsed, np.float64), 0.65))


def open_interest(profile: Profile, rows: Rows, previous: Floats | float) -> Floats:
    """Contracts open after the previous session, whose closing spot is given; none on the first day listed."""
    monthly = 2.0 * np.maximum(np.exp(-rows.days / 90.0), 0.12)
    daily = (1.3 if profile.fund else 0.9) * _power(rows.days + 1.0, -1.1)
    kind = np.where(rows.monthly, monthly, np.where(rows.weekly, 1.2 * np.exp(-rows.days / 16.0), daily))
    beyond, inside = _distances(rows, previous, previous)
    near = np.exp(-0.10 * beyond - 0.05 * beyond * beyond - 0.5 * inside)
    shape = _side(profile, rows.put) * _round(rows.strike, 0.7, 1.15, 1.7)
    noise = np.exp(_INTEREST_NOISE * rows.held)
    return np.where(rows.fresh, 0.0, np.floor(profile.open_interest * kind * near * shape * noise))


def spread_base(profile: Profile, rows: Rows) -> Floats:
    """Spread in dollars at a mid of 1.00."""
    wide = np.sqrt(np.sqrt(rows.days + 1.0))
    return profile.spread * wide * np.exp(_SPREAD_NOISE * rows.width)


def two_sides(profile: Profile, mid: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Bid and ask on ticks around a value; the bid is 0.00 where there is none."""
    half = base * np.sqrt(mid) * np.sqrt(np.sqrt(np.sqrt(mid))) / 2
    bid = on_tick(profile, np.maximum(mid - half, 0.0))
    ask = on_tick(profile, mid + half)
    apart = ask > bid
    return bid, ask if apart.all() else np.where(apart, ask, on_tick(profile, bid + ticks(profile, bid)))


def ticks(profile: Profile, value: Floats) -> Floats:
    """The tick at a price in dollars; index classes have the coarse grid on which orders for them are sent (LQ-2)."""
    if profile.index:
        return np.where(value < 3.0, 0.05, 0.10)
    return np.where(profile.penny | (value < 3.0), 0.01, 0.05)


def on_tick(profile: Profile, value: Floats) -> Floats:
    """The nearest price on the grid, a float that prints with two decimals."""
    if profile.index:
        per_dollar = np.where(value < 2.975, 20.0, 10.0)
    else:
        per_dollar = np.where(profile.penny | (value < 2.995), 100.0, 20.0)
    return np.rint(value * per_dollar) / per_dollar


def _distances(rows: Rows, low: Floats | float, high: Floats | float) -> tuple[Floats, Floats]:
    """Distance of each strike from a price range in expected moves, out of and in the money."""
    below = np.maximum(np.log(low / rows.strike), 0.0) / rows.move
    above = np.maximum(np.log(rows.strike / high), 0.0) / rows.move
    return np.where(rows.put, below, above), np.where(rows.put, above, below)


def _side(profile: Profile, put: Flags) -> Floats:
    return np.where(put, 1.1, 0.9) if profile.fund else np.where(put, 0.65, 1.5)


def _monthly_volume(profile: Profile, days: Floats) -> Floats:
    return np.where(days < 60, 2.5, 1.2) if profile.fund else np.where(days < 60, 3.0, 2.5)


def _round(strike: Floats, odd: float, five: float, ten: float) -> Floats:
    return np.where(strike % 10 == 0, ten, np.where(strike % 5 == 0, five, odd))


def _power(value: Floats, power: float) -> Floats:
    return np.exp(power * np.log(np.maximum(value, 1e-300)))
