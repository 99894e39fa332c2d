"""A covered call that has earned most of its credit is bought back (CC-1)."""

from decimal import Decimal

from attrs import evolve

from allusr_protocol.seen import is_call
from allusr_sdk import Assessment, Close, Grain, Position, Quote, SleeveView, Watch


def sampled(watch: Watch, position: Position, quote: Quote | None, view: SleeveView) -> Watch:
    """The watch with the instant since which every sample of a call's mid has earned enough; None for anything else."""
    if not is_call(position):
        return watch
    if quote is None or not 0 <= quote.bid < quote.ask < float("inf"):
        return evolve(watch, profit_at=None)
    earned = _earned(position, quote.mid, view)
    return evolve(watch, profit_at=(position.watch.profit_at or view.at) if earned else None)


def taken(position: Position, quote: Quote, seen: Assessment, view: SleeveView) -> Close | None:
    """A close, with its limit, once two samples at the mid have earned the share of the credit (CC-1).

    Data without a grid has no two samples in a row (CAD-14): there one sample at the ask, which is dearer, is enough.
    """
    ask = Decimal(str(quote.ask)) if 0 < quote.ask < float("inf") else None
    if ask is None or not (_twice(seen, view) or (not _dense(view) and _earned(position, ask, view))):
        return None
    captured = 1 - ask / position.price
    limit = position.price * view.rules.money("CC-1.limit_share")
    why = f"captured {captured:.0%} of {position.price} at the ask"
    numbers = {"ask": str(ask), "captured": f"{captured:.4f}"}
    return Close(position.symbol, "CC-1", why, numbers, position=position, quote=quote, limit=limit)


def _dense(view: SleeveView) -> bool:
    return view.market.grain is Grain.GRID


def _twice(seen: Assessment, view: SleeveView) -> bool:
    since = seen.watch.profit_at
    gap = view.rules.number("PE-4.up_gap")
    return _dense(view) and since is not None and (view.at - since).total_seconds() >= gap


def _earned(position: Position, cost: Decimal, view: SleeveView) -> bool:
    """Whether buying back at `cost` a share leaves the captured share of the credit."""
    return position.price > 0 and 1 - cost / position.price >= view.rules.money("CC-1.capture")
