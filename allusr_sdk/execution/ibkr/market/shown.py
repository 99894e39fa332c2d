"""One underlying at one instant: its quotes as they were then, its chain made when somebody looks."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from math import nan

import numpy as np
from attrs import define, field

from allusr_sdk.execution.ibkr.market.strikes import Side
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Snapshot

type Ask = Callable[[Contract], Quote | None]
type Volumes = Mapping[Contract, float]


@define(frozen=True, eq=False, slots=False)
class Looked(Chain):
    """A chain that tells which of its sides was looked at, so that these are quoted first at the next instant."""

    look: Callable[[Side], None] = field(kw_only=True, repr=False)

    def side(self, expiry: date, right: Right, root: str | None = None) -> Chain:  # type: ignore[override]
        """The contracts of one expiry and right, by rising strike."""
        for each in self.roots if root is None else (root,):
            self.look(Side(each, expiry, right))
        return super().side(expiry, right, root)


@define(eq=False)
class Shown:
    """An underlying as it was at an instant.

    Attributes:
        listed: the contracts that are known; those without a quote are in the chain with NaN.
        quotes: those that are quoted, as they were.
        ask: quotes one more, where it still is that instant; None where it cannot.
        past: volumes of sessions before, oldest first.
        asked: contracts that somebody asked for by name: what is held, and where it may be rolled to.
        looked: sides of the chain that somebody looked at.
    """

    symbol: str
    at: datetime
    share: Values
    listed: Sequence[Contract]
    quotes: dict[Contract, Quote]
    ask: Ask
    past: Sequence[Volumes]
    asked: dict[Contract, None] = field(factory=dict)
    looked: dict[Side, None] = field(factory=dict)

    def snapshot(self) -> Snapshot:
        """As a view shows it."""
        share = self.share
        return Snapshot(
            self.symbol, self.at, share.bid, share.ask, share.last,
            self._chain if self.listed else None, self._quotes, self._volumes,
        )  # fmt: skip

    @property
    def volumes(self) -> Volumes:
        """The running volumes that are known."""
        return {contract: quote.volume for contract, quote in self.quotes.items()}

    def _quotes(self, contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        return [self._quote(contract) for contract in contracts]

    def _quote(self, contract: Contract) -> Quote | None:
        self.asked[contract] = None
        if contract not in self.quotes and (found := self.ask(contract)) is not None:
            self.quotes[contract] = found
        return self.quotes.get(contract)

    def _volumes(self, contract: Contract) -> Sequence[float]:
        """Since the contract was first seen; NaN where it is unknown."""
        quote = self.quotes.get(contract)
        days = [*(day.get(contract, nan) for day in self.past), quote.volume if quote else nan]
        first = next((i for i, day in enumerate(self.past) if contract in day), len(days) - 1)
        return tuple(days[first:])

    def _chain(self) -> Chain:
        roots = tuple(sorted({each.root for each in self.listed}))
        numbers = np.array([_numbers(self.quotes.get(each)) for each in self.listed], np.float64).T.copy()
        bid, ask, volume, interest, delta = numbers
        return Looked(
            symbol=self.symbol, at=self.at, spot=self.snapshot().spot, roots=roots,
            root=np.array([roots.index(each.root) for each in self.listed], np.int8),
            expiry=np.array([each.expiry for each in self.listed], "datetime64[D]"),
            strike=np.array([float(each.strike) for each in self.listed]),
            put=np.array([each.is_put for each in self.listed], bool),
            bid=bid, ask=ask, volume=volume, open_interest=interest, delta=delta,
            look=self._look,
        )  # fmt: skip

    def _look(self, side: Side) -> None:
        self.looked[side] = None


def quote_of(contract: Contract, line: Values, at: datetime) -> Quote | None:
    """What a line says of a contract at an instant; None where it is refused, delayed or has told nothing yet."""
    if not line.live or not line.told:
        return None
    return Quote(contract, at, line.best_bid, line.ask, line.known_volume, line.interest, line.delta)


def _numbers(quote: Quote | None) -> tuple[float, float, float, float, float]:
    if quote is None:
        return nan, nan, nan, nan, nan
    return quote.bid, quote.ask, quote.volume, quote.open_interest, quote.delta
