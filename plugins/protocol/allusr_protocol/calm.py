"""How long a hold stands: the spot, the instant and the mid up to which every rule would say the same again.

Only on a grid, and without the triggers of PE-6, which look at every quote. The limits lie a hair inside the true ones,
so that no rounding of m can tell the difference.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from math import floor, sqrt

from attrs import evolve

from allusr_protocol import expiry
from allusr_protocol.early import could_be, enough_time_value
from allusr_protocol.levels import TOP, scaled
from allusr_protocol.oneday import last_but_one
from allusr_protocol.seen import is_call, is_put, option, quote_of
from allusr_protocol.triggers import needs_quote
from allusr_sdk import Assessment, Calm, Grain, Position, SleeveView, Watch

_HAIR, _CENT = 1e-6, 0.01


def limits(position: Position, seen: Assessment, view: SleeveView) -> Calm | None:
    """The limits of a hold that left the watch as it was; None where it must be asked for at each instant."""
    watch, rules = seen.watch, view.rules
    if view.market.grain is not Grain.GRID or needs_quote(view) or rules.number("PE-6.day_loss") > 0:
        return None
    waits = watch.rising != watch.level or watch.calm or watch.profit_at is not None
    until = _until(position, view)
    if waits or until is None or watch.level >= (2 if is_put(position) else TOP):
        return None
    low, high = _distances(watch, seen.m, position, view)
    found = _spots(position, (low, high), until, view) if low < seen.m < high else None
    if found is None or not found.low < found.high:
        return None
    return found if position.contract is None else _quoted(found, position, seen, view)


def _distances(watch: Watch, m: float, position: Position, view: SleeveView) -> tuple[float, float]:
    """Between which m neither the level, a preparation nor the half ATR that is told would change."""
    rules = view.rules
    thresholds = rules.numbers("PE-2.levels")
    told = floor(m * 2) / 2
    low, high = told, told + 0.5
    if watch.level < (2 if is_call(position) else TOP):
        high = min(high, thresholds[watch.level])
    if watch.level:
        low = max(low, thresholds[watch.level - 1] - rules.number("PE-4.hysteresis"))
    if watch.level == 1 and position.contract is not None and watch.prepared != view.session.day:
        high = min(high, rules.number(view.prepares))
    return low, high


def _spots(position: Position, m: tuple[float, float], until: datetime, view: SleeveView) -> Calm | None:
    """Distances as spots."""
    atr, (low, high) = view.atr(position.symbol), m
    if atr is None:
        return None
    if position.contract is None:
        basis, unit = float(position.amount / position.quantity), atr.value * sqrt(view.rules.number("PE-3.sessions"))
        return Calm(basis - high * unit + _HAIR, basis - low * unit - _HAIR, until, alone=True)
    contract, strike = position.contract, float(position.contract.strike)
    left = view.sessions_left(contract.expiry) if scaled(view.rules) else 1
    unit = atr.value * sqrt(max(left, 0.25))
    if contract.is_put:
        return Calm(strike - high * unit + _HAIR, strike - low * unit - _HAIR, until, alone=True)
    return Calm(strike + low * unit + _HAIR, strike + high * unit - _HAIR, until, _unearned(position, view))


def _quoted(calm: Calm, position: Position, seen: Assessment, view: SleeveView) -> Calm | None:
    """What the quote must be besides: in the money with time value enough that no early exercise is likely (CC-4).

    A put at level 1 is not held without a look at its quote, so only one in the money has limits.
    """
    if not could_be(position, view):
        return calm if is_call(position) or seen.watch.level == 0 else None
    quote = quote_of(position, seen, view)
    furthest = calm.low if is_put(position) else calm.high
    enough = enough_time_value(quote, furthest, view) if quote is not None else None
    return None if enough is None else evolve(calm, time_value=enough)


def _unearned(position: Position, view: SleeveView) -> float:
    """The mid over which a call has not earned the share at which it is bought back (CC-1)."""
    return float(position.price * (Decimal(1) - view.rules.money("CC-1.capture"))) + _CENT


def _until(position: Position, view: SleeveView) -> datetime | None:
    """The next instant at which the clock alone may change the answer; None where every instant may.

    That is the last hour of the option's last day (CC-6) and, for calls, the manage window (CC-2, CC-3): what is not
    due once that is open will not be in this session.
    """
    close, clock = view.session.close, view.clock
    if position.contract is None:
        return close
    if expiry.preparing(position, view):
        return None
    ends = [close]
    if option(position).expiry == view.session.day:
        ends.append(close - timedelta(minutes=view.rules.integer("CC-6.prep_at")))
    if is_call(position):
        opens = close - timedelta(minutes=view.rules.integer("CAD-7.manage_from"))
        if clock < opens:
            ends.append(opens)
        elif last_but_one(position, view):
            return None
    return min(ends)
