"""The kernel: one pass round the state machine's ring for each instant of the market.

SCANNING    kill switches see the new instant
ANALYZING   the protocol assesses what is held, the ladder plans, then the sleeves manage and propose
ORDERING    exits first, then entries through gates, sizing and checks; each intent is journaled, then returned
MONITORING  the broker works on the orders; what it says comes back through `heard`
CLOSING     after a session: expiries and marks; RECONCILING: books against the venue; SAFE
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.errors import KernelError
from allusr_sdk.host import GUARDS, Fault, Host
from allusr_sdk.kernel import audit, commands, entries, exits, freezes
from allusr_sdk.kernel.cancels import Reason, cancels
from allusr_sdk.kernel.days import Days
from allusr_sdk.kernel.growth import running
from allusr_sdk.kernel.ladders import Ladders
from allusr_sdk.kernel.losses import Losses
from allusr_sdk.kernel.orders import Order
from allusr_sdk.kernel.reinvest import spent
from allusr_sdk.kernel.scribe import Journal, Scribe
from allusr_sdk.kernel.states import OUTSIDE, Machine, State, resumed
from allusr_sdk.kernel.switchboard import Switchboard
from allusr_sdk.model.broker import Statement
from allusr_sdk.model.events import (
    DataGap,
    Decided,
    Event,
    Filled,
    OrderChanged,
    PluginFaulted,
    StateChanged,
    TradingHalted,
)
from allusr_sdk.model.intents import Band
from allusr_sdk.model.positions import Book
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook


class Kernel:
    """Decides for one account. It reads the market through views, the books through the journal, and sends nothing.

    Over a journal that goes on it wakes in the state in which that journal rests.

    Attributes:
        broken: compares books and broker: what they disagree about, empty where they agree.
        seen: the newest view of the market; None before the first.
    """

    def __init__(
        self, *, host: Host, rules: Rulebook, journal: Journal, broken: Callable[[], str] = lambda: ""
    ) -> None:
        self.rules, self.host, self.broken = rules, host, broken
        self.machine = Machine(resumed(journal.book.state, journal.book.switches.values()))
        self.scribe = Scribe(journal, self.machine, host, rules.stamp)
        self.scribe.cycle = journal.book.cycle
        self.board = Switchboard(self.scribe, host, rules, Losses())
        self.days = Days(rules)
        self.ladders = Ladders(self.scribe, host, rules, self.days)
        self.seen: MarketView | None = None
        self._bands: dict[str, tuple[Band, ...]] = {}
        self._last: dict[str, MarketView] = {}
        self._halted: frozenset[str] = frozenset()
        self._ended: MarketView | None = None
        self._astray: dict[str, Fault] = {}
        self._running: tuple[object, object, int, Mapping[str, Sleeve[object]]] = (None, None, 0, {})

    @property
    def sleeves(self) -> Mapping[str, Sleeve[object]]:
        """The running sleeves by ledger name: the host's in the operator's order, then those of open forks by age."""
        book, styles = self.book, self.host.sleeves
        before, nodes, count, found = self._running
        if before is not styles or nodes is not book.nodes or count != len(book.ledgers):
            found = running(styles, book)
            self._running = (styles, book.nodes, len(book.ledgers), found)
        return found

    @property
    def book(self) -> Book:
        """The books after the last entry."""
        return self.scribe.book

    def cycle(self, view: MarketView) -> tuple[Order, ...]:
        """One pass: journals every decision and returns the orders to send, risk-reducing ones first."""
        self._begin(view)
        self.board.scan(view)
        self.halt()
        if self.machine.state in (State.EMERGENCY, State.MAINTENANCE):
            return ()
        audited = self.machine.state is State.AUDIT
        self._advance("scanned")
        sleeves = self.sleeves
        views = {name: self._view(name, sleeve, view) for name, sleeve in sleeves.items()}
        leaving = exits.analyze(views, self.host.protocol, sleeves, self.host, self.scribe)
        plans = self.ladders.ask(view, views)
        proposals = self._audited(view) if audited else entries.ask(views, sleeves, self.host, self.scribe)
        self._own_up()
        self._advance("analyzed")
        orders = exits.order(leaving, views, self.scribe)
        orders += self.ladders.order(plans, opens=not audited)
        orders += entries.order(proposals, views, sleeves, self.host, self.scribe)
        self._advance("ordered")
        orders = self._unstopped(orders) if self.scribe.contained else orders
        return tuple(sorted(orders, key=lambda order: order.opening))  # exits, then hedges, then entries (RULE-0)

    def cancels(self) -> Mapping[str, Reason]:
        """Keys of working orders that must go, each with rule and reason (KS-6, PE-7, CAD-7)."""
        return cancels(self.book, self.seen, self.rules)

    def contained(self) -> bool:
        """Whether a plugin had to be stopped since this was last asked: what works must be looked at again."""
        contained, self.scribe.contained = self.scribe.contained, False
        return contained

    def reconcile(self, theirs: Statement) -> tuple[str, ...]:
        """Compare books and broker: book what mends itself, open, close and page breaks, freeze what they freeze.

        Returns:
            References of orders of ours that the books do not know: they are to be cancelled at the broker (B04).
        """
        return audit.reconcile(self, theirs)

    def obey(self, command: commands.Command) -> None:
        """Do what a person says. Raises `StateRefusal` where it is not possible; the refusal is journaled."""
        commands.obey(command, self)

    def see(self, view: MarketView) -> None:
        """Take up an instant of the market without deciding: a restart shows again what the journal has passed."""
        self.days.turn(view)
        self.seen, self._halted = view, view.halted
        if view.grain is not Grain.GRID:  # data that fails is said of what is held (PE-5)
            self._last |= dict.fromkeys(view.fresh_symbols, view)

    def recall(self, decided: Iterable[Decided], faulted: Iterable[PluginFaulted]) -> None:
        """After a restart: what the journal says stands, guards that raised stay blind, what was stopped stays so."""
        self.scribe.recall(decided)
        for fault in faulted:
            if fault.where in GUARDS:
                self.host.quarantine(fault.plugin, fault.error)
            if fault.stopped:
                self.host.stop(fault.plugin, fault.error)

    def close_session(self, view: MarketView) -> None:
        """Enter CLOSING after a session's end; `heard` then takes expiries, marks and values."""
        self.scribe.at = view.at
        self.scribe.cycle += 1
        self.seen = self._ended = view
        self._unseen(view)
        self.board.close(view)
        self.halt()
        if self.machine.state is State.MONITORING:
            self.machine.do("pass over")

    def reconciled(self) -> None:
        """Books and venue agree: switches that end with a session are released, and the machine rests in SAFE."""
        audit.rest(self)
        if self.machine.state is State.RECONCILING:
            self.machine.do("agreed")
        if self._ended is not None:
            self.board.settle(self._ended)
            self._ended = None

    def heard(self, event: Event, at: datetime | None = None) -> None:
        """Journal what the broker or the venue said, at its own instant where it has one.

        An execution that is reported again is booked already, and nothing is said of it (B07, RULE-2).
        """
        if isinstance(event, Filled) and self._booked(event):
            return
        self.scribe.at = at or self.scribe.at
        self.scribe.write(event)
        if isinstance(event, Filled) and (budget := spent(event, self.book.ledgers[event.ledger])):
            self.scribe.write(budget)

    def _booked(self, fill: Filled) -> bool:
        return bool(fill.key and fill.execution) and self.scribe.journal.booked(fill.key, fill.execution)

    # --- what a person's word moves ---

    def throw(self, cause: str, after: str, **row: Any) -> None:  # noqa: ANN401 - fields of the audit row
        """Move a switch; its row is journaled before anything is cancelled (KS-7)."""
        self.board.throw(cause, after, **row)
        self.halt()

    def enter(self, trigger: str, cause: str, *, rule: str) -> None:
        """Take a transition that leaves the ring or leads back, and journal it."""
        before = self.machine.state
        after = self.machine.do(trigger)
        self.scribe.write(StateChanged(rule=rule, before=before, after=after, cause=cause))

    def rest(self) -> None:
        """Bring a machine between two passes to SAFE."""
        self.machine.finish_pass()

    def audit(self) -> None:
        """In AUDIT: compare books and broker, and go on once they agree and no break freezes anything."""
        if what := self.broken() or freezes.named(freezes.freezing(self.book)):
            audit.stay(self, what)
            self.scribe.decide("", "", "hold", "RULE-0", f"AUDIT: {what}", {})
            return
        audit.rest(self)

    def audit_begins(self) -> None:
        """An audit on schedule: AUDIT until `audit_ends`; a machine that is outside the ring stays where it is.

        It is a place on the way, as those of the ring are: what is written in it carries the state, and staying there
        over a break is an entry of its own.
        """
        if self.machine.state not in OUTSIDE:
            self.rest()
            self.machine.do("audit")

    def audit_ends(self) -> None:
        """An audit on schedule is over: where no statement has ended it, compare once more; leave AUDIT if it may."""
        if self.machine.state is State.AUDIT:
            self.audit()

    def _unseen(self, view: MarketView) -> None:
        """Say of each symbol of a sleeve that the session brought no data for it (RULE-3)."""
        for name, sleeve in self.sleeves.items():
            for symbol in sleeve.symbols:
                if not self.days.saw(symbol, view.session.day):
                    why = "no data for it in this session: nothing was decided"
                    self.scribe.decide(name, symbol, "skip", "RULE-0", why, {})

    # --- one pass ---

    def _begin(self, view: MarketView) -> None:
        self.scribe.at = view.at
        self.scribe.cycle += 1
        audit.page(self)
        if self.machine.state is State.AUDIT:
            self.audit()
        else:
            audit.rest(self)
        if self.machine.state not in OUTSIDE:
            self.machine.finish_pass()
            self.machine.do("wake")
        self._gaps(view)
        self._halts(view)
        self.see(view)

    def _gaps(self, view: MarketView) -> None:
        if view.grain is Grain.GRID:
            return
        for symbol in view.fresh_symbols:
            before = self._last.get(symbol)
            if before is not None and _gap(before, view):
                minutes = round((view.at - before.at).total_seconds() / 60)
                self.scribe.write(DataGap(symbol=symbol, rule="CAD-14", minutes=minutes))

    def _halts(self, view: MarketView) -> None:
        """Say where trading was halted or goes on again (KS-11.10)."""
        for symbol in sorted(view.halted ^ self._halted):
            resumed_now = symbol not in view.halted
            why = "trading goes on" if resumed_now else "trading is halted: nothing that adds risk is sent"
            self.scribe.write(TradingHalted(symbol=symbol, rule="KS-11", resumed=resumed_now, why=why))

    def halt(self) -> None:
        """EMERGENCY while any switch of the account stands at HALT (KS-6)."""
        if self.machine.state is State.EMERGENCY or "HALT" not in self.book.switches.values():
            return
        causes = ", ".join(sorted(cause for cause, tier in self.book.switches.items() if tier == "HALT"))
        self.enter("halt", f"HALT by {causes}", rule="KS-6")

    def _advance(self, trigger: str) -> None:
        """Go on round the ring; an audit goes through a pass outside it."""
        if self.machine.state is not State.AUDIT:
            self.machine.do(trigger)

    def _audited(self, view: MarketView) -> entries.Proposals:
        """Nothing is proposed while books and broker disagree; each fresh symbol hears why (RULE-3)."""
        for name, sleeve in self.sleeves.items():
            for symbol in sleeve.symbols:
                if view.fresh(symbol) is not None:
                    why = "AUDIT: nothing is opened until books and broker agree"
                    self.scribe.decide(name, symbol, "skip", "RULE-0", why, {})
        return {}

    def _unstopped(self, orders: Sequence[Order]) -> list[Order]:
        """Orders of this pass that may still leave after a plugin was stopped in it; the others end in the journal."""
        stopped, left = self.cancels(), []
        for order in orders:
            if order.key in stopped:
                rule, why = stopped[order.key]
                self.scribe.write(OrderChanged(
                    ledger=order.ledger, symbol=order.symbol, rule=rule, key=order.key, status="canceled",
                    reason=f"{why}, before it left",
                ))  # fmt: skip
            else:
                left.append(order)
        return left

    def _view(self, name: str, sleeve: Sleeve[object], view: MarketView) -> SleeveView:
        ledger = self.book.ledgers.get(name)
        if ledger is None:
            raise KernelError(f"sleeve {name} has no ledger: it was never funded")
        made = partial(
            SleeveView, view, ledger, self.rules, lambda symbol: self.days.atr(symbol, view),
            self._declared(name, sleeve), prepares=sleeve.prepares, tiers=self.book.tiers(name),
        )  # fmt: skip
        return made(following=lambda symbol: self._following(name, sleeve, symbol, made()))

    def _following(self, name: str, sleeve: Sleeve[object], symbol: str, view: SleeveView) -> date | None:
        """A sleeve's next expiry, asked for while the protocol decides; its fault is its own, and is written later.

        Nothing is written now: the protocol's call may be stopped at any moment.
        """
        if name in self._astray:
            return None
        found = self.host.ask(sleeve.name, "next_expiry", lambda: sleeve.next_expiry(symbol, view))
        if isinstance(found, Fault):
            self._astray[name] = found
            return None
        return found.value

    def _own_up(self) -> None:
        """Quarantine the sleeves that could not name their next expiry."""
        for name, fault in self._astray.items():
            if not self.book.ledgers[name].quarantined:
                self.scribe.fault(fault)
                self.scribe.quarantine(name, fault.error)

    def _declared(self, name: str, sleeve: Sleeve[object]) -> tuple[Band, ...]:
        """A sleeve's bands, asked for once; one that cannot say is asked again at each pass."""
        if name not in self._bands:
            bands = self.host.ask(sleeve.name, "bands", lambda: tuple(sleeve.bands(self.rules)))
            if isinstance(bands, Fault):
                self.scribe.fault(bands)
                self.scribe.quarantine(name, bands.error)
                return ()
            self._bands[name] = bands.value
        return self._bands[name]


def _gap(before: MarketView, view: MarketView) -> bool:
    """Whether time without data lies between: always on coarse data, at the end of day where a session is missing."""
    if view.grain is Grain.EOD:
        return view.calendar.sessions_left(before.session.day, view.session.day) > 1
    return True
