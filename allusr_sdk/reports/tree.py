"""The tree of accounts as a person sees it: age, what each began with and has, and what it made of that (FK-4)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from attrs import Factory, evolve, frozen

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.lineage import Branch, lineage
from allusr_sdk.model.nodes import AccountMap

_YEAR = 365


@frozen(kw_only=True)
class AccountFacts:
    """An account of the tree; dollars.

    Attributes:
        id: ``root``, ``m1``, ``f1``; `parent` is empty for the root, `depth` counts the accounts above it.
        form: ROOT, MINI or FULL; `generation` is 0 for the root.
        funded: with what it began, on `since`; `days` is its age, to the day on which it was archived.
        equity: at last marks, less tax reserves and what is set aside for forks.
        multiple: of what it began with, at its merge where it is archived; None where that is unknown.
        broker_accounts: the broker's account of its ledgers, by ledger; none where no map is given (CAD-13).
        closing: why it is to be merged, or was, into the ledger `target`; `closed` is the day on which it was archived.
    """

    id: str
    parent: str
    depth: int
    form: str
    generation: int
    since: date
    days: int
    funded: Decimal
    equity: Decimal
    multiple: Decimal | None
    ledgers: tuple[str, ...]
    closing: str
    target: str
    closed: date | None
    broker_accounts: Mapping[str, str] = Factory(dict)


def accounts(run: Run) -> tuple[AccountFacts, ...]:
    """Every account of a run, each behind its parent."""
    return tuple(map(_account, lineage(run)))


def _account(branch: Branch) -> AccountFacts:
    node = branch.node
    return AccountFacts(
        id=node.id, parent=node.parent, depth=branch.depth, form=node.form, generation=node.generation,
        since=node.funded_at, days=branch.days, funded=node.amount, equity=branch.equity, multiple=branch.multiple,
        ledgers=node.ledgers, closing=node.closing, target=node.target, closed=node.closed_at,
    )  # fmt: skip


def placed(found: Sequence[AccountFacts], where: AccountMap) -> tuple[AccountFacts, ...]:
    """The accounts with those of the broker in which their ledgers lie."""
    if not where.pairs:
        return tuple(found)
    return tuple(evolve(one, broker_accounts={name: where.of(name) for name in one.ledgers}) for one in found)


HEADERS = ("account", "ledgers", "age", "funded", "equity", "multiple")


def headers(found: Sequence[AccountFacts]) -> tuple[str, ...]:
    """What stands over the rows of `drawn`."""
    return (*HEADERS, "broker account") if _mapped(found) else HEADERS


def drawn(found: Sequence[AccountFacts]) -> list[list[str]]:
    """A row an account under `headers`; nothing where there is none but the root, and no map."""
    return [_row(account, found) for account in found] if len(found) > 1 or _mapped(found) else []


def _mapped(found: Sequence[AccountFacts]) -> bool:
    return any(account.broker_accounts for account in found)


def _row(account: AccountFacts, every: Sequence[AccountFacts]) -> list[str]:
    multiple = "" if account.multiple is None else f"{account.multiple:.2f}x"
    return [
        f"{_branches(account, every)}{account.id} {account.form}", _stand(account), age(account.days),
        f"{account.funded:,.2f}", f"{account.equity:,.2f}", multiple, *([_places(account)] if _mapped(every) else []),
    ]  # fmt: skip


def _places(account: AccountFacts) -> str:
    """One account for all ledgers, or each with its own; of what is not named none is known."""
    places = {name: of or "not named" for name, of in account.broker_accounts.items()}
    return next(iter(places.values())) if len(set(places.values())) == 1 else ", ".join(map(" ".join, places.items()))


def _stand(account: AccountFacts) -> str:
    if account.closed is not None:
        return f"merged into {account.target} on {account.closed}: {account.closing}"
    ledgers = ", ".join(account.ledgers)
    return f"{ledgers}; merging into {account.target}: {account.closing}" if account.closing else ledgers


def age(days: int) -> str:
    """An age in years and days."""
    years, rest = divmod(days, _YEAR)
    return f"{years} y {rest} d" if years else f"{rest} d"


def _branches(account: AccountFacts, every: Sequence[AccountFacts]) -> str:
    """The lines that join an account with those above it."""
    if not account.parent:
        return ""
    by_id = {one.id: one for one in every}
    marks, above = "└─ " if _last(account, every) else "├─ ", by_id[account.parent]
    while above.parent:
        marks, above = ("   " if _last(above, every) else "│  ") + marks, by_id[above.parent]
    return marks


def _last(account: AccountFacts, every: Sequence[AccountFacts]) -> bool:
    return [one.id for one in every if one.parent == account.parent][-1] == account.id


def tree_lines(found: Sequence[AccountFacts]) -> Iterator[str]:
    """A line for a run in which something forked or merged."""
    forks = [account for account in found if account.parent]
    if not forks:
        return
    counted = ((sum(account.form == form for account in forks), form) for form in ("MINI", "FULL"))
    forked = " and ".join(f"{count} {form}" for count, form in counted if count)
    merged = sum(account.closed is not None for account in forks)
    equity = sum((account.equity for account in forks if account.closed is None), Decimal("0.00"))
    yield f"Accounts: {forked} forked, {merged} merged; {len(forks) - merged} active with {equity:,.2f}"
