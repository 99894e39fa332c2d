"""Kill switches: what each tier permits, and what an unconfirmed or old VIX vetoes (KS-1, KS-2, KS-5, KS-6).

A switch has a scope (the account, or one ledger) and a cause; each stands at a tier of its own, and what may be done is
what all of them permit. When they are thrown and released stands in `switchboard`.
"""

from datetime import datetime
from math import isfinite

from attrs import frozen

from allusr_sdk.model.intents import Veto
from allusr_sdk.model.positions import TIERS, Book
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook

_FULL, _HALF = "CAD-10.deploy_max", "KS-6.hedged_deploy"


@frozen
class Permit:
    """What a tier lets through (KS-6, KS-10, ORD-3): entries at all, puts among them, rolls, closes.

    `deploy` is the rule value that says how much of D may be used.
    """

    entries: bool
    puts: bool
    rolls: bool
    closes: bool
    deploy: str


PERMITS = {
    "NONE": Permit(entries=True, puts=True, rolls=True, closes=True, deploy=_FULL),
    "CALLS": Permit(entries=True, puts=False, rolls=True, closes=True, deploy=_FULL),
    "HEDGED": Permit(entries=True, puts=True, rolls=True, closes=True, deploy=_HALF),
    "FREEZE": Permit(entries=False, puts=False, rolls=True, closes=True, deploy=_HALF),
    "SAFE": Permit(entries=False, puts=False, rolls=True, closes=True, deploy=_HALF),
    "HALT": Permit(entries=False, puts=False, rolls=False, closes=False, deploy=_HALF),
}

_CAUSES = {
    "LOSS": "KS-10",
    "WEEK": "KS-10",
    "L3": "PE-11",
    "PIVOT": "ORD-3",
    "BREAK": "RECON",
    "LINK": "RULE-0",
    "CLOCK": "KS-9",
}


def permit(book: Book, ledger: str) -> Permit:
    """What every switch that binds a ledger lets through together; the smallest share is what may be deployed."""
    bound = [PERMITS[tier] for tier in ("NONE", *book.tiers(ledger))]
    return Permit(
        entries=all(p.entries for p in bound),
        puts=all(p.puts for p in bound),
        rolls=all(p.rolls for p in bound),
        closes=all(p.closes for p in bound),
        deploy=_HALF if any(p.deploy == _HALF for p in bound) else _FULL,
    )


def rule_of(cause: str, ledger: str) -> str:
    """The rule under which a switch of this cause acts; a stale market is KS-5 in the account, PE-5 in a sleeve."""
    if cause == "STALE":
        return "PE-5" if ledger else "KS-5"
    return _CAUSES.get(cause, "KS-6")


def graver(one: str, other: str) -> bool:
    """Whether a tier is graver than another."""
    return TIERS.index(one) > TIERS.index(other)


# --- VIX -----------------------------------------------------------------------------------------------------------

_ENTER = (("HALT", "KS-1.halt"), ("SAFE", "KS-1.safe"), ("HEDGED", "KS-1.hedged"))


def thresholds(current: str, rules: Rulebook) -> tuple[tuple[str, float], ...]:
    """The VIX tiers graver than the current one with their thresholds, lowest first (KS-1)."""
    return tuple((tier, rules.number(key)) for tier, key in reversed(_ENTER) if graver(tier, current))


def tier_of(value: float, rules: Rulebook) -> tuple[str, float]:
    """The tier that a VIX value reaches and its threshold; thresholds are strict (KS-1, KS-3)."""
    for tier, key in _ENTER:
        threshold = rules.number(key)
        if value > threshold:
            return tier, threshold
    return "NONE", rules.number("KS-1.hedged")


def known_vix(view: MarketView) -> float | None:
    """The newest VIX value; None where there is none, or no number that an index can have (RULE-0)."""
    value = view.vix.value if view.vix else None
    return value if value is not None and isfinite(value) and value > 0 else None


def sampled(view: MarketView) -> bool:
    """Whether the VIX comes in samples that age and want confirmation; daily and coarse values do neither (CAD-14)."""
    return view.vix is not None and not view.vix.daily and view.grain is Grain.GRID


def unknown_vix(view: MarketView, rules: Rulebook) -> Veto | None:
    """Refuse entries while the VIX is unknown or too old (KS-5); daily bars start no timer (CAD-14)."""
    if known_vix(view) is None or view.vix is None:
        return Veto("KS-5", "the VIX is unknown: give VIX.csv with --daily")
    if not sampled(view):
        return None
    age, limit = _age(view.at, view.vix.at), rules.number("KS-5.entries_seconds")
    if age < 0:
        return Veto("KS-5", "the VIX is stamped later than now", {"age": age})
    return Veto("KS-5", "the VIX is stale", {"age": age, "limit": limit}) if age > limit else None


def wild_before_open(view: MarketView, rules: Rulebook) -> Veto | None:
    """Refuse what is opened early in a session before which the VIX stood too high, or where nobody can say (KS-2)."""
    early, until = view.vix.before_open if view.vix else None, rules.clock("KS-2.delay_until")
    limit = rules.number("KS-1.safe")
    if early is None or early <= limit or view.clock.time() >= until:
        return None
    why = f"the VIX stood above {limit:g} before the open: no entries until {until:%H:%M}"
    return Veto("KS-2", why, {"before open": early})


def _age(now: datetime, then: datetime) -> float:
    return (now - then).total_seconds()
