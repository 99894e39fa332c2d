"""Telling what is neither an order nor a level: refusals, expiries, freezes, gaps, kill switches, breaks, capital."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.reports import breaks, capital, switches
from allusr_sdk.reports.orders import asked_detail, chosen_detail
from allusr_sdk.reports.story import Detail, Line
from allusr_sdk.reports.words import clock, dollars, many, named, per_share, spoken

Told = tuple[str, str]


def told(entries: Sequence[Entry]) -> Line | None:
    """The line of entries that stand for themselves; None for a kind that tells nothing here."""
    last = entries[-1]
    teller = _TELLERS.get(type(last.event))
    if teller is None:
        return None
    kind, text = teller(last.event, last)
    return Line(
        at=clock(last.at), kind=kind, text=spoken(text), rules=tuple(last.event.rule.split()),
        numbers=dict(getattr(last.event, "numbers", {})), details=tuple(_details(entries)),
        entries=tuple(entry.seq for entry in entries),
    )  # fmt: skip


def _details(entries: Sequence[Entry]) -> Iterator[Detail]:
    """What a refusal was asked for: the contract that was ready, or the nearest misses."""
    ready = next((e.event for e in entries if isinstance(e.event, ev.Decided) and e.event.verdict == "ready"), None)
    last = entries[-1].event
    if not isinstance(last, ev.Decided):
        return
    if ready is not None and last is not ready:
        yield chosen_detail(ready.why, ready.numbers)
    elif last.verdict == "refuse" and "delta" in last.numbers and "open_interest" in last.numbers:
        yield asked_detail(last.numbers)
    misses = [f"{side} {last.numbers[side]}" for side in ("below", "above") if side in last.numbers]
    if misses:
        yield Detail(text=f"nearest: {', '.join(misses)}", rules=("CAD-8",))


def _decided(event: ev.Decided, entry: Entry) -> Told:
    name = event.numbers.get("contract")
    about = f" {named(str(name))}" if name else f" {event.subject}" if event.subject else ""
    if event.verdict == "refuse":
        return "refused", f"REFUSED{about}: {event.why}"
    if ":" not in event.subject and event.subject:
        return "nothing", f"{event.subject}: {event.why}"
    if event.verdict == "ready":
        return "ready", f"ready{about}: {event.why}; no order followed"
    if not event.ledger:
        return "notice", f"data: {event.why}"
    return "nothing", f"nothing opened: {event.why}" if event.verdict == "skip" else f"{event.verdict}: {event.why}"


def _gap(event: ev.DataGap, entry: Entry) -> Told:
    return (
        "gap",
        f"DATA_GAP: {event.minutes:,} minutes since its last data; samples on both sides do not confirm each other",
    )


def _realised(entry: Entry) -> Decimal:
    return -Decimal(sum(line.amount for line in entry.lines if line.account in REALISED)) / 100


def _moved(event: ev.Expired | ev.Assigned | ev.Exercised) -> str:
    contract = contract_of(event.instrument)
    if contract is None:
        return f"at {per_share(event.settlement)}"
    gap = event.settlement - contract.strike
    side = "over" if gap > 0 else "under" if gap < 0 else "from"
    verb = "closed" if isinstance(event, ev.Assigned) and event.early else "settled"
    return f"{contract.underlying} {verb} at {per_share(event.settlement)}, {abs(gap):,.2f} {side} the strike"


def _expired(event: ev.Expired, entry: Entry) -> Told:
    kept = f"; {dollars(_realised(entry))} kept" if event.quantity < 0 else f"; {dollars(-_realised(entry))} lost"
    return "expired", f"EXPIRED worthless {many(event.quantity, event.instrument)}: {_moved(event)}{kept}"


def _assigned(event: ev.Assigned | ev.Exercised, entry: Entry) -> Told:
    verb = "EXERCISED"
    if isinstance(event, ev.Assigned):
        verb = "ASSIGNED EARLY" if event.early else "ASSIGNED"
    contract = contract_of(event.instrument)
    start = f"{verb} {many(event.quantity, event.instrument)}: {_moved(event)}"
    result = f"; result {dollars(_realised(entry))}" if _realised(entry) else ""
    if event.cash is not None or contract is None:
        return "settled", f"{start}; settled in cash{result}"
    shares = 100 * abs(event.quantity)
    into = contract.is_put == (event.quantity < 0)
    basis = sum(line.amount for line in entry.lines if line.account == "1100" and line.amount > 0)
    paid = f", basis {dollars(Decimal(basis) / 100)} after the premium" if into and basis else ""
    verb = "bought" if into else "delivered"
    return verb_kind(event), f"{start}; {shares:,} shares {verb} at {per_share(contract.strike)}{paid}{result}"


def verb_kind(event: ev.Assigned | ev.Exercised) -> str:
    """``assigned`` or ``exercised``."""
    return type(event).__name__.lower()


def _unsettled(event: ev.Unsettled, entry: Entry) -> Told:
    what, _, advice = event.why.partition(": ")
    reserved = f"; {dollars(event.reserved)} stay reserved" if event.reserved else ""
    todo = f". {advice[:1].upper()}{advice[1:]}." if advice else ""
    return "unsettled", f"UNSETTLED {many(event.quantity, event.instrument)}: {what}{reserved}{todo}"


def _frozen(event: ev.Frozen, entry: Entry) -> Told:
    scope = "of the whole sleeve" if event.symbol in ("", "*") else f"in {event.symbol}"
    return "frozen", f"ENTRIES FROZEN {scope}: {event.why}"


def _thawed(event: ev.Thawed, entry: Entry) -> Told:
    scope = "of the whole sleeve" if event.symbol in ("", "*") else f"in {event.symbol}"
    return "thawed", f"entries {scope} permitted again: {event.why}"


def _pinned(event: ev.Pinned, entry: Entry) -> Told:
    if not event.reserved:
        return "released", f"PIN RELEASED {named(event.instrument)}: {event.why}"
    return "pinned", f"PINNED {named(event.instrument)}: {event.why}; {dollars(event.reserved)} stay reserved"


def _dividend(event: ev.DividendPaid, entry: Entry) -> Told:
    per = per_share(event.per_share)
    return "dividend", f"DIVIDEND of {per} on {event.shares:,} {event.symbol} shares: {event.cash:,.2f}"


def _split(event: ev.SplitApplied, entry: Entry) -> Told:
    restated = "strikes, contracts, basis and reserves restated; no cash moved"
    return "split", f"SPLIT {event.ratio} for 1: {restated}"


def _adjusted(event: ev.Adjusted, entry: Entry) -> Told:
    text = f"ADJUSTED {named(event.instrument)}: {event.why}; it is no longer 100 shares and goes on as {event.root}"
    return "adjusted", text


def _halted(event: ev.TradingHalted, entry: Entry) -> Told:
    why = f": {event.why}" if event.why else ""
    if event.resumed:
        return "resumed", f"trading in {event.symbol} goes on{why}"
    return "halted", f"TRADING HALTED in {event.symbol}{why}; nothing that adds risk is sent"


_TELLERS: Mapping[type[ev.Event], Callable[[Any, Entry], Told]] = {
    ev.Decided: _decided,
    ev.DataGap: _gap,
    ev.Expired: _expired,
    ev.Assigned: _assigned,
    ev.Exercised: _assigned,
    ev.Unsettled: _unsettled,
    ev.Frozen: _frozen,
    ev.Thawed: _thawed,
    ev.Pinned: _pinned,
    ev.DividendPaid: _dividend,
    ev.SplitApplied: _split,
    ev.Adjusted: _adjusted,
    ev.TradingHalted: _halted,
    ev.SwitchChanged: switches.changed,
    ev.SwitchWaiting: switches.waiting,
    ev.StateChanged: lambda event, entry: ("state", f"STATE {event.before} -> {event.after}: {event.cause}"),
    ev.Quarantined: lambda event, entry: ("quarantined", f"SLEEVE QUARANTINED: {event.why}"),
    ev.PluginFaulted: lambda event, entry: ("fault", f"PLUGIN {event.plugin} failed in {event.where}: {event.error}"),
    ev.Broken: breaks.broken,
    ev.Mended: breaks.mended,
    ev.Paged: breaks.paged,
    ev.Corrected: breaks.corrected,
    ev.CashBooked: breaks.cash_booked,
    **capital.TELLERS,
}
