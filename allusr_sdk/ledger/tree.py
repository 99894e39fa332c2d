"""The tree of accounts while it is folded: what moves between ledgers, phase by phase, exactly once (FK-2 to FK-6)."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.account import Account, Arriving, sealed
from allusr_sdk.ledger.funds import spend
from allusr_sdk.ledger.kind import name_of
from allusr_sdk.ledger.moves import CHECKS, FIRSTS, PHASES, Moving, phases_of
from allusr_sdk.model.events import (
    BudgetSpent,
    Event,
    ForkFunded,
    ForkIntended,
    ForkPaid,
    Funded,
    MergeIntended,
    MergeSent,
    MergeTaken,
    NodeClosed,
    RunStarted,
    TransferSent,
    TransferTaken,
)
from allusr_sdk.model.money import ZERO, price
from allusr_sdk.model.nodes import ROOT, Node, Unfinished
from allusr_sdk.model.positions import Position


class Tree:
    """Accounts by id and what is under way between ledgers; the fold alone changes it.

    Attributes:
        nodes, unfinished: as `Book` has them; the same frozen mappings until something changes.
    """

    def __init__(self) -> None:
        self.nodes: Mapping[str, Node] = sealed({})
        self.unfinished: Mapping[str, Unfinished] = sealed({})
        self._begun: set[tuple[str, str]] = set()
        self._travelling: dict[tuple[str, str], dict[str, Position]] = {}
        self._worth: dict[str, Decimal] = {}
        self._stamp = ""

    def require(self, event: Event, accounts: Mapping[str, Account], unsettled: frozenset[str]) -> None:
        """Raise `KernelError` for a phase that does not follow what stands; nothing is changed."""
        if type(event) not in PHASES:
            return
        key: str = event.key  # type: ignore[attr-defined]
        why, check = self._key(event, key), CHECKS.get(type(event))
        if not why and check:
            why = check(event, Moving(accounts, self.nodes, self.unfinished, unsettled))
        if why:
            raise KernelError(f"{event.kind} {key} in {event.ledger or 'no ledger'}: {why}")

    def enter(self, event: Event, accounts: Mapping[str, Account]) -> Arriving:
        """Positions that arrive with an entry, as they stood where they come from; those that leave are remembered."""
        if isinstance(event, MergeSent | TransferSent):
            held = accounts[event.ledger].positions
            names = (name_of(moved.instrument) for moved in event.lots)
            left = {name: held[f"{event.ledger}:{name}"] for name in names}
            self._travelling[event.key, event.ledger] = left
        if isinstance(event, MergeTaken | TransferTaken):
            return self._travelling.pop((event.key, event.source))
        return {}

    def take(self, event: Event, accounts: Mapping[str, Account], day: date) -> None:
        """Take over an entry that was posted."""
        _TAKERS[type(event)](self, event, accounts, day)
        if type(event) in PHASES:
            self._follow(event, accounts)

    def _key(self, event: Event, key: str) -> str:
        """Why an entry is no first phase, or not the next one; empty where it is."""
        kind, pending = PHASES[type(event)], self.unfinished.get(key)
        begun = (kind, key) in self._begun
        if type(event) in FIRSTS:
            taken = begun or pending is not None
            return "it has already begun: a phase is booked once" if taken else "" if key else "it has no key"
        if pending is None or pending.kind != kind:
            return f"that {kind} is already done" if begun else f"no such {kind} has begun: its first phase is missing"
        return "" if isinstance(event, MergeSent) else _unlike(event, pending)

    def _follow(self, event: Event, accounts: Mapping[str, Account]) -> None:
        """What is missing after a phase; nothing more is under way where it was the last."""
        kind, key = PHASES[type(event)], event.key  # type: ignore[attr-defined]
        self._begun.add((kind, key))
        pending = self.unfinished.get(key) or Unfinished(key=key, kind=kind, first=event)
        left = tuple(each for each in pending.missing if not _same(each, event))
        missing = (*left, *phases_of(event)) or self._ending(pending, accounts)
        rest = {name: each for name, each in self.unfinished.items() if name != key}
        ends = not missing and (kind != "merge" or isinstance(event, NodeClosed))
        self.unfinished = sealed(rest if ends else rest | {key: evolve(pending, missing=missing)})

    def _ending(self, pending: Unfinished, accounts: Mapping[str, Account]) -> tuple[Event, ...]:
        """The last entry of a merge, once every ledger of the account is empty."""
        first = pending.first
        if not isinstance(first, MergeIntended) or pending.key not in self._worth:
            return ()
        node = self.nodes[first.node]
        if not node.active or any(_holds(accounts[name]) for name in node.ledgers if name in accounts):
            return ()
        multiple = price(self._worth[pending.key] / node.amount)
        about = {"ledger": first.ledger, "rule": first.rule, "key": first.key, "node": first.node}
        return (NodeClosed(**about, target=first.target, multiple=multiple),)

    def node(self, name: str, **changes: Any) -> None:  # noqa: ANN401 - the fields of Node
        """Change an account of the tree."""
        self.nodes = sealed({**self.nodes, name: evolve(self.nodes[name], **changes)})

    def begin(self, node: Node) -> None:
        """Add an account to the tree."""
        self.nodes = sealed({**self.nodes, node.id: node})

    def join(self, account: Account, node: str, style: str) -> None:
        """A ledger begins in an account."""
        account.stand(node=node, style=style)
        ledgers = self.nodes[node].ledgers
        if account.name not in ledgers:
            self.node(node, ledgers=(*ledgers, account.name))

    def started(self, event: RunStarted) -> None:
        """Remember the stamp under which accounts begin."""
        self._stamp = event.rulebook

    def funded(self, event: Funded, account: Account, day: date) -> None:
        """Capital from outside: the first begins the root."""
        if ROOT not in self.nodes:
            self.begin(Node(
                id=ROOT, parent="", root=ROOT, form="ROOT", generation=0, funded_at=day, amount=ZERO, stamp=self._stamp,
            ))  # fmt: skip
        if account.funds.node == ROOT:
            self.join(account, ROOT, account.funds.style)
            self.node(ROOT, amount=self.nodes[ROOT].amount + event.amount)

    def intended(self, event: ForkIntended, account: Account, day: date) -> None:
        """An account begins; its ledgers follow as they are funded."""
        account.stand(set_aside=account.funds.set_aside + event.amount)
        self.begin(Node(
            id=event.node, parent=event.parent, root=event.root, form=event.form, generation=event.generation,
            funded_at=day, amount=event.amount, stamp=self._stamp, week=event.week,
            ledgers=tuple(share.ledger for share in event.shares),
        ))  # fmt: skip

    def freeze(self, event: MergeIntended, accounts: Mapping[str, Account]) -> None:
        """Nothing is opened any more in the ledgers of an account that is to be merged."""
        self.node(event.node, closing=event.cause, target=event.target)
        for name in self.nodes[event.node].ledgers:
            accounts[name].stand(closing=event.cause)

    def gave(self, event: MergeSent) -> None:
        """Count what a merged account gives, at marks."""
        left = self._travelling[event.key, event.ledger].values()
        worth = event.cash + sum((position.value for position in left), ZERO)
        self._worth[event.key] = self._worth.get(event.key, ZERO) + worth

    def archive(self, event: NodeClosed, accounts: Mapping[str, Account], day: date) -> None:
        """An account ends; its ledgers stay, closed."""
        self.node(event.node, closed_at=day, multiple=event.multiple)
        self._worth.pop(event.key, None)
        for name in self.nodes[event.node].ledgers:
            accounts[name].stand(closed=True)


def _unlike(event: Event, pending: Unfinished) -> str:
    """How a phase differs from what is missing; empty where it is the next one."""
    if not pending.missing:
        return "it is already booked, or what comes before it is missing"
    alike = [each for each in pending.missing if type(each) is type(event)]
    if type(event) is not type(pending.missing[0]):
        return f"{pending.missing[0].kind} of it comes first" if alike else "it is already booked"
    return "" if any(_same(each, event) for each in alike) else f"it is not what the first phase said: {alike[0]}"


def _same(missing: Event, event: Event) -> bool:
    """Whether an entry is one that is missing; by which rule it is booked does not matter."""
    if isinstance(missing, NodeClosed):
        return isinstance(event, NodeClosed) and (missing.node, missing.target) == (event.node, event.target)
    return type(missing) is type(event) and missing == evolve(event, rule=missing.rule, symbol=missing.symbol)


def _holds(account: Account) -> bool:
    """Whether a ledger has still to give: one that lost all gives its base."""
    return bool(account.cash or account.lots or account.base)


def _paid(tree: Tree, event: ForkPaid, accounts: Mapping[str, Account], day: date) -> None:
    account = accounts[event.ledger]
    account.stand(set_aside=account.funds.set_aside - event.amount)


def _sent(tree: Tree, event: TransferSent, accounts: Mapping[str, Account], day: date) -> None:
    account = accounts[event.ledger]
    if event.budget:
        spend(account, event.budget, event.amount)
    if event.budget == "contracts":
        account.stand(released=account.funds.released - event.amount)


def _taken(tree: Tree, event: TransferTaken, accounts: Mapping[str, Account], day: date) -> None:
    """A ledger that begins with a transfer is of the account that it comes from, run by the sleeve of its name."""
    if any(event.ledger in node.ledgers for node in tree.nodes.values()):
        return
    node, (_, forked, style) = accounts[event.source].funds.node, event.ledger.rpartition(".")
    if node in tree.nodes:
        tree.join(accounts[event.ledger], node, style if forked else "")


def _nothing(tree: Tree, event: Event, accounts: Mapping[str, Account], day: date) -> None:
    return None


_TAKERS: Mapping[type[Event], Callable[[Tree, Any, Mapping[str, Account], date], None]] = {
    RunStarted: lambda tree, event, accounts, day: tree.started(event),
    Funded: lambda tree, event, accounts, day: tree.funded(event, accounts[event.ledger], day),
    ForkIntended: lambda tree, event, accounts, day: tree.intended(event, accounts[event.ledger], day),
    ForkPaid: _paid,
    ForkFunded: lambda tree, event, accounts, day: tree.join(accounts[event.ledger], event.node, event.style),
    MergeIntended: lambda tree, event, accounts, day: tree.freeze(event, accounts),
    MergeSent: lambda tree, event, accounts, day: tree.gave(event),
    MergeTaken: _nothing,
    NodeClosed: lambda tree, event, accounts, day: tree.archive(event, accounts, day),
    TransferSent: _sent,
    TransferTaken: _taken,
    BudgetSpent: _nothing,
}
BETWEEN = frozenset(_TAKERS)
