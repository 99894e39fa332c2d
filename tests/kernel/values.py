"""What sessions ended with, and what shares were worth then."""

from datetime import date
from decimal import Decimal

from allusr_sdk.model.events import Marked, Valued
from tests.builders import moment

MONDAY, WEDNESDAY = date(2026, 2, 9), date(2026, 2, 11)
LAST_FRIDAY = date(2026, 2, 6)


def value(world, equity, day=WEDNESDAY, ledger="stub"):
    """What a session ended with."""
    world.kernel.heard(Valued(
        ledger=ledger, rule="LG-3", day=day, cash=Decimal(0), equity=Decimal(equity), realised=Decimal(0),
        unrealised=Decimal(0), reserved=Decimal(0), at_touch=Decimal(equity),
    ), moment(day, "16:15"))  # fmt: skip


def mark(world, price):
    """What the shares were worth at the last session's end."""
    about = {"ledger": "stub", "symbol": "AAPL", "rule": "LG-3", "position": "stub:AAPL"}
    world.kernel.heard(Marked(**about, mark=Decimal(price)), moment(WEDNESDAY, "16:15"))
    value(world, Decimal(price) * 1000)
