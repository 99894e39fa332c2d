"""Books and broker compared: a pure function of what the journal knows and what a broker states (RECON, section 9)."""

from collections.abc import Callable, Iterable

from allusr_sdk.kernel.amounts import arrived, cash, lines, net_value
from allusr_sdk.kernel.breaks import BREAKS, Finding, Kind, Ours
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.executed import executions, strays
from allusr_sdk.kernel.gaps import bases, positions
from allusr_sdk.kernel.outstanding import lost, orphans
from allusr_sdk.kernel.restated import restated
from allusr_sdk.kernel.unbooked import unbooked
from allusr_sdk.model.broker import Statement
from allusr_sdk.rulebook import Rulebook

__all__ = ["BREAKS", "Finding", "Kind", "Ours", "compare"]

# In this order: each look finds the books as what the looks before it found would leave them.
LOOKS: tuple[Callable[[Case], Iterable[Finding]], ...] = (
    executions, orphans, lost, restated, lines, unbooked, strays, positions, arrived, cash, net_value, bases,
)  # fmt: skip


def compare(ours: Ours, theirs: Statement, rules: Rulebook) -> tuple[Finding, ...]:
    """Every difference between books and broker, with the entries that mend what may be mended.

    What a person explained is no difference while the broker's side of it stays the same. Mends are to be booked in
    order, and what was booked to be compared again: a mend may bring the next difference to light, and some differences
    (net value, basis) are looked for only where nothing is left to be booked.
    """
    case = Case(ours, theirs, rules)
    every = [finding for look in LOOKS for finding in look(case)]
    return tuple(f for f in every if ours.book.explained.get(f.name) != f.theirs)
