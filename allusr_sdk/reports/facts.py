"""The facts of a run: what each ledger did and has, and what binds the whole account. Pure: a fold over the journal."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import Factory, define, frozen

from allusr_sdk.ledger import Entry, Run
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.reports.needs import Need, needs
from allusr_sdk.reports.reasons import Reason, Tally

WRITTEN = frozenset({"4010", "4020"})  # results of written puts and calls


@frozen(kw_only=True)
class LedgerFacts:
    """One ledger. Counts are contracts (or shares where named so), amounts dollars.

    Attributes:
        orders: entry orders that filled; `unfilled` those that ended without a fill.
        sold, closed, expired, assigned, exercised, rolled: option contracts; a roll counts in `rolled` alone.
        refused, skipped: symbols times days, with their commonest reasons.
        premium_taken: gross premium of written options; `premium_kept` the result of those that ended.
        at_touch: equity had every fill been at the bid (sales) or ask.
    """

    ledger: str
    base: Decimal = ZERO
    orders: int = 0
    unfilled: int = 0
    sold: int = 0
    closed: int = 0
    expired: int = 0
    assigned: int = 0
    exercised: int = 0
    rolled: int = 0
    shares_bought: int = 0
    shares_sold: int = 0
    refused: int = 0
    refused_why: tuple[Reason, ...] = ()
    skipped: int = 0
    skipped_why: tuple[Reason, ...] = ()
    premium_taken: Decimal = ZERO
    premium_kept: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    collateral: Decimal = ZERO
    cash: Decimal = ZERO
    equity: Decimal = ZERO
    at_touch: Decimal = ZERO


@frozen(kw_only=True)
class Change:
    """The state machine or a kill switch moved."""

    at: str
    what: str
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
class RunFacts:
    """A whole run. `complete` tells that the journal has its tail; `traded` names symbols that had a fill."""

    run: int
    mode: str
    market: str
    first: date
    last: date
    seed: int
    capital: Decimal
    rulebook: str
    settings: str
    plugins: Mapping[str, str]
    what_if: Mapping[str, str]
    complete: bool
    state: str
    cycles: int
    tier: str
    changes: tuple[Change, ...]
    entries: int
    head: str
    needs: tuple[Need, ...]
    notices: tuple[Notice, ...]
    traded: tuple[str, ...]
    ledgers: tuple[LedgerFacts, ...]
    total: LedgerFacts


@define
class _Count:
    """What the journal says of one ledger, while it is read."""

    numbers: dict[str, int] = Factory(dict)
    kept: int = 0
    refused: Tally = Factory(Tally)
    skipped: Tally = Factory(Tally)
    filled: set[str] = Factory(set)
    entries: set[str] = Factory(set)

    def add(self, name: str, count: int) -> None:
        self.numbers[name] = self.numbers.get(name, 0) + count


@define
class _Read:
    """What the journal says of the whole account, while it is read."""

    counts: dict[str, _Count] = Factory(dict)
    changes: list[Change] = Factory(list)
    notices: list[Notice] = Factory(list)
    traded: set[str] = Factory(set)
    complete: bool = False

    def of(self, ledger: str) -> _Count:
        return self.counts.setdefault(ledger, _Count())

    def take(self, entry: Entry) -> None:
        event = entry.event
        self.complete |= isinstance(event, ev.RunEnded)
        self.changes += _change(entry)
        if isinstance(event, ev.Filled):
            self.traded.add(event.symbol)
        if event.ledger:
            _count(self.of(event.ledger), entry)
        elif isinstance(event, ev.Decided):
            self.notices.append(Notice(symbol=event.symbol, rule=event.rule, why=event.why))


def of_run(run: Run) -> RunFacts:
    """The facts of a run."""
    read = _Read()
    for entry in run.entries():
        read.take(entry)
    head, book = started(run), run.book
    ledgers = tuple(_ledger(name, read.of(name), book.ledgers[name]) for name in book.ledgers)
    return RunFacts(
        run=run.id, mode=head.mode, market=head.market, first=head.first, last=head.last, seed=head.seed,
        capital=usd(head.capital), rulebook=head.rulebook, settings=head.settings, plugins=dict(head.plugins),
        what_if=dict(head.what_if), complete=read.complete, state=book.state, cycles=book.cycle, tier=book.tier,
        changes=tuple(read.changes), entries=run.seq, head=run.head, needs=needs(run), notices=tuple(read.notices),
        traded=tuple(sorted(read.traded)), ledgers=ledgers, total=_total(ledgers),
    )  # fmt: skip


def started(run: Run) -> ev.RunStarted:
    """The head of a run's journal."""
    head = next(run.entries(kind="RunStarted")).event
    assert isinstance(head, ev.RunStarted)
    return head


def unrealised(position: Position) -> Decimal:
    """Value less basis, or premium less the cost to buy back, at the last mark; dollars."""
    return usd(position.value + position.amount if position.short else position.value - position.amount)


# --- one entry ------------------------------------------------------------------------------------------------------


def _count(count: _Count, entry: Entry) -> None:
    handle = _COUNTERS.get(type(entry.event))
    if handle:
        handle(count, entry.event, entry)
    count.kept -= sum(line.amount for line in entry.lines if line.account in WRITTEN)


def _filled(count: _Count, event: ev.Filled, entry: Entry) -> None:
    size = abs(event.quantity)
    count.filled.add(event.key)
    if event.cause == "roll":
        count.add("rolled", size if event.opening else 0)
    elif contract_of(event.instrument) is None:
        count.add("shares_bought" if event.quantity > 0 else "shares_sold", size)
    else:
        count.add("sold" if event.opening else "closed", size)


def _decided(count: _Count, event: ev.Decided, entry: Entry) -> None:
    tally = {"refuse": count.refused, "skip": count.skipped}.get(event.verdict)
    if tally is not None:
        tally.add(event, entry.at.astimezone(NEW_YORK).date())


def _intent(count: _Count, event: ev.IntentRecorded, entry: Entry) -> None:
    if event.opening:
        count.entries.add(event.key)


def _ended(name: str) -> Callable[[_Count, Any, Entry], None]:
    return lambda count, event, entry: count.add(name, abs(event.quantity))


_COUNTERS: Mapping[type[ev.Event], Callable[[_Count, Any, Entry], None]] = {
    ev.Filled: _filled,
    ev.Decided: _decided,
    ev.IntentRecorded: _intent,
    ev.Expired: _ended("expired"),
    ev.Assigned: _ended("assigned"),
    ev.Exercised: _ended("exercised"),
}


def _change(entry: Entry) -> Iterable[Change]:
    event, at = entry.event, entry.at.isoformat()
    if isinstance(event, ev.StateChanged):
        yield Change(at=at, what="state", before=event.before, after=event.after, rule=event.rule, why=event.cause)
    if isinstance(event, ev.SwitchChanged):
        value = "" if event.value is None else f" {event.value:g}"
        limit = "" if event.threshold is None else f", threshold {event.threshold:g}"
        why = f"{event.reason}{value}{limit}"
        yield Change(at=at, what="switch", before=event.before, after=event.after, rule=event.rule, why=why)


# --- one ledger and all of them -------------------------------------------------------------------------------------


def _ledger(name: str, count: _Count, book: LedgerBook) -> LedgerFacts:
    return LedgerFacts(
        ledger=name, base=book.base, orders=len(count.entries & count.filled),
        unfilled=len(count.entries - count.filled - set(book.working)), **count.numbers,
        refused=count.refused.total, refused_why=count.refused.commonest(),
        skipped=count.skipped.total, skipped_why=count.skipped.commonest(),
        premium_taken=book.premium, premium_kept=usd(Decimal(count.kept) / 100), fees=book.fees, realised=book.realised,
        unrealised=usd(sum((unrealised(p) for p in book.positions.values()), ZERO)), collateral=usd(book.reserved),
        cash=book.cash, equity=usd(book.equity), at_touch=usd(book.equity - book.improvement),
    )  # fmt: skip


_SUMS = (
    "base", "orders", "unfilled", "sold", "closed", "expired", "assigned", "exercised", "rolled", "shares_bought",
    "shares_sold", "refused", "skipped", "premium_taken", "premium_kept", "fees", "realised", "unrealised",
    "collateral", "cash", "equity", "at_touch",
)  # fmt: skip


def _total(ledgers: Iterable[LedgerFacts]) -> LedgerFacts:
    every = tuple(ledgers)
    sums: dict[str, Any] = {name: sum(getattr(facts, name) for facts in every) for name in _SUMS} if every else {}
    return LedgerFacts(ledger="total", **sums)
