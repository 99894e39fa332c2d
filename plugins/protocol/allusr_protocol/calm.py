"""How long a hold stands: the spot, the instant and the mid up to which every rule would say the same again.

Only on a grid, and without the triggers of PE-6, which look at every quote. The limits lie a hair inside the true ones,
so that no rounding of m can tell the difference.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from math import floor, inf, sqrt

from attrs import evolve

from allusr_protocol import expiry
from allusr_protocol.early import could_be, enough_time_value
from allusr_protocol.levels import TOP, scaled
from allusr_protocol.oneday import last_but_one
from allusr_protocol.puts import at_a_glance
from allusr_protocol.seen import is_call, is_put, quote_of
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
    return found if position.contract is None else _quoted(_unpinned(found, position, view), position, seen, view)


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
    found = Calm(strike + low * unit + _HAIR, strike + high * unit - _HAIR, until, _unearned(position, view))
    return _with_shares(found, position, view)


def _with_shares(calm: Calm, position: Position, view: SleeveView) -> Calm:
    """Before the manage window a call rests on its quote and, of all books, on the shares that it covers (PE-3)."""
    shares = view.book.positions.get(f"{position.ledger}:{position.symbol}")
    return calm if shares is None or view.clock >= _opens(view) else evolve(calm, alone=True, beside=shares)


def _unpinned(calm: Calm, position: Position, view: SleeveView) -> Calm:
    """In its last hour an option stands only while it is out of the money and off the pin band (CC-6)."""
    if not expiry.preparing(position, view):
        return calm
    low, high = expiry.off_the_pin(position, view)
    return evolve(calm, low=max(calm.low, low), high=min(calm.high, high))


def _quoted(calm: Calm, position: Position, seen: Assessment, view: SleeveView) -> Calm | None:
    """What the quote must be besides: in the money with time value enough that no early exercise is likely (CC-4).

    A put out of the money that is not held at a glance wants any sound one.
    """
    if not could_be(position, view):
        if is_call(position) or at_a_glance(position, seen.watch.level, view):
            return calm
        return None if quote_of(position, seen, view) is None else evolve(calm, time_value=-inf)
    quote = quote_of(position, seen, view)
    furthest = calm.low if is_put(position) else calm.high
    enough = enough_time_value(quote, furthest, view) if quote is not None else None
    return None if enough is None else evolve(calm, time_value=enough)


def _unearned(position: Position, view: SleeveView) -> float:
    """The mid over which a call has not earned the share at which it is bought back (CC-1)."""
    return float(position.price * (Decimal(1) - view.rules.money("CC-1.capture"))) + _CENT


def _until(position: Position, view: SleeveView) -> datetime | None:
    """The next instant at which the clock alone may change the answer; None where every instant may.

    That is the last hour of an option's last day, out of the money for the pin band alone (CC-6), and, for calls, the
    manage window (CC-2, CC-3): what is not due once that is open will not be in this session.
    """
    ends = [view.session.at(23, 59)]
    if position.contract is None:
        return ends[0]
    if expiry.preparing(position, view):
        if not expiry.hopeless(position, view):
            return None
    elif position.contract.expiry == view.session.day:
        ends.append(view.session.close - timedelta(minutes=view.rules.integer("CC-6.prep_at")))
    if is_call(position):
        if view.clock < _opens(view):
            ends.append(_opens(view))
        elif last_but_one(position, view):
            return None
    return min(ends)


def _opens(view: SleeveView) -> datetime:
    """When the manage window opens (CAD-7)."""
    return view.session.close - timedelta(minutes=view.rules.integer("CAD-7.manage_from"))
