"""What waits for a human: expiries without a price, quarantines, breaks, freezes, plugins that failed."""

from collections.abc import Iterator

from attrs import frozen

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.lots import contract_of, instrument_of
from allusr_sdk.model import events as ev


@frozen(kw_only=True)
class Need:
    """One thing that waits: `kind` is unsettled, quarantined, broken, frozen or fault; `entry` the journal's number."""

    kind: str
    ledger: str
    symbol: str
    rule: str
    why: str
    entry: int


def needs(run: Run) -> tuple[Need, ...]:
    """All that waits after a run's last entry, oldest first."""
    found = (*_unsettled(run), *_quarantined(run), *_broken(run), *_frozen(run), *_faults(run))
    return tuple(sorted(found, key=lambda need: need.entry))


def _unsettled(run: Run) -> Iterator[Need]:
    waiting = run.book.unsettled
    for entry in run.entries(kind="Unsettled"):
        event = entry.event
        assert isinstance(event, ev.Unsettled)
        contract = contract_of(event.instrument)
        if f"{event.ledger}:{instrument_of(event.instrument, contract)}" in waiting:
            reserved = f"; {event.reserved:,.2f} stay reserved" if event.reserved else ""
            why = f"{contract or event.instrument}: {event.why}{reserved}"
            yield Need(
                kind="unsettled", ledger=event.ledger, symbol=event.symbol, rule=event.rule, why=why, entry=entry.seq
            )


def _quarantined(run: Run) -> Iterator[Need]:
    for entry in run.entries(kind="Quarantined"):
        event = entry.event
        assert isinstance(event, ev.Quarantined)
        name = event.ledger or event.plugin
        yield Need(kind="quarantined", ledger=name, symbol="", rule=event.rule, why=event.why, entry=entry.seq)


def _broken(run: Run) -> Iterator[Need]:
    for entry in run.entries(kind="Broken"):
        event = entry.event
        assert isinstance(event, ev.Broken)
        yield Need(kind="broken", ledger=event.ledger, symbol=event.symbol, rule=event.rule, why=event.what,
                   entry=entry.seq)  # fmt: skip


def _frozen(run: Run) -> Iterator[Need]:
    standing: dict[tuple[str, str], Need] = {}
    for entry in run.entries(kind="Frozen"):
        event = entry.event
        assert isinstance(event, ev.Frozen)
        symbol = event.symbol or "*"
        held = run.book.ledgers.get(event.ledger)
        if held is not None and symbol in held.frozen:
            standing[event.ledger, symbol] = Need(
                kind="frozen", ledger=event.ledger, symbol=symbol, rule=event.rule, why=event.why, entry=entry.seq
            )
    yield from standing.values()


def _faults(run: Run) -> Iterator[Need]:
    seen: set[str] = set()
    for entry in run.entries(kind="PluginFaulted"):
        event = entry.event
        assert isinstance(event, ev.PluginFaulted)
        why = f"plugin {event.plugin}, {event.where}: {event.error}"
        if why not in seen:
            seen.add(why)
            yield Need(kind="fault", ledger=event.ledger, symbol="", rule=event.rule, why=why, entry=entry.seq)
