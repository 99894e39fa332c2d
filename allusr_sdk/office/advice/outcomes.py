"""What an advice expected, as it came: read from the journal that it rested on, or from daily bars."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import pairwise
from math import isfinite, log, sqrt

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Ledger
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.events import AdviceGiven, WeekTyped

_SESSIONS_A_YEAR = 252


@frozen
class Became:
    """An outcome: a label, or `value` in percent a year where it is a number.

    `known` is when it could first be known by the wall clock; None for what a journal said after the advice.
    """

    text: str
    value: float | None = None
    known: datetime | None = None


def became(event: AdviceGiven, ledger: Ledger, bars: DailyBars | None) -> Became | None:
    """What came of what an advice expects; None while nobody can tell, or where it expects nothing.

    Args:
        event: the advice.
        ledger: with the run that it rests on.
        bars: daily bars by symbol; None where there are none.
    """
    tell = _TELLERS.get(event.outcome)
    return tell(event, ledger, bars) if tell is not None else None


def _week_type(event: AdviceGiven, ledger: Ledger, bars: DailyBars | None) -> Became | None:
    try:
        run = ledger.run(event.run)
    except InputError:
        return None
    final = [
        entry.event.primary
        for entry in run.entries(kind="WeekTyped", after=event.seq)
        if isinstance(entry.event, WeekTyped) and not entry.event.ledger
        and (entry.event.week, entry.event.status) == (event.about, "FINAL")
    ]  # fmt: skip
    return Became(final[0]) if final else None


def _move(event: AdviceGiven, ledger: Ledger, bars: DailyBars | None) -> Became | None:
    found = _moves(event, bars)
    if found is None:
        return None
    moves, known = found
    return Became("large" if abs(100 * sum(moves)) > event.threshold else "small", known=known)


def _volatility(event: AdviceGiven, ledger: Ledger, bars: DailyBars | None) -> Became | None:
    found = _moves(event, bars)
    if found is None:
        return None
    moves, known = found
    value = 100 * sqrt(_SESSIONS_A_YEAR * sum(move**2 for move in moves) / len(moves))
    return Became(f"{value:.1f} % a year", value, known) if value > 0 and isfinite(value) else None


def _moves(event: AdviceGiven, bars: DailyBars | None) -> tuple[list[float], datetime] | None:
    """Logarithmic returns of the sessions after the day that is meant; None unless each of them has a bar."""
    if bars is None or event.sessions < 1:
        return None
    day = date.fromisoformat(event.about)
    calendar = xnys()
    last = calendar.after(day, event.sessions)
    found = bars.before(event.instrument, calendar.after(last.day).day, event.sessions + 1)
    if len(found) != event.sessions + 1 or found[0].day != day:
        return None
    closes = [bar.close for bar in found]
    return [log(b / a) for a, b in pairwise(closes)], last.close


_TELLERS: Mapping[str, Callable[[AdviceGiven, Ledger, DailyBars | None], Became | None]] = {
    "week-type": _week_type, "move": _move, "volatility": _volatility,
}  # fmt: skip
OUTCOMES = tuple(_TELLERS)
"""What can be told afterwards, and so be forecast."""
