"""What an exit may take: the free cash that it costs, the cover that others need, the liquidity of what it sells."""

from decimal import Decimal

from allusr_sdk.contracts import SleeveView, greeks, liquidity
from allusr_sdk.market.indicators import average_volume
from allusr_sdk.model.chains import Quote
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.options import MULTIPLIER, Contract
from allusr_sdk.model.positions import LedgerBook, Position


def unit(worst: Decimal, position: Position, needs: Decimal, view: SleeveView, *, legs: int = 1) -> Decimal:
    """Dollars of free cash that leaving one contract takes at the worst price, fees included, never negative.

    A put that is bought back frees its strike value; `needs` is what the contract sold in its stead ties up again.
    """
    frees = (
        position.contract.notional if position.contract and position.contract.is_put and not position.hedges else ZERO
    )
    cost = worst * MULTIPLIER + legs * view.rules.money("FEE-1.option")
    return max(ZERO, cost + needs - frees)


def paid_for(wanted: int, unit: Decimal, ledger: LedgerBook) -> int:
    """How many contracts free cash pays for, the tax reserve left alone (RULE-1, TX-8)."""
    return wanted if unit <= 0 else max(0, min(wanted, int(ledger.free / unit)))


def unbound(position: Position, ledger: LedgerBook) -> int:
    """Contracts of a long position that secure no short leg of a spread (RULE-1)."""
    contract = position.contract
    assert contract is not None
    same = [
        p
        for p in ledger.positions.values()
        if p.hedges and p.short and p.contract and _class(p.contract) == _class(contract)
    ]
    return max(0, position.quantity + sum(p.quantity for p in same))


def _class(contract: Contract) -> tuple[object, ...]:
    return contract.root, contract.expiry, contract.right


def liquid_lots(wanted: int, sell: Quote, view: SleeveView) -> int | Veto:
    """How many contracts of the leg sold LQ-1 lets through; the veto of one where it lets none."""
    contract, market = sell.contract, view.market
    snapshot = view.fresh(contract.underlying)
    volumes = tuple(snapshot.volumes(contract)) if snapshot else ()
    if missed := liquidity.illiquid(sell, volumes, view.rules):
        return missed[0]
    shares = average_volume(market.bars, contract.underlying, view.session.day)
    delta = greeks.own(sell, market).delta
    delta = delta if delta == delta else 1.0  # no volatility explains the quote: the most that it can be
    for lots in range(wanted, 0, -1):
        if not (vetoes := liquidity.oversized(lots, delta, volumes, shares, view.rules)):
            return lots
    return Veto("LQ-1", "; ".join(v.why for v in vetoes), {k: n for v in vetoes for k, n in v.numbers.items()})
