"""Changes of the rulebook that wait for a person: listed, shown with what they would do, and approved in a name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_sdk.errors import AllusrError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.governance import Proposal
    from allusr_sdk.rulebook import Change, Rulebook

# What is set side by side, by its name in the facts of a run.
MEASURES = {
    "equity": "equity", "realised": "realised", "unrealised": "unrealised", "premium_taken": "premium taken",
    "fees": "fees", "collateral": "collateral", "sold": "contracts sold", "closed": "closed", "rolled": "rolled",
    "expired": "expired", "assigned": "assigned", "refused": "refused", "rungs": "rungs bought",
    "rungs_sold": "rungs sold",
}  # fmt: skip
DOLLARS = frozenset(("equity", "realised", "unrealised", "premium_taken", "fees", "collateral"))


@frozen(kw_only=True)
class Proposed:
    """A proposal as it stands now.

    Attributes:
        number: what `allusr approve` is given.
        at: when it was written, aware UTC.
        period: what was simulated under both rulebooks; `old` and `new` are the figures, named by `MEASURES`.
        approved: stamp of the rulebook that it became; empty while it waits.
        changes: what it would change of the rulebook in force; empty where it is approved or cannot be adopted.
        problem: why it cannot be approved any more; empty where it can, or was.
    """

    number: int
    at: datetime
    author: str
    reason: str
    base: str
    wishes: Mapping[str, str]
    period: str
    old: Mapping[str, object]
    new: Mapping[str, object]
    approved: str
    changes: "tuple[Change, ...]"
    problem: str

    @property
    def waiting(self) -> bool:
        """Whether a person can approve it."""
        return not (self.approved or self.problem)


def listed(home: str) -> tuple[Proposed, ...]:
    """Every proposal of a home, oldest first. Raises `InputError` where there is no ledger."""
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger

    with open_ledger(place(home), create=False) as ledger:
        governance = Governance(ledger)
        before = governance.rulebook
        return tuple(_proposed(found, before) for found in governance.proposals)


def approve(home: str, number: int, *, by: str, reason: str) -> "Rulebook":
    """Adopt a proposal in a person's name; returns the rulebook in force from now on.

    Raises:
        InputError: no ledger, no such proposal, or no name or reason.
        RuleError: it is approved already, or the rulebook has changed since it was written.
    """
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger

    with open_ledger(place(home), create=False) as ledger:
        governance = Governance(ledger)
        return governance.approve(number, approver=by, reason=reason, at=datetime.now(UTC))


def _proposed(found: "Proposal", before: "Rulebook") -> Proposed:
    event = found.event
    changes, problem = ((), "") if found.approved else _effect(found, before)
    return Proposed(
        number=found.number, at=found.at, author=event.author, reason=event.reason, base=event.base,
        wishes=dict(event.changes), period=event.period, old=event.old, new=event.new, approved=found.approved,
        changes=changes, problem=problem,
    )  # fmt: skip


def _effect(found: "Proposal", before: "Rulebook") -> "tuple[tuple[Change, ...], str]":
    """What a proposal would change, or why it can change nothing any more."""
    from allusr_sdk.rulebook import changes

    if found.event.base != before.stamp:
        return (), f"written for {found.event.base}, in force is {before.stamp}: propose it again"
    try:
        return changes(before, before.adopted(found.event.changes)), ""
    except AllusrError as why:
        return (), str(why)
