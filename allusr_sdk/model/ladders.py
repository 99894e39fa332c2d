"""Ledgers of long-dated options: their names, and the intent to buy (LL-1, LL-4)."""

from attrs import frozen

from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Intent
from allusr_sdk.model.nodes import ROOT
from allusr_sdk.model.positions import LedgerBook

GROWTH, HEDGES = "llms", "llms_hedge"
"""Styles of an account's two ladder ledgers: long calls for growth, and the hedges that were handed over."""


@frozen(kw_only=True)
class Rung(Intent):
    """Buy `lots` contracts as a new rung of a growth ladder (LL-1, LL-2); `delta` is our own, signed."""

    quote: Quote
    delta: float
    lots: int = 1


def ladder_of(node: str, style: str) -> str:
    """Name of an account's ladder ledger: the root's is its style, a fork's ``f1.llms``."""
    return style if node == ROOT else f"{node}.{style}"


def style_of(book: LedgerBook) -> str:
    """The style of a ledger: which sleeve or ladder it belongs to."""
    return book.style or book.name


def is_ladder(book: LedgerBook) -> bool:
    """Whether a ledger is one of long-dated options."""
    return style_of(book) in (GROWTH, HEDGES)
