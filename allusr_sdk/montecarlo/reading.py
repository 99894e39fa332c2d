"""Weeks out of a run's journal: what each ledger did between two mornings, and how it stood on the second one."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

import numpy as np
from attrs import Factory, define, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.kind import book_value, lots_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.ladders import HEDGES, is_ladder, style_of
from allusr_sdk.model.money import ZERO, cents, usd
from allusr_sdk.model.positions import TIERS, Book, LedgerBook
from allusr_sdk.montecarlo.calendar import Calendar
from allusr_sdk.montecarlo.layout import COMPOUNDING
from allusr_sdk.montecarlo.weeks import MEASURES, Source, Weeks
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.hedging import Leg, kept, legs
from allusr_sdk.rulebook import Rulebook

_OF_A_MORNING = (ev.Reinvested, ev.TransferSent, ev.ForkIntended, ev.MergeIntended, ev.MergeSent)
_OUTSIDE = ("EMERGENCY", "MAINTENANCE", "AUDIT")  # states in which no account forks (FK-6)


@frozen
class _Stand:
    """A ledger at one instant, dollars."""

    equity: Decimal
    scale: Decimal
    realised: Decimal
    kept: Decimal
    free: Decimal
    calm: bool
    known: bool
    flat: bool


@define
class _Morning:
    """A morning: ledgers before and after what growth did, what went to hedge ladders, which of these gave back."""

    day: date
    before: Mapping[str, _Stand]
    after: Mapping[str, _Stand] = Factory(dict)
    given: dict[str, tuple[Decimal, Decimal]] = Factory(dict)
    returned: set[str] = Factory(set)
    added: dict[str, Decimal] = Factory(dict)


def weeks_of(run: Run, rules: Rulebook) -> Weeks:
    """The weeks of a run, ledger by ledger, as they stand in its journal.

    Args:
        run: a run of any mode; one that has not ended gives what it has.
        rules: say which levels are calm (FK-6).

    Raises:
        InputError: the run has no whole week yet.
    """
    head, reader = started(run), _Read(rules)
    mornings = reader.of(run)
    if len(mornings) < 3:
        raise InputError(f"run {run.id} has no whole week yet: let it run on, or give another by --run")
    calendar = Calendar.of([morning.day for morning in mornings])
    names = reader.ledgers
    values = np.zeros((len(MEASURES), calendar.steps, len(names)))
    unscaled = ZERO
    for k, (now, then) in enumerate(pairwise(mornings)):
        for place, name in enumerate(names):
            if name in now.after and name in then.before:
                values[:, k, place], lost = _step(name, now, then)
                unscaled += lost
    source = Source(
        run=run.id, mode=head.mode, market=head.market, rulebook=head.rulebook, first=head.first,
        last=mornings[-1].day, what_if=dict(head.what_if), unscaled=unscaled,
    )  # fmt: skip
    stands = [[cents(usd(m.after[n].equity)) if n in m.after else 0 for n in names] for m in mornings]
    return Weeks(
        source=source, capital=head.capital, calendar=calendar, ledgers=names, values=values,
        equity=np.array(stands, dtype=np.int64),
    )  # fmt: skip


def _step(name: str, now: _Morning, then: _Morning) -> tuple[list[float], Decimal]:
    first, last = now.after[name], then.before[name]
    pnl = last.equity - first.equity - now.added.get(name, ZERO)
    made = (pnl, last.realised - first.realised, last.kept - first.kept)
    given, cost = then.given.get(name, (ZERO, ZERO))
    shares = [float(part / first.scale) if first.scale > 0 else 0.0 for part in made]
    parts = [float(part / last.equity) if last.equity > 0 else 0.0 for part in (last.free, given, cost)]
    flags = (last.calm, last.known, last.flat, name in then.returned)
    return [*shares, *parts, *map(float, flags)], ZERO if first.scale > 0 else pnl


class _Read:
    """Reads a journal once, and stops at the mornings on which something can grow."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules, self._fold = rules, Fold()
        self._kept: dict[str, Decimal] = {}
        self._hedging: set[Leg] = set()
        self._open: datetime | None = None
        self._mornings: list[_Morning] = []

    def of(self, run: Run) -> list[_Morning]:
        """The mornings of a run; the last one is its end."""
        last: datetime | None = None
        for entry in run.entries():
            self._turn(entry)
            given = self._giving(entry)
            self._fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
            self._count(entry)
            if given:
                self._gave(entry.event, *given)
            last = entry.at
        if last is not None and self._mornings:
            self._close()
            stands = self._stands()
            self._mornings.append(_Morning(_day(last), stands, stands))
        return self._mornings

    @property
    def ledgers(self) -> tuple[str, ...]:
        """Every ledger that was read of, in the order in which they began."""
        return tuple(self._fold.book.ledgers)

    def _turn(self, entry: Entry) -> None:
        """Begin a morning, or end one, before an entry is taken."""
        event = entry.event
        if self._open is not None and entry.at > self._open:
            self._close()
        if not self._mornings:
            if not isinstance(event, ev.RunStarted | ev.Funded):
                self._begin(entry)
                self._close()  # nothing grows on a run's first morning
        elif self._mornings[-1].day != _day(entry.at) and _grows(event):
            self._begin(entry)

    def _begin(self, entry: Entry) -> None:
        self._open = entry.at
        self._mornings.append(_Morning(_day(entry.at), self._stands()))

    def _close(self) -> None:
        if self._open is not None:
            self._mornings[-1].after, self._open = self._stands(), None

    # --- what an entry adds ---

    def _giving(self, entry: Entry) -> tuple[str, Decimal] | None:
        event = entry.event
        if isinstance(event, ev.TransferSent) and event.lots and not is_ladder(self._fold.book.ledgers[event.ledger]):
            return event.ledger, self._fold.book.ledgers[event.ledger].equity
        return None

    def _gave(self, event: ev.Event, ledger: str, before: Decimal) -> None:
        assert isinstance(event, ev.TransferSent)
        value, cost = self._mornings[-1].given.get(ledger, (ZERO, ZERO))
        value += before - self._fold.book.ledgers[ledger].equity
        self._mornings[-1].given[ledger] = value, cost + book_value(lots_of(event.lots))

    def _count(self, entry: Entry) -> None:
        event = entry.event
        self._hedging.update(legs(event))
        if isinstance(event, ev.TransferSent) and self._gives_back(event):
            self._mornings[-1].returned.add(event.ledger)
        if isinstance(event, ev.Funded) and self._mornings:
            added = self._mornings[-1].added
            added[event.ledger] = added.get(event.ledger, ZERO) + event.amount
        if brought := kept(entry, self._hedging):
            self._kept[event.ledger] = self._kept.get(event.ledger, ZERO) + Decimal(brought) / 100

    def _gives_back(self, event: ev.TransferSent) -> bool:
        return not event.lots and style_of(self._fold.book.ledgers[event.ledger]) == HEDGES

    # --- how ledgers stand ---

    def _stands(self) -> dict[str, _Stand]:
        book = self._fold.book
        return {name: self._stand(ledger, book) for name, ledger in book.ledgers.items() if not ledger.closed}

    def _stand(self, ledger: LedgerBook, book: Book) -> _Stand:
        known = all(position.mark is not None for position in ledger.positions.values())
        return _Stand(
            equity=ledger.equity, scale=_scale(ledger), realised=ledger.realised,
            kept=self._kept.get(ledger.name, ZERO), free=ledger.free, calm=known and self._calm(ledger, book),
            known=known, flat=not any(_owed(ledger, book)),
        )  # fmt: skip

    def _calm(self, ledger: LedgerBook, book: Book) -> bool:
        level = max((p.watch.level for p in ledger.positions.values() if not p.hedges), default=0)
        gravest = max(book.tiers(ledger.name), key=TIERS.index, default="NONE")
        grave = TIERS.index(gravest) >= TIERS.index("HEDGED") or level > self._rules.integer("FK-6.max_level")
        waits = bool(book.breaks) or bool(book.unsettled & ledger.positions.keys())
        return not (grave or waits or ledger.quarantined or book.state in _OUTSIDE)


def _scale(ledger: LedgerBook) -> Decimal:
    """What a ledger may deploy (CAD-10); a ladder's is its equity."""
    if is_ladder(ledger):
        return max(ledger.equity, ZERO)
    most = max(ledger.deployable, ZERO)
    return most if style_of(ledger) == COMPOUNDING else min(most, ledger.base + ledger.released)


def _owed(ledger: LedgerBook, book: Book) -> Iterator[object]:
    """What a merge waits for (FK-3)."""
    yield from (p for p in ledger.positions.values() if p.short and not p.hedges)
    yield from (ledger.working, ledger.pinned, ledger.receivable, ledger.revalued, book.breaks)
    yield from (book.unsettled & ledger.positions.keys(), book.state in _OUTSIDE)


def _grows(event: ev.Event) -> bool:
    """Whether an entry is one of the mornings on which something of growth can happen."""
    if isinstance(event, ev.WeekTyped):
        return event.status == "FINAL"
    return isinstance(event, _OF_A_MORNING) or (isinstance(event, ev.Decided) and event.rule == "FK-7")


def _day(at: datetime) -> date:
    return at.astimezone(NEW_YORK).date()
