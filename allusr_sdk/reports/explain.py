"""The story of a symbol or a week, told from the journal alone."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.book import Fold
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.reports import happenings, levels, orders
from allusr_sdk.reports.story import Chapter, Line, condensed
from allusr_sdk.reports.words import LEVELS, clock, held, number
from allusr_sdk.settings import nearest

_WEEK = re.compile(r"\d{4}-W\d{2}")
_POSITION_EVENTS = (ev.LevelChanged, ev.Watched, ev.RollPrepared)
_ORDER_EVENTS = (ev.OrderChanged, ev.Filled)
# Told in every chapter that they reach, for they carry no symbol or the star.
_WIDE = (ev.Frozen, ev.Thawed, ev.Quarantined, ev.SwitchChanged, ev.StateChanged, ev.Broken, ev.PluginFaulted)
Thread = tuple[object, ...]


@frozen
class Told:
    """Entries of a run by symbol and ledger, those without a symbol, and the books at the end of the period."""

    by_place: dict[tuple[str, str], list[Entry]]
    wide: list[Entry]
    book: Book


def explain(run: Run, subject: str, *, ledger: str | None = None) -> tuple[Chapter, ...]:
    """The chapters of a symbol, or of every symbol of a week (``2026-W07``): by symbol, ledgers with trades first.

    Raises:
        InputError: neither a symbol nor a week of the run, or no such ledger.
    """
    week = subject.upper() if _WEEK.fullmatch(subject.upper()) else None
    told = _gather(run, None if week else subject.upper(), week)
    if ledger is not None and ledger not in told.book.ledgers:
        raise InputError(f"run {run.id} has no ledger '{ledger}'; {nearest(ledger, told.book.ledgers)}")
    owned = {symbol for symbol, name in told.by_place if name}
    places = [p for p in told.by_place if ledger in (None, p[1]) and (p[1] or p[0] not in owned)]
    if not places:
        raise InputError(_unknown(run, subject, week))
    chapters = [_chapter(symbol, name, told) for symbol, name in places]
    order = {name: i for i, name in enumerate(told.book.ledgers)}
    return tuple(sorted(chapters, key=lambda c: (c.symbol, not _traded(c), order.get(c.ledger, 0))))


def _traded(chapter: Chapter) -> bool:
    return any(line.kind in ("sold", "bought", "closed", "rolled") for line in chapter.lines)


def _unknown(run: Run, subject: str, week: str | None) -> str:
    entries = list(run.entries())
    if week:
        weeks = sorted({iso_week(clock(e.at).date()) for e in entries})
        return f"run {run.id} has no week {week}: it goes from {weeks[0]} to {weeks[-1]}"
    symbols = {e.event.symbol for e in entries if e.event.symbol not in ("", "*")}
    return f"run {run.id} says nothing of {subject.upper()}; {nearest(subject, symbols)}"


def _gather(run: Run, symbol: str | None, week: str | None) -> Told:
    by_place: dict[tuple[str, str], list[Entry]] = {}
    wide: list[Entry] = []
    fold = Fold() if week else None
    for entry in run.entries():
        of_week = iso_week(clock(entry.at).date())
        if week and of_week > week:
            break
        if fold is not None:
            fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        if week not in (None, of_week):
            continue
        if isinstance(entry.event, _WIDE) and entry.event.symbol in ("", "*"):
            wide.append(entry)
        elif entry.event.symbol and symbol in (None, entry.event.symbol):
            by_place.setdefault((entry.event.symbol, entry.event.ledger), []).append(entry)
    return Told(by_place, wide, fold.book if fold is not None else run.book)


# --- one chapter ----------------------------------------------------------------------------------------------------


def _chapter(symbol: str, ledger: str, told: Told) -> Chapter:
    own = told.by_place[symbol, ledger]
    about = [e for e in told.wide if e.event.ledger in ("", ledger)]
    loose = told.by_place.get((symbol, ""), []) if ledger and _ever_held(own) else []
    entries = sorted((*own, *about, *loose), key=lambda entry: entry.seq)
    spot, spot_at = _spot(e for place, found in told.by_place.items() if place[0] == symbol for e in found)
    positions = [p for p in told.book.positions if (p.ledger, p.symbol) == (ledger, symbol)]
    level = max((p.watch.level for p in positions), default=0)
    days = {iso_week(clock(entry.at).date()) for entry in own}
    return Chapter(
        symbol=symbol, ledger=ledger, weeks=tuple(sorted(days)), spot=spot, spot_at=spot_at,
        position=_positions(positions), level=level, level_name=LEVELS[level],
        lines=condensed(_lines(entries), symbol),
    )  # fmt: skip


def _ever_held(entries: Iterable[Entry]) -> bool:
    return any(isinstance(entry.event, ev.Filled | ev.Watched | ev.Unsettled) for entry in entries)


def _positions(positions: Iterable[Position]) -> str:
    return " and ".join(held(position) for position in positions) or "none"


def _spot(entries: Iterable[Entry]) -> tuple[float | None, datetime | None]:
    """The last price of the underlying that the journal names."""
    found: tuple[float | None, datetime | None] = (None, None)
    for entry in sorted(entries, key=lambda entry: entry.seq):
        event = entry.event
        spot = number(getattr(event, "numbers", {}), "spot")
        if spot is not None:
            found = spot, clock(entry.at)
        elif isinstance(event, ev.Expired | ev.Assigned | ev.Exercised):
            found = float(event.settlement), clock(entry.at)
    return found


def _lines(entries: Iterable[Entry]) -> Iterator[Line]:
    credits: dict[str, Decimal] = {}
    units: dict[str, int] = {}
    for kind, knot in _threads(entries):
        if isinstance(knot[0].event, ev.DataGap) and not any(units.values()):
            continue
        for entry in knot:
            _keep(entry.event, credits, units)
        if kind == "order":
            yield orders.told(knot)
        elif kind == "position":
            yield levels.told(knot, credits)
        elif (line := happenings.told(knot)) is not None:
            yield line


def _keep(event: ev.Event, credits: dict[str, Decimal], units: dict[str, int]) -> None:
    """Remember at what price a position was opened, and how many units of it are held: a gap matters to those alone."""
    if isinstance(event, ev.Filled):
        units[event.instrument] = units.get(event.instrument, 0) + event.quantity
        if event.opening:
            credits[f"{event.ledger}:{event.instrument}"] = event.price
    elif isinstance(event, ev.Expired | ev.Assigned | ev.Exercised):
        units.pop(event.instrument, None)


def _threads(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """Entries that tell one thing together, in order of their first; each with what kind of thing it is."""
    knots: dict[Thread, list[Entry]] = {}
    orders_of: dict[str, Thread] = {}
    for entry in entries:
        event = entry.event
        thread = _thread(entry)
        if isinstance(event, ev.IntentRecorded):
            if any(isinstance(e.event, ev.IntentRecorded) for e in knots.get(thread, ())):
                thread = ("order", event.key)
            orders_of[event.key] = thread
        elif isinstance(event, _ORDER_EVENTS):
            thread = orders_of.get(event.key, thread)
        knots.setdefault(thread, []).append(entry)
    for thread, knot in knots.items():
        has_order = any(isinstance(e.event, ev.IntentRecorded) for e in knot)
        yield ("order" if has_order else str(thread[0])), knot


def _thread(entry: Entry) -> Thread:
    event = entry.event
    if isinstance(event, _POSITION_EVENTS):
        return "position", entry.at, event.position
    if isinstance(event, ev.Decided):
        if event.subject:
            return "position", entry.at, event.subject
        return ("try", entry.at, event.symbol) if event.verdict in ("ready", "refuse") else ("single", entry.seq)
    if isinstance(event, ev.IntentRecorded):
        return ("try", entry.at, event.symbol) if event.cause == "entry" else ("order", event.key)
    return "single", entry.seq
