"""VIX tiers: when they are entered, when they are left, what they permit (KS-1, KS-4, KS-5, KS-6)."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite

from attrs import frozen

from allusr_sdk.model.intents import Veto
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook

TIERS = ("NONE", "HEDGED", "SAFE", "HALT")


@frozen
class Permit:
    """What a tier lets through (KS-6)."""

    entries: bool
    rolls: bool
    closes: bool
    deploy: str


PERMITS = {
    "NONE": Permit(entries=True, rolls=True, closes=True, deploy="CAD-10.deploy_max"),
    "HEDGED": Permit(entries=True, rolls=True, closes=True, deploy="KS-6.hedged_deploy"),
    "SAFE": Permit(entries=False, rolls=True, closes=True, deploy="KS-6.hedged_deploy"),
    "HALT": Permit(entries=False, rolls=False, closes=False, deploy="KS-6.hedged_deploy"),
}

_ENTER = (("HALT", "KS-1.halt"), ("SAFE", "KS-1.safe"), ("HEDGED", "KS-1.hedged"))
_LEAVE = {"HEDGED": "KS-4.hedged_closes", "SAFE": "KS-4.safe_closes"}


def tier_of(value: float, rules: Rulebook) -> tuple[str, float]:
    """The tier that a VIX value reaches and its threshold; thresholds are strict (KS-1)."""
    for tier, key in _ENTER:
        threshold = rules.number(key)
        if value > threshold:
            return tier, threshold
    return "NONE", rules.number("KS-1.hedged")


def next_tier(current: str, value: float, closes: Sequence[float], *, new_week: bool, rules: Rulebook) -> str:
    """The tier after a confirmed VIX value: up at once, down by at most one and only by closes (KS-4).

    HALT is left by a human's re-arm alone; HEDGED only in a new week.
    """
    reached = tier_of(value, rules)[0]
    if TIERS.index(reached) >= TIERS.index(current):
        return reached
    key = _LEAVE.get(current)
    if key is None or (current == "HEDGED" and not new_week):
        return current
    needed = rules.integer("KS-4.closes")
    calm = len(closes) >= needed and all(close < rules.number(key) for close in closes[-needed:])
    return TIERS[TIERS.index(current) - 1] if calm else current


def known_vix(view: MarketView) -> float | None:
    """The confirmed VIX; None where there is none, or no number that an index can have (RULE-0)."""
    value = view.vix.value if view.vix else None
    return value if value is not None and isfinite(value) and value > 0 else None


def unknown_vix(view: MarketView, rules: Rulebook) -> Veto | None:
    """Refuse entries while the VIX is unknown or too old (KS-5); daily bars start no timer (CAD-14)."""
    if known_vix(view) is None or view.vix is None:
        return Veto("KS-5", "the VIX is unknown: give VIX.csv with --daily")
    if view.vix.daily or view.grain is not Grain.GRID:
        return None
    age = _age(view.at, view.vix.at)
    limit = rules.number("KS-5.entries_seconds")
    return Veto("KS-5", "the VIX is stale", {"age": age, "limit": limit}) if age > limit else None


def _age(now: datetime, then: datetime) -> float:
    return (now - then).total_seconds()
