"""The story of a symbol, a position, a week or one entry, told from the journal alone."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from attrs import evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.book import Fold
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.reports import capital, chains
from allusr_sdk.reports.story import Chapter, condensed
from allusr_sdk.reports.threads import lines
from allusr_sdk.reports.words import LEVELS, clock, held, named, number
from allusr_sdk.settings import nearest

WEEK = re.compile(r"\d{4}-W\d{2}")
_ENTRY = re.compile(r"#?(\d+)")
_POSITION = re.compile(r"(?:(?P<ledger>[\w.]+):)?(?P<root>[A-Z]{1,5}\d?) *(?P<rest>\d{6}[CP]\d{8})", re.IGNORECASE)
_SHARES = re.compile(r"(?P<ledger>[\w.]+):(?P<symbol>\w+)")


@frozen
class Told:
    """Entries of a run by symbol and ledger, those without a symbol, and the books at the end of the period."""

    by_place: dict[tuple[str, str], list[Entry]]
    wide: list[Entry]
    book: Book


def explain(run: Run, subject: str, *, ledger: str | None = None) -> tuple[Chapter, ...]:
    """The chapters that tell a subject, by symbol, ledgers with trades first.

    The subject is a symbol (``AAPL``), a week (``2026-W07``), a position (an OSI symbol, with its ledger and a colon
    before it or not), an account that was forked (``m1``), or the number of an entry (``#123``), which is told with the
    chain that led to it.

    Raises:
        InputError: nothing of the kind in the run, or no such ledger; names the nearest.
    """
    if number_of(subject):
        return (_of_entry(run, int(number_of(subject))),)
    if (account := run.book.nodes.get(subject.strip())) is not None and account.parent:
        return (_of_account(run, account.id),)
    if place := _POSITION.fullmatch(subject.strip()):
        osi = f"{place['root'].upper():<6}{place['rest'].upper()}"
        return _of_position(run, osi, ledger or place["ledger"])
    if shares := _SHARES.fullmatch(subject):
        subject, ledger = shares["symbol"], ledger or shares["ledger"]
    week = subject.upper() if WEEK.fullmatch(subject.upper()) else None
    told = _gather(run, None if week else subject.upper(), week)
    _known(run, ledger, told.book)
    owned = {symbol for symbol, name in told.by_place if name}
    places = [p for p in told.by_place if ledger in (None, p[1]) and (p[1] or p[0] not in owned)]
    if not places and not (week and told.wide):
        raise InputError(_unknown(run, subject, week))
    return _sorted((_chapter(symbol, name, told) for symbol, name in places), told.book)


def number_of(subject: str) -> str:
    """The digits of an entry's number, or an empty text for another subject."""
    found = _ENTRY.fullmatch(subject.strip())
    return found[1] if found else ""


def _known(run: Run, ledger: str | None, book: Book) -> None:
    if ledger is not None and ledger not in book.ledgers:
        raise InputError(f"run {run.id} has no ledger '{ledger}'; {nearest(ledger, book.ledgers)}")


def _sorted(chapters: Iterable[Chapter], book: Book) -> tuple[Chapter, ...]:
    order = {name: i for i, name in enumerate(book.ledgers)}
    return tuple(sorted(chapters, key=lambda c: (not c.symbol, c.symbol, not _traded(c), order.get(c.ledger, 0))))


def _traded(chapter: Chapter) -> bool:
    return any(line.kind in ("sold", "bought", "closed", "rolled", "hedged") for line in chapter.lines)


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
        of_week = iso_week(clock(entry.at).date()) if week else None
        if week and of_week and of_week > week:
            break
        if fold is not None:
            fold.apply(entry.event, at=entry.at, cycle=entry.cycle)
        if week not in (None, of_week):
            continue
        if isinstance(entry.event, chains.WIDE) and entry.event.symbol in ("", "*"):
            wide.append(entry)
        elif (entry.event.symbol or _of_sleeve(entry.event)) and symbol in (None, entry.event.symbol):
            by_place.setdefault((entry.event.symbol, entry.event.ledger), []).append(entry)
        elif symbol in capital.symbols_of(entry.event):
            by_place.setdefault((symbol or "", entry.event.ledger), []).append(entry)
    return Told(by_place, wide, fold.book if fold is not None else run.book)


def _of_sleeve(event: ev.Event) -> bool:
    """Whether it is about a sleeve as a whole, as a decision on its hedges, interest or a fork; a week tells it."""
    return isinstance(event, (ev.Decided, ev.CashBooked, *capital.OF_LEDGER)) and bool(event.ledger)


# --- one chapter ----------------------------------------------------------------------------------------------------


def _chapter(symbol: str, ledger: str, told: Told) -> Chapter:
    own = told.by_place[symbol, ledger]
    about = [e for e in told.wide if e.event.ledger in ("", ledger)]
    loose = told.by_place.get((symbol, ""), []) if ledger else []
    if not _ever_held(own):
        loose = [e for e in loose if isinstance(e.event, (ev.TradingHalted, *chains.BREAKS))]
    entries = sorted((*own, *about, *loose), key=lambda entry: entry.seq)
    positions = [p for p in told.book.positions if (p.ledger, p.symbol) == (ledger, symbol)]
    every = (e for place, found in told.by_place.items() if place[0] == symbol for e in found)
    made = _made(symbol, ledger, own, entries, positions, _spot(every))
    return made if symbol else evolve(made, title="the sleeve as a whole")


def _made(
    symbol: str, ledger: str, own: Sequence[Entry], entries: Sequence[Entry], positions: Sequence[Position],
    spot: tuple[float | None, datetime | None],
) -> Chapter:  # fmt: skip
    level = max((p.watch.level for p in positions), default=0)
    days = {iso_week(clock(entry.at).date()) for entry in own}
    return Chapter(
        symbol=symbol, ledger=ledger, weeks=tuple(sorted(days)), spot=spot[0], spot_at=spot[1],
        position=" and ".join(held(position) for position in positions) or "none", level=level,
        level_name=LEVELS[level], lines=condensed(lines(entries), symbol),
    )  # fmt: skip


def _ever_held(entries: Iterable[Entry]) -> bool:
    return any(isinstance(entry.event, ev.Filled | ev.Watched | ev.Unsettled) for entry in entries)


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


# --- narrower subjects ----------------------------------------------------------------------------------------------


def _of_position(run: Run, osi: str, ledger: str | None) -> tuple[Chapter, ...]:
    contract = contract_of(osi)
    if contract is None:
        raise InputError(f"{osi} is no OSI option symbol")
    symbol = contract.underlying
    told = _gather(run, symbol, None)
    _known(run, ledger, told.book)
    chapters = []
    for (_, name), own in told.by_place.items():
        mine = chains.of_position(own, osi) if ledger in (None, name) else []
        if name and any(isinstance(entry.event, ev.Filled) for entry in mine):
            around = chains.around(mine, (*told.wide, *told.by_place.get((symbol, ""), ())), name)
            names = chains.names_of(own, osi)
            positions = [p for p in told.book.positions if p.ledger == name and p.key.partition(":")[2] in names]
            made = _made(symbol, name, mine, around, positions, _spot(own))
            chapters.append(evolve(made, title=named(osi)))
    if not chapters:
        held_ever = {named(i) for entries in told.by_place.values() for i in chains.instruments(entries)}
        raise InputError(f"run {run.id} never held {named(osi)}; {nearest(named(osi), held_ever)}")
    return _sorted(chapters, told.book)


def _of_account(run: Run, node: str) -> Chapter:
    """An account from its fork to its merge: what was decided of it, and what moved."""
    subjects = frozenset((f"fork {node}", f"merge {node}"))
    own = [
        entry
        for entry in run.entries()
        if getattr(entry.event, "node", "") == node or getattr(entry.event, "subject", "") in subjects
    ]
    held = [p for p in run.book.positions if p.ledger in run.book.nodes[node].ledgers]
    return evolve(_made("", "", own, own, held, (None, None)), title=f"account {node}")


def _of_entry(run: Run, seq: int) -> Chapter:
    entry = next((e for e in run.entries(after=seq - 1)), None) if 0 < seq <= run.seq else None
    if entry is None or entry.seq != seq:
        raise InputError(f"run {run.id} has no entry #{seq}: it has entries #1 to #{run.seq}")
    symbol, ledger = entry.event.symbol, entry.event.ledger
    chain = chains.of_entry(run, entry)
    positions = [p for p in run.book.positions if (p.ledger, p.symbol) == (ledger, symbol)]
    made = _made(symbol, ledger, chain, chain, positions, _spot(chain))
    if not any(seq in line.entries for line in made.lines):
        made = evolve(made, lines=(*made.lines, chains.plain(entry)))
    return evolve(made, title=f"entry #{seq} {entry.kind}")
