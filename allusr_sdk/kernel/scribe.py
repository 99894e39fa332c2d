"""How the kernel writes: every entry with cycle, state and rulebook; a decision once, until another replaces it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from allusr_sdk.host import Fault, Host
from allusr_sdk.kernel.scene import moved
from allusr_sdk.kernel.standing import Said, Standing
from allusr_sdk.kernel.states import Machine
from allusr_sdk.kernel.switches import graver
from allusr_sdk.model.events import (
    Decided,
    Event,
    Filled,
    IntentRecorded,
    PluginFaulted,
    Quarantined,
    rounded,
)
from allusr_sdk.model.intents import Numbers, Veto
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.settings.secrets import veiled


class Journal(Protocol):
    """What the kernel needs of a ledger's run: append one event, read the books."""

    @property
    def book(self) -> Book:
        """The books after the last entry."""
        ...

    @property
    def intents(self) -> Mapping[str, IntentRecorded]:
        """Every intent by its key."""
        ...

    @property
    def fills(self) -> Mapping[str, Filled]:
        """Executions as they stand after corrections, by every id that the broker gave them."""
        ...

    @property
    def lines(self) -> frozenset[str]:
        """Ids of the lines of the broker's account that are booked."""
        ...

    @property
    def dividends(self) -> Mapping[tuple[str, date], Decimal]:
        """Dollars of booked dividends, paid or awaited, by symbol and ex-date."""
        ...

    def append(self, event: Event, *, at: datetime, cycle: int, state: str, rulebook: str) -> object:
        """Write one event; it is in the journal before this returns."""
        ...

    def booked(self, key: str, execution: str) -> bool:
        """Whether an execution of an order is in the journal."""
        ...


class Scribe:
    """Writes events in order and tells observers of each, after it was written."""

    def __init__(self, journal: Journal, machine: Machine, host: Host, stamp: str) -> None:
        self.journal, self.machine, self.host, self.stamp = journal, machine, host, stamp
        self.cycle = 0
        self.at: datetime | None = None
        self.shut: tuple[str, dict[str, tuple[str, ...]]] = ("", {})
        """Why the entry window is shut, and of which symbols of each sleeve that was not said yet."""
        self.standing = Standing()
        self.contained = False
        """Whether a plugin had to be stopped, until somebody has seen to the orders that work."""
        self._standing: dict[tuple[str, str, str], Said] = {}

    @property
    def book(self) -> Book:
        """The books after the last entry."""
        return self.journal.book

    def write(self, event: Event) -> None:
        """Append an event and pass it on; an observer's faults are written too."""
        assert self.at is not None
        self._append(event)
        self.host.event(event)
        for fault in self.host.take_faults():
            self.fault(fault)

    def _append(self, event: Event) -> None:
        assert self.at is not None
        state = self.machine.state.value
        self.journal.append(event, at=self.at, cycle=self.cycle, state=state, rulebook=self.stamp)

    def decide(
        self, ledger: str, symbol: str, verdict: str, rule: str, why: str, numbers: Numbers, *, subject: str = ""
    ) -> None:
        """Journal a decision unless the same one stands already for this ledger, symbol and subject (RULE-3)."""
        shown, why = rounded(numbers), veiled(why)  # as it is written: a restart compares it with what stands
        standing = (verdict, rule, why, _text(shown))
        if self._standing.get((ledger, symbol, subject)) == standing:
            return
        self._standing[ledger, symbol, subject] = standing
        self.write(Decided(
            ledger=ledger, symbol=symbol, rule=rule, subject=subject, verdict=verdict, why=why, numbers=shown,
        ))  # fmt: skip

    def recall(self, said: Iterable[Decided]) -> None:
        """Take up what the journal said up to now, so that a restart does not say again what stands."""
        for d in said:
            self._standing[d.ledger, d.symbol, d.subject] = (d.verdict, d.rule, d.why, _text(d.numbers))

    def forget(self) -> None:
        """Let nothing stand of what was said; `recall` takes up what does."""
        self._standing.clear()

    def said(self, position: Position) -> Said | None:
        """The decision that stands about a position."""
        return self._standing.get((position.ledger, position.symbol, position.key))

    def refuse(
        self, ledger: str, symbol: str, rule: str, vetoes: Iterable[Veto], numbers: Numbers, *, subject: str = ""
    ) -> None:
        """Journal a refusal that names every veto (RULE-0)."""
        kept = tuple(vetoes)
        rules = " ".join(dict.fromkeys((*(v.rule for v in kept), *rule.split())))
        why = "; ".join(f"{v.rule} {v.why}" for v in kept)
        known = {k: n for v in kept for k, n in v.numbers.items()} | dict(numbers)
        self.decide(ledger, symbol, "refuse", rules, why, known, subject=subject)

    def fault(self, fault: Fault) -> None:
        """Journal a plugin's fault. A grave one throws the account's GUARD switch to SAFE at once (RULE-0)."""
        if fault.again:
            return
        self._append(PluginFaulted(
            plugin=fault.plugin, where=fault.where, error=fault.error, rule="RULE-0", stopped=fault.grave,
        ))  # fmt: skip
        if fault.grave:
            self.contained = True
            if not graver("SAFE", self.book.switches.get("GUARD", "NONE")):
                return
            why = f"plugin {fault.plugin} is stopped: {fault.error}"
            for row in moved(self.book, "GUARD", "SAFE", rule="KS-6 RULE-0", reason=why, source="guards"):
                self.write(row)

    def quarantine(self, ledger: str, why: str) -> None:
        """Freeze a sleeve's entries until a human has looked; once."""
        if not self.book.ledgers[ledger].quarantined:
            style = self.book.ledgers[ledger].style or ledger
            plugin = self.host.plugin_of.get(style, style)
            self.write(Quarantined(ledger=ledger, plugin=plugin, rule="RULE-0", why=why))


def _text(numbers: Numbers) -> str:
    """Numbers as the journal writes them: the same before they were written and after they were read."""
    return Decided(numbers=numbers, verdict="", why="").payload().decode() if numbers else ""
