"""The simulated venue: a BacktestEngine that we step, rebuilt from the books to shed what has expired."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from attrs import frozen
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import InstrumentClose, TradeTick
from nautilus_trader.model.enums import AccountType, AggressorSide, InstrumentCloseType, OmsType
from nautilus_trader.model.events import OrderFilled
from nautilus_trader.model.identifiers import TradeId
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity

from allusr_sdk.errors import BreakError
from allusr_sdk.execution.crowd import Crowd
from allusr_sdk.execution.desk import Desk
from allusr_sdk.execution.faults import Faults, Wire
from allusr_sdk.execution.fills import DEPTH, Draws, Fees, InsideSpread
from allusr_sdk.execution.instruments import OPTION_PLACES, SHARE_PLACES, VENUE, contract_id, symbol_id
from allusr_sdk.execution.showing import restored_price
from allusr_sdk.execution.stepped import Stepped, nanoseconds
from allusr_sdk.kernel.orders import Order
from allusr_sdk.model.events import Event
from allusr_sdk.model.money import ZERO, usd
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import Book, Position
from allusr_sdk.model.views import MarketView
from allusr_sdk.rulebook import Rulebook

# The venue rounds the result of each share sale at an average price that it keeps as a float; a rebuild starts afresh.
ROUNDING = Decimal("0.05")

# Instruments beyond which a rebuild, some two milliseconds, costs less than carrying what has expired.
MANY = 50


@frozen(eq=False)
class Ears:
    """Whom the venue tells: the kernel's cycle, its ear for order events, and the ear for settlements."""

    decide: Callable[[MarketView], Iterable[Order]]
    heard: Callable[[Event, datetime], None]
    settled: Callable[[OrderFilled, str], None]


class Venue(Stepped):
    """One simulated broker account in nautilus. It executes; it does not keep the books."""

    def __init__(self, ears: Ears, rules: Rulebook, draws: Draws, faults: Faults | None = None) -> None:
        super().__init__()
        self._ears, self._rules, self._draws, self._wire = ears, rules, draws, Wire(faults or Faults())

    def build(self, positions: Sequence[Position], cash: Decimal) -> None:
        """Build the venue anew with the positions and the cash that the books hold."""
        model = InsideSpread(self._wire.faults.partial)
        engine = self.fresh()
        engine.add_venue(
            VENUE, OmsType.NETTING, AccountType.MARGIN, [Money(cash + tied_up(positions), USD)], base_currency=USD,
            default_leverage=Decimal(1), fill_model=model,
            fee_model=Fees(self._rules.money("FEE-1.option"), self._rules.money("FEE-1.share")),
        )  # fmt: skip
        self.open(Desk(
            decide=self._ears.decide, heard=self._ears.heard, settled=self._ears.settled,
            rules=self._rules, opposite=Crowd(self._draws, model, self._wire), positions=positions,
        ))  # fmt: skip

    def settle(self, view: MarketView, prices: Mapping[str, Decimal], contracts: Sequence[Contract]) -> None:
        """Give the venue the official prices of a session and let it settle contracts that expire on them."""
        now = nanoseconds(view.at)
        size = Quantity.from_int(DEPTH)
        ticks = [
            TradeTick(symbol_id(symbol), Price(price, SHARE_PLACES), size, AggressorSide.NO_AGGRESSOR,
                      TradeId(f"{symbol}-{view.session.day}"), now, now)
            for symbol, price in sorted(prices.items())
        ]  # fmt: skip
        closes = [
            InstrumentClose(contract_id(c), Price(0, OPTION_PLACES), InstrumentCloseType.CONTRACT_EXPIRED, now, now)
            for c in contracts
        ]
        self.run(ticks, closes)

    def check(self, positions: Iterable[Position], cash: Decimal) -> Decimal:
        """Compare the venue with the books; returns the venue's cash. Raises `BreakError` (B03, B09)."""
        ours: dict[str, int] = {}
        for position in positions:
            name = position.contract.osi.replace(" ", "") if position.contract else position.symbol
            ours[name] = ours.get(name, 0) + position.quantity
        theirs = {p.instrument_id.symbol.value: int(p.signed_qty) for p in self.cache.positions_open()}
        if (mine := {k: v for k, v in ours.items() if v}) != theirs:
            raise BreakError(f"B03 quantity: books hold {sorted(mine.items())}, the venue {sorted(theirs.items())}")
        if abs(cash - (held := self.cash)) > ROUNDING:
            raise BreakError(f"B09 cash: books hold {cash}, the venue {held}")
        return held

    @property
    def worn(self) -> bool:
        """Whether it is worth building it anew: it knows many contracts, or keeps the price of shares, a float."""
        known = self.cache.instruments()
        shares = [instrument.id for instrument in known if isinstance(instrument, Equity)]
        return len(known) > MANY or any(self.cache.positions(instrument_id=share) for share in shares)

    @property
    def cash(self) -> Decimal:
        """True cash: the margin account's balance does not move when shares change hands (notes on accounts)."""
        held = sum(
            (Decimal(str(p.signed_qty)) * Decimal(str(p.avg_px_open))
             for p in self.cache.positions_open() if isinstance(self.cache.instrument(p.instrument_id), Equity)),
            Decimal(0),
        )  # fmt: skip
        return usd(self.cache.account_for_venue(VENUE).balance_total(USD).as_decimal() - held)


def cash_of(book: Book) -> Decimal:
    """Cash of all ledgers, dollars."""
    return sum((ledger.cash for ledger in book.ledgers.values()), ZERO)


def tied_up(positions: Iterable[Position]) -> Decimal:
    """Dollars that taking up the positions moves in the venue's account, to be added to the books' cash.

    Written options pay in, bought ones pay out; shares leave the balance alone but count as spent in `Venue.cash`.
    """
    total = Decimal(0)
    for position in positions:
        value = restored_price(position) * position.quantity
        total += value * MULTIPLIER if position.contract else value
    return usd(total)
