"""What a report reads: the period's entries, the books at its end, the daily values and the weeks' types to date."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from attrs import Factory, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.chart import CASH
from allusr_sdk.ledger.starts import monday
from allusr_sdk.ledger.sums import homes, within
from allusr_sdk.ledger.tax import first_since
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK, iso_week, xnys
from allusr_sdk.model.money import usd
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.hedging import Leg, legs_of
from allusr_sdk.reports.journal import numbers, words
from allusr_sdk.reports.needs import Need, Waiting, awaited
from allusr_sdk.reports.periods.period import Period
from allusr_sdk.reports.periods.values import Linked
from allusr_sdk.reports.words import spoken

CALENDAR_WEEKS = 53
_GIVES = ("Filled", "Assigned", "Exercised", "MergeTaken", "TransferTaken", "SplitApplied")
_TEXT = 240


@frozen
class Reading:
    """A run as a report reads it.

    Attributes:
        entries: of the period, by number.
        book: after the last entry up to the period's end.
        valued: daily values by ledger, up to the period's end.
        weeks: newest record by week and ledger, of the year before the period's end.
        pool: every entry that was looked at, by number.
        hedges: the options that hedges wrote from a year before the period on; none lives longer.
    """

    run: Run
    period: Period
    head: ev.RunStarted
    entries: tuple[Entry, ...]
    book: Book
    ledgers: Mapping[str, str]
    valued: Mapping[str, tuple[Entry, ...]]
    weeks: Mapping[tuple[str, str], Entry]
    needs: tuple[Need, ...]
    pool: dict[int, Entry] = Factory(dict)
    hedges: frozenset[Leg] = frozenset()

    @property
    def end(self) -> date:
        """The last date of the period that the journal has reached: marks of later ones are nobody's."""
        return min(self.period.last, max(self.period.first, new_york(self.run.instant)))

    def day_before(self) -> date:
        """The last date before the period."""
        return self.period.first - timedelta(days=1)

    def value(self, ledger: str, day: date) -> Entry | None:
        """The last daily value of a ledger up to a date."""
        found = [e for e in self.valued.get(ledger, ()) if valued(e).day <= day]
        return found[-1] if found else None

    def opening(self, position: Position) -> tuple[int, ...]:
        """The entries that brought a position, since it was opened."""
        name = position.contract.osi if position.contract else position.symbol
        return tuple(e.seq for e in self.pool.values() if e.kind in _GIVES and e.event.ledger == position.ledger
                     and e.at >= position.opened and _brings(e.event, name, position.symbol))  # fmt: skip

    def linked(self, chosen: Iterable[int]) -> tuple[Linked, ...]:
        """Entries by their numbers; those that were not looked at yet are fetched."""
        return tuple(
            _linked(self.pool.get(seq) or next(self.run.entries(after=seq - 1))) for seq in sorted(set(chosen))
        )


def read(run: Run, period: Period) -> Reading:
    """Read a run for a period."""
    entries = tuple(within(run, period.first, period.last))
    book = book_at(run, period.last)
    daily = [e for e in run.entries(kind="Valued") if valued(e).day <= period.last]
    typed = _weeks(run, period)
    needs, waiting = _needs(run, book, period.last)
    gives = list(_openings(run, book, period))
    pool = {e.seq: e for e in (*entries, *daily, *typed.values(), *waiting, *gives)}
    by_ledger: dict[str, list[Entry]] = {}
    for entry in daily:
        by_ledger.setdefault(entry.event.ledger, []).append(entry)
    return Reading(run, period, started(run), entries, book, homes(run),
                   {name: tuple(found) for name, found in by_ledger.items()}, typed, needs, pool,
                   _hedges(run, period))  # fmt: skip


def valued(entry: Entry) -> ev.Valued:
    """The event of an entry that is a ledger's daily value."""
    assert isinstance(entry.event, ev.Valued)
    return entry.event


def new_york(at: datetime) -> date:
    """The New York date of an instant."""
    return at.astimezone(NEW_YORK).date()


def book_at(run: Run, last: date) -> Book:
    """The books at the end of a New York date; the journal is read up to there."""
    if new_york(run.instant) <= last:
        return run.book
    following = last + timedelta(days=1)
    if following.weekday() == 0:
        return run.start_of(iso_week(following)).book
    return run.before(datetime.combine(following, time(), NEW_YORK)).book


def status_of(run: Run, period: Period) -> str:
    """OPEN, PROVISIONAL or FINAL: see `PeriodFacts.status`."""
    if new_york(run.instant) > period.last:
        return "FINAL"
    sessions = xnys().between(period.first, period.last)
    return "PROVISIONAL" if not sessions or run.instant >= sessions[-1].close else "OPEN"


def _hedges(run: Run, period: Period) -> frozenset[Leg]:
    since = first_since(run, period.first - timedelta(weeks=CALENDAR_WEEKS))
    return legs_of(run.entries(kind="Filled", after=since - 1))


def _weeks(run: Run, period: Period) -> dict[tuple[str, str], Entry]:
    found: dict[tuple[str, str], Entry] = {}
    since = first_since(run, period.last - timedelta(weeks=CALENDAR_WEEKS))
    for entry in run.entries(kind="WeekTyped", after=since - 1):
        event = entry.event
        if isinstance(event, ev.WeekTyped) and new_york(monday(event.week)) <= period.last:
            found[event.week, event.ledger] = entry
    return found


def _needs(run: Run, book: Book, last: date) -> tuple[tuple[Need, ...], tuple[Entry, ...]]:
    """What waits at the end of a date, and the entries that it waits for."""
    every = [entry for entry in awaited(run) if new_york(entry.at) <= last]
    waiting = Waiting()
    for entry in every:
        waiting.take(entry)
    found = waiting.found(book)
    chosen = {need.entry for need in found}
    return found, tuple(e for e in every if e.seq in chosen)


def _openings(run: Run, book: Book, period: Period) -> Iterator[Entry]:
    """Entries before the period that may have opened what is held at its end."""
    opened = [new_york(position.opened) for position in book.positions]
    if not opened or min(opened) >= period.first:
        return
    since = first_since(run, min(opened)) - 1
    for kind in _GIVES:
        yield from (e for e in run.entries(kind=kind, after=since) if new_york(e.at) < period.first)


def _brings(event: ev.Event, instrument: str, symbol: str) -> bool:
    if isinstance(event, ev.Filled):
        return event.instrument == instrument and event.opening
    if isinstance(event, ev.MergeTaken | ev.TransferTaken):
        return any(lot.instrument == instrument for lot in event.lots)
    return instrument == symbol and event.symbol == symbol  # shares come by assignment, too


def _linked(entry: Entry) -> Linked:
    event = entry.event
    cash = [line.amount for line in entry.lines if line.account == CASH]
    text = spoken(words(event) or " ".join(numbers(event)))
    return Linked(
        seq=entry.seq, at=entry.at, kind=entry.kind, ledger=event.ledger, symbol=event.symbol, rule=event.rule,
        amount=usd(Decimal(sum(cash)) / 100) if cash else None,
        text=text if len(text) <= _TEXT else f"{text[:_TEXT]} ...",
    )  # fmt: skip
