"""What open breaks hold back: all orders of a symbol, or the account, which is SAFE until they are closed (section 9).

No order rests on a number that another contradicts (RULE-0), and none is sent to make a break vanish.
"""

from collections.abc import Iterator

from allusr_sdk.kernel.scene import Scene, moved
from allusr_sdk.kernel.switches import graver
from allusr_sdk.model.breaks import Break
from allusr_sdk.model.events import SwitchChanged
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.positions import Book

CAUSE = "BREAK"
"""Cause of the account's switch while one of its own breaks is open."""
LINK = "LINK"
"""Cause of the switch that stands while a broker does not answer."""


def freezing(book: Book) -> tuple[Break, ...]:
    """The open breaks that keep the machine out of SCANNING, in the order in which they were found."""
    return tuple(found for found in book.breaks.values() if found.freezes)


def named(broken: tuple[Break, ...]) -> str:
    """Breaks by code and subject, in one line."""
    return "; ".join(" ".join(part for part in found.name if part) for found in broken)


def vetoes(book: Book, symbol: str) -> tuple[Veto, ...]:
    """Why no order of any kind leaves in a symbol: each open break of it, with both numbers."""
    return tuple(
        Veto(found.code, f"books and broker disagree: {found.what}", {"ours": found.ours, "theirs": found.theirs})
        for found in book.breaks.values()
        if found.action == "SYMBOL" and found.symbol == symbol
    )


def account(scene: Scene) -> Iterator[SwitchChanged]:
    """SAFE while a break of the account is open, and no longer; a person's word does not lift it."""
    return switched(scene.book)


def switched(book: Book) -> Iterator[SwitchChanged]:
    """The move of the account's switch that its open breaks ask for, if any."""
    open_ones = tuple(found for found in book.breaks.values() if found.action == "ACCOUNT")
    stands = book.switches.get(CAUSE, "NONE")
    if open_ones and graver("SAFE", stands):
        yield from moved(book, CAUSE, "SAFE", rule="KS-6 RECON", reason=named(open_ones), source="reconciliation")
    elif not open_ones:
        yield from moved(
            book, CAUSE, "NONE", rule="KS-6 RECON", reason="no break of the account is open", source="reconciliation"
        )
