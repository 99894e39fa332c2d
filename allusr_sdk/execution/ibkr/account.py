"""A statement of an account that is consistent in itself, and does not tell what is still on its way."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from time import monotonic, sleep

from attrs import frozen

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.execution.ibkr.hearing import CURRENCY, Hearing
from allusr_sdk.execution.ibkr.port import wording
from allusr_sdk.execution.ibkr.records import Asset, OrderSeen, StatusSeen
from allusr_sdk.model.broker import Holding, OpenOrder, Statement
from allusr_sdk.model.money import usd

CASH, NET = "TotalCashValue", "NetLiquidation"


@frozen(kw_only=True)
class Reading:
    """An account as it was read once.

    Attributes:
        moved, paid: what executions brought until then, contracts and shares by instrument, and dollars.
        count: executions that were known before and behind the reading; where they differ it is of no one instant.
    """

    at: datetime
    holdings: Mapping[str, int]
    orders: tuple[OpenOrder, ...]
    cash: Decimal
    nav: Decimal | None
    moved: Mapping[str, int]
    paid: Decimal
    count: tuple[int, int]

    @property
    def whole(self) -> bool:
        """Whether no execution came while it was read."""
        return self.count[0] == self.count[1]

    def same(self, other: "Reading") -> bool:
        """Whether nothing has moved between the two."""
        mine, theirs = ((each.holdings, each.cash, each.count) for each in (self, other))
        return mine == theirs and self.whole

    def explains(self, later: "Reading") -> bool:
        """Whether executions explain all that moved since in holdings and cash."""
        names = {*self.holdings, *later.holdings, *self.moved, *later.moved}
        moved = all(_of(later.holdings, n) - _of(self.holdings, n) == _of(later.moved, n) - _of(self.moved, n)
                    for n in names)  # fmt: skip
        return later.whole and moved and usd(later.cash - self.cash) == usd(later.paid - self.paid)


class Account:
    """Reads statements. What executions do not explain is told once it stood unchanged through two readings."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing
        self._last: Reading | None = None

    def statement(self) -> Statement:
        """The account now. Raises `BrokerSilent` where it does not come to rest or is not told."""
        hearing = self._hearing
        end = monotonic() + hearing.settings.seconds + hearing.settings.settle
        reading = self._read()
        while not self._known(reading):
            sleep(hearing.settings.settle)
            again = self._read()
            if again.same(reading):
                break
            if monotonic() > end:
                raise BrokerSilent(f"IBKR: positions and cash of {hearing.account} do not come to rest")
            reading = again
        self._last = reading
        return Statement(
            at=reading.at, orders=reading.orders, executions=tuple(hearing.executions), cash=reading.cash,
            nav=reading.nav,
            holdings=tuple(Holding(instrument=name, quantity=n) for name, n in sorted(reading.holdings.items())),
        )  # fmt: skip

    def _known(self, reading: Reading) -> bool:
        """Whether it follows from what was told last. At first nothing does: a gateway that has just begun may tell
        nothing before it knows."""
        return self._last is not None and self._last.explains(reading)

    def _read(self) -> Reading:
        hearing, port = self._hearing, self._hearing.port
        port.executions(hearing.account)
        hearing.drain()
        before, orders = len(hearing.executions), self._orders()
        told = [each for each in port.positions() if each.account == hearing.account]
        held = {hearing.contracts.met(each.asset): self._whole(each.quantity, each.asset) for each in told}
        values = port.values(hearing.account)
        at = port.time()
        hearing.drain()
        return Reading(
            at=at, holdings=held, orders=orders, cash=self._amount(values, CASH), nav=self._amount(values, NET),
            moved=hearing.executions.moved, paid=hearing.executions.cash, count=(before, len(hearing.executions)),
        )  # fmt: skip

    def _amount(self, values: Mapping[str, tuple[str, str]], name: str) -> Decimal:
        value, currency = values.get(name, ("", ""))
        found = wording.amount(value)
        if found is None or currency != CURRENCY:
            told = "was not told" if found is None else f"is told in {currency or 'no currency'}, not in {CURRENCY}"
            raise BrokerSilent(f"IBKR: {name} of {self._hearing.account} {told}")
        return usd(found)

    def _whole(self, number: int | None, asset: Asset) -> int:
        if number is None:
            what = (
                f"how much {asset.local_symbol or asset.symbol} {self._hearing.account} has or orders is not told as a "
                "whole number: sell parts of shares, for the books have none"
            )
            self._hearing.alarm(what, asset.local_symbol or asset.symbol)
            raise BrokerSilent(f"IBKR: {what}")
        return number

    def _orders(self) -> tuple[OpenOrder, ...]:
        told = self._hearing.port.open_orders()
        filled = {_key(each): each.filled or 0 for each in told if isinstance(each, StatusSeen)}
        mine = (each for each in told if isinstance(each, OrderSeen) and each.account == self._hearing.account)
        return tuple(self._open(each, filled.get(key, 0)) for key, each in {_key(o): o for o in mine}.items())

    def _open(self, told: OrderSeen, filled: int) -> OpenOrder:
        """An order as a statement has it: of a combo the leg that is bought. What is not told to be filled may be."""
        lots = self._whole(told.lots, told.asset)
        sign = 1 if told.buys else -1
        legs = sorted(((sign * leg.ratio, leg.con_id) for leg in told.legs), reverse=True)
        ratio, name = (
            (legs[0][0], self._hearing.contracts.named(legs[0][1]))
            if legs
            else (sign, self._hearing.contracts.met(told.asset))
        )
        return OpenOrder(
            number=str(told.perm_id), reference=told.reference, instrument=name, left=ratio * (lots - filled),
            limit=told.limit,
        )  # fmt: skip


def _key(told: OrderSeen | StatusSeen) -> tuple[int, int, int]:
    """What tells orders apart: their permanent number, and before they have one those of their client."""
    return (told.perm_id, 0, 0) if told.perm_id else (0, told.client_id, told.order_id)


def _of(counts: Mapping[str, int], name: str) -> int:
    return counts.get(name, 0)
