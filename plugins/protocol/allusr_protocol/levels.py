"""Levels from m, the distance past the strike in ATR: thresholds, confirmation, hysteresis (PE-2 to PE-4)."""

from datetime import datetime
from math import isfinite, sqrt

from attrs import evolve

from allusr_sdk import Position, Rulebook, Watch

TOP = 3


def distance(position: Position, spot: float, atr: float, rules: Rulebook, *, sessions: int = 1) -> float:
    """m of PE-2: past the strike for short options, under the basis scaled by sqrt(5 sessions) for shares (PE-3).

    `sessions` are left to the expiry; they widen the ATR by their square root where the rulebook says so.
    """
    if position.contract is None:
        basis = float(position.amount / position.quantity)
        return (basis - spot) / (atr * sqrt(rules.number("PE-3.sessions")))
    gap = float(position.contract.strike) - spot
    scale = sqrt(max(sessions, 0.25)) if scaled(rules) else 1.0
    return (gap if position.contract.is_put else -gap) / (atr * scale)


def scaled(rules: Rulebook) -> bool:
    """Whether distances are scaled with the sessions left to expiry (PE-2)."""
    return rules.text("PE-2.horizon_scaling") == "sqrt"


def level_of(m: float, rules: Rulebook) -> int:
    """The level that m stands in, before confirmation; thresholds are inclusive (PE-2)."""
    return sum(1 for threshold in rules.numbers("PE-2.levels") if m >= threshold)


def confirm(
    watch: Watch, m: float, at: datetime, rules: Rulebook, *, top: int = TOP, raised: int = 0, consecutive: bool
) -> Watch:
    """The watch after one sample (PE-4).

    Up by two consecutive fresh samples, or by one that lies `jump` past the threshold. Down after enough calm samples
    over enough minutes, never from level 3. `top` caps the level; `raised` is the level that another trigger asks for
    (PE-6), which also holds it there. `consecutive` is False where a gap lies between samples, so that no earlier
    sample confirms (CAD-14) and a trigger, which knows no jump, counts at once. An unknown m confirms nothing.
    """
    if not isfinite(m):
        return evolve(watch, calm=0, calm_since=None)
    reached = min(max(level_of(m, rules), raised), top)
    if reached > watch.level:
        at_once = max(level_of(m - rules.number("PE-4.jump"), rules), 0 if consecutive else raised)
        return _rise(watch, at, reached, min(at_once, top), rules, consecutive=consecutive)
    thresholds = rules.numbers("PE-2.levels")
    held = raised >= watch.level or m > thresholds[watch.level - 1] - rules.number("PE-4.hysteresis")
    if not 0 < watch.level < TOP or held:
        return evolve(watch, rising=watch.level, rising_at=None, calm=0, calm_since=None)
    return _fall(evolve(watch, rising=watch.level, rising_at=None), at, rules)


def _rise(watch: Watch, at: datetime, reached: int, at_once: int, rules: Rulebook, *, consecutive: bool) -> Watch:
    waited = watch.rising_at is not None and (at - watch.rising_at).total_seconds() >= rules.number("PE-4.up_gap")
    twice = min(reached, watch.rising) if waited and consecutive else watch.level
    level = max(watch.level, at_once, twice)
    calm = evolve(watch, level=level, calm=0, calm_since=None)
    if reached > level and watch.rising > level and not waited:  # too soon: the earlier sample goes on waiting
        return evolve(calm, rising=min(reached, watch.rising), rising_at=watch.rising_at)
    return evolve(calm, rising=reached, rising_at=at if reached > level else None)


def _fall(watch: Watch, at: datetime, rules: Rulebook) -> Watch:
    calm, since = watch.calm + 1, watch.calm_since or at
    minutes = (at - since).total_seconds() / 60
    if calm < rules.integer("PE-4.down_samples") or minutes < rules.number("PE-4.down_minutes"):
        return evolve(watch, calm=calm, calm_since=since)
    return evolve(watch, level=watch.level - 1, rising=watch.level - 1, calm=0, calm_since=None)
