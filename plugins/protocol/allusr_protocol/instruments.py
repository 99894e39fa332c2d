"""Which contracts hedge: index puts or put spreads, and VIX calls, half a year out (PE-10)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk import Chain, Contract, Quote, Right, SleeveView

HUNDRED = Decimal(100)
INDEX_PUTS = (("SPX", "SPXW"), ("SPX", "SPX"), ("XSP", "XSP"))
"""Underlying and root, in the order in which they are tried; what settles at the close comes before the morning's."""
FUND = ("SPY", "SPY")
VIX_CALLS = ("VIX", "VIX")


@frozen
class Deal:
    """One contract to buy, or a spread with the one written under it."""

    buy: Quote
    sell: Quote | None = None

    def cost(self, view: SleeveView) -> Decimal:
        """Dollars of one lot at the touch, fees included."""
        paid = Decimal(str(self.buy.ask)) - (Decimal(str(self.sell.bid)) if self.sell else Decimal(0))
        return paid * HUNDRED + view.rules.money("FEE-1.option") * (2 if self.sell else 1)

    def lots(self, money: Decimal, view: SleeveView) -> int:
        """Whole lots that the money buys."""
        cost = self.cost(view)
        return int(money / cost) if cost > 0 else 0


def puts(view: SleeveView, *, spreads: bool) -> Iterator[Deal]:
    """Put hedges in the order of preference: index puts, each strike further out, then the fund's spread.

    With `spreads` alone (VIX above its first tier) the index classes are bought as spreads too (PE-10).
    """
    shares = view.rules.numbers("PE-10.otm")
    for symbol, root in INDEX_PUTS:
        pairs = [(shares[0], shares[-1])] if spreads else [(share, None) for share in shares]
        yield from (deal for near, far in pairs if (deal := _deal(symbol, root, near, far, view)))
    if deal := _deal(*FUND, shares[0], shares[-1], view):
        yield deal


def vix_call(view: SleeveView) -> Deal | None:
    """The VIX call at the rule's strike, or at the next one over it that is listed."""
    side = _side(*VIX_CALLS, Right.CALL, view)
    if side is None:
        return None
    strike = view.rules.number("PE-10.vix_strike")
    rows = [i for i, listed in enumerate(side.strike) if listed >= strike]
    return _sound(side.quote(rows[0])) if rows else None


def _deal(symbol: str, root: str, near: float, far: float | None, view: SleeveView) -> Deal | None:
    side, snapshot = _side(symbol, root, Right.PUT, view), view.fresh(symbol)
    if side is None or snapshot is None or not 0 < snapshot.spot < float("inf"):
        return None
    bought = _put_under(side, snapshot.spot * (1 - near))
    if bought is None or far is None:
        return _sound(bought) if bought else None
    written = _put_under(side, snapshot.spot * (1 - far))
    if written is None or written.contract.strike >= bought.contract.strike or not written.sound:
        return None
    return _sound(bought, written)


def _sound(buy: Quote, sell: Quote | None = None) -> Deal | None:
    return Deal(buy, sell) if buy.sound else None


def _side(symbol: str, root: str, right: Right, view: SleeveView) -> Chain | None:
    """The contracts of the expiry nearest to the target among those far enough out and not too far."""
    snapshot = view.fresh(symbol)
    if snapshot is None or snapshot.chain is None or root not in snapshot.chain.roots:
        return None
    near, far = view.rules.integer("PE-10.days_min"), view.rules.integer("PE-10.days_max")
    listed = [e for e in view.expiries(symbol, root) if near <= view.days_left(e) <= far]
    expiry = min(listed, key=lambda e: _distance(e, view), default=None)
    side = view.side(symbol, expiry, right, root) if expiry else None
    return side if side is not None and len(side) else None


def _distance(expiry: date, view: SleeveView) -> tuple[int, date]:
    return abs(view.days_left(expiry) - view.rules.integer("PE-10.target_days")), expiry


def _put_under(side: Chain, strike: float) -> Quote | None:
    """The highest listed strike at or under one."""
    rows = [i for i, listed in enumerate(side.strike) if listed <= strike + 1e-9]
    return side.quote(rows[-1]) if rows else None


def named(deal: Deal) -> str:
    """The contract, or the two of a spread."""
    bought: Contract = deal.buy.contract
    return f"{bought} / {deal.sell.contract}" if deal.sell else str(bought)
