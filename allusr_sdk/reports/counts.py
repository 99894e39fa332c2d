"""Counting a run's journal in one pass: what each ledger did, what moved, what waits for a human."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from attrs import Factory, define, frozen

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.ladders import GROWTH
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.outstanding import HEDGE, LADDER
from allusr_sdk.reports.hedging import Leg, kept, legs
from allusr_sdk.reports.needs import Waiting
from allusr_sdk.reports.reasons import Tally
from allusr_sdk.reports.switches import reason
from allusr_sdk.reports.words import multiplier


@frozen(kw_only=True)
class Change:
    """The state machine or a kill switch moved; of a switch also whose (`account` or a ledger) and by which cause."""

    at: str
    what: str
    scope: str = "account"
    cause: str = ""
    before: str
    after: str
    rule: str
    why: str


@frozen(kw_only=True)
class Notice:
    """What a source could not use or doubted."""

    symbol: str
    rule: str
    why: str


@frozen(kw_only=True)
class WeekFacts:
    """The newest record of a week in a ledger, the account where it is empty (WK-3)."""

    week: str
    ledger: str
    primary: str
    labels: tuple[str, ...]
    status: str
    version: int


@define
class Count:
    """What the journal says of one ledger, while it is read.

    `kept` is in cents; `hedging` is what written legs of hedges brought, dollars that are no premium taken.
    """

    numbers: dict[str, int] = Factory(dict)
    amounts: dict[str, Decimal] = Factory(dict)
    kept: int = 0
    hedging: Decimal = ZERO
    refused: Tally = Factory(Tally)
    skipped: Tally = Factory(Tally)
    filled: set[str] = Factory(set)
    entries: set[str] = Factory(set)

    def add(self, name: str, count: int) -> None:
        """Count some more."""
        self.numbers[name] = self.numbers.get(name, 0) + count

    def pay(self, name: str, amount: Decimal) -> None:
        """Add dollars."""
        self.amounts[name] = usd(self.amounts.get(name, ZERO) + amount)


@define
class Counts:
    """What the journal says of the whole account, while it is read."""

    counts: dict[str, Count] = Factory(dict)
    changes: list[Change] = Factory(list)
    notices: list[Notice] = Factory(list)
    traded: set[str] = Factory(set)
    weeks: dict[tuple[str, str], WeekFacts] = Factory(dict)
    waiting: Waiting = Factory(Waiting)
    hedges: set[Leg] = Factory(set)
    complete: bool = False

    def of(self, ledger: str) -> Count:
        """What was counted of a ledger."""
        return self.counts.setdefault(ledger, Count())

    def take(self, entry: Entry) -> None:
        """Count an entry."""
        event = entry.event
        self.waiting.take(entry)
        self.complete |= isinstance(event, ev.RunEnded)
        self.changes += _change(entry)
        if isinstance(event, ev.Filled):
            self.traded.add(event.symbol)
            self.hedges.update(legs(event))
        if isinstance(event, ev.WeekTyped):
            self.weeks[event.week, event.ledger] = _week(event)
        if event.ledger:
            _count(self.of(event.ledger), entry, self.hedges)
        elif isinstance(event, ev.Decided):
            self.notices.append(Notice(symbol=event.symbol, rule=event.rule, why=event.why))


# --- one entry ------------------------------------------------------------------------------------------------------


def counted(entry: Entry, hedges: Collection[Leg] = ()) -> Count:
    """What one entry counts for in its ledger; what `hedges` wrote keeps no premium."""
    count = Count()
    _count(count, entry, hedges)
    return count


def _count(count: Count, entry: Entry, hedges: Collection[Leg]) -> None:
    handle = _COUNTERS.get(type(entry.event))
    if handle:
        handle(count, entry.event, entry)
    count.kept += kept(entry, hedges)


def _filled(count: Count, event: ev.Filled, entry: Entry) -> None:
    size = abs(event.quantity)
    count.filled.add(event.key)
    if event.cause.startswith(HEDGE):
        count.pay("hedge_cost", event.price * event.quantity * multiplier(event.instrument) + event.fee)
        count.add("hedged", max(event.quantity, 0))
        count.hedging += event.price * max(-event.quantity, 0) * multiplier(event.instrument) * event.opening
    elif event.cause == LADDER:
        count.add("rungs", size)
    elif event.cause == "roll":
        count.add("rolled", size if event.opening else 0)
    elif contract_of(event.instrument) is None:
        count.add("shares_bought" if event.quantity > 0 else "shares_sold", size)
    elif event.opening:
        count.add("sold", size)
    elif event.quantity > 0:
        count.add("closed", size)
    else:  # what is sold to close was owned: a rung of a growth ladder, else a hedge
        count.add("rungs_sold" if event.ledger.rpartition(".")[2] == GROWTH else "released", size)


def _decided(count: Count, event: ev.Decided, entry: Entry) -> None:
    tally = {"refuse": count.refused, "skip": count.skipped}.get(event.verdict)
    if tally is not None and event.symbol:  # what is said of a sleeve as a whole passes no symbol over
        tally.add(event, entry.at.astimezone(NEW_YORK).date())


def _intent(count: Count, event: ev.IntentRecorded, entry: Entry) -> None:
    if event.opening and not event.cause.startswith(HEDGE):
        count.entries.add(event.key)


def _ended(name: str) -> Callable[[Count, Any, Entry], None]:
    return lambda count, event, entry: count.add(name, abs(event.quantity))


_COUNTERS: Mapping[type[ev.Event], Callable[[Count, Any, Entry], None]] = {
    ev.Filled: _filled,
    ev.Decided: _decided,
    ev.IntentRecorded: _intent,
    ev.DividendPaid: lambda count, event, entry: count.pay("dividends", event.cash),
    ev.DividendAccrued: lambda count, event, entry: count.pay("dividends", event.cash),
    ev.CashBooked: lambda count, event, entry: count.pay("dividends", event.amount * (event.what == "dividend")),
    ev.Expired: _ended("expired"),
    ev.Assigned: _ended("assigned"),
    ev.Exercised: _ended("exercised"),
}


def _change(entry: Entry) -> Iterable[Change]:
    event, at = entry.event, entry.at.isoformat()
    if isinstance(event, ev.StateChanged):
        yield Change(at=at, what="state", before=event.before, after=event.after, rule=event.rule, why=event.cause)
    if isinstance(event, ev.SwitchChanged):
        yield Change(
            at=at, what="switch", scope=event.ledger or "account", cause=event.cause, before=event.before,
            after=event.after, rule=event.rule, why=reason(event),
        )  # fmt: skip


def _week(event: ev.WeekTyped) -> WeekFacts:
    return WeekFacts(
        week=event.week, ledger=event.ledger, primary=event.primary, labels=event.labels, status=event.status,
        version=event.version,
    )  # fmt: skip
