"""A home's rulebook: the packaged one and every change that a person approved, on a chain of its own."""

from datetime import datetime

from attrs import frozen

from allusr_sdk.errors import InputError, RuleError
from allusr_sdk.ledger import Ledger
from allusr_sdk.model.events import Event, RulebookOpened, RulesApproved, RulesProposed
from allusr_sdk.rulebook import Rulebook

CHAIN = "rules"


@frozen
class Proposal:
    """A proposal by the number of its entry; `approved` is the approval's stamp, or empty."""

    number: int
    event: RulesProposed
    at: datetime
    approved: str = ""


class Governance:
    """The rulebook chain of one ledger database. Nothing is written before the first proposal."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """All proposals, oldest first."""
        approved = {event.proposal: event.stamp for _, _, event in self._events() if isinstance(event, RulesApproved)}
        return tuple(
            Proposal(number, event, at, approved.get(number, ""))
            for number, at, event in self._events()
            if isinstance(event, RulesProposed)
        )

    def proposal(self, number: int) -> Proposal:
        """A proposal by its number. Raises `InputError` for one that does not exist."""
        found = {proposal.number: proposal for proposal in self.proposals}
        if number not in found:
            known = ", ".join(map(str, found)) or "none"
            raise InputError(f"proposal {number}: does not exist; there are: {known}")
        return found[number]

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force: the packaged one with the approved changes, in the order of their approval.

        Raises:
            RuleError: the packaged rulebook refuses what was approved under an earlier one.
        """
        wishes = {proposal.number: proposal.event.changes for proposal in self.proposals}
        book = Rulebook.default()
        for _, _, event in self._events():
            if isinstance(event, RulesApproved):
                book = book.adopted(wishes[event.proposal])
        return book

    def propose(self, event: RulesProposed, at: datetime) -> int:
        """Write a proposal; returns its number."""
        return self._append(event, at)

    def approve(self, number: int, *, approver: str, reason: str, at: datetime) -> Rulebook:
        """Adopt a proposal in a person's name; returns the rulebook in force from now on.

        Raises:
            InputError: no such proposal, or no name or reason is given.
            RuleError: it is approved already, or the rulebook has changed since it was written.
        """
        if not approver.strip() or not reason.strip():
            raise InputError(f"proposal {number}: an approval needs a person's name (--by) and a reason (--reason)")
        proposal, before = self.proposal(number), self.rulebook
        if proposal.approved:
            raise RuleError(f"proposal {number}: approved already, as {proposal.approved}")
        if proposal.event.base != before.stamp:
            raise RuleError(
                f"proposal {number}: written for {proposal.event.base}, in force is {before.stamp}: propose it again"
            )
        after = before.adopted(proposal.event.changes)
        self._append(RulesApproved(proposal=number, approver=approver, reason=reason, stamp=after.stamp), at)
        return after

    def _events(self) -> tuple[tuple[int, datetime, Event], ...]:
        run = self._ledger.chain(CHAIN)
        return tuple((entry.seq, entry.at, entry.event) for entry in run.entries()) if run else ()

    def _append(self, event: Event, at: datetime) -> int:
        stamp = self.rulebook.stamp
        run = self._ledger.chain(CHAIN) or self._ledger.start_chain(
            CHAIN, RulebookOpened(rulebook=stamp), at, rulebook=stamp
        )
        return run.append(event, at=at, cycle=0, state="SAFE", rulebook=stamp).seq
