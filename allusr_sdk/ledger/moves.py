"""What must hold before capital moves between ledgers, and which entries follow from which (FK-2, FK-3, FK-6)."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from allusr_sdk.ledger.account import Account
from allusr_sdk.ledger.funds import budget_of
from allusr_sdk.ledger.kind import given, in_kind, name_of, received
from allusr_sdk.model.events import (
    BudgetSpent,
    Event,
    ForkFunded,
    ForkIntended,
    ForkPaid,
    MergeIntended,
    MergeSent,
    MergeTaken,
    Moved,
    NodeClosed,
    TransferSent,
    TransferTaken,
)
from allusr_sdk.model.nodes import Node, Unfinished
from allusr_sdk.model.positions import LedgerBook

PHASES: Mapping[type[Event], str] = {
    ForkIntended: "fork", ForkPaid: "fork", ForkFunded: "fork",
    MergeIntended: "merge", MergeSent: "merge", MergeTaken: "merge", NodeClosed: "merge",
    TransferSent: "transfer", TransferTaken: "transfer",
    BudgetSpent: "spending",
}  # fmt: skip
FIRSTS = frozenset({ForkIntended, MergeIntended, TransferSent, BudgetSpent})


@frozen
class Moving:
    """The books that a movement is to fit; `unsettled` are keys of positions that wait for a settlement price."""

    accounts: Mapping[str, Account]
    nodes: Mapping[str, Node]
    unfinished: Mapping[str, Unfinished]
    unsettled: frozenset[str]

    def free(self, ledger: str) -> Decimal:
        """Cash of a ledger that secures nothing and is set apart for nothing, dollars."""
        return self.accounts[ledger].snapshot().free

    def stuck(self, ledger: str, target: str, lots: tuple[Moved, ...]) -> str:
        """Why lots of a ledger cannot leave as they are named, or not arrive; empty where they can."""
        account, there = self.accounts[ledger], self.accounts.get(target)
        try:
            gone, _ = given(lots, account.lots)
            received(lots, there.lots if there else {})
        except ValueError as why:
            return str(why)
        keys = sorted(f"{ledger}:{name_of(moved.instrument)}" for moved in lots)
        if waits := [key for key in keys if key in self.unsettled]:
            return f"{waits[0]} waits for its settlement price"
        if marked := [key for key in keys if key in account.funds.revalued]:
            return f"{marked[0]} is at a mark: take it back first"
        symbols = {lot.symbol for lot in gone}
        busy = sorted(key for key, order in account.orders.items() if order.intent.symbol in symbols)
        return f"{busy[0]} still works, cancel it first" if busy else ""

    def under_way(self, ledger: str) -> str:
        """Why a ledger takes part in something that is unfinished; empty where it does not."""
        for each in self.unfinished.values():
            if any(ledger in (event.ledger, getattr(event, "source", "")) for event in each.missing):
                return f"{each.kind} {each.key} is not finished"
        return ""


def phases_of(event: Event) -> tuple[Event, ...]:
    """The entries that follow from a phase, word for word."""
    follow = _FOLLOWS.get(type(event))
    return follow(event) if follow else ()


def _fork(event: ForkIntended) -> tuple[Event, ...]:
    about = {"rule": event.rule, "key": event.key, "node": event.node}
    funded = (ForkFunded(**about, ledger=s.ledger, style=s.style, amount=s.amount) for s in event.shares)
    return (ForkPaid(**about, ledger=event.ledger, amount=event.amount), *funded)


def _merge(event: MergeSent) -> tuple[Event, ...]:
    about = {"rule": event.rule, "key": event.key, "node": event.node}
    return (MergeTaken(**about, ledger=event.target, source=event.ledger, cash=event.cash, lots=event.lots),)


def _transfer(event: TransferSent) -> tuple[Event, ...]:
    about = {"rule": event.rule, "symbol": event.symbol, "key": event.key}
    return (TransferTaken(**about, ledger=event.to, source=event.ledger, amount=event.amount, lots=event.lots),)


_FOLLOWS: Mapping[type[Event], Callable[[Any], tuple[Event, ...]]] = {
    ForkIntended: _fork,
    MergeSent: _merge,
    TransferSent: _transfer,
}


# --- why a phase is refused; an empty text where it is not ----------------------------------------------------------


def _may_fork(event: ForkIntended, now: Moving) -> str:
    parent, account = now.nodes.get(event.parent), now.accounts.get(event.ledger)
    if parent is None or account is None or account.funds.node != event.parent:
        return f"{event.ledger or 'it'} is no ledger of an account {event.parent}"
    if not parent.active or parent.closing:
        return f"account {parent.id} is {'archived' if parent.closed_at else 'to be merged'}: it does not fork"
    if parent.form == "MINI":
        return f"account {parent.id} is a mini: it does not fork"
    if event.form not in ("MINI", "FULL") or (event.root, event.generation) != (parent.root, parent.generation + 1):
        return f"{event.form} of root {event.root} in generation {event.generation} is no fork of {parent.id}"
    return _may_begin(event, now) or _may_pay(event.ledger, event.amount, now)


def _may_begin(event: ForkIntended, now: Moving) -> str:
    names = [share.ledger for share in event.shares]
    if event.node in now.nodes or not event.node:
        return f"account {event.node} exists already"
    if taken := sorted({name for name in names if name in now.accounts or not name or names.count(name) > 1}):
        return f"ledger {taken[0]} exists already"
    parts = [share.amount for share in event.shares]
    if not parts or min(parts) <= 0 or sum(parts) != event.amount:
        return f"its shares {' + '.join(map(str, parts)) or 'nothing'} are not {event.amount}"
    return ""


def _may_pay(ledger: str, amount: Decimal, now: Moving) -> str:
    free = now.free(ledger)
    return "" if amount <= free else f"it moves {amount:,.2f}, free cash is {free:,.2f}"


def _may_merge(event: MergeIntended, now: Moving) -> str:
    node, target = now.nodes.get(event.node), now.accounts.get(event.target)
    if node is None or not node.parent:
        return f"{event.node or 'it'} is no account that was forked"
    if not node.active or node.closing:
        return f"account {node.id} is {'archived' if node.closed_at else 'already to be merged'}"
    if target is None or target.funds.closed or target.funds.node == node.id:
        return f"its target {event.target or '(none)'} is no open ledger of another account"
    if unborn := [name for name in node.ledgers if name not in now.accounts]:
        return f"ledger {unborn[0]} of it is not funded yet"
    if children := sorted(each.id for each in now.nodes.values() if each.parent == node.id and each.active):
        return f"its fork {children[0]} is active"
    return ""


def _may_give(event: MergeSent, now: Moving) -> str:
    pending, node = now.unfinished[event.key], now.nodes.get(event.node)
    first = pending.first
    if not isinstance(first, MergeIntended) or (first.node, first.target) != (event.node, event.target):
        return f"it is not what the first phase said: {first}"
    if node is None or event.ledger not in node.ledgers:
        return f"it is no ledger of account {event.node}"
    if any(isinstance(each, NodeClosed) for each in pending.missing):
        return f"account {event.node} has given all and is closed first"
    account = now.accounts[event.ledger].snapshot()
    if short := sorted(_owed(event, account)):
        return f"{short[0]} is owed: shorts run off first"
    if waits := now.under_way(event.ledger):
        return waits
    if not (account.cash or account.lots or account.base):
        return "it has given all, or never had anything"
    return _all_of(event, account) or now.stuck(event.ledger, event.target, event.lots)


def _owed(event: MergeSent, book: LedgerBook) -> Iterator[str]:
    """What is written and is no leg of a hedge."""
    for name in (name_of(moved.instrument) for moved in event.lots if moved.quantity < 0):
        held = book.positions.get(f"{event.ledger}:{name}")
        if held is None or not held.hedges:
            yield name


def _all_of(event: MergeSent, book: LedgerBook) -> str:
    """Why what a ledger gives is not all that it has, or why it cannot be all yet."""
    if event.cash != book.cash:
        return f"it gives cash of {event.cash:,.2f} and has {book.cash:,.2f}"
    if Counter(event.lots) != Counter(in_kind(book)):
        return f"it gives {len(event.lots)} lots and has {len(book.lots)}, or they differ"
    kept = {
        "orders that work": book.working, "pinned reserves": book.pinned, "dividends receivable": book.receivable,
        "a tax reserve": book.tax_reserve, "budgets": book.contracts_budget or book.leap_budget,
        "capital set aside": book.set_aside,
    }  # fmt: skip
    return next((f"it has {what} still" for what, value in kept.items() if value), "")


def _may_send(event: TransferSent, now: Moving) -> str:
    account, target = now.accounts.get(event.ledger), now.accounts.get(event.to)
    if account is None or event.to in ("", event.ledger) or (target and target.funds.closed):
        return f"from {event.ledger or '(none)'} to {event.to or '(none)'} nothing can move"
    if event.amount < 0 or not (event.amount or event.lots):
        return f"it moves {event.amount} and {len(event.lots)} lots"
    if event.budget and event.amount > (left := budget_of(account, event.budget)):
        return f"it moves {event.amount:,.2f} of a {event.budget} budget of {left:,.2f}"
    paid = _may_pay(event.ledger, event.amount, now) if event.amount else ""
    return paid or now.stuck(event.ledger, event.to, event.lots)


CHECKS: Mapping[type[Event], Callable[[Any, Moving], str]] = {
    ForkIntended: _may_fork,
    MergeIntended: _may_merge,
    MergeSent: _may_give,
    TransferSent: _may_send,
}
