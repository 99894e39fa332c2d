"""An option chain at one instant, as columns; rows become `Quote` values only when someone decides on them."""

from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Self

import numpy as np
from attrs import define, evolve, field, frozen

from allusr_sdk.model.money import price
from allusr_sdk.model.options import Contract, Right

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Days = np.ndarray[tuple[int, ...], np.dtype[np.datetime64]]
Flags = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Rows = np.ndarray[tuple[int, ...], np.dtype[np.intp]]
Roots = np.ndarray[tuple[int, ...], np.dtype[np.int8]]


@frozen
class Quote:
    """One contract's market at one instant. Prices in dollars per share; an unknown number is NaN, never zero.

    Attributes:
        volume: contracts traded this session so far.
        open_interest: contracts open after the previous session.
        delta: the vendor's or broker's delta, NaN when it gives none.
    """

    contract: Contract
    at: datetime
    bid: float
    ask: float
    volume: float
    open_interest: float
    delta: float

    @property
    def sound(self) -> bool:
        """Whether both sides are known, the bid is positive and the ask above it (KS-11.9)."""
        return bool(0 < self.bid < self.ask < float("inf"))

    @property
    def mid(self) -> Decimal:
        """Middle of bid and ask in dollars per share."""
        return price((Decimal(str(self.bid)) + Decimal(str(self.ask))) / 2)

    @property
    def spread(self) -> float:
        """(ask - bid) / mid, a share of the mid (LQ-1); only a sound quote has one, else it may be NaN or negative."""
        return (self.ask - self.bid) / ((self.ask + self.bid) / 2)


def seal(*columns: Roots | Days | Floats | Flags) -> None:
    """Let nobody write to columns that are handed out: every plugin looks at the same ones."""
    for column in columns:
        column.setflags(write=False)


@define(frozen=True, eq=False, slots=False)
class Chain:
    """All listed contracts of one underlying at one instant.

    Every column is an array of one dimension with one entry a row, read only; unknown numbers are NaN. Rows are in the
    source's order, which no decision may depend on.

    Attributes:
        spot, strike, bid, ask: dollars per share.
        roots: the OSI roots that occur; `root` says by position which one a row has.
        expiry: days (``datetime64[D]``); `put` whether the row is a put.
        volume, open_interest: contracts, as in `Quote`.
        delta: the vendor's, signed; NaN where it gives none.
    """

    symbol: str
    at: datetime
    spot: float
    roots: tuple[str, ...]
    root: Roots
    expiry: Days
    strike: Floats
    put: Flags
    bid: Floats
    ask: Floats
    volume: Floats
    open_interest: Floats
    delta: Floats = field(repr=False)

    def __attrs_post_init__(self) -> None:
        seal(self.root, self.expiry, self.strike, self.put, self.bid, self.ask)
        seal(self.volume, self.open_interest, self.delta)

    def __len__(self) -> int:
        return len(self.strike)

    @cached_property
    def expiries(self) -> tuple[date, ...]:
        """Listed expiries, earliest first."""
        return tuple(np.unique(self.expiry).astype(object).tolist())

    def where(self, rows: Flags | Rows) -> Self:
        """The chain with some of its rows, in their order: a mask of its length, or row numbers."""
        columns = ("root", "expiry", "strike", "put", "bid", "ask", "volume", "open_interest", "delta")
        return evolve(self, **{name: getattr(self, name)[rows] for name in columns})

    def side(self, expiry: date, right: Right, root: str | None = None) -> Self:
        """The contracts of one expiry and right (and root, where a symbol has several), by rising strike."""
        mask = (self.expiry == np.datetime64(expiry, "D")) & (self.put == (right is Right.PUT))
        if root is not None:
            mask &= self.root == self._root_index(root)
        rows = np.flatnonzero(mask)
        return self.where(rows[np.argsort(self.strike[rows], kind="stable")])

    def under(self, root: str) -> Self:
        """The contracts of one root."""
        return self.where(self.root == self._root_index(root))

    def quote(self, row: int) -> Quote:
        """One row as a value."""
        contract = Contract(
            self.roots[self.root[row]],
            self.expiry[row].astype(object),
            Right.PUT if self.put[row] else Right.CALL,
            Decimal(str(round(float(self.strike[row]), 3))),
        )
        numbers = (self.bid, self.ask, self.volume, self.open_interest, self.delta)
        return Quote(contract, self.at, *(float(column[row]) for column in numbers))

    def find(self, contract: Contract) -> Quote | None:
        """The contract's row as a value, or None when the chain does not list it."""
        mask = (self.strike == float(contract.strike)) & (self.expiry == np.datetime64(contract.expiry, "D"))
        mask &= (self.put == contract.is_put) & (self.root == self._root_index(contract.root))
        rows = np.flatnonzero(mask)
        return self.quote(int(rows[0])) if len(rows) else None

    def _root_index(self, root: str) -> int:
        return self.roots.index(root) if root in self.roots else -1
