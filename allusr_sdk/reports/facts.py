"""The facts of a run: what each ledger did and has, and what binds the whole account. Pure: a fold over the journal."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import frozen

from allusr_sdk.ledger import Run
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.positions import LedgerBook
from allusr_sdk.reports.beginnings import started
from allusr_sdk.reports.counts import Change, Count, Counts, Notice, WeekFacts
from allusr_sdk.reports.ladders import LadderFacts, ladders
from allusr_sdk.reports.needs import Need
from allusr_sdk.reports.reasons import Reason
from allusr_sdk.reports.switches import Standing, standing
from allusr_sdk.reports.tree import AccountFacts, accounts
from allusr_sdk.reports.words import unrealised


@frozen(kw_only=True)
class LedgerFacts:
    """One ledger. Counts are contracts (or shares where named so), amounts dollars.

    Attributes:
        orders: entry orders that filled; `unfilled` those that ended without a fill.
        sold, closed, expired, assigned, exercised, rolled: option contracts; a roll counts in `rolled` alone.
        refused, skipped: symbols times days, with their commonest reasons.
        hedged, released: contracts bought as hedges, and sold again; `rungs` and `rungs_sold` those of a growth ladder.
        hedge_cost: what hedges cost with fees, spreads' short legs deducted; `dividends` received.
        premium_taken: gross premium of written options; `premium_kept` the result of those that ended. Legs that
            hedges wrote are in neither.
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
    hedged: int = 0
    released: int = 0
    rungs: int = 0
    rungs_sold: int = 0
    refused: int = 0
    refused_why: tuple[Reason, ...] = ()
    skipped: int = 0
    skipped_why: tuple[Reason, ...] = ()
    premium_taken: Decimal = ZERO
    premium_kept: Decimal = ZERO
    hedge_cost: Decimal = ZERO
    dividends: Decimal = ZERO
    fees: Decimal = ZERO
    realised: Decimal = ZERO
    unrealised: Decimal = ZERO
    collateral: Decimal = ZERO
    cash: Decimal = ZERO
    equity: Decimal = ZERO
    at_touch: Decimal = ZERO


@frozen(kw_only=True)
class RunFacts:
    """A whole run. `complete` tells that the journal has its tail; `traded` names symbols that had a fill.

    `switches` are those that stand at its end, `weeks` the newest record of each week and ledger, the account's too.
    """

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
    switches: tuple[Standing, ...]
    changes: tuple[Change, ...]
    entries: int
    head: str
    needs: tuple[Need, ...]
    notices: tuple[Notice, ...]
    traded: tuple[str, ...]
    weeks: tuple[WeekFacts, ...]
    ledgers: tuple[LedgerFacts, ...]
    ladders: tuple[LadderFacts, ...]
    tree: tuple[AccountFacts, ...]
    total: LedgerFacts


def of_run(run: Run) -> RunFacts:
    """The facts of a run."""
    read = Counts()
    for entry in run.entries():
        read.take(entry)
    return of_counts(run, read)


def of_counts(run: Run, read: Counts) -> RunFacts:
    """The facts of a run of which every entry was counted."""
    head, book = started(run), run.book
    ledgers = tuple(_ledger(name, read.of(name), book.ledgers[name]) for name in book.ledgers)
    return RunFacts(
        run=run.id, mode=head.mode, market=head.market, first=head.first, last=head.last, seed=head.seed,
        capital=usd(head.capital), rulebook=head.rulebook, settings=head.settings, plugins=dict(head.plugins),
        what_if=dict(head.what_if), complete=read.complete, state=book.state, cycles=book.cycle, tier=book.tier,
        switches=standing(book), changes=tuple(read.changes), entries=run.seq, head=run.head,
        needs=read.waiting.found(book), notices=tuple(read.notices), traded=tuple(sorted(read.traded)),
        weeks=tuple(read.weeks.values()), ledgers=ledgers, ladders=ladders(book),
        tree=accounts(run), total=together("total", ledgers),
    )  # fmt: skip


# --- one ledger and all of them -------------------------------------------------------------------------------------


def _ledger(name: str, count: Count, book: LedgerBook) -> LedgerFacts:
    read: dict[str, Any] = {**count.numbers, **count.amounts}
    return LedgerFacts(
        ledger=name, base=book.base, orders=len(count.entries & count.filled),
        unfilled=len(count.entries - count.filled - set(book.working)), **read,
        refused=count.refused.total, refused_why=count.refused.commonest(),
        skipped=count.skipped.total, skipped_why=count.skipped.commonest(),
        premium_taken=usd(book.premium - count.hedging), premium_kept=usd(Decimal(count.kept) / 100), fees=book.fees,
        realised=book.realised,
        unrealised=usd(sum((unrealised(p) for p in book.positions.values()), ZERO)), collateral=usd(book.reserved),
        cash=book.cash, equity=usd(book.equity), at_touch=usd(book.equity - book.improvement),
    )  # fmt: skip


_SUMS = (
    "base", "orders", "unfilled", "sold", "closed", "expired", "assigned", "exercised", "rolled", "shares_bought",
    "shares_sold", "hedged", "released", "rungs", "rungs_sold", "refused", "skipped", "hedge_cost", "dividends",
    "premium_taken", "premium_kept", "fees", "realised", "unrealised", "collateral", "cash", "equity", "at_touch",
)  # fmt: skip


def together(name: str, ledgers: Iterable[LedgerFacts]) -> LedgerFacts:
    """The sums of some ledgers under one name."""
    every = tuple(ledgers)
    sums: dict[str, Any] = {name: sum(getattr(facts, name) for facts in every) for name in _SUMS} if every else {}
    return LedgerFacts(ledger=name, **sums)
