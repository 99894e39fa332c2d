"""Books and broker compared: a pure function of what the journal knows and what a broker states (RECON, section 9)."""

from allusr_sdk.kernel.breaks import BREAKS, Finding, Kind, Ours
from allusr_sdk.model.broker import Statement
from allusr_sdk.rulebook import Rulebook

__all__ = ["BREAKS", "Finding", "Kind", "Ours", "compare"]


def compare(ours: Ours, theirs: Statement, rules: Rulebook) -> tuple[Finding, ...]:
    """Every difference between books and broker, with the entries that mend what may be mended.

    What a person explained is no difference while the broker's side of it stays the same. Mends are to be booked in
    order, and what was booked to be compared again: a mend may bring the next difference to light.
    """
    return ()
