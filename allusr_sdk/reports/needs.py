"""What waits: expiries without a price, quarantines, breaks, orders, freezes, halts, faults, capital under way."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import Factory, define, evolve, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.lots import contract_of, instrument_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Book
from allusr_sdk.reports.breaks import differs
from allusr_sdk.reports.switches import reason, title
from allusr_sdk.reports.words import spoken

Key = tuple[str, ...]


@frozen(kw_only=True)
class Need:
    """One thing that waits; `entry` is its number in the journal.

    `kind` is unsettled, quarantined, broken, paged, frozen, switch, fault or unfinished.
    """

    kind: str
    ledger: str
    symbol: str
    rule: str
    why: str
    entry: int


@define
class Waiting:
    """What may wait, while the journal is read; the books at its end tell what still does."""

    _needs: dict[Key, Need] = Factory(dict)

    def take(self, entry: Entry) -> None:
        """Take up an entry."""
        find = _FINDERS.get(type(entry.event))
        if find is None:
            return
        key, need = find(entry.event)
        if key[0] != "fault" or key not in self._needs:  # of faults that repeat the first is named
            self._needs[key] = evolve(need, entry=entry.seq)

    def found(self, book: Book) -> tuple[Need, ...]:
        """All that waits after the last entry, oldest first."""
        waits = (need for key, need in self._needs.items() if _STILL.get(key[0], _always)(key, book))
        return tuple(sorted(waits, key=lambda need: need.entry))


def waiting(run: Run) -> tuple[Need, ...]:
    """All that waits after a run's last entry, oldest first. Only entries that something may wait for are read."""
    book, read = run.book, Waiting()
    for entry in awaited(run):
        if entry.seq <= run.seq:
            read.take(entry)
    return read.found(book)


def awaited(run: Run) -> Sequence[Entry]:
    """Entries that something may wait for, in order."""
    return sorted((entry for kind in KINDS for entry in run.entries(kind=kind)), key=lambda entry: entry.seq)


def _need(kind: str, event: ev.Event, why: str, **more: str) -> Need:
    about = {"ledger": event.ledger, "symbol": event.symbol} | more
    return Need(kind=kind, rule=event.rule, why=why, entry=0, **about)


def _unsettled(event: ev.Unsettled) -> tuple[Key, Need]:
    contract = contract_of(event.instrument)
    reserved = f"; {event.reserved:,.2f} stay reserved" if event.reserved else ""
    key = f"{event.ledger}:{instrument_of(event.instrument, contract)}"
    return ("unsettled", key), _need("unsettled", event, f"{contract or event.instrument}: {event.why}{reserved}")


def _quarantined(event: ev.Quarantined) -> tuple[Key, Need]:
    name = event.ledger or event.plugin
    return ("quarantined", name), _need("quarantined", event, event.why, ledger=name, symbol="")


def _broken(event: ev.Broken) -> tuple[Key, Need]:
    if not event.subject:  # it ended its run
        return ("broken", event.rule, "", event.ledger, event.symbol, event.what), _need("broken", event, event.what)
    return ("broken", event.rule, event.subject), _need("broken", event, f"{spoken(event.subject)}: {differs(event)}")


def _paged(event: ev.Paged) -> tuple[Key, Need]:
    return ("paged", event.subject), _need("paged", event, event.why)


def _frozen(event: ev.Frozen) -> tuple[Key, Need]:
    symbol = event.symbol or "*"
    return ("frozen", event.ledger, symbol), _need("frozen", event, event.why, symbol=symbol)


def _switch(event: ev.SwitchChanged) -> tuple[Key, Need]:
    how = "it resets by PE-11, or a person re-arms it" if event.cause == "L3" else "a person re-arms it"
    why = f"{title(event)} {event.after}: {reason(event)}; {how}"
    return ("switch", event.ledger, event.cause), _need("switch", event, why)


def _unfinished(event: ev.ForkIntended | ev.MergeSent | ev.TransferSent) -> tuple[Key, Need]:
    """Capital that has left and not arrived: a process died between two phases (FK-6)."""
    why = f"{event.key} is not finished: what is missing is written when the run goes on"
    return ("unfinished", event.key), _need("unfinished", event, why)


def _fault(event: ev.PluginFaulted) -> tuple[Key, Need]:
    why = f"plugin {event.plugin}, {event.where}: {event.error}"
    return ("fault", why), _need("fault", event, why, symbol="")


_FINDERS: Mapping[type[ev.Event], Callable[[Any], tuple[Key, Need]]] = {
    ev.Unsettled: _unsettled,
    ev.Quarantined: _quarantined,
    ev.Broken: _broken,
    ev.Paged: _paged,
    ev.Frozen: _frozen,
    ev.SwitchChanged: _switch,
    ev.PluginFaulted: _fault,
    ev.ForkIntended: _unfinished,
    ev.MergeSent: _unfinished,
    ev.TransferSent: _unfinished,
}
KINDS = tuple(kind.__name__ for kind in _FINDERS)
"""Kinds of entries that something may wait for."""


# --- whether it still waits -----------------------------------------------------------------------------------------


def _always(key: Key, book: Book) -> bool:
    return True


def _is_frozen(key: Key, book: Book) -> bool:
    held = book.ledgers.get(key[1])
    return held is not None and key[2] in held.frozen


def _is_halted(key: Key, book: Book) -> bool:
    """A halt and a person's kill are left by a person alone (KS-7), level 3's SAFE may be (PE-11)."""
    held = book.ledgers.get(key[1])
    tier = (held.switches if held else {} if key[1] else book.switches).get(key[2], "NONE")
    return tier == "HALT" or (tier != "NONE" and key[2] in ("USER", "L3"))


_STILL: Mapping[str, Callable[[Key, Book], bool]] = {
    "unsettled": lambda key, book: key[1] in book.unsettled,
    "broken": lambda key, book: not key[2] or key[1:] in book.breaks,
    "paged": lambda key, book: (
        key[1] in book.switches or any(key[1] in ledger.working for ledger in book.ledgers.values())
    ),
    "frozen": _is_frozen,
    "switch": _is_halted,
    "unfinished": lambda key, book: key[1] in book.unfinished and bool(book.unfinished[key[1]].missing),
}
