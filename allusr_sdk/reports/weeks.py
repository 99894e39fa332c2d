"""Week types: labels, precedence and record of an ISO week, from the journal alone (WK-3, WK-4, WK-5)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from attrs import evolve, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.ledger.starts import monday
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import HEDGE, TIERS, Book
from allusr_sdk.reports.words import multiplier, unrealised
from allusr_sdk.rulebook import Rulebook

CLASSIFIER = "1"
"""Version of the predicates; it rises whenever one of them changes."""

MARKET_HEDGES = frozenset({"VIX30x5", "SPX_DD20", "BREADTH20", "VIX50"})
"""Triggers whose hedge makes a week HEDGED; one that belongs to a level 2 is a flag only (WK-3)."""

_L2_HEDGE = f"{HEDGE}:L2"
_PRESERVATION = 3
_SAFE_CAUSES = frozenset({"L3", "VIX", "LOSS"})
_BEGINS = (ev.Funded, ev.ForkFunded)
_ENDS = (ev.Assigned, ev.Expired, ev.Exercised)
_NO_SLEEVE = "undeployed"  # capital that no sleeve works with has no week

Predicate = Callable[[ev.Event], bool]


@frozen
class Week:
    """What a week's record is made of: the books at its start and the entries that took effect in it."""

    label: str
    start: Book
    entries: tuple[Entry, ...]


# --- one predicate a label ------------------------------------------------------------------------------------------


def _preserves(event: ev.Event) -> bool:
    if isinstance(event, ev.LevelChanged):
        return event.before < _PRESERVATION <= event.after and not _covered_call(event.position)
    return isinstance(event, ev.SwitchChanged) and ("HALT" in (event.before, event.after) or _safe_entered(event))


def _covered_call(position: str) -> bool:
    contract = contract_of(position.partition(":")[2])
    return contract is not None and not contract.is_put


def _safe_entered(event: ev.SwitchChanged) -> bool:
    risen = event.after == "SAFE" and TIERS.index(event.before) < TIERS.index("SAFE")
    return risen and event.cause in _SAFE_CAUSES


def _hedged(event: ev.Event) -> bool:
    if isinstance(event, ev.SwitchChanged):
        gravest = max(event.before, event.after, key=TIERS.index)
        return event.cause == "VIX" and TIERS.index(gravest) >= TIERS.index("HEDGED")
    return _opens(event) and _trigger(event) in MARKET_HEDGES


def _rolls(event: ev.Event) -> bool:
    """A short option sold by a roll; all such rolls are level 2's (PE-7), a ladder's LEAPs are long."""
    return isinstance(event, ev.Filled) and event.cause == "roll" and _writes(event)


def _filters(event: ev.Event) -> bool:
    if not isinstance(event, ev.Decided | ev.IntentRecorded):
        return False
    return event.numbers.get("earnings") in ("skip", "reduce")


PREDICATES: Mapping[str, Predicate] = {
    "PRESERVATION": _preserves,
    "HEDGED": _hedged,
    "ROLL": _rolls,
    "ASSIGNMENT": lambda event: isinstance(event, ev.Assigned),
    "EARNINGS_FILTER": _filters,
}
"""Which event of a week gives it which label; a week without any is CALM_INCOME."""

CALM = "CALM_INCOME"


def ordered(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels by gravity; CALM_INCOME alone where there is none (WK-3)."""
    precedence = Rulebook.default().texts("WK-3.precedence")
    return tuple(sorted(set(labels) - {CALM}, key=precedence.index)) or (CALM,)


def _opens(event: ev.Event) -> bool:
    return isinstance(event, ev.Filled) and event.opening


def _trigger(event: ev.Event) -> str:
    cause = event.cause if isinstance(event, ev.Filled) else ""
    return cause.partition(":")[2] if cause.startswith(HEDGE) else ""


def _writes(event: ev.Filled) -> bool:
    return event.opening and event.quantity < 0 and contract_of(event.instrument) is not None


# --- reading a week -------------------------------------------------------------------------------------------------


def typed(run: Run, week: str, *, status: str) -> tuple[ev.WeekTyped, ...]:
    """The records of an ISO week (``2026-W07``) as the journal now stands: each sleeve's, then the account's.

    Reads the week's own entries and whatever later ones took effect in it. Records stand until one such comes after
    them; a record that then says something else takes the next version (WK-5).
    """
    start = run.start_of(week)
    first, written = _written(run, week, start.seq)
    if "" in written and written[""].classifier == CLASSIFIER and not _entries(run, week, first):
        return tuple(evolve(record, status=status) for record in written.values())
    found = classify(Week(week, start.book, _entries(run, week, start.seq)), status=status)
    return tuple(_versioned(record, written.get(record.ledger)) for record in found)


def _written(run: Run, week: str, after: int) -> tuple[int, dict[str, ev.WeekTyped]]:
    """The number of a week's first record, and the newest of each ledger; the account's is the last to be written."""
    read = ((entry.seq, entry.event) for entry in run.entries(kind="WeekTyped", after=after))
    own = [(seq, event) for seq, event in read if isinstance(event, ev.WeekTyped) and event.week == week]
    return min((seq for seq, _ in own), default=after), {record.ledger: record for _, record in own}


def _entries(run: Run, week: str, after: int) -> tuple[Entry, ...]:
    """The entries after number `after` that took effect in a week, by number; what types a week is none of them."""
    begins = monday(week).astimezone(NEW_YORK)
    ends = begins + timedelta(days=7)
    read = (e for e in _read(run, after, ends.astimezone(UTC)) if not isinstance(e.event, ev.WeekTyped))
    return tuple(sorted((e for e in read if begins.date() <= effective(e) < ends.date()), key=lambda e: e.seq))


def _read(run: Run, after: int, ends: datetime) -> Iterator[Entry]:
    """Entries up to a week's end, then those of later ones that may count before it."""
    for entry in run.entries(after=after):
        if entry.at >= ends:
            break
        after = entry.seq
        yield entry
    else:
        return
    for kind in _ENDS:
        yield from run.entries(kind=kind.__name__, after=after)


def effective(entry: Entry) -> date:
    """The New York date on which an entry counts; an option's end at the latest on its expiry."""
    day, event = entry.at.astimezone(NEW_YORK).date(), entry.event
    if isinstance(event, ev.Assigned) and event.effective is not None:
        return event.effective
    contract = contract_of(event.instrument) if isinstance(event, _ENDS) else None
    return min(day, contract.expiry) if contract else day


def _versioned(record: ev.WeekTyped, newest: ev.WeekTyped | None) -> ev.WeekTyped:
    if newest is None:
        return record
    same = evolve(record, status=newest.status, version=newest.version).payload() == newest.payload()
    return evolve(record, version=newest.version + (not same))


# --- one record -----------------------------------------------------------------------------------------------------


def classify(week: Week, *, status: str) -> tuple[ev.WeekTyped, ...]:
    """The records of a week, version 1: each sleeve's, then the account's as their union. Pure."""
    begun = (e.event.ledger for e in sorted(week.entries, key=lambda e: e.seq) if isinstance(e.event, _BEGINS))
    before = (name for name, ledger in week.start.ledgers.items() if not ledger.closed)
    names = [name for name in dict.fromkeys((*before, *begun)) if name != _NO_SLEEVE]
    sleeves = tuple(_record(week, name, status) for name in names)
    return (*sleeves, _union(week, sleeves, status))


def _record(week: Week, ledger: str, status: str) -> ev.WeekTyped:
    about = tuple(e for e in week.entries if e.event.ledger in ("", ledger))
    own = tuple(e for e in about if e.event.ledger)
    named = [(e.seq, label) for e in about for label, holds in PREDICATES.items() if holds(e.event)]
    labels = ordered([*(label for _, label in named), *_standing(week.start, ledger)])
    return ev.WeekTyped(
        ledger=ledger, rule="WK-3", week=week.label, version=1, status=status, labels=labels, primary=labels[0],
        sources=tuple(sorted({seq for seq, _ in named})), levels=_levels(week.start, ledger, own), flags=_flags(own),
        unrealised=_unrealised(week.start, ledger, own), max_vix=_max_vix(about), classifier=CLASSIFIER, **_sums(own),
    )  # fmt: skip


def _standing(start: Book, ledger: str) -> Iterator[str]:
    """Labels of the switches that stood when the week began, read as events that change nothing."""
    own = start.ledgers[ledger].switches if ledger in start.ledgers else {}
    for cause, tier in (*start.switches.items(), *own.items()):
        stood = ev.SwitchChanged(cause=cause, before=tier, after=tier, value=None, threshold=None)
        yield from (label for label, holds in PREDICATES.items() if holds(stood))


def _flags(entries: Iterable[Entry]) -> dict[str, int]:
    events = [e.event for e in entries]
    rises = sum(isinstance(e, ev.LevelChanged) and e.before < 1 <= e.after for e in events)
    attached = any(isinstance(e, ev.Filled) and e.opening and e.cause == _L2_HEDGE for e in events)
    idle = not any(isinstance(e, ev.Filled | ev.Assigned | ev.Expired | ev.Exercised) for e in events)
    return {"hedge_l2": int(attached), "l1_count": rises, "idle": int(idle)}


def _levels(start: Book, ledger: str, entries: Iterable[Entry]) -> dict[str, int]:
    found: dict[str, int] = {}
    held = start.ledgers[ledger].positions.values() if ledger in start.ledgers else ()
    seen = [(p.symbol, p.watch.level) for p in held if not p.hedges]
    for entry in entries:
        event = entry.event
        if isinstance(event, ev.LevelChanged):
            seen.append((event.symbol, max(event.before, event.after)))
        elif isinstance(event, ev.Watched):
            seen.append((event.symbol, event.watch.level))
        elif isinstance(event, ev.Filled) and not _trigger(event):
            seen.append((event.symbol, 0))
    for symbol, level in seen:
        found[symbol] = max(level, found.get(symbol, 0))
    return dict(sorted(found.items()))


def _sums(entries: Iterable[Entry]) -> dict[str, Any]:
    """Amounts in dollars and counts in contracts."""
    listed = tuple(entries)
    fills = [e.event for e in listed if isinstance(e.event, ev.Filled)]
    written = [f for f in fills if _writes(f) and not _trigger(f)]
    hedges = [f for f in fills if f.opening and _trigger(f)]
    premium, fees = sum(map(_received, written), ZERO), sum((f.fee for f in written), ZERO)
    booked = sum(line.amount for e in listed for line in e.lines if line.account in REALISED)
    return {
        "premium": usd(premium), "premium_net": usd(premium - fees), "realised": usd(Decimal(-booked) / 100),
        "hedge_cost": usd(sum((f.fee - _received(f) for f in hedges), ZERO)),
        "rolls": sum(-f.quantity for f in fills if _rolls(f)),
        "assignments": sum(abs(e.event.quantity) for e in listed if isinstance(e.event, ev.Assigned)),
    }  # fmt: skip


def _received(fill: ev.Filled) -> Decimal:
    return -fill.price * fill.quantity * multiplier(fill.instrument)


def _unrealised(start: Book, ledger: str, entries: Iterable[Entry]) -> Decimal:
    """Change over the week to its last valuation, dollars; zero in a week without one."""
    valued = [(e.seq, e.event.unrealised) for e in entries if isinstance(e.event, ev.Valued)]
    if not valued:
        return usd(ZERO)
    held = start.ledgers[ledger].positions.values() if ledger in start.ledgers else ()
    return usd(max(valued)[1] - sum((unrealised(p) for p in held), ZERO))


def _max_vix(entries: Iterable[Entry]) -> float | None:
    """The highest VIX that the journal names in the week; None where it names none."""
    found = (_vix(entry.event) for entry in entries)
    return max((value for value in found if value is not None), default=None)


def _vix(event: ev.Event) -> float | None:
    if isinstance(event, ev.Valued):
        return event.vix
    switched = isinstance(event, ev.SwitchWaiting) or (isinstance(event, ev.SwitchChanged) and event.cause == "VIX")
    return event.value if switched else None  # type: ignore[attr-defined]


# --- all of them ----------------------------------------------------------------------------------------------------

_ADDED = ("premium", "premium_net", "realised", "unrealised", "assignments", "rolls", "hedge_cost")


def _union(week: Week, sleeves: tuple[ev.WeekTyped, ...], status: str) -> ev.WeekTyped:
    """The account's record: every label of its sleeves, the same precedence."""
    account = _record(week, "", status)
    labels = ordered(label for record in (account, *sleeves) for label in record.labels)
    symbols = sorted({symbol for record in sleeves for symbol in record.levels})
    sums: dict[str, Any] = {name: sum((getattr(r, name) for r in sleeves), getattr(account, name)) for name in _ADDED}
    return evolve(
        account, labels=labels, primary=labels[0], **sums,
        sources=tuple(sorted({seq for record in (account, *sleeves) for seq in record.sources})),
        levels={symbol: max(r.levels.get(symbol, 0) for r in sleeves) for symbol in symbols},
        flags={
            "hedge_l2": max((r.flags["hedge_l2"] for r in sleeves), default=0),
            "l1_count": sum(r.flags["l1_count"] for r in sleeves),
            "idle": min((r.flags["idle"] for r in sleeves), default=1),
        },
        max_vix=max((r.max_vix for r in (account, *sleeves) if r.max_vix is not None), default=None),
    )  # fmt: skip
