"""Levels from m, the distance past the strike in ATR: thresholds, confirmation, hysteresis (PE-2 to PE-4)."""

from datetime import datetime
from math import isfinite, sqrt

from attrs import evolve

from allusr_sdk import Position, Rulebook, Watch


def distance(position: Position, spot: float, atr: float, rules: Rulebook) -> float:
    """m of PE-2: past the strike for short options, under the basis scaled by sqrt(5 sessions) for shares (PE-3)."""
    if position.contract is None:
        basis = float(position.amount / position.quantity)
        return (basis - spot) / (atr * sqrt(rules.number("PE-3.sessions")))
    gap = float(position.contract.strike) - spot
    return (gap if position.contract.is_put else -gap) / atr


def level_of(m: float, rules: Rulebook) -> int:
    """The level that m stands in, before confirmation; thresholds are inclusive (PE-2)."""
    return sum(1 for threshold in rules.numbers("PE-2.levels") if m >= threshold)


def confirm(watch: Watch, m: float, at: datetime, rules: Rulebook, *, top: int = 3, consecutive: bool) -> Watch:
    """The watch after one sample (PE-4).

    Up by two consecutive fresh samples, or by one that lies `jump` past the threshold. Down after enough calm samples
    over enough minutes, never from level 3. `top` caps the level; `consecutive` is False where a gap lies between
    samples, so that no earlier sample confirms (CAD-14). An unknown m confirms nothing, up or down.
    """
    if not isfinite(m):
        return evolve(watch, calm=0, calm_since=None)
    reached = min(level_of(m, rules), top)
    if reached > watch.level:
        return _rise(watch, m, at, reached, rules, top=top, consecutive=consecutive)
    thresholds = rules.numbers("PE-2.levels")
    if not 0 < watch.level < 3 or m > thresholds[watch.level - 1] - rules.number("PE-4.hysteresis"):
        return Watch(level=watch.level, rising=watch.level)
    return _fall(evolve(watch, rising=watch.level, rising_at=None), m, at, rules)


def _rise(watch: Watch, m: float, at: datetime, reached: int, rules: Rulebook, *, top: int, consecutive: bool) -> Watch:
    at_once = min(level_of(m - rules.number("PE-4.jump"), rules), top)
    waited = watch.rising_at is not None and (at - watch.rising_at).total_seconds() >= rules.number("PE-4.up_gap")
    twice = min(reached, watch.rising) if waited and consecutive else watch.level
    level = max(watch.level, at_once, twice)
    if reached > level and watch.rising > level and not waited:  # too soon: the earlier sample goes on waiting
        return Watch(level=level, rising=min(reached, watch.rising), rising_at=watch.rising_at)
    return Watch(level=level, rising=reached, rising_at=at if reached > level else None)


def _fall(watch: Watch, m: float, at: datetime, rules: Rulebook) -> Watch:
    calm, since = watch.calm + 1, watch.calm_since or at
    minutes = (at - since).total_seconds() / 60
    if calm < rules.integer("PE-4.down_samples") or minutes < rules.number("PE-4.down_minutes"):
        return evolve(watch, calm=calm, calm_since=since)
    return Watch(level=watch.level - 1, rising=watch.level - 1)
