"""The fork tree as branches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from allusr_sdk.reports.tree import AccountFacts

_YEAR = 365


@frozen(kw_only=True)
class Branch:
    """An account of the tree with those that were forked from it; texts for people."""

    account: "AccountFacts"
    age: str
    multiple: str
    stand: str
    places: str
    children: "tuple[Branch, ...]"


def branches(found: "Sequence[AccountFacts]", parent: str = "") -> tuple[Branch, ...]:
    """The branches under an account, the root where it is empty."""
    return tuple(_branch(one, found) for one in found if one.parent == parent)


def _branch(one: "AccountFacts", found: "Sequence[AccountFacts]") -> Branch:
    years, days = divmod(one.days, _YEAR)
    places = {name: of or "not named" for name, of in one.broker_accounts.items()}
    return Branch(
        account=one, age=f"{years} y {days} d" if years else f"{days} d",
        multiple="unknown" if one.multiple is None else f"{one.multiple:.2f}×", stand=_stand(one),
        places=", ".join(f"{name} in {of}" for name, of in places.items()), children=branches(found, one.id),
    )  # fmt: skip


def _stand(one: "AccountFacts") -> str:
    if one.closed is not None:
        return f"merged into {one.target} on {one.closed}: {one.closing}"
    ledgers = ", ".join(one.ledgers)
    return f"{ledgers}; merging into {one.target}: {one.closing}" if one.closing else ledgers
