"""The type of the week to come, from the account's final weeks."""

from datetime import date, timedelta
from math import log

from attrs import frozen

from allusr_advisor.advice import LABELS, Missing, Week, WeekForecast, forecast_week
from allusr_advisor.advising.reading import Briefing, unknown
from allusr_sdk.hookspecs import Advice, Forecast
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import WeekTyped

_SHOWN = 60  # newest entries that are named
_OLDEST = 7  # days before a week at which a close of VIX is still that week's


@frozen
class _Final:
    """The newest record of a week and its entry."""

    seq: int
    event: WeekTyped


def week_type_ahead(known: Briefing) -> Advice:
    """Probabilities of each type for the week after the last final one; scored when that week is final (WK-6)."""
    final = _final(known)
    if not final:
        return unknown("week-type", "no week is final yet")
    weeks = [f.event.week for f in final]
    past = [Week(week=f.event.week, label=f.event.primary, features=_features(known, f.event.week)) for f in final]
    if bad := next((f for f in final if f.event.primary not in LABELS), None):
        return unknown("week-type", f"week {bad.event.week} is {bad.event.primary!r}, which is none of the types")
    ahead = _following(weeks[-1])
    found = forecast_week(past, Week(week=ahead, features=_features(known, ahead)))
    if isinstance(found, Missing):
        return unknown("week-type", found.why)
    return Advice(
        "week-type", _text(found), about=ahead, confidence=max(found.probabilities.values()),
        numbers={"weeks": float(found.past), **found.probabilities}, entries=tuple(f.seq for f in final[-_SHOWN:]),
        forecast=Forecast(
            outcome="week-type", about=ahead, expected=dict(found.probabilities),
            naive=dict(found.candidates["climatology"]), model=_model(found), method="climatology",
        ),
    )  # fmt: skip


def _text(found: WeekForecast) -> str:
    told = sorted(found.probabilities.items(), key=lambda pair: -pair[1])
    scores = found.scores.get("forecast")
    naive = found.scores.get("climatology")
    record = (
        f" Brier score so far {scores.brier:.3f} over {scores.count} weeks, climatology {naive.brier:.3f}."
        if scores is not None and naive is not None
        else " No forecast of it has been scored yet."
    )
    chances = ", ".join(f"{name} {p:.0%}" for name, p in told)
    return f"Week {found.week}: {chances}; by {_model(found)}, from {found.past} final weeks.{record}"


def _model(found: WeekForecast) -> str:
    """What forecast it; climatology is how often each type has been so far."""
    if found.model == "climatology" or not found.share:
        return "climatology alone"
    return found.model if found.share == 1 else f"{found.share:.0%} {found.model} and the rest climatology"


def _final(known: Briefing) -> list[_Final]:
    """Final records of the account, one a week, the newest version of each, in order."""
    newest: dict[str, _Final] = {}
    for entry in known.entries(kind="WeekTyped"):
        if isinstance(entry.event, WeekTyped) and not entry.event.ledger and entry.event.status == "FINAL":
            newest[entry.event.week] = _Final(entry.seq, entry.event)
    return [newest[week] for week in sorted(newest)]


def _features(known: Briefing, week: str) -> dict[str, float]:
    """What the close before a week knew of VIX, where there is one."""
    before = _monday(week)
    closes = [known.vix.get(before - timedelta(days=i)) for i in range(1, _OLDEST + 1)]
    found = next((close for close in closes if close is not None and close > 0), None)
    return {"log_vix": float("nan") if found is None else log(found)}


def _monday(week: str) -> date:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _following(week: str) -> str:
    return iso_week(_monday(week) + timedelta(days=7))
