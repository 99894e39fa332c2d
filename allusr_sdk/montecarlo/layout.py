"""Where the ledgers of a tree lie in columns: a row a ledger, with room for as many forks as FK-5 lets be active.

The root's ledgers come first, then those of minis, whose rows are used again once they are merged, then those of full
accounts, which are never merged: so rows of full accounts lie in the order in which these began, and forks are asked
in that order as the engine asks them.
"""

from functools import cached_property

import numpy as np
from attrs import frozen

from allusr_sdk.model.chains import Flags
from allusr_sdk.model.ladders import GROWTH, HEDGES
from allusr_sdk.model.nodes import ROOT

Ints = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
"""Money in whole cents, counts and places: exact, so that what moves neither appears nor disappears."""

GENERATOR, REVENUE, COMPOUNDING = "gen_acc", "rev_acc", "com_acc"
SLEEVES = (GENERATOR, REVENUE, COMPOUNDING)
STYLES = (*SLEEVES, GROWTH, HEDGES)
"""Styles of the ledgers of a whole account, in their order; a mini has the first and the third alone (FK-2)."""

GEN, REV, COM, LEAPS, HEDGE = range(len(STYLES))
MINI_STYLES = (GEN, COM)
PREFIXES = {"MINI": "m", "FULL": "f"}


@frozen(eq=False)
class Layout:
    """Rows of ledgers and places of accounts, for trees with at most `most` active forks.

    Place 0 is the root, 1 to `most` are minis, the next `most` full accounts.
    """

    most: int

    @property
    def places(self) -> int:
        """Accounts that there is room for."""
        return 1 + 2 * self.most

    @cached_property
    def place(self) -> Ints:
        """The account of each row."""
        return np.array([place for place in range(self.places) for _ in self.styles_at(place)], dtype=np.int64)

    @cached_property
    def style(self) -> Ints:
        """The style of each row, as a place in `STYLES`."""
        return np.array([s for place in range(self.places) for s in self.styles_at(place)], dtype=np.int64)

    @cached_property
    def first(self) -> Ints:
        """The first row of each account, and the number of rows behind them."""
        sizes = [len(self.styles_at(place)) for place in range(self.places)]
        return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)

    @cached_property
    def based(self) -> Flags:
        """Rows that deploy their base at most, not their gains (CAD-10)."""
        return np.isin(self.style, (GEN, REV))

    @cached_property
    def ladders(self) -> Flags:
        """Rows of ladders: they deploy nothing by CAD-10."""
        return np.isin(self.style, (LEAPS, HEDGE))

    @cached_property
    def reinvesting(self) -> tuple[int, ...]:
        """Rows that are appropriated each quarter: revenue and compounding ledgers, not those of minis (FK-2, FK-7)."""
        whole = [row for place in self.wholes for row in self.rows(place)]
        return tuple(row for row in whole if self.style[row] in (REV, COM))

    @property
    def minis(self) -> range:
        """Places of minis."""
        return range(1, 1 + self.most)

    @property
    def fulls(self) -> range:
        """Places of full accounts."""
        return range(1 + self.most, self.places)

    @property
    def wholes(self) -> tuple[int, ...]:
        """Places of accounts with all styles: the root, then full ones in the order in which they began."""
        return (0, *self.fulls)

    def styles_at(self, place: int) -> tuple[int, ...]:
        """Styles of an account's ledgers."""
        return MINI_STYLES if place in self.minis else (GEN, REV, COM, LEAPS, HEDGE)

    def rows(self, place: int) -> range:
        """Rows of an account."""
        return range(int(self.first[place]), int(self.first[place + 1]))

    def form(self, place: int) -> str:
        """ROOT, MINI or FULL."""
        return "ROOT" if place == 0 else "MINI" if place in self.minis else "FULL"

    def node(self, place: int, ordinal: int) -> str:
        """The id that the engine gives an account: ``m3`` is the third mini that ever began."""
        return ROOT if place == 0 else f"{PREFIXES[self.form(place)]}{ordinal}"

    def ledger(self, row: int, ordinal: int) -> str:
        """The engine's name of a ledger: ``m3.gen_acc``, or the style alone in the root."""
        place, style = int(self.place[row]), STYLES[int(self.style[row])]
        return style if place == 0 else f"{self.node(place, ordinal)}.{style}"
