"""Orders and decisions by hand, as the kernel and the desk would journal them."""

from decimal import Decimal

from allusr_sdk.model.events import Decided, Filled, IntentRecorded, OrderChanged

PUT = "AAPL  260213P00270000"
CALL = "AAPL  260213C00280000"


def order(key, instrument, quantity, fills, *, action="sell", limit="1.70", cause="entry", walked=(), **more):
    """An intent, its limits and its fills ``(price, quantity)``."""
    about = {"ledger": "gen_acc", "symbol": "AAPL"}
    opening = action in ("sell", "buy")
    rule = more.pop("rule", "CAD-4 CAD-8 CAD-10")
    intent = IntentRecorded(
        **about, rule=rule, key=key, action=action, legs=((instrument, quantity),), limit=Decimal(limit),
        mid=Decimal(limit), worst=Decimal(limit), opening=opening, cause=cause, **more,
    )  # fmt: skip
    changes = [
        OrderChanged(**about, rule="ORD-1", key=key, status="accepted" if not i else "repriced", price=Decimal(price))
        for i, price in enumerate((limit, *walked))
    ]
    filled = [
        Filled(
            **about, rule=rule, key=key, execution=f"{key}#{i}", instrument=instrument, quantity=size,
            price=Decimal(price), fee=Decimal("0.70") * abs(size) if len(instrument) > 6 else Decimal("0.50"),
            touch=Decimal(price), opening=opening, cause=cause,
        )
        for i, (price, size) in enumerate(fills)
    ]  # fmt: skip
    return (intent, *changes, *filled)


def decided(verdict, rule, why, numbers=None, *, symbol="AAPL", subject="", ledger="gen_acc"):
    """A decision."""
    return Decided(
        ledger=ledger, symbol=symbol, rule=rule, verdict=verdict, why=why, numbers=numbers or {}, subject=subject
    )
