"""How the engine of a home is, in words."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.office.places import in_force, place

if TYPE_CHECKING:
    from allusr_sdk.ledger.clocks import Reading
    from allusr_sdk.ledger.heartbeat import Heartbeat


def folder(home: str) -> Path | None:
    """A home's folder; None where the home is a database."""
    where = place(home)
    return None if "://" in where else Path(where)


def clock(at: datetime) -> str:
    """An instant of the wall clock, for people."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def market(at: datetime) -> str:
    """An instant of the market, for people."""
    from allusr_sdk.model.calendar import NEW_YORK

    return f"{at.astimezone(NEW_YORK):%a %Y-%m-%d %H:%M:%S} New York"


def engine(home: str, within: float | None = None) -> dict[str, object]:
    """How the engine is: `life`, the heartbeat behind it, and the line that says it; a missed beat is a silence.

    Args:
        home: a folder or a database's URL.
        within: seconds within which KS-9 wants a beat, by who has read them already; else the home's rulebook is read.
    """
    from allusr_sdk.ledger import clocks
    from allusr_sdk.ledger.hearts import heart_at

    heart = heart_at(place(home))
    beat = heart.read()
    heart.close()
    if beat is None:
        return {"life": "none", "text": "engine not running"}
    now = clocks.reading()
    life = beat.life(now, beats(home) if within is None else within)
    return {
        "life": life.value, "pid": beat.pid, "host": beat.host, "beat": beat.at, "age": beat.age(now).total_seconds(),
        "run": beat.run, "instant": beat.instant, "text": told(beat, life.value, now),
    }  # fmt: skip


def beats(home: str) -> float:
    """Seconds within which KS-9 wants a beat, by the rulebook of a home."""
    return in_force(place(home)).number("KS-9.heartbeat_seconds")


def told(beat: "Heartbeat", life: str, now: "Reading") -> str:
    """How an engine is, as one line."""
    age = beat.age(now).total_seconds()
    at = f", run {beat.run} before {market(beat.instant)}" if beat.instant else ""
    return {
        "alive": f"engine alive: {beat}, last beat {age:.0f} s ago{at}",
        "silent": f"engine silent since {clock(beat.at)} ({age:.0f} s): {beat}{at}; its simulated venue stands still",
        "gone": f"engine not running: {beat} ended without a goodbye after {clock(beat.at)}{at}",
        "ended": f"engine not running: it ended {clock(beat.at)}",
        "unknown": f"engine unknown: the last beat of {beat} lies {-age:.0f} s ahead of this clock: one clock is wrong",
    }[life] + _stepped(beat, now)


def _stepped(beat: "Heartbeat", now: "Reading") -> str:
    """A step of the wall clock since the last beat, in words; nothing is decided by it."""
    from allusr_sdk.ledger.heartbeat import APART

    step = beat.step(now)
    if beat.ended or abs(step) <= APART:
        return ""
    way = "forward" if step > APART else "back"
    return f"; the wall clock was set {way} by {abs(step.total_seconds()):.0f} s since"
