"""What may come: obligations of what is open, what it may still earn, and advice that was given. All of it advisory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from allusr_mcp.accounts import Account
from allusr_mcp.holdings import behind
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.events import WeekTyped
from allusr_sdk.model.positions import Position
from allusr_sdk.office.advice import AdviceLog, Given

LEAST = 12
"""Final weeks before a range of weekly income is told."""

_RANGE = (0.1, 0.5, 0.9)
_LASTS = 8  # days for which an advice speaks of now
METHOD = {
    "obligations": "what the books hold open: strike x 100 x contracts of written puts by the week of their expiry",
    "if_nothing_is_assigned": "last marks of written options, which are earned when they expire worthless",
    "weekly_income": f"quantiles of the realised result of final weeks; unknown with fewer than {LEAST}. Past weeks say"
    " little of weeks in another market, and no dependence between weeks is modelled",
}


def forecast(account: Account, weeks: int) -> Mapping[str, object]:
    """Obligations and possible income of the next weeks, each with its method."""
    run = account.followed.run
    today = run.instant.astimezone(NEW_YORK).date()
    ahead = [iso_week(today + timedelta(days=7 * i)) for i in range(weeks)]
    written = [p for p in run.book.positions if p.contract is not None and p.short and not p.hedges]
    return {
        "advisory": True, "method": METHOD, "from": today,
        "weeks": [_week(label, _expiring(written, (label,))) for label in ahead],
        "later": _week("later", [p for p in written if _label(p) not in ahead]),
        "max_assignment_cash": sum((behind(p) for p in written), Decimal("0.00")),
        "collateral": sum((b.reserved for b in run.book.ledgers.values()), Decimal("0.00")),
        "weekly_income": weekly_income(account), "advice": newest(account, today),
    }  # fmt: skip


def weekly_income(account: Account) -> Mapping[str, object]:
    """How the realised result of final weeks has been spread."""
    results = sorted(record.realised for record in final(account))
    if len(results) < LEAST:
        return {"unknown": f"{len(results)} weeks are final, it takes {LEAST}"}
    low, middle, high = (results[round(share * (len(results) - 1))] for share in _RANGE)
    return {"low": low, "median": middle, "high": high, "between": "10 % and 90 % of weeks", "weeks": len(results)}


def final(account: Account) -> Sequence[WeekTyped]:
    """The account's final weeks, the newest record of each, oldest first."""
    found: dict[str, WeekTyped] = {}
    for entry in account.followed.run.entries(kind="WeekTyped"):
        if isinstance(entry.event, WeekTyped) and not entry.event.ledger and entry.event.status == "FINAL":
            found[entry.event.week] = entry.event
    return [found[week] for week in sorted(found)]


def newest(account: Account, today: date) -> Sequence[Mapping[str, object]]:
    """The newest advice on each topic that was written over this run in the last days, with its author and score."""
    run = account.followed.run
    given = [g for g in AdviceLog(account.followed.ledger).given if g.event.run == run.id]
    latest = {g.event.topic: g for g in given}
    fresh = [g for g in latest.values() if (today - g.event.instant.astimezone(NEW_YORK).date()).days <= _LASTS]
    return [told(advice) for advice in fresh]


def told(advice: Given) -> Mapping[str, object]:
    """An advice as it was given."""
    event = advice.event
    return {
        "advisory": True, "topic": event.topic, "author": f"plugin {event.author}", "text": event.text,
        "about": event.about, "written": advice.at, "entry": event.seq, "instant": event.instant,
        "expected": event.expected, "naive": event.naive, "model": event.model, "naive_is": event.method,
        "confidence": event.confidence,
    }  # fmt: skip


def _label(held: Position) -> str:
    assert held.contract is not None
    return iso_week(held.contract.expiry)


def _expiring(written: Iterable[Position], labels: Sequence[str]) -> list[Position]:
    return [p for p in written if _label(p) in labels]


def _week(label: str, held: Sequence[Position]) -> Mapping[str, object]:
    marks = [p.mark for p in held]
    earned = sum((-p.value for p in held), Decimal("0.00")) if None not in marks else None
    return {
        "week": label, "max_assignment_cash": sum((behind(p) for p in held), Decimal("0.00")),
        "if_nothing_is_assigned": earned, "shares_to_deliver": _deliver(held),
        "options": [
            {"ledger": p.ledger, "text": str(p.contract), "contracts": -p.quantity, "expiry": p.contract.expiry,
             "assignment_cash": behind(p), "mark": p.mark}
            for p in held if p.contract is not None
        ],
    }  # fmt: skip


def _deliver(held: Iterable[Position]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for position in held:
        if position.contract is not None and not position.contract.is_put:
            found[position.symbol] = found.get(position.symbol, 0) - position.quantity * position.multiplier
    return found
