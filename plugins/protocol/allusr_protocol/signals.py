"""What calls for a hedge: fear, an index far below its high, thin breadth, the HEDGED tier, level 2 (PE-10, PE-7)."""

from collections.abc import Iterator, Mapping
from math import isfinite

from attrs import Factory, frozen

from allusr_protocol.seen import is_put
from allusr_sdk import SleeveView

INDICES, PROXY = ("SPX", "GSPC", "SPY"), "SPY"
"""Series that stand for the S&P 500: the index under either name, then the fund as a proxy where it has no bars."""


@frozen
class Signal:
    """A trigger at one instant: on, off, or unknown (None) where its series is missing; why, and its numbers."""

    trigger: str
    on: bool | None
    why: str
    numbers: Mapping[str, object] = Factory(dict)


def at_any_instant(view: SleeveView) -> Iterator[Signal]:
    """Triggers that cost a glance: the account's HEDGED tier and a position at level 2 (KS-6, PE-7, PE-3)."""
    if "HEDGED" in view.tiers:
        value = view.market.vix.value if view.market.vix else None
        yield Signal("VIX50", True, "the account is HEDGED", {"vix": value})
    if why := _level_two(view):
        yield Signal("L2", True, why)


def once_a_session(view: SleeveView) -> Iterator[Signal]:
    """Triggers that rest on completed sessions."""
    for read in (_fear, _drawdown, _breadth):
        yield read(view)


def states(view: SleeveView) -> Mapping[str, bool | None]:
    """Every trigger by name: on, off, or unknown."""
    found = {signal.trigger: signal.on for signal in (*at_any_instant(view), *once_a_session(view))}
    return {"VIX50": False, "L2": False, **found}


def _level_two(view: SleeveView) -> str:
    """Which position stands at level 2 or above, or that one did since the last weekly reconciliation (PE-7)."""
    for position in view.book.positions.values():
        if position.watch.level >= 2 and not position.hedges and (is_put(position) or position.contract is None):
            return f"{position.key} at level {position.watch.level}"
    symbol = next((s for s, rule in sorted(view.book.frozen.items()) if rule in ("PE-3", "PE-7")), "")
    what = "the sleeve" if symbol == "*" else symbol
    return f"entries of {what} are frozen by {view.book.frozen[symbol]}" if symbol else ""


def _fear(view: SleeveView) -> Signal:
    """VIX30x5: so many closes in a row above the limit."""
    count, limit = view.rules.integer("PE-10.vix_closes"), view.rules.number("PE-10.vix")
    closes = view.market.vix.closes[-count:] if view.market.vix else ()
    if len(closes) < count or not all(map(isfinite, closes)):
        return Signal("VIX30x5", None, f"{len(closes)} of {count} VIX closes are known")
    low = min(closes)
    return Signal("VIX30x5", low > limit, f"{count} VIX closes above {limit:g}", {"lowest close": low})


def _drawdown(view: SleeveView) -> Signal:
    """SPX_DD20: the last close so far under the high of a year of sessions, its day included."""
    sessions, limit = view.rules.integer("PE-10.sessions"), view.rules.number("PE-10.drawdown")
    for symbol in INDICES:
        bars = view.market.bars.before(symbol, view.session.day, sessions)
        if len(bars) < sessions or bars[-1].day != view.calendar.before(view.session.day).day:
            continue
        high, close = max(bar.high for bar in bars), bars[-1].close
        if not (isfinite(high) and close > 0):
            continue
        numbers = {"series": symbol, "high": high, "close": close, "proxy": symbol == PROXY}
        why = f"{symbol} closed {1 - close / high:.0%} under its high of {sessions} sessions"
        return Signal("SPX_DD20", close <= (1 - limit) * high, why, numbers)
    return Signal("SPX_DD20", None, f"no {sessions} completed sessions of {' or '.join(INDICES)}")


def _breadth(view: SleeveView) -> Signal:
    """BREADTH20: too few names of the universe over their mean; too few names known cannot show so small a share."""
    sessions, limit = view.rules.integer("PE-10.breadth_sessions"), view.rules.number("PE-10.breadth")
    names = sorted(set(view.market.snapshots) - set(view.rules.texts("CC-3.exempt")))
    over = [found for name in names if (found := _over_its_mean(name, sessions, view)) is not None]
    if not over or len(over) * limit < 1:
        return Signal("BREADTH20", None, f"too few names with {sessions} sessions to show a share of {limit:.0%}")
    share = sum(over) / len(over)
    why = f"{sum(over)} of {len(over)} names over their {sessions}-session mean"
    return Signal("BREADTH20", share < limit, why, {"share": share, "universe": len(over)})


def _over_its_mean(symbol: str, sessions: int, view: SleeveView) -> bool | None:
    bars = view.market.bars.before(symbol, view.session.day, sessions)
    if len(bars) < sessions or not all(isfinite(bar.close) for bar in bars):
        return None
    return bars[-1].close > sum(bar.close for bar in bars) / sessions
