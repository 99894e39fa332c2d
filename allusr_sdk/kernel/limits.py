"""What gates and checks look at, and the sizes that both they and CAD-10 go by."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal

from attrs import frozen

from allusr_sdk.contracts import Atr, liquidity
from allusr_sdk.contracts.earnings import covered_at_most, earnings_week
from allusr_sdk.contracts.windows import entry_window
from allusr_sdk.kernel.orders import Order
from allusr_sdk.market.indicators import average_volume
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.intents import Sell, Shares, Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER, Contract, option_class
from allusr_sdk.model.positions import Book, LedgerBook
from allusr_sdk.model.views import Grain, MarketView
from allusr_sdk.rulebook import Rulebook


@frozen(eq=False)
class Entry:
    """What a guard may look at.

    Attributes:
        intent: what would be opened.
        view: the market.
        ledger: the books of the ledger that asks; `book` are all books.
        rules: in force; `approved` is the stamp of those that the run was started under.
        universe: number of symbols of the sleeve.
        ranges: ATR of a symbol, dollars (PE-1).
    """

    intent: Sell | Shares
    view: MarketView
    ledger: LedgerBook
    book: Book
    rules: Rulebook
    universe: int
    approved: str
    ranges: Callable[[str], Atr | None]

    @property
    def contract(self) -> Contract | None:
        """The contract to be written; None for shares."""
        return self.intent.quote.contract if isinstance(self.intent, Sell) else None

    @property
    def call(self) -> bool:
        """Whether a call would be written on shares."""
        return self.contract is not None and not self.contract.is_put

    @property
    def volumes(self) -> tuple[float, ...]:
        """Daily volumes of the contract (LQ-1); none for shares."""
        snapshot = self.view.fresh(self.intent.symbol)
        return tuple(snapshot.volumes(self.contract)) if snapshot and self.contract else ()

    @property
    def share_volume(self) -> float | None:
        """Average daily volume of the underlying in shares; None where it is unknown (LQ-1)."""
        return average_volume(self.view.bars, self.intent.symbol, self.view.session.day)


Vetoes = tuple[Veto, ...]


def notional_limit(entry: Entry) -> Decimal:
    """Dollars that one order may move: a quarter of the sleeve, up to half of a small universe (KS-11.4)."""
    rules = entry.rules
    of_universe = min(rules.money("KS-11.notional_share_rev"), Decimal(1) / entry.universe)
    share = max(rules.money("KS-11.notional_share"), of_universe)
    return min(rules.money("KS-11.notional_max"), share * entry.ledger.equity)


def unit_of(entry: Entry, order: Order) -> Decimal:
    """Dollars that one contract, or one share at its dearest limit, moves (KS-11.4)."""
    return entry.contract.notional if entry.contract else max(order.prices)


def child_most(entry: Entry, unit: Decimal) -> int:
    """The most that one order may hold (KS-11.3, KS-11.4, LQ-3): contracts, or shares in whole hundreds if it can be.

    `unit` is what one of them moves in dollars. One is the least that can be ordered: where even that is too much, the
    checks refuse it. The displayed size is unknown in files and simulation and bounds nothing.
    """
    affordable = int(notional_limit(entry) / unit)
    if entry.contract is None:
        return max(affordable // MULTIPLIER * MULTIPLIER or affordable, 1)
    most = min(entry.rules.integer("KS-11.child_max"), entry.rules.integer("LQ-3.child"), affordable)
    average, _ = liquidity.average_volume(entry.volumes, entry.rules.integer("LQ-1.adv_sessions"))
    traded = int(entry.rules.number("LQ-1.adv_share") * average) if average == average else 0
    return max(min(most, traded), 1)


def last_start(entry: Entry) -> int | None:
    """Seconds from now to the last instant at which a slice may leave (CAD-7); None where data has no grid (CAD-14)."""
    if entry.view.grain is not Grain.GRID:
        return None
    return int((entry_window(entry.view.session, entry.rules)[1] - entry.view.clock).total_seconds())


def free_cash(entry: Entry) -> Decimal:
    """Cash that secures nothing yet, dollars; neither today's premium nor the tax reserve counts (CAD-10, TX-8)."""
    ledger, today = entry.ledger, entry.view.session.day
    fresh = (p.amount for p in ledger.positions.values() if p.short and p.opened.astimezone(NEW_YORK).date() == today)
    return ledger.free - sum(fresh, ZERO)


def pinned(symbol: str, ledger: LedgerBook) -> Mapping[str, Decimal]:
    """Dollars behind a symbol's options that expired near their strike and may still be assigned (CAD-10, LQ-6)."""
    return {osi: held for osi, held in ledger.pinned.items() if option_class(osi[:6].rstrip()).underlying == symbol}


def cover(entry: Entry) -> tuple[int, str]:
    """Hundreds of shares that may still be written against, and why earnings time lowers them (CAD-10, CC-3)."""
    assert entry.contract is not None
    symbol, ledger = entry.intent.symbol, entry.ledger
    free = ledger.uncovered(symbol)
    reason = earnings_week(symbol, entry.contract.expiry, entry.view, entry.rules)
    if not reason:
        return free, ""
    shares = ledger.shares(symbol)
    return covered_at_most(shares, entry.rules) - (shares // MULTIPLIER - free), reason


def size_facts(entry: Entry) -> dict[str, object]:
    """The volumes behind an order's size, for the journal; nothing for shares."""
    if entry.contract is None:
        return {}
    return liquidity.size_facts(entry.volumes, entry.share_volume, entry.rules)


def step_of(entry: Entry) -> timedelta:
    """Time since the running attempt of the entry window began: attempts are made at fixed steps (CAD-7)."""
    start = entry.rules.clock("CAD-7.entry_from")
    since = entry.view.clock - entry.view.session.at(start.hour, start.minute)
    return since % timedelta(minutes=entry.rules.integer("CAD-7.every"))
