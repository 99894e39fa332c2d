"""`Corporate`: what happens without an order of ours: assignments, expiry, splits, dividends, transfers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import Factory, define, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.broker import CashLine, Execution
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.testing.brokerage.movements import Movements
from allusr_sdk.testing.brokerage.records import contract

NOTHING = Decimal("0.00")


@frozen(kw_only=True)
class SplitTold:
    """A split: new shares for each old one, and the last day that was told before it."""

    symbol: str
    ratio: int
    on: date


@define(kw_only=True)
class Corporate(Movements):
    """An account that options, shares and transfers change.

    Attributes:
        splits: all that ever happened.
        bases: what is told as the basis of a holding, dollars.
        nav: net value that is told.
    """

    splits: list[SplitTold] = Factory(list)
    bases: dict[str, Decimal] = Factory(dict)
    nav: Decimal | None = None

    def assign(
        self, instrument: str, count: int | None = None, *, spot: Decimal | None = None, with_executions: bool = True
    ) -> tuple[Execution, ...]:
        """Short contracts are assigned: they end at zero and shares move at the strike.

        Args:
            instrument: OSI symbol of what is short.
            count: contracts; all where none is given.
            spot: price of the underlying, which a class that settles in cash needs.
            with_executions: whether executions tell of it, or holdings alone.

        Raises:
            InputError: so many are not short, it is no option, or a spot is missing.
        """
        return self._exercised(instrument, count, spot, with_executions, short=True)

    def exercise(
        self, instrument: str, count: int | None = None, *, spot: Decimal | None = None, with_executions: bool = True
    ) -> tuple[Execution, ...]:
        """Long contracts are exercised; as `assign`."""
        return self._exercised(instrument, count, spot, with_executions, short=False)

    def expire(self, instrument: str, *, with_executions: bool = True) -> Execution:
        """All that is held of a contract ends at zero. Raises `InputError` where none is held."""
        held = self._held(instrument)
        return self.move(instrument, -held, NOTHING, told=with_executions)

    def settle(
        self, day: date, prices: Mapping[str, Decimal], *, with_executions: bool = True
    ) -> tuple[Execution, ...]:
        """All that expires on a day ends by the official prices: in the money by exercise, else at zero.

        A contract whose underlying has no price is left.
        """
        done: list[Execution] = []
        for name, held in sorted(self.holdings.items()):
            kind = contract(name)
            spot = prices.get(kind.underlying) if kind else None
            if kind is None or spot is None or kind.expiry != day:
                continue
            if kind.intrinsic(spot):
                done += self._exercised(name, None, spot, with_executions, short=held < 0)
            else:
                done.append(self.expire(name, with_executions=with_executions))
        return tuple(done)

    def split(self, symbol: str, ratio: int) -> None:
        """Each share becomes `ratio`, and each contract as many at a strike by so much. Raises `InputError` below 2."""
        if ratio < 2:
            raise InputError(f"{symbol}: {ratio} for 1 is no split")
        for name, held in sorted(self.holdings.items()):
            kind = contract(name)
            if name == symbol or (kind and kind.underlying == symbol):
                self.become(name, kind.after_split(ratio).osi if kind else name, held * ratio)
        self.splits.append(SplitTold(symbol=symbol, ratio=ratio, on=self.now.date()))

    def become(self, instrument: str, into: str, quantity: int | None = None) -> None:
        """A holding turns into another, as an adjusted contract does; nothing tells of it but the holdings."""
        held = self._held(instrument)
        self.move(instrument, -held, NOTHING, told=False)
        self.move(into, held if quantity is None else quantity, NOTHING, told=False)

    def dividend(self, symbol: str, per_share: Decimal) -> CashLine:
        """Cash for each share that is held; negative where it is short."""
        return self.line("dividend", self.holdings.get(symbol, 0) * per_share, symbol)

    def foreign_position(self, instrument: str, quantity: int, price: Decimal = NOTHING) -> None:
        """Something comes in or leaves that nobody ordered here; with a price, against cash."""
        self.move(instrument, quantity, price, told=False)

    def recent_splits(self) -> dict[str, int]:
        """Those since the session before."""
        return {each.symbol: each.ratio for each in self.splits if each.on >= self.before}

    def _held(self, instrument: str) -> int:
        held = self.holdings.get(instrument, 0)
        if not held:
            raise InputError(f"{instrument}: none of it is held")
        return held

    def _exercised(
        self, instrument: str, count: int | None, spot: Decimal | None, told: bool, *, short: bool
    ) -> tuple[Execution, ...]:
        kind, held = contract(instrument), self._held(instrument)
        count = abs(held) if count is None else count
        if kind is None or (held < 0) is not short or not 0 < count <= abs(held):
            raise InputError(f"{instrument}: {held} held, so {count} cannot be {'assigned' if short else 'exercised'}")
        closing = count if short else -count
        if kind.kind.cash_settled:
            return (self.move(instrument, closing, _settlement(kind, spot), told=told),)
        shares = closing * MULTIPLIER * (1 if kind.is_put else -1)
        option = self.move(instrument, closing, NOTHING, told=told)
        return option, self.move(kind.underlying, shares, kind.strike, told=told)


def _settlement(kind: Contract, spot: Decimal | None) -> Decimal:
    if spot is None:
        raise InputError(f"{kind.osi}: it settles in cash: give the spot that it settles at")
    return kind.intrinsic(spot)
