"""Which entries belong together: the life of one contract, and the chain that led to one entry."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.reports.capital import KEYED
from allusr_sdk.reports.story import Line
from allusr_sdk.reports.threads import renamed
from allusr_sdk.reports.words import clock

BREAKS = (ev.Broken, ev.Mended, ev.Paged)
"""What is said of books and broker; of a symbol it reaches every ledger that holds it."""

WIDE = (
    ev.Frozen, ev.Thawed, ev.Quarantined, ev.SwitchChanged, ev.SwitchWaiting, ev.StateChanged,
    ev.PluginFaulted, *BREAKS,
)  # fmt: skip
"""Told in every chapter that they reach, for they carry no symbol or the star."""

_ACTIONS = (ev.SplitApplied, ev.Adjusted)
_POSITION = (ev.Watched, ev.LevelChanged, ev.RollPrepared, ev.Marked)
_ORDER = (ev.IntentRecorded, ev.OrderChanged, ev.Filled, ev.Corrected)
_PRESERVATION = 3


# --- the life of a contract -----------------------------------------------------------------------------------------


def instruments(entries: Iterable[Entry]) -> set[str]:
    """Every contract that had a fill."""
    filled = {entry.event.instrument for entry in entries if isinstance(entry.event, ev.Filled)}
    return {name for name in filled if contract_of(name)}


def names_of(entries: Sequence[Entry], osi: str) -> set[str]:
    """The symbols that a contract had before and after corporate actions, `osi` among them."""
    actions = [entry.event for entry in entries if isinstance(entry.event, _ACTIONS)]
    names, known = {osi}, instruments(entries) if actions else set()
    for action in reversed(actions):
        names |= {name for name in known if renamed(name, action) in names}
    for action in actions:
        names |= {renamed(name, action) for name in names}
    return names


def of_position(entries: Sequence[Entry], osi: str) -> list[Entry]:
    """The entries about one contract, of those of its symbol and ledger in order, through splits and adjustments."""
    names = names_of(entries, osi)
    keys: set[str] = set()
    found = []
    for entry in entries:
        event = entry.event
        if isinstance(event, ev.IntentRecorded) and any(leg in names for leg, _ in event.legs):
            keys.add(event.key)
        if _about(event, names, keys):
            found.append(entry)
    return found


def _about(event: ev.Event, names: set[str], keys: set[str]) -> bool:
    if isinstance(event, _ORDER):
        return event.key in keys
    if isinstance(event, _POSITION):
        return event.position.partition(":")[2] in names
    if isinstance(event, ev.Decided):
        return event.subject.partition(":")[2] in names or event.numbers.get("contract") in names
    if isinstance(event, ev.SplitApplied):
        return any(renamed(name, event) != name for name in names)
    return getattr(event, "instrument", None) in names


def around(mine: Sequence[Entry], others: Iterable[Entry], ledger: str) -> list[Entry]:
    """A contract's entries with what bound its ledger from the first of them to the last."""
    first, last = mine[0].seq, mine[-1].seq
    near = [e for e in others if first <= e.seq <= last and e.event.ledger in ("", ledger)]
    return sorted((*mine, *near), key=lambda entry: entry.seq)


# --- the chain that led to an entry ---------------------------------------------------------------------------------


def of_entry(run: Run, entry: Entry) -> list[Entry]:
    """An entry with those that led to it, in order: its order, its position's life, the switches that bound it.

    Phases of a fork, merge or transfer are told all together.
    """
    event = entry.event
    if isinstance(event, ev.WeekTyped):
        sources = set(event.sources)
        return [e for e in run.entries() if e.seq in sources or e.seq == entry.seq]
    if isinstance(event, KEYED):
        return [e for e in run.entries() if isinstance(e.event, KEYED) and e.event.key == event.key]
    near = [e for e in run.entries() if _near(e.event, event)]
    before = [e for e in near if e.seq <= entry.seq]
    lead = next((find for kinds, find in _LEADS.items() if isinstance(event, kinds)), None)
    found = {e.seq for e in lead(entry, before)} if lead else set()
    if isinstance(event, _ORDER):  # an order is told to its end
        found |= {e.seq for e in near if isinstance(e.event, _ORDER) and e.event.key == event.key}
    return [e for e in near if e.seq in found | {entry.seq}]


def _near(event: ev.Event, target: ev.Event) -> bool:
    """Whether an event may have led to another: the same symbol and ledger, or one that binds more than a symbol."""
    if isinstance(event, WIDE) and event.symbol in ("", "*"):
        return event.ledger in ("", target.ledger) or not target.ledger
    if not target.symbol or target.symbol == "*":
        return isinstance(event, ev.LevelChanged) and target.ledger in ("", event.ledger)
    return event.symbol == target.symbol and event.ledger in ("", target.ledger)


def _ordered(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    """The order with all its slices, what was ready for it, and the life of the position that it leaves."""
    intents = [e.event for e in before if isinstance(e.event, ev.IntentRecorded)]
    key = getattr(entry.event, "key", "")
    group = next((i.parent or i.key for i in intents if i.key == key), key)
    keys = {i.key for i in intents if group in (i.key, i.parent)}
    found = [e for e in before if isinstance(e.event, _ORDER) and e.event.key in keys]
    for intent in (i for i in intents if i.key in keys):
        found += [e for e in before if _ready(e, intent)]
        found += of_position(before, intent.position.partition(":")[2]) if intent.position else []
    return found


def _ready(entry: Entry, intent: ev.IntentRecorded) -> bool:
    event = entry.event
    asked = isinstance(event, ev.Decided) and event.verdict == "ready" and event.symbol == intent.symbol
    return asked and any(getattr(event, "numbers", {}).get("contract") == leg for leg, _ in intent.legs)


def _lived(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    event = entry.event
    instrument = getattr(event, "instrument", "") or getattr(event, "position", "").partition(":")[2]
    return of_position(before, instrument)


def _decided(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    """What was ready at the same instant, what is held of the symbol, and the switches and freezes that bind."""
    event = entry.event
    assert isinstance(event, ev.Decided)
    if ":" in event.subject:
        return [e for e in of_position(before, event.subject.partition(":")[2]) if e.seq <= entry.seq]
    same = [e for e in before if e.at == entry.at and isinstance(e.event, ev.Decided | ev.IntentRecorded)]
    return [*same, *_holding(before), *_binding(before)]


def _holding(before: Sequence[Entry]) -> list[Entry]:
    """The orders behind what is held of the symbol."""
    units: dict[str, int] = {}
    for event in (e.event for e in before):
        if isinstance(event, ev.Filled | ev.Expired | ev.Assigned | ev.Exercised):
            sign = 1 if isinstance(event, ev.Filled) else -1
            units[event.instrument] = units.get(event.instrument, 0) + sign * event.quantity
    open_now = {name for name, quantity in units.items() if quantity}
    keys = {e.event.key for e in before if isinstance(e.event, ev.Filled) and e.event.instrument in open_now}
    return [e for e in before if isinstance(e.event, _ORDER) and e.event.key in keys]


def _binding(before: Sequence[Entry]) -> list[Entry]:
    """The last word on each switch that stands and on each freeze that holds."""
    standing: dict[tuple[str, ...], Entry] = {}
    for entry in before:
        event = entry.event
        if isinstance(event, ev.SwitchChanged):
            standing[event.ledger, event.cause] = entry
        elif isinstance(event, ev.SwitchWaiting):
            standing["", "waiting"] = entry
        elif isinstance(event, ev.Frozen | ev.Thawed):
            standing[event.ledger, event.symbol or "*", "frozen"] = entry
    return [e for e in standing.values() if not _over(e.event)]


def _over(event: ev.Event) -> bool:
    if isinstance(event, ev.SwitchChanged):
        return event.after == "NONE"
    return isinstance(event, ev.Thawed) or (isinstance(event, ev.SwitchWaiting) and not event.count)


def _switched(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    """Earlier moves of the same switch, the samples before it, and the level that threw it."""
    event = entry.event
    assert isinstance(event, ev.SwitchChanged)
    found = [e for e in before if isinstance(e.event, ev.SwitchChanged) and _same_switch(e.event, event)]
    if event.cause == "VIX":
        last = max((e.seq for e in found if e.seq < entry.seq), default=0)
        found += [e for e in before if isinstance(e.event, ev.SwitchWaiting) and e.seq > last]
    if event.cause == "L3":
        found += [e for e in before if isinstance(e.event, ev.LevelChanged) and e.event.after >= _PRESERVATION]
    return found


def _same_switch(one: ev.SwitchChanged, other: ev.SwitchChanged) -> bool:
    return (one.ledger, one.cause) == (other.ledger, other.cause)


def _at_once(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    """What happened at the same instant, and the freeze that is lifted."""
    about = (ev.LevelChanged, ev.SwitchChanged, ev.PluginFaulted, ev.Quarantined, ev.Frozen, *BREAKS)
    return [e for e in before if e.at == entry.at and isinstance(e.event, about)] + [
        e for e in before if isinstance(entry.event, ev.Thawed) and isinstance(e.event, ev.Frozen)
    ][-1:]


def _disagreed(entry: Entry, before: Sequence[Entry]) -> list[Entry]:
    """All that was said of the same break."""
    return [e for e in before if isinstance(e.event, BREAKS) and _name(e.event) == _name(entry.event)]


def _name(event: ev.Event) -> tuple[str, str]:
    return event.rule, getattr(event, "subject", "")


_LEADS: Mapping[tuple[type[ev.Event], ...], Callable[[Entry, Sequence[Entry]], list[Entry]]] = {
    _ORDER: _ordered,
    (*_POSITION, ev.Expired, ev.Assigned, ev.Exercised, ev.Unsettled, ev.Pinned, ev.Adjusted): _lived,
    (ev.Decided,): _decided,
    (ev.SwitchChanged,): _switched,
    BREAKS: _disagreed,
    (ev.StateChanged, ev.Frozen, ev.Thawed, ev.Quarantined): _at_once,
}


def plain(entry: Entry) -> Line:
    """An entry that no story tells, as it stands in the journal."""
    body: Any = entry.event.payload().decode()
    return Line(
        at=clock(entry.at), kind="entry", text=f"{entry.kind} {body}", rules=tuple(entry.event.rule.split()),
        entries=(entry.seq,),
    )  # fmt: skip
