"""An audit: books against a broker's account; what is booked, opened, closed and paged (RECON, section 9).

What mends itself is booked first, and the books are compared again; what is left then is a break. Everything follows
from the journal and the statement, nothing is remembered beside them, so a restart goes on alike.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from attrs import evolve

from allusr_sdk.kernel import freezes
from allusr_sdk.kernel.reconcile import Finding, Ours, compare
from allusr_sdk.kernel.states import State
from allusr_sdk.model.breaks import Break
from allusr_sdk.model.broker import Statement, key_of
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Broken, Event, Mended, Paged

if TYPE_CHECKING:
    from allusr_sdk.kernel.cycle import Kernel

_ROUNDS = 8  # a mend may bring the next difference to light: an execution, the assignment after it, its cash
_TURNS = {State.RECONCILING: "broken", State.SAFE: "audit"}
"""How a state turns to AUDIT over a break; a machine that is halted or maintained stays as it is."""


def reconcile(kernel: "Kernel", theirs: Statement) -> tuple[str, ...]:
    """Compare, book what mends itself, open and close breaks, and freeze what they freeze.

    All of it is of the kernel's own instant: the broker's clock stamps no entry.

    Returns:
        References of our own orders that the books do not know and that are to be cancelled at the broker (B04).
    """
    at = kernel.scribe.at = kernel.scribe.at or theirs.at
    left = _mended(kernel, evolve(theirs, at=at))
    _close(kernel, left)
    asked = [finding.subject for finding in left if _open(kernel, finding, at)]
    kernel.board.reconciled()
    page(kernel)
    rest(kernel)
    return tuple(asked)


# --- what is compared ----------------------------------------------------------------------------------------------


def ours(kernel: "Kernel", theirs: Statement) -> Ours:
    """What the journal knows of an account, as far as a statement of it may speak of it."""
    journal, book = kernel.scribe.journal, kernel.book
    told = {key_of(one.reference) for one in theirs.executions} | {key_of(one.reference) for one in theirs.orders}
    keys = told | {key for ledger in book.ledgers.values() for key in ledger.working}
    ids = {name for one in theirs.executions for name in (one.id, one.corrects)}
    return Ours(
        book=book,
        intents=_named(journal.intents, keys),
        fills=_named(journal.fills, ids),
        lines=journal.lines,
        closes=_closes(kernel),
        dividends=journal.dividends,
        cancels={found.subject: _over(found, theirs.at, kernel) for found in book.breaks.values() if found.cancels},
    )


def _named[V](every: Mapping[str, V], names: set[str]) -> dict[str, V]:
    return {name: every[name] for name in sorted(names) if name in every}


def _closes(kernel: "Kernel") -> dict[str, Decimal]:
    """The last known price of each underlying that was seen."""
    seen = kernel.seen.snapshots if kernel.seen is not None else {}
    return {s: Decimal(str(snap.spot)) for s, snap in seen.items() if isfinite(snap.spot) and snap.spot > 0}


# --- what mends itself ---------------------------------------------------------------------------------------------


def _mended(kernel: "Kernel", theirs: Statement) -> Sequence[Finding]:
    """What is left once all that mends itself is booked. Each mend is booked once, whatever is found after it."""
    booked = set[tuple[str, ...]]()
    for _ in range(_ROUNDS):
        found = compare(ours(kernel, theirs), theirs, kernel.rules)
        new = [mend for finding in found for mend in finding.mends if _entry(mend) not in booked]
        if not new:
            break
        for mend in new:
            booked.add(_entry(mend))
            kernel.heard(mend)
    return [_left(finding) for finding in found]


def _entry(event: Event) -> tuple[str, ...]:
    return event.kind, event.ledger, event.symbol, event.rule, event.payload().decode()


def _left(finding: Finding) -> Finding:
    """A finding as it stands after the mends: one that was booked and does not vanish freezes."""
    if finding.action != "INFO":
        return finding
    cause = f"{finding.cause}; it was booked, and is still found"
    return evolve(finding, action="SYMBOL" if finding.symbol else "ACCOUNT", cause=cause, mends=())


# --- breaks that open and close ------------------------------------------------------------------------------------


def _open(kernel: "Kernel", finding: Finding, at: datetime) -> bool:
    """Journal a break that is new or changed; whether its order is to be cancelled now."""
    before = kernel.book.breaks.get(finding.name)
    asks = finding.action == "CANCEL" and (before is None or _timed_out(before, at, kernel))
    cancels = (before.cancels if before else 0) + asks
    now = (finding.action, finding.ours, finding.theirs, cancels)
    if before is None or now != (before.action, before.ours, before.theirs, before.cancels):
        kernel.scribe.write(Broken(
            rule=finding.code, symbol=finding.symbol, subject=finding.subject, action=finding.action,
            what=finding.what, ours=finding.ours, theirs=finding.theirs, cause=finding.cause, cancels=cancels,
        ))  # fmt: skip
    return asks


def _timed_out(found: Break, at: datetime, kernel: "Kernel") -> bool:
    """Whether an order had its time to end since it was last asked to (KS-6)."""
    return at - found.said >= timedelta(seconds=kernel.rules.integer("KS-6.confirm_seconds"))


def _over(found: Break, at: datetime, kernel: "Kernel") -> int:
    """How many cancels of an orphan had their time and came to nothing; what stopped the account stays so."""
    return found.cancels - (not found.freezes and not _timed_out(found, at, kernel))


def _close(kernel: "Kernel", left: Sequence[Finding]) -> None:
    """Journal that books and broker agree about what is no longer found."""
    still = {finding.name for finding in left}
    for found in tuple(kernel.book.breaks.values()):
        if found.name not in still:
            kernel.scribe.write(Mended(rule=found.code, symbol=found.symbol, subject=found.subject, how="agree"))


# --- what follows --------------------------------------------------------------------------------------------------


def page(kernel: "Kernel") -> None:
    """Call a person, once, about each break that has been open too long inside sessions."""
    now = kernel.scribe.at
    assert now is not None
    for found in [found for found in kernel.book.breaks.values() if not found.paged]:
        age = in_session(found.opened, now)
        if age > timedelta(minutes=kernel.rules.integer("RECON.page_minutes")):
            why = f"open for {age // timedelta(minutes=1)} minutes of the session: {found.what}"
            kernel.scribe.write(Paged(rule=found.code, symbol=found.symbol, subject=found.subject, why=why))


def in_session(first: datetime, last: datetime) -> timedelta:
    """How much time between two instants lies inside regular sessions."""
    days = first.astimezone(NEW_YORK).date(), last.astimezone(NEW_YORK).date()
    spans = (min(last, s.close) - max(first, s.open) for s in xnys().between(*days))
    return sum((span for span in spans if span > timedelta(0)), timedelta(0))


def rest(kernel: "Kernel") -> None:
    """Turn to AUDIT over a freezing break, and leave it once none is open and the broker answers."""
    machine, broken = kernel.machine, freezes.freezing(kernel.book)
    if machine.state is State.AUDIT:
        if broken:
            stay(kernel, freezes.named(broken))
        elif freezes.LINK not in kernel.book.switches:
            _leave(kernel)
        return
    if broken and machine.state is State.MONITORING:
        kernel.rest()
    if broken and (trigger := _TURNS.get(machine.state)):
        kernel.enter(trigger, freezes.named(broken), rule="RECON")


def stay(kernel: "Kernel", why: str) -> None:
    """Journal that a machine that came to AUDIT on its way stays there."""
    if kernel.book.state != State.AUDIT:
        kernel.machine.do("agreed")
        kernel.enter("audit", why, rule="RECON")


def _leave(kernel: "Kernel") -> None:
    """Back to SAFE, with an entry where its stay has one."""
    if kernel.book.state == State.AUDIT:
        kernel.enter("agreed", "no break freezes anything any more", rule="RULE-0")
    else:
        kernel.machine.do("agreed")
