"""`Books`: one account as TWS tells it: cash and holdings of the test broker, with average costs, marks and margin."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from attrs import Factory, define, frozen

from allusr_sdk.model.broker import Execution
from allusr_sdk.model.money import usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.testing.brokerage.corporate import Corporate
from allusr_sdk.testing.brokerage.movements import effect
from allusr_sdk.testing.brokerage.records import contract

ZERO = Decimal("0.00")
INITIAL, MAINTENANCE = Decimal("0.50"), Decimal("0.25")
"""Share of their value that shares need."""
FAR, LEAST = Decimal("0.20"), Decimal("0.10")
"""Share of the underlying that a short option needs, less what it is out of the money; of its strike at least."""

type Prices = Callable[[str], Decimal | None]


@frozen(kw_only=True)
class Worth:
    """What an account is worth and must have, dollars."""

    nav: Decimal
    cash: Decimal
    stocks: Decimal
    options: Decimal
    initial: Decimal
    maintenance: Decimal

    def values(self) -> dict[str, Decimal]:
        """By the keys that TWS gives them."""
        loan = self.cash + self.stocks
        return {
            "NetLiquidation": self.nav, "TotalCashValue": self.cash, "TotalCashBalance": self.cash,
            "SettledCash": self.cash, "StockMarketValue": self.stocks, "OptionMarketValue": self.options,
            "EquityWithLoanValue": loan, "InitMarginReq": self.initial, "MaintMarginReq": self.maintenance,
            "FullInitMarginReq": self.initial, "FullMaintMarginReq": self.maintenance,
            "AvailableFunds": loan - self.initial, "FullAvailableFunds": loan - self.initial,
            "ExcessLiquidity": loan - self.maintenance, "FullExcessLiquidity": loan - self.maintenance,
            "BuyingPower": 2 * max(loan - self.initial, ZERO),
        }  # fmt: skip


@define(kw_only=True)
class Books(Corporate):
    """An account's books. Every change of holdings is an execution, told or not, and `check` adds all of them up.

    Attributes:
        costs: what a holding cost, dollars, negative where it was sold; fees included, as TWS has it.
        gains: realised by instrument, dollars.
        moved: instruments whose holding changed and was not told yet.
    """

    costs: dict[str, Decimal] = Factory(dict)
    gains: dict[str, Decimal] = Factory(dict)
    moved: list[str] = Factory(list)

    def move(
        self, instrument: str, quantity: int, price: Decimal, *, reference: str = "", free: bool = True,
        told: bool = True,
    ) -> Execution:  # fmt: skip
        """Book an execution, its cost and gain too."""
        held = self.holdings.get(instrument, 0)
        execution = super().move(instrument, quantity, price, reference=reference, free=free, told=told)
        self._costed(instrument, held, quantity, -effect(execution))
        self.moved.append(instrument)
        return execution

    def correct(
        self, execution: str, *, price: Decimal | None = None, fee: Decimal | None = None, settles: date | None = None
    ) -> Execution:
        """Tell an execution otherwise; the difference goes to the cost of what is held, else to the gain."""
        old = next((each for each in self.executions if each.id == execution), None)
        new = super().correct(execution, price=price, fee=fee, settles=settles)
        change = effect(old) - effect(new) if old else ZERO
        if new.instrument in self.holdings:
            self.costs[new.instrument] = self.costs.get(new.instrument, ZERO) + change
        else:
            self.gains[new.instrument] = self.gains.get(new.instrument, ZERO) - change
        self.moved.append(new.instrument)
        return new

    def become(self, instrument: str, into: str, quantity: int | None = None) -> None:
        """A holding turns into another at the same cost."""
        cost, gain = self.costs.get(instrument, ZERO), self.gains.get(instrument, ZERO)
        super().become(instrument, into, quantity)
        self.costs[into], self.gains[instrument] = cost, gain

    def average(self, instrument: str) -> Decimal:
        """Average cost of a contract or share held, dollars, its multiplier in it."""
        held = self.holdings.get(instrument, 0)
        return (self.costs.get(instrument, ZERO) / held).quantize(Decimal("0.0001")) if held else ZERO

    def worth(self, prices: Prices) -> Worth:
        """Value and margin at prices a share; what has none stands at its cost."""
        stocks = options = initial = maintenance = ZERO
        for name, held in self.holdings.items():
            option, price = contract(name), prices(name)
            value = self.costs.get(name, ZERO) if price is None else held * price * _units(name)
            if option is None:
                stocks += value
                initial, maintenance = initial + abs(value) * INITIAL, maintenance + abs(value) * MAINTENANCE
                continue
            options += value
            if held < 0:
                spot = prices(option.underlying) or option.strike
                out = max(option.strike - spot, ZERO) if not option.is_put else max(spot - option.strike, ZERO)
                need = abs(value) - held * MULTIPLIER * max(FAR * spot - out, LEAST * option.strike)
                initial, maintenance = initial + need, maintenance + need
        return Worth(
            nav=usd(self.cash + stocks + options), cash=usd(self.cash), stocks=usd(stocks), options=usd(options),
            initial=usd(initial), maintenance=usd(maintenance),
        )  # fmt: skip

    def _costed(self, name: str, held: int, quantity: int, paid: Decimal) -> None:
        """Average cost: what is added costs what was paid, what is closed takes its share of the cost with it."""
        closed = min(abs(held), abs(quantity)) if held * quantity < 0 else 0
        cost = self.costs.pop(name, ZERO)
        part = cost * closed / abs(held) if held else ZERO
        share = paid * closed / abs(quantity)
        if closed:
            self.gains[name] = self.gains.get(name, ZERO) - usd(part + share)
        if held + quantity:
            self.costs[name] = cost - part + paid - share


def _units(name: str) -> int:
    return MULTIPLIER if contract(name) else 1
