"""How far our clock is from another's: one that is wrong, or that nobody can compare, opens nothing (KS-9)."""

from datetime import datetime

from allusr_sdk.model.intents import Veto
from allusr_sdk.rulebook import Rulebook


def apart(theirs: datetime, asked: datetime, answered: datetime) -> float:
    """Seconds that another clock lies outside of the time in which it was asked by ours; zero within."""
    late, early = (theirs - answered).total_seconds(), (asked - theirs).total_seconds()
    return max(late, early, 0.0)


def wrong_clock(seconds: float | None, rules: Rulebook) -> Veto | None:
    """Why no entry rests on our clock, which is so many seconds off; None where it is right.

    Args:
        seconds: what `apart` found; None where there was nothing to compare with.
    """
    limit = rules.number("KS-9.skew_seconds")
    if seconds is None:
        return Veto("KS-9", "nobody knows how far the clock is off")
    if seconds <= limit:
        return None
    why = f"the clock is off by {seconds:.1f} s, more than {limit:g} s"
    return Veto("KS-9", why, {"skew": seconds, "limit": limit})
