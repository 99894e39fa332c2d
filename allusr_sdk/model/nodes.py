"""Accounts as a tree, and what of a ledger's capital is set apart: lineage, budgets, reserves (FK-4, FK-7, TX-8)."""

import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from attrs import Factory, evolve, frozen

from allusr_sdk.model.money import ZERO

if TYPE_CHECKING:
    from allusr_sdk.model.events.base import Event

ROOT = "root"
"""Id of a user's first account."""

_FORK = re.compile(r"[mf]\d+(\.|$)")


@frozen(kw_only=True)
class Node:
    """An account of the tree (FK-4).

    Attributes:
        id: ``root``, ``m1``, ``f1``; `parent` and `root` are ids, the parent of the root is empty.
        form: ROOT, MINI or FULL; `generation` is 0 for the root, 1 for its forks.
        funded_at: New York date on which it began; `week` that of the fork (empty for the root).
        amount: dollars with which it began; what is contributed to the root later counts too.
        stamp: of the rulebook under which it began.
        ledgers: names of its ledgers; one that a transfer began is among them.
        closing: why it is to be merged (``3x``, ``3 years``), else empty; its entries are frozen from then on.
        target: the ledger that it is merged into, known from then on.
        closed_at: when it was archived; None while it is active.
        multiple: what it gave when it was merged, at marks, over `amount`.
    """

    id: str
    parent: str
    root: str
    form: str
    generation: int
    funded_at: date
    amount: Decimal
    stamp: str
    week: str = ""
    ledgers: tuple[str, ...] = ()
    closing: str = ""
    target: str = ""
    closed_at: date | None = None
    multiple: Decimal | None = None

    @property
    def active(self) -> bool:
        """Whether it was not archived; one that is to be merged is active until then (FK-5)."""
        return self.closed_at is None


@frozen(kw_only=True)
class Unfinished:
    """A fork, merge or transfer that is under way.

    Attributes:
        kind: fork, merge or transfer.
        first: the entry that began it.
        missing: the entries that finish what has begun to move, word for word and in order; none while a merge waits
            for its shorts to run off. After a stop they are written as they stand here, nothing else is.
    """

    key: str
    kind: str
    first: "Event"
    missing: tuple["Event", ...] = ()


@frozen
class AccountMap:
    """In which of a broker's accounts each ledger lies (CAD-13).

    Attributes:
        pairs: account by ledger, or by the id of an account of the tree for all of its ledgers.
        others: the account of all that is not named; empty where it is not known.
    """

    pairs: Mapping[str, str] = Factory(dict)
    others: str = ""

    def of(self, ledger: str) -> str:
        """The broker's account of a ledger: its own, else that of its account of the tree, else that of all others."""
        node = ledger.partition(".")[0] if "." in ledger else ROOT
        return self.pairs.get(ledger, self.pairs.get(node, self.others))

    def within(self, ledgers: Collection[str], *, forks: bool) -> "AccountMap":
        """What it says of a run with some ledgers, and of the accounts that may fork from it."""
        return evolve(self, pairs={
            name: account for name, account in self.pairs.items()
            if name in ledgers or name == ROOT or (forks and _FORK.match(name))
        })  # fmt: skip


@frozen
class Receivable:
    """A dividend on its way, dollars; `pay_day` is None where only its payment will tell it."""

    symbol: str
    ex_day: date
    cash: Decimal
    pay_day: date | None = None


@frozen(kw_only=True, slots=False)
class Funds:
    """Whose a ledger is, and what of its capital is set apart; all amounts in dollars.

    Attributes:
        style: the sleeve that runs it; empty means that of its own name.
        node: id of the account that it belongs to.
        tax_reserve: never spent (TX-8).
        contracts_budget, leap_budget: appropriated and not spent yet (FK-7).
        released: contracts budgets that were appropriated here so far and not moved elsewhere (CAD-10 of Rev).
        set_aside: for forks that are intended and not paid yet.
        awaited: dividends that are accrued and not paid yet, in the order of their ex-dates.
        revalued: by position key, the unrealised result that stands in the books until it is taken back.
        results: net realised result by finished quarter (``2026-Q1``), the newest eight.
        reinvested: the last quarter that was appropriated.
        closing: why its account is to be merged, else empty: nothing is opened any more (FK-3).
        closed: whether it is archived.
    """

    style: str = ""
    node: str = ROOT
    tax_reserve: Decimal = ZERO
    contracts_budget: Decimal = ZERO
    leap_budget: Decimal = ZERO
    released: Decimal = ZERO
    set_aside: Decimal = ZERO
    awaited: tuple[Receivable, ...] = ()
    revalued: Mapping[str, Decimal] = Factory(dict)
    results: Mapping[str, Decimal] = Factory(dict)
    reinvested: str = ""
    closing: str = ""
    closed: bool = False

    @property
    def receivable(self) -> Mapping[str, Decimal]:
        """Dollars of the dividends that are awaited, by symbol."""
        due: dict[str, Decimal] = {}
        for one in self.awaited:
            due[one.symbol] = due.get(one.symbol, ZERO) + one.cash
        return due
