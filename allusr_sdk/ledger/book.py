"""The fold: events in, `Book` out. Mutable inside, frozen outside, rebuilt only where something changed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger import funds
from allusr_sdk.ledger.account import Account, sealed
from allusr_sdk.ledger.breaks import Breaks
from allusr_sdk.ledger.capital import OUTCOMES, require_whole, revalued
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.lots import contract_of, instrument_of
from allusr_sdk.ledger.memory import Memory
from allusr_sdk.ledger.outcomes import outcome
from allusr_sdk.ledger.postings import Line, lines_of
from allusr_sdk.ledger.tree import BETWEEN, Tree
from allusr_sdk.ledger.working import TERMINAL, UNFILLED, Order
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.positions import Book, Sent, Watch


class Fold:
    """The books of one run so far. A failed `apply` leaves it unusable: fold the journal anew.

    `memory` is what the journal names, for whoever must not send or book it twice.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self._accounts: dict[str, Account] = {}
        self._shared: dict[str, Any] = {"state": "SAFE", "cycle": 0}
        self._switches: dict[str, str] = {}
        self._paced: tuple[datetime, ...] = ()
        self._sent: tuple[Sent, ...] = ()
        self._unsettled: frozenset[str] = frozenset()
        self._breaks = Breaks()
        self._tree = Tree()
        self._today: tuple[datetime | None, date | None] = (None, None)
        self._book: Book | None = None

    @property
    def book(self) -> Book:
        """The frozen books; the same object until something changes."""
        if self._book is None:
            ledgers = sealed({name: account.snapshot() for name, account in self._accounts.items()})
            self._book = Book(
                ledgers, sealed(self._switches), **self._shared,
                orders_sent=self._paced, sent=self._sent, unsettled=self._unsettled,
                breaks=sealed(self._breaks.open), explained=sealed(self._breaks.explained),
                nodes=self._tree.nodes, unfinished=self._tree.unfinished,
            )  # fmt: skip
        return self._book

    @property
    def unchanging(self) -> tuple[object, ...]:
        """What a copy of the books shares with them: it cannot change, and caches know it by identity."""
        accounts = (part for account in self._accounts.values() for part in account.unchanging)
        return (self.book, self._tree.nodes, self._tree.unfinished, *accounts)

    @property
    def instant(self) -> datetime | None:
        """When the last event happened; None before the first."""
        return self._today[0]

    def holdings(self, ledger: str) -> Lots:
        """The lots of one ledger by instrument, oldest first, as they stand now."""
        account = self._accounts.get(ledger)
        return account.lots if account else {}

    def apply(self, event: ev.Event, *, at: datetime, cycle: int) -> tuple[Line, ...]:
        """Book an event and return the lines that it posts.

        Raises:
            KernelError: the event does not fit the books.
            Unbalanced: its lines do not sum to zero.
        """
        day = self._day(at)
        self._cycle(cycle)
        self._require(event)
        result = self.outcome(event, day)
        lines = lines_of(event.ledger, result) if result else ()
        if result:
            self._settle(event, result, lines, at)
        handle = _HANDLERS.get(type(event))
        if handle:
            handle(self, event, at)
        self._move(event, day)
        self.memory.take(event, day)
        return lines

    def require_new(self, event: ev.Event) -> None:
        """Raise `KernelError` for what the journal has already, or a phase that does not follow; nothing is changed."""
        self.memory.require_new(event)
        self._require(event)

    def _require(self, event: ev.Event) -> None:
        if type(event) in OUTCOMES or type(event) is ev.Revalued:
            require_whole(event)
        if type(event) in BETWEEN:
            self._tree.require(event, self._accounts, self._unsettled)
        if type(event) in funds.OWN:
            funds.require(event, self._accounts.get(event.ledger) or Account(event.ledger))

    def _settle(self, event: ev.Event, result: Outcome, lines: tuple[Line, ...], at: datetime) -> None:
        arriving = self._tree.enter(event, self._accounts) if type(event) in BETWEEN else None
        account = self.account(event.ledger)
        if account.funds.closed and not isinstance(event, _LATE):
            raise KernelError(f"{event.kind} in {event.ledger}: it is archived, nothing is booked there any more")
        account.settle(event, result, lines, at, arriving)
        self._expected(event.ledger, result)

    def _move(self, event: ev.Event, day: date) -> None:
        """What an entry of capital changes besides cash and lots."""
        if type(event) in BETWEEN:
            self._tree.take(event, self._accounts, day)
            self._book = None
        if type(event) in funds.OWN:
            funds.take(event, self._accounts[event.ledger], day)

    def outcome(self, event: ev.Event, day: date) -> Outcome | None:
        """What an event would do to its ledger now; `day` is its New York date. Raises as `apply` does."""
        if isinstance(event, ev.Revalued):
            return revalued(event, short=funds.owed(event, self._accounts.get(event.ledger) or Account(event.ledger)))
        fill = self.memory.fills.get(event.corrects) if isinstance(event, ev.Corrected) else None
        return outcome(event, self.holdings(event.ledger), day, fill)

    def breaks(self) -> Breaks:
        """Breaks between books and broker, about to be changed."""
        self._book = None
        return self._breaks

    def account(self, name: str) -> Account:
        """A ledger's books, about to be changed."""
        if name not in self._accounts:
            self._accounts[name] = Account(name)
        self._book = None
        self._accounts[name].changed()
        return self._accounts[name]

    def share(self, **values: Any) -> None:  # noqa: ANN401 - the fields of Book
        """Change what binds all ledgers."""
        self._shared.update(values)
        self._book = None

    def throw(self, ledger: str, cause: str, tier: str) -> None:
        """Move a kill switch of a ledger, or of the account where none is named."""
        switches = self.account(ledger).switches if ledger else self._switches
        self._book = None
        if tier == "NONE":
            switches.pop(cause, None)
        else:
            switches[cause] = tier

    def expect(self, key: str) -> None:
        """Remember a position that has expired without a settlement price."""
        self._unsettled, self._book = self._unsettled | {key}, None

    def _expected(self, ledger: str, result: Outcome) -> None:
        """Nothing is expected of what ended any more; what is restated is waited for under its new name."""
        ended = {f"{ledger}:{name}": result.renamed.get(name) for name, lots in result.lots.items() if not lots}
        if gone := self._unsettled & ended.keys():
            self._unsettled = (self._unsettled - gone) | {f"{ledger}:{ended[key]}" for key in gone if ended[key]}

    def send(self, order: Sent, *, paced: bool) -> None:
        """Remember an order of this New York date; `paced` ones count for KS-11.8."""
        self._sent, self._book = (*self._sent, order), None
        if paced:
            self._paced = (*self._paced, order.at)

    def _cycle(self, cycle: int) -> None:
        if cycle != self._shared["cycle"]:
            self.share(cycle=cycle)

    def _day(self, at: datetime) -> date:
        seen, day = self._today
        if day is None or at != seen:
            before, day = day, at.astimezone(NEW_YORK).date()
            self._today = (at, day)
            if day != before:
                self._turn(day)
        return day

    def _turn(self, day: date) -> None:
        """The first entry of a New York date: what counts by session, week or quarter begins anew."""
        self._sent, self._paced, self._book = (), (), None
        for account in self._accounts.values():
            account.turn(day)


_PRESERVATION = 3

_LATE = (ev.Corrected, ev.CashBooked)
"""What a broker may still tell of a ledger that is archived."""

# Exits by these rules do not count against the pace of orders (KS-11.8).
_UNPACED = frozenset({"PE-8", "PE-11"})


# --- one handler a kind of event that changes the books besides cash and lots ---------------------------------------


def _filled(fold: Fold, event: ev.Filled, at: datetime) -> None:
    orders = fold.account(event.ledger).orders
    if event.key in orders:
        orders[event.key].fill(event)
        if orders[event.key].complete:
            del orders[event.key]


def _intent(fold: Fold, event: ev.IntentRecorded, at: datetime) -> None:
    fold.account(event.ledger).orders[event.key] = Order(event, at)
    instrument, quantity = event.legs[0]
    leaves = at + timedelta(seconds=event.delay)
    group = event.parent or event.key
    sent = Sent(event.ledger, event.symbol, instrument, quantity, event.opening, leaves, group)
    fold.send(sent, paced=_UNPACED.isdisjoint(event.rule.split()))


def _order(fold: Fold, event: ev.OrderChanged, at: datetime) -> None:
    if event.status not in TERMINAL:
        return
    account = fold.account(event.ledger)
    order = account.orders.pop(event.key, None)
    if order and event.status in UNFILLED and order.entry:
        account.give_up(order, at.astimezone(NEW_YORK).date())


def _decided(fold: Fold, event: ev.Decided, at: datetime) -> None:
    if event.verdict != "ready":
        return
    account, today = fold.account(event.ledger), at.astimezone(NEW_YORK).date()
    day, symbols = account.eligible
    account.eligible = (today, (symbols if day == today else frozenset()) | {event.symbol})


def _freeze(fold: Fold, event: ev.Frozen, at: datetime) -> None:
    fold.account(event.ledger).frozen[event.symbol or "*"] = event.rule


def _thaw(fold: Fold, event: ev.Thawed, at: datetime) -> None:
    fold.account(event.ledger).frozen.pop(event.symbol or "*", None)


def _quarantine(fold: Fold, event: ev.Quarantined, at: datetime) -> None:
    fold.account(event.ledger or event.plugin).quarantined = event.why


def _note(fold: Fold, event: ev.Noted, at: datetime) -> None:
    fold.account(event.ledger).notes[event.key] = event.text


def _watch(fold: Fold, event: ev.Watched, at: datetime) -> None:
    account = fold.account(event.ledger)
    account.positions[event.position] = evolve(account.position(event), watch=event.watch)


def _level(fold: Fold, event: ev.LevelChanged, at: datetime) -> None:
    account = fold.account(event.ledger)
    position = account.position(event)
    if position.watch.level != event.after:
        account.positions[event.position] = evolve(position, watch=Watch(level=event.after, rising=event.after))
    if event.after >= _PRESERVATION > event.before:
        account.stops = (*account.stops, at.astimezone(NEW_YORK).date())


def _mark(fold: Fold, event: ev.Marked, at: datetime) -> None:
    account = fold.account(event.ledger)
    account.positions[event.position] = evolve(account.position(event), mark=event.mark)


def _valued(fold: Fold, event: ev.Valued, at: datetime) -> None:
    fold.account(event.ledger).value(event)
    fold.share(valued=event.day)


def _switch(fold: Fold, event: ev.SwitchChanged, at: datetime) -> None:
    fold.throw(event.ledger, event.cause, event.after)


def _waiting(fold: Fold, event: ev.SwitchWaiting, at: datetime) -> None:
    known = () if event.sample is None or event.value is None else ((event.sample, event.value),)
    before: tuple[tuple[datetime, float], ...] = fold.book.samples
    samples = (*before, *known)[-event.count :] if event.count else ()
    fold.share(waiting=(event.tier, event.count), samples=samples)


def _pinned(fold: Fold, event: ev.Pinned, at: datetime) -> None:
    pinned = fold.account(event.ledger).pinned
    if event.reserved:
        pinned[event.instrument] = event.reserved
    else:
        pinned.pop(event.instrument, None)


def _state(fold: Fold, event: ev.StateChanged, at: datetime) -> None:
    fold.share(state=event.after)


def _unsettled(fold: Fold, event: ev.Unsettled, at: datetime) -> None:
    fold.expect(f"{event.ledger}:{instrument_of(event.instrument, contract_of(event.instrument))}")


_HANDLERS: dict[type[ev.Event], Callable[[Fold, Any, datetime], None]] = {
    ev.Filled: _filled,
    ev.IntentRecorded: _intent,
    ev.OrderChanged: _order,
    ev.Decided: _decided,
    ev.Frozen: _freeze,
    ev.Thawed: _thaw,
    ev.Quarantined: _quarantine,
    ev.Noted: _note,
    ev.Watched: _watch,
    ev.LevelChanged: _level,
    ev.Marked: _mark,
    ev.Valued: _valued,
    ev.SwitchChanged: _switch,
    ev.SwitchWaiting: _waiting,
    ev.Pinned: _pinned,
    ev.StateChanged: _state,
    ev.Unsettled: _unsettled,
    ev.RunStarted: lambda fold, event, at: fold.share(mode=event.mode),
    ev.Broken: lambda fold, event, at: fold.breaks().found(event, at),
    ev.Mended: lambda fold, event, at: fold.breaks().mended(event),
    ev.Paged: lambda fold, event, at: fold.breaks().paged(event),
}
