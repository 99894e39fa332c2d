"""What is held and what waits: positions, cash, levels, breaks, needs."""

from collections.abc import Mapping
from decimal import Decimal

from allusr_mcp.accounts import Account
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.positions import Position
from allusr_sdk.office.sighted import Point, distance

_HELD = ("mode", "market", "state", "equity", "cash", "collateral", "tree", "ladders", "working")


def holdings(account: Account) -> Mapping[str, object]:
    """Positions, cash and collateral, accounts of the tree, ladders and working orders."""
    status = account.followed.status()
    held = account.followed.run.book.positions
    unmarked = [position.key for position in held if position.mark is None]
    return {
        **{key: status[key] for key in _HELD},
        "positions": [_position(position) for position in held],
        "unmarked": unmarked,
        "equity_is": "cash and positions at their last marks"
        + (f"; {len(unmarked)} without one count at their opening price" if unmarked else ""),
    }


def risk(account: Account) -> Mapping[str, object]:
    """Levels, distances to the strike, kill switches, breaks, and what waits for a person."""
    followed = account.followed
    status, book = followed.status(), followed.run.book
    return {
        "state": status["state"], "tier": status["tier"], "switches": status["switches"],
        "positions": [_risk(account, position) for position in book.positions],
        "collateral": status["collateral"], "cash": status["cash"],
        "frozen": {b.name: dict(b.frozen) for b in book.ledgers.values() if b.frozen},
        "unsettled": sorted(book.unsettled), "breaks": status["breaks"], "needs": status["needs"],
        "atr_against_it_is": "how far the price is past the strike, or under the basis of shares, in ATR: from and to",
        "levels_are": "0 Normal, 1 prepares a roll, 2 rolls and freezes entries, 3 leaves the position",
    }  # fmt: skip


def _position(held: Position) -> Mapping[str, object]:
    contract = held.contract
    return {
        "ledger": held.ledger, "symbol": held.symbol, "text": str(contract or f"{held.symbol} shares"),
        "contract": contract.osi if contract else None, "quantity": held.quantity,
        "opened": held.opened.astimezone(NEW_YORK).date(), "expiry": contract.expiry if contract else None,
        "strike": contract.strike if contract else None, "price": held.price, "mark": held.mark,
        "value": None if held.mark is None else held.value, "behind": behind(held), "hedge": held.hedges,
    }  # fmt: skip


def behind(held: Position) -> Decimal:
    """Dollars that stand behind a position: those that an assignment would take, or what shares cost."""
    if held.contract is None:
        return held.amount
    written = held.short and held.contract.is_put and not held.hedges
    return held.contract.notional * -held.quantity if written else Decimal("0.00")


def _risk(account: Account, held: Position) -> Mapping[str, object]:
    seen = account.followed.sightings.of(held)
    out = distance(held, seen.spot.value if seen.spot else None)
    return {
        "ledger": held.ledger, "symbol": held.symbol, "text": str(held.contract or f"{held.symbol} shares"),
        "quantity": held.quantity, "level": held.watch.level, "rolls": held.rolls, "behind": behind(held),
        "spot": _seen(seen.spot), "dollars_out_of_the_money": out, "atr_against_it": _seen(seen.m),
        "mark": _seen(seen.mark),
    }  # fmt: skip


def _seen[T](point: Point[T] | None) -> Mapping[str, object] | None:
    return None if point is None else {"value": point.value, "entry": point.seq, "at": point.at}
