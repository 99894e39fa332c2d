"""The kernel: one pass round the state machine's ring for each instant of the market.

SCANNING    kill switches see the new instant
ANALYZING   the protocol assesses what is held, then the sleeves manage and propose
ORDERING    exits first, then entries through gates, sizing and checks; each intent is journaled, then returned
MONITORING  the broker works on the orders; what it says comes back through `heard`
CLOSING     after a session: expiries and marks; RECONCILING: books against the venue; SAFE
"""

from collections.abc import Mapping
from datetime import date, datetime

from allusr_sdk.contracts import Atr, Sleeve, SleeveView
from allusr_sdk.errors import KernelError
from allusr_sdk.host import Fault, Host
from allusr_sdk.kernel import entries, exits
from allusr_sdk.kernel.orders import Order
from allusr_sdk.kernel.scribe import Journal, Scribe
from allusr_sdk.kernel.states import Machine, State
from allusr_sdk.kernel.switches import PERMITS, TIERS, known_vix, next_tier, tier_of
from allusr_sdk.model.events import DataGap, Event, StateChanged, SwitchChanged
from allusr_sdk.model.positions import Book
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook


class Kernel:
    """Decides for one account. It reads the market through views, the books through the journal, and sends nothing."""

    def __init__(self, *, host: Host, rules: Rulebook, journal: Journal) -> None:
        self.rules, self.host = rules, host
        self.machine = Machine()
        self.scribe = Scribe(journal, self.machine, host, rules.stamp)
        self.days = _Days(rules)
        self._seen: dict[str, MarketView] = {}
        self._week: date | None = None

    @property
    def sleeves(self) -> Mapping[str, Sleeve[object]]:
        """The running sleeves by ledger name, in the operator's order."""
        return self.host.sleeves

    @property
    def book(self) -> Book:
        """The books after the last entry."""
        return self.scribe.book

    def cycle(self, view: MarketView) -> tuple[Order, ...]:
        """One pass: journals every decision and returns the orders to send, risk-reducing ones first."""
        self._begin(view)
        self._scan(view)
        if self.machine.state is State.EMERGENCY:
            return ()
        self.machine.do("scanned")
        views = {name: self._view(name, sleeve, view) for name, sleeve in self.sleeves.items()}
        leaving = exits.analyze(views, self.host.protocol, self.sleeves, self.host, self.scribe)
        proposals = entries.ask(views, self.sleeves, self.host, self.scribe)
        self.machine.do("analyzed")
        orders = exits.order(leaving, views, self.scribe)
        orders += entries.order(proposals, views, self.sleeves, self.host, self.scribe)
        self.machine.do("ordered")
        return tuple(orders)

    def cancels(self) -> tuple[str, ...]:
        """Keys of working orders that must go: entries under SAFE and frozen sleeves, all under HALT (KS-6, PE-7)."""
        permit = PERMITS[self.book.tier]
        return tuple(
            order.key
            for ledger in self.book.ledgers.values()
            for order in ledger.working.values()
            if not permit.closes or (order.opening and (not permit.entries or "*" in ledger.frozen))
        )

    def close_session(self, view: MarketView) -> None:
        """Enter CLOSING after a session's end; `heard` then takes expiries, marks and values."""
        self.scribe.at = view.at
        self.scribe.cycle += 1
        self._unseen(view)
        if self.machine.state is State.MONITORING:
            self.machine.do("pass over")

    def reconciled(self) -> None:
        """Books and venue agree: rest in SAFE until the next instant."""
        if self.machine.state is State.RECONCILING:
            self.machine.do("agreed")

    def heard(self, event: Event, at: datetime | None = None) -> None:
        """Journal what the broker or the venue said, at its own instant where it has one."""
        self.scribe.at = at or self.scribe.at
        self.scribe.write(event)

    def _unseen(self, view: MarketView) -> None:
        """Say of each symbol of a sleeve that the session brought no data for it (RULE-3)."""
        for name, sleeve in self.sleeves.items():
            for symbol in sleeve.symbols:
                if not self.days.saw(symbol, view.session.day):
                    why = "no data for it in this session: nothing was decided"
                    self.scribe.decide(name, symbol, "skip", "RULE-0", why, {})

    # --- one pass ---

    def _begin(self, view: MarketView) -> None:
        if self.machine.state is not State.EMERGENCY:
            self.machine.finish_pass()
            self.machine.do("wake")
        self.scribe.at = view.at
        self.scribe.cycle += 1
        self.days.turn(view)
        self._gaps(view)
        for symbol in view.fresh_symbols:
            self._seen[symbol] = view

    def _gaps(self, view: MarketView) -> None:
        for symbol in view.fresh_symbols:
            before = self._seen.get(symbol)
            if before is not None and _gap(before, view):
                minutes = round((view.at - before.at).total_seconds() / 60)
                self.scribe.write(DataGap(symbol=symbol, rule="CAD-14", minutes=minutes))

    def _scan(self, view: MarketView) -> None:
        new_week = self._week is not None and view.session.day.isocalendar()[:2] != self._week.isocalendar()[:2]
        self._week = view.session.day
        halts = self.host.halt(view)
        wishes = [h.tier if h.tier in TIERS else "SAFE" for h in halts]  # a wish that cannot be read is still one
        asked = max(wishes, key=TIERS.index, default="NONE")
        after = before = self.book.tier
        value = known_vix(view)
        if value is not None and view.vix is not None:
            after = next_tier(before, value, view.vix.closes, new_week=new_week, rules=self.rules)
        after = max(after, asked, key=TIERS.index)
        if after == before:
            return
        threshold = tier_of(value, self.rules)[1] if value is not None else None
        reason = "; ".join(f"{h.rule} {h.why}" for h in halts) or "VIX"
        self.scribe.write(SwitchChanged(
            rule="KS-1", before=before, after=after, value=value, threshold=threshold, reason=reason,
        ))  # fmt: skip
        if after == "HALT":
            before_halt = self.machine.state
            self.machine.do("halt")
            self.scribe.write(StateChanged(rule="KS-6", before=before_halt, after=State.EMERGENCY, cause=reason))

    def _view(self, name: str, sleeve: Sleeve[object], view: MarketView) -> SleeveView:
        ledger = self.book.ledgers.get(name)
        if ledger is None:
            raise KernelError(f"sleeve {name} has no ledger: it was never funded")
        bands = self.host.ask(name, "bands", lambda: tuple(sleeve.bands(self.rules)))
        if isinstance(bands, Fault):
            self.scribe.fault(bands)
            self.scribe.quarantine(name, bands.error)
        declared = () if isinstance(bands, Fault) else bands.value
        made = SleeveView(view, ledger, self.rules, lambda symbol: self.days.atr(symbol, view), declared)
        return made.owned_by(lambda symbol: sleeve.next_expiry(symbol, made))


def _gap(before: MarketView, view: MarketView) -> bool:
    """Whether time without data lies between: always on coarse data, at the end of day where a session is missing."""
    if view.grain is Grain.EOD:
        return view.calendar.sessions_left(before.session.day, view.session.day) > 1
    return view.grain is Grain.COARSE


class _Days:
    """What is frozen for a session: the last prices before it and the ATRs made of them (PE-1)."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._day: date | None = None
        self._before: dict[str, float] = {}
        self._today: dict[str, float] = {}
        self._ranges: dict[str, Atr | None] = {}

    def turn(self, view: MarketView) -> None:
        """Take up an instant's prices."""
        if view.session.day != self._day:
            self._before |= self._today
            self._today, self._ranges, self._day = {}, {}, view.session.day
        for symbol in view.fresh_symbols:
            spot = view.snapshots[symbol].spot
            if spot == spot:
                self._today[symbol] = spot

    def saw(self, symbol: str, day: date) -> bool:
        """Whether the session of `day` brought a price of the symbol."""
        return self._day == day and symbol in self._today

    def atr(self, symbol: str, view: MarketView) -> Atr | None:
        """The symbol's ATR for the session, dollars; None when not even a price is known."""
        if symbol not in self._ranges:
            self._ranges[symbol] = Atr.of(symbol, view, self._rules, self._before.get(symbol))
        return self._ranges[symbol]
