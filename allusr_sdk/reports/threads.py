"""Entries that tell one thing together, and the lines that they make."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from attrs import Factory, define

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.corporate import split_contract
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.reports import happenings, levels, orders
from allusr_sdk.reports.capital import KEYED, moved
from allusr_sdk.reports.story import Line

_POSITION_EVENTS = (ev.LevelChanged, ev.Watched, ev.RollPrepared)
_ORDER_EVENTS = (ev.OrderChanged, ev.Filled)
_ENDS = (ev.Expired, ev.Assigned, ev.Exercised)
Thread = tuple[object, ...]


def lines(entries: Iterable[Entry]) -> Iterator[Line]:
    """The lines of entries in order."""
    seen = _Seen()
    for kind, knot in _threads(entries):
        if isinstance(knot[0].event, ev.DataGap) and not any(seen.units.values()):
            continue
        for entry in knot:
            seen.take(entry.event)
        if kind == "order":
            yield orders.told(knot)
        elif kind == "position":
            yield levels.told(knot, seen.credits)
        elif (line := happenings.told(knot)) is not None:
            yield line


@define
class _Seen:
    """At what average price positions were opened, and how many units are held: a gap matters to those alone."""

    credits: dict[str, Decimal] = Factory(dict)
    units: dict[str, int] = Factory(dict)

    def take(self, event: ev.Event) -> None:
        """Take up an event."""
        if isinstance(event, ev.Filled):
            self._fill(event)
        elif isinstance(event, _ENDS):
            self.units.pop(event.instrument, None)
        elif isinstance(event, KEYED):
            for name, quantity in moved(event):
                self.units[name] = self.units.get(name, 0) + quantity
        elif isinstance(event, ev.SplitApplied | ev.Adjusted):
            ratio = event.ratio if isinstance(event, ev.SplitApplied) else 1
            for name in [name for name in self.units if renamed(name, event) != name]:
                new = renamed(name, event)
                self.units[new] = self.units.pop(name) * ratio
                before = self.credits.pop(f"{event.ledger}:{name}", None)
                if before is not None:
                    self.credits[f"{event.ledger}:{new}"] = before / ratio

    def _fill(self, event: ev.Filled) -> None:
        """Count its units; the price of what stands is the average of what was opened."""
        key, before = f"{event.ledger}:{event.instrument}", self.units.get(event.instrument, 0)
        self.units[event.instrument] = units = before + event.quantity
        if event.opening and units:
            paid = before * self.credits.get(key, event.price) + event.quantity * event.price
            self.credits[key] = paid / units


def renamed(instrument: str, event: ev.SplitApplied | ev.Adjusted) -> str:
    """The OSI symbol under which a contract goes on after a corporate action (LQ-7); shares keep theirs."""
    contract = contract_of(instrument)
    if isinstance(event, ev.Adjusted):
        return f"{event.root:<6}{instrument[6:]}" if contract_of(event.instrument) == contract else instrument
    moved = split_contract(contract, event.ratio) if contract and contract.underlying == event.symbol else None
    return moved.osi if moved else instrument


def _threads(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """Entries that tell one thing together, in order of their first; each with what kind of thing it is."""
    knots: dict[Thread, list[Entry]] = {}
    orders_of: dict[str, Thread] = {}
    for entry in entries:
        event = entry.event
        thread = _thread(entry)
        if isinstance(event, ev.IntentRecorded):
            thread = _of_intent(event, thread, knots, orders_of)
            orders_of[event.key] = thread
        elif isinstance(event, _ORDER_EVENTS):
            thread = orders_of.get(event.key, thread)
        knots.setdefault(thread, []).append(entry)
    for thread, knot in knots.items():
        has_order = any(isinstance(e.event, ev.IntentRecorded) for e in knot)
        yield ("order" if has_order else str(thread[0])), knot


def _of_intent(
    event: ev.IntentRecorded, thread: Thread, knots: dict[Thread, list[Entry]], orders_of: dict[str, Thread]
) -> Thread:
    """A slice goes with its parent; a second order of one instant and symbol is told by itself."""
    if event.parent in orders_of:
        return orders_of[event.parent]
    taken = any(isinstance(e.event, ev.IntentRecorded) for e in knots.get(thread, ()))
    return ("order", event.key) if taken else thread


def _thread(entry: Entry) -> Thread:
    event = entry.event
    if isinstance(event, _POSITION_EVENTS):
        return "position", entry.at, event.position
    if isinstance(event, ev.Decided):
        if ":" in event.subject:
            return "position", entry.at, event.subject
        tried = event.verdict in ("ready", "refuse") and not event.subject
        return ("try", entry.at, event.symbol) if tried else ("single", entry.seq)
    if isinstance(event, ev.IntentRecorded):
        return ("try", entry.at, event.symbol) if event.cause == "entry" else ("order", event.key)
    return "single", entry.seq
