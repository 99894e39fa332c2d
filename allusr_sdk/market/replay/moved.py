"""Boards of real contracts: quotes moved on from the last real ones, and real ones as they were read."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import cached_property
from math import nan
from typing import Self

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from allusr_sdk.market.replay.anchor import Anchor
from allusr_sdk.market.synthetic import liquidity, surface
from allusr_sdk.market.synthetic.board import Board, Day, Sheet
from allusr_sdk.market.synthetic.units import Units
from allusr_sdk.model.chains import Chain, Floats, Quote
from allusr_sdk.model.options import Contract

Volumes = Callable[[Contract], tuple[float, ...]]


@define(eq=False, slots=False, kw_only=True)
class Moved(Board):
    """The contracts of a real reading in a later session (or later in its own), priced by its anchor.

    Attributes:
        past: a contract's real daily volumes before this session.
        paid: dollars a share that went ex since the reading.
        ratios: splits since the reading, new shares for each old one.
    """

    anchor: Anchor
    past: Volumes
    paid: float = 0.0
    ratios: tuple[int, ...] = ()
    _places: dict[Contract, int] = field(factory=dict, init=False)

    @cached_property
    def expiries(self) -> tuple[date, ...]:
        """Of the reading, those that have not passed; a strike that was added since is not known yet."""
        days: list[date] = self.anchor.expiries.astype(object).tolist()
        return tuple(day for day in days if day >= self.session.day)

    def part(self, expiry: date) -> Self:
        """The whole board, which is at hand: the reading has every expiry."""
        return self

    @cached_property
    def _rows(self) -> NDArray[np.intp]:
        """Rows of the reading that are still listed."""
        first = len(self.anchor.expiries) - len(self.expiries)
        return np.flatnonzero(self.anchor.which >= first)

    @cached_property
    def sheet(self) -> Sheet:
        """What was listed at the reading."""
        chain, rows = self.anchor.reading.chain, self._rows
        strike = Units(self.ratios).strike(chain.strike[rows])
        first = len(self.anchor.expiries) - len(self.expiries)
        none = np.zeros(len(rows), bool)
        return Sheet(self.anchor.which[rows] - first, strike, strike, chain.put[rows], none, none)

    def numbers(self, instant: int, rows: NDArray[np.intp] | None) -> dict[str, Floats]:
        """Quotes, open interest and deltas of some rows, or of all; today's volumes are unknown until the close."""
        picked = np.arange(len(self._rows)) if rows is None else rows
        which = self.sheet.which[picked]
        columns = (self._tenors.years, self._tenors.variance, self._spot, self._tenors.slope, self._tenors.discount)
        tenor = surface.Tenor(*(column[which, instant] for column in columns))
        bid, ask, delta = self._quoted(picked, tenor, self._spots[instant])
        return {"bid": bid, "ask": ask, "volume": np.full(len(picked), nan),
                "open_interest": self._open_interest[picked], "delta": delta}  # fmt: skip

    def volumes(self, instant: int, contract: Contract) -> tuple[float, ...]:
        """The real volumes of the sessions before, and none known of today's."""
        return (*self.past(contract), nan) if self._first(contract) is not None else ()

    def _quoted(
        self, rows: NDArray[np.intp], tenor: surface.Tenor, spot: Floats | float
    ) -> tuple[Floats, Floats, Floats]:
        strike, put = self.sheet.strike[rows], self.sheet.put[rows]
        ratio, base = self.anchor.ratio[self._rows[rows]], self._bases[rows]
        worth = surface.valued(tenor, strike, surface.volatilities(self.profile, tenor, strike) * ratio, self.rate)
        value = np.where(put, worth.put, worth.put + worth.call_above)
        exercised = np.maximum(np.where(put, strike - spot, spot - strike), 0.0)
        bid, ask = liquidity.two_sides(self.profile, np.maximum(value, exercised), base)
        return bid, ask, np.round(np.where(put, worth.put_delta, worth.put_delta + 1.0), 4)

    @cached_property
    def _spot(self) -> Floats:
        """The share without its dividends until an expiry, (expiries, instants)."""
        carry = self.anchor.carry[len(self.anchor.carry) - len(self.expiries) :]
        whole: Floats = carry[:, None] * (self.tape.spots + self.paid)
        return whole

    @cached_property
    def _bases(self) -> Floats:
        # A spread at a value of 1.00 goes with value to the power 0.375, which a split divides.
        shrunk: Floats = self.anchor.base[self._rows] * Units(self.ratios).count ** -0.375
        return shrunk

    @cached_property
    def _open_interest(self) -> Floats:
        held: Floats = self.anchor.reading.chain.open_interest[self._rows] * Units(self.ratios).count
        return held

    def _first(self, contract: Contract) -> float | None:
        return float(contract.strike) if self._place(contract) >= 0 else None

    def _place(self, contract: Contract) -> int:
        """The row of a contract, -1 where it is not listed."""
        if contract not in self._places:
            place = -1
            if contract.root == self.profile.root and contract.expiry in self.expiries:
                sheet = self.sheet
                same = (sheet.which == self.expiries.index(contract.expiry)) & (sheet.put == contract.is_put)
                found = np.flatnonzero(same & (np.abs(sheet.strike - float(contract.strike)) < 0.0005))
                place = int(found[0]) if len(found) else -1
            self._places[contract] = place
        return self._places[contract]

    def _work_out(self, contract: Contract, first: float) -> Day:
        row = self._place(contract)
        which = int(self.sheet.which[row])
        columns = (self._tenors.years, self._tenors.variance, self._spot, self._tenors.slope, self._tenors.discount)
        bid, ask, delta = self._quoted(
            np.array([row]), surface.Tenor(*(column[which] for column in columns)), self._spots
        )
        held = float(self._open_interest[row])
        return Day(bid.tolist(), ask.tolist(), [nan] * len(bid), held, delta.tolist())


@frozen(eq=False)
class Read:
    """A reading of the close as the market of that instant, and of the closing step behind it."""

    listed: Chain
    past: Volumes

    def chain(self, instant: int, at: datetime) -> Chain:
        """The reading, at an instant."""
        return evolve(self.listed, at=at)

    def quotes(self, instant: int, at: datetime, contracts: Sequence[Contract]) -> tuple[Quote | None, ...]:
        """The reading's numbers for some contracts; None where one is not listed."""
        found = (self.listed.find(contract) for contract in contracts)
        return tuple(None if quote is None else evolve(quote, at=at) for quote in found)

    def volumes(self, instant: int, contract: Contract) -> tuple[float, ...]:
        """The real volumes of the sessions before, and today's."""
        quote = self.listed.find(contract)
        return () if quote is None else (*self.past(contract), quote.volume)
