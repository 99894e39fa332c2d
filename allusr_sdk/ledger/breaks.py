"""Breaks between books and broker while they are folded: which are open, and which a person explained (section 9)."""

from datetime import datetime

from attrs import evolve

from allusr_sdk.model.breaks import Break
from allusr_sdk.model.events import Broken, Mended, Paged

Name = tuple[str, str]
_INFO = "INFO"
_EXPLAINED = "explained"


class Breaks:
    """Breaks by code and subject; the fold alone changes them."""

    def __init__(self) -> None:
        self.open: dict[Name, Break] = {}
        self.explained: dict[Name, str] = {}

    def found(self, event: Broken, at: datetime) -> None:
        """Open a break, or say anew what an open one is: its age and whether a person was called stay.

        One without a subject ended its run, as breaks did before they could be mended: nothing of it stays open.
        """
        name = event.rule, event.subject
        self.explained.pop(name, None)
        if event.action == _INFO or not event.subject:
            self.open.pop(name, None)
            return
        before = self.open.get(name)
        self.open[name] = Break(
            code=event.rule, subject=event.subject, symbol=event.symbol, action=event.action, what=event.what,
            ours=event.ours, theirs=event.theirs, cause=event.cause,
            opened=before.opened if before else at, paged=before.paged if before else False, cancels=event.cancels,
            said=at,
        )  # fmt: skip

    def mended(self, event: Mended) -> None:
        """Close a break; what a person explained is remembered by the broker's side of it."""
        name = event.rule, event.subject
        self.open.pop(name, None)
        if event.how == _EXPLAINED:
            self.explained[name] = event.theirs

    def paged(self, event: Paged) -> None:
        """Remember that a person was called about a break; calls about anything else change nothing."""
        name = event.rule, event.subject
        if name in self.open:
            self.open[name] = evolve(self.open[name], paged=True)
