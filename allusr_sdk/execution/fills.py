"""How simulated orders fill and what they cost: documented, seeded, and nothing that a quote does not allow.

A marketable limit fills at the touch. A limit inside the spread fills, in each step of its ladder, with a probability
that rises in a line from 0 at the far touch over 0.3 at the mid to 1 at the near touch. The draw depends on the seed,
the order's key and the step alone, so equal runs fill equally. With `touch` nothing fills inside the spread.
"""

from decimal import Decimal
from hashlib import blake2b

from attrs import frozen
from nautilus_trader.backtest.models import FeeModel, FillModel
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import BookOrder
from nautilus_trader.model.enums import BookType, OrderSide, OrderType
from nautilus_trader.model.instruments import Instrument, OptionContract
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.model.orders import Order

AT_MID = 0.3
DEPTH = 1_000_000


@frozen
class Draws:
    """Decides whether a resting limit fills in a step; `kind` is `seeded` or `touch`."""

    seed: int
    kind: str = "seeded"

    def fills(self, key: str, step: int, *, price: Decimal, near: Decimal, far: Decimal) -> bool:
        """Whether the order `key` fills at `price` in this step; `near` is the touch it would hit, `far` the other."""
        return self.kind == "seeded" and uniform(self.seed, key, step) < probability(price, near=near, far=far)


def uniform(seed: int, key: str, step: int) -> float:
    """A number in [0, 1) that depends on the seed, a key and a step alone."""
    digest = blake2b(f"{seed}:{key}:{step}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


def probability(price: Decimal, *, near: Decimal, far: Decimal) -> float:
    """Chance of a fill in one step for a limit between the far touch (0), the mid (0.3) and the near touch (1)."""
    if near == far:
        return 1.0
    given = float((far - price) / (far - near))
    if given <= 0.5:
        return max(0.0, AT_MID * given / 0.5)
    return min(1.0, AT_MID + (1 - AT_MID) * (given - 0.5) / 0.5)


class InsideSpread(FillModel):  # type: ignore[misc]
    """Gives an order in `granted` liquidity at its own limit, every other order the quote's two touches.

    With `partial` each execution takes that part of what is left of a limit order, rounded down, at least one.
    """

    def __init__(self, partial: float = 0.0) -> None:
        super().__init__()
        self.granted: set[str] = set()
        self._partial = partial

    def fill_limit_inside_spread(self) -> bool:
        """Ask this model about limits inside the spread."""
        return True

    def get_orderbook_for_fill_simulation(
        self, instrument: Instrument, order: Order, best_bid: Price, best_ask: Price
    ) -> OrderBook:
        """The book that the order meets."""
        granted = order.client_order_id.value in self.granted
        book = OrderBook(instrument.id, BookType.L2_MBP)
        size = Quantity(self._depth(instrument, order), instrument.size_precision)
        if order.side == OrderSide.SELL:
            price = max(order.price, best_bid) if granted else best_bid
            book.add(BookOrder(OrderSide.BUY, price, size, 1), 0, 0)
        else:
            price = min(order.price, best_ask) if granted else best_ask
            book.add(BookOrder(OrderSide.SELL, price, size, 1), 0, 0)
        return book

    def _depth(self, instrument: Instrument, order: Order) -> int:
        """What the book holds; the venue gives legs to whole combos alone, so those never fill in parts."""
        if not self._partial or order.order_type != OrderType.LIMIT or instrument.is_spread():
            return DEPTH
        return max(1, int(self._partial * int(order.leaves_qty)))


class Fees(FeeModel):  # type: ignore[misc]
    """FEE-1: dollars per option contract and per share; combos pay by their legs."""

    def __init__(self, per_option: Decimal, per_share: Decimal) -> None:
        super().__init__()
        self._option, self._share = per_option, per_share

    def get_commission(self, order: Order, fill_qty: Quantity, fill_px: Price, instrument: Instrument) -> Money:
        """Commission of one execution, dollars rounded half up to the cent."""
        if instrument.is_spread():
            return Money(0, USD)
        rate = self._option if isinstance(instrument, OptionContract) else self._share
        return Money((rate * fill_qty.as_decimal()).quantize(Decimal("0.01"), "ROUND_HALF_UP"), USD)
