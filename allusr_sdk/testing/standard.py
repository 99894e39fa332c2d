"""The standard scenarios: what every plugin should have lived through before a market does it to it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, reduce
from types import MappingProxyType

from allusr_sdk.errors import InputError
from allusr_sdk.market.synthetic import PROFILES
from allusr_sdk.settings import nearest
from allusr_sdk.testing.market import Market

# Three weeks of fifteen sessions without a holiday, and without anybody's usual report.
_FIRST, _LENGTH = date(2026, 3, 2), 15
_GOOD_FRIDAY, _THANKSGIVING = date(2026, 3, 30), date(2026, 11, 23)


def standard(symbols: Sequence[str]) -> Mapping[str, Market]:
    """The standard scenarios for some underlyings, by name. Each is three weeks or less; tapes are made when asked for.

    What an underlying cannot have (a fund's report, an index's split) is left out of its scenario.

    Raises:
        InputError: no symbol, or one that the synthetic market does not have.
    """
    wanted = tuple(dict.fromkeys(symbols))
    if unknown := [symbol for symbol in wanted if symbol not in PROFILES]:
        raise InputError(f"standard scenarios: no symbol {unknown[0]}; {nearest(unknown[0], PROFILES)}")
    if not wanted:
        raise InputError("standard scenarios: give at least one symbol, as AAPL or SPY")
    return _made(wanted)


@cache
def _made(symbols: tuple[str, ...]) -> Mapping[str, Market]:
    return MappingProxyType({name: make(symbols) for name, make in SCENARIOS.items()})


def _market(symbols: tuple[str, ...], first: date = _FIRST, weeks: int = 3) -> Market:
    return Market(symbols=symbols, first=first, weeks=weeks)


def _each(market: Market, symbols: Sequence[str], say: Callable[[Market, str], Market]) -> Market:
    return reduce(say, symbols, market)


def _companies(symbols: Sequence[str]) -> tuple[str, ...]:
    """One symbol of each company: share classes and indices on one path move together."""
    return tuple({PROFILES[symbol].company: symbol for symbol in reversed(symbols) if symbol != "VIX"}.values())


def _owned(symbols: Sequence[str]) -> tuple[str, ...]:
    """Shares and funds, which split, pay and are delivered."""
    return tuple(symbol for symbol in symbols if not PROFILES[symbol].index)


def _reporting(symbols: Sequence[str]) -> tuple[str, ...]:
    return tuple(symbol for symbol in _companies(symbols) if PROFILES[symbol].report is not None)


# --- the whole market -----------------------------------------------------------------------------------------------


def _calm(symbols: tuple[str, ...]) -> Market:
    drift = [0.001 if day % 2 else -0.0005 for day in range(_LENGTH)]
    return _market(symbols).path("SPY", *drift).vix(*[15.0] * _LENGTH, on=0)


def _trend_up(symbols: tuple[str, ...]) -> Market:
    return _market(symbols).path("SPY", *[0.006] * _LENGTH).vix(*[14.0] * _LENGTH, on=0)


def _trend_down(symbols: tuple[str, ...]) -> Market:
    return _market(symbols).path("SPY", *[-0.007] * _LENGTH).vix(*range(20, 35), on=0)


def _whipsaw(symbols: tuple[str, ...]) -> Market:
    swings = [-0.03 if day % 2 else 0.03 for day in range(_LENGTH)]
    return _market(symbols).path("SPY", *swings).vix(*[33.0] * _LENGTH, on=0)


def _crash(symbols: tuple[str, ...]) -> Market:
    fall = (-0.01, -0.04, -0.09, -0.05, 0.06, -0.03, 0.02)
    told = _each(_market(symbols), ("SPY", *(s for s in _companies(symbols) if PROFILES[s].company != "SPY")),
                 lambda market, symbol: market.path(symbol, *fall, on=1))  # fmt: skip
    return told.vix(26, 38, 58, 62, 49, 47, 44, 40, 38, 35, 33, 31, 30, 29, on=1)


def _vix(*levels: float) -> Callable[[tuple[str, ...]], Market]:
    """VIX from the third session on; prices go as drawn."""
    return lambda symbols: _market(symbols).vix(*levels, on=2)


# --- each underlying ------------------------------------------------------------------------------------------------


def _earnings_week(symbols: tuple[str, ...]) -> Market:
    return _each(_market(symbols), _reporting(symbols), lambda market, symbol: market.earnings(symbol, on=7))


def _gap_through_strike(symbols: tuple[str, ...]) -> Market:
    """Overnight after the entries of a Monday, and after those of a Thursday."""
    return _each(
        _market(symbols), _companies(symbols),
        lambda market, symbol: market.gap(symbol, -0.12, on=1).gap(symbol, -0.10, on=9),
    )  # fmt: skip


def _thin_chain(symbols: tuple[str, ...]) -> Market:
    return _each(_market(symbols), symbols, lambda market, symbol: market.thin(symbol, spread=4.0))


def _early_assignment(symbols: tuple[str, ...]) -> Market:
    """Puts in the money are exercised in the first week, calls in the second and third."""
    moved = _each(
        _market(symbols), _companies(symbols),
        lambda market, symbol: market.path(symbol, -0.04, -0.02, on=1).path(symbol, 0.05, 0.04, on=7),
    )  # fmt: skip
    return _each(
        moved, _owned(symbols),
        lambda market, symbol: (
            market.exercise(symbol, on=3).exercise(symbol, on=9, put=False).exercise(symbol, on=13, put=False)
        ),
    )  # fmt: skip


def _feed_trouble(symbols: tuple[str, ...]) -> Market:
    """In each underlying a morning of every kind of trouble, a halt, and an hour without VIX."""
    troubled = _market(symbols).feed("VIX", "stale", on=7, start="10:00", end="11:00")
    for day, what in enumerate(("stale", "missing", "crossed", "zero")):
        troubled = troubled.feed("*", what, on=day, start="09:45", end="10:20")
    halted = _each(troubled, _owned(symbols), lambda market, symbol: market.halt(symbol, on=8))
    return _each(halted, symbols, lambda market, symbol: market.feed(symbol, "stale", on=10, end="12:00"))


def _split(symbols: tuple[str, ...]) -> Market:
    return _each(_market(symbols), _owned(symbols), lambda market, symbol: market.split(symbol, 4, on=3))


def _dividend(symbols: tuple[str, ...]) -> Market:
    return _each(_market(symbols), _owned(symbols), lambda market, symbol: market.dividend(symbol, "1.50", on=3))


SCENARIOS: Mapping[str, Callable[[tuple[str, ...]], Market]] = {
    "calm": _calm,
    "trend_up": _trend_up,
    "trend_down": _trend_down,
    "whipsaw": _whipsaw,
    "crash": _crash,
    "vix_52": _vix(52, 51, 48, 44, 43, 40, 36, 33, 30, 28, 26, 25, 24),
    "vix_66": _vix(66, 64, 57, 56, 52, 48, 44, 43, 40, 36, 33, 30, 28),
    "vix_81": _vix(81, 84, 76, 68, 57, 56, 50, 44, 43, 40, 36, 33, 30),
    "earnings_week": _earnings_week,
    "gap_through_strike": _gap_through_strike,
    "thin_chain": _thin_chain,
    "early_assignment": _early_assignment,
    "holiday_week": lambda symbols: _market(symbols, _GOOD_FRIDAY, 2),
    "half_day": lambda symbols: _market(symbols, _THANKSGIVING, 2),
    "feed_trouble": _feed_trouble,
    "split": _split,
    "dividend": _dividend,
}
"""What makes each scenario, by its name, in the order in which they are played."""
