"""A snapshot and a chain that work out only what somebody looks at."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from allusr_sdk.model.chains import Chain, Flags, Floats, Quote, seal
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Snapshot

if TYPE_CHECKING:
    from allusr_sdk.market.synthetic.board import Board


class SnapshotOnDemand(Snapshot):
    """A snapshot that asks its board for options: most are made for nobody to ask."""

    _board: "Board"
    _instant: int

    @classmethod
    def of(cls, board: "Board", instant: int, at: datetime) -> Self:
        """The underlying at an instant; an index has a level and no market."""
        bid, ask, last = board.shown[instant]
        made = cls.__new__(cls)
        made.__dict__.update(
            _board=board, _instant=instant, symbol=board.profile.symbol, at=at, bid=bid, ask=ask, last=last,
            dividend_yield=board.dividend_yield,
        )  # fmt: skip
        return made

    def make_chain(self) -> Chain:
        """Every listed contract."""
        return self._board.chain(self._instant, self.at)

    def quotes(self, contracts: Sequence[Contract]) -> tuple[Quote | None, ...]:
        """Quotes of some contracts."""
        return self._board.quotes(self._instant, self.at, contracts)

    def volumes(self, contract: Contract) -> tuple[float, ...]:
        """A contract's daily volumes."""
        return self._board.volumes(self._instant, contract)


class ChainOnDemand(Chain):
    """A chain whose numbers are worked out when a column is first looked at, or for the rows that are picked."""

    _board: "Board"
    _instant: int

    @classmethod
    def of(cls, board: "Board", instant: int, at: datetime) -> Self:
        """The chain of a board at an instant of its session."""
        made = cls.__new__(cls)
        made.__dict__.update(
            _board=board, _instant=instant, symbol=board.profile.symbol, at=at, spot=board.spot(instant),
            roots=board.roots, expiries=board.expiries,
        )  # fmt: skip
        return made

    def where(self, rows: Flags | NDArray[np.intp]) -> Self:
        """The chain with some of its rows, in their order."""
        if "_board" not in self.__dict__:  # made of another by `evolve`, with all its columns
            return super().where(rows)
        picked = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp, copy=False)
        columns: dict[str, Any] = {name: getattr(self, name)[picked] for name in ("root", "expiry", "strike", "put")}
        columns |= self._board.numbers(self._instant, picked)
        return type(self)(symbol=self.symbol, at=self.at, spot=self.spot, roots=self.roots, **columns)

    def side(self, expiry: date, right: Right, root: str | None = None) -> Self:
        """The contracts of one expiry and right, worked out once for all that look: sleeves, and accounts together."""
        known: dict[object, Self] = self.__dict__.setdefault("_sides", {})
        asked = (expiry, right, root)
        if asked not in known:
            known[asked] = self._side(self._part(expiry), expiry, right, root)
        return known[asked]

    def _side(self, part: Self, expiry: date, right: Right, root: str | None) -> Self:
        """Out of the chain of one expiry alone, whose rows of one root are in order."""
        if part is not self and len(part.roots) == 1 and root in (None, *part.roots):
            return part.where(part._board.sheet.of(right))
        return Chain.side(part, expiry, right, root)

    def _part(self, expiry: date) -> Self:
        """The chain of one expiry alone, where the board has that apart."""
        if "_board" not in self.__dict__ or expiry not in self.expiries:
            return self
        part = self._board.part(expiry)
        return self if part is self._board else type(self).of(part, self._instant, self.at)

    def under(self, root: str) -> Self:
        """The contracts of one root."""
        return self if self.roots == (root,) else super().under(root)

    def _column(self, name: str) -> Floats:
        """A number of all rows, and with it the others."""
        column: Floats = self._kept(self._board.numbers(self._instant, None))[name]
        return column

    def _term(self, name: str) -> Any:  # noqa: ANN401 - a column of any kind
        """What says which contracts the rows are: all of that at once."""
        board, sheet = self._board, self._board.sheet
        root = sheet.adjusted.astype(np.int8)  # the place among `roots`: adjusted contracts have the second
        terms = {"root": root, "expiry": board.expiry_column, "strike": sheet.strike, "put": sheet.put}
        return self._kept(terms)[name]

    def _kept[C: dict[str, Any]](self, columns: C) -> C:
        seal(*columns.values())
        self.__dict__.update(columns)
        return columns

    root = cached_property(lambda self: self._term("root"))
    expiry = cached_property(lambda self: self._term("expiry"))
    strike = cached_property(lambda self: self._term("strike"))
    put = cached_property(lambda self: self._term("put"))
    bid = cached_property(lambda self: self._column("bid"))
    ask = cached_property(lambda self: self._column("ask"))
    volume = cached_property(lambda self: self._column("volume"))
    open_interest = cached_property(lambda self: self._column("open_interest"))
    delta = cached_property(lambda self: self._column("delta"))
