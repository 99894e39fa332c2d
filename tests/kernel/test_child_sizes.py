"""What one order may hold, and which cash is free: the bounds of `limits` (KS-11.3, KS-11.4, LQ-3, CAD-10)."""

from datetime import datetime
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.limits import child_most, free_cash
from allusr_sdk.model.calendar import NEW_YORK
from tests.builders import RULES, books, contract, market, quote, sell, short, snapshot
from tests.kernel.questions import entry, share_purchase

RICH = books(cash="9000000")


@pytest.mark.parametrize("key", ["KS-11.child_max", "LQ-3.child"])
def test_the_smaller_of_both_bounds_of_a_child_binds(key):
    cheap = sell(quote(contract(10)))
    view = market(snapshot(spot=10.0, volumes=(1e6, 1e6)))
    asks = entry(cheap, view=view, ledger=RICH, rules=RULES.tightened({key: 10}))
    assert child_most(asks, Decimal(1000)) == 10


def test_the_least_that_can_be_ordered_is_one():
    intent, _ = share_purchase()
    assert child_most(entry(intent, ledger=books(cash="100")), Decimal(272)) == 1
    assert child_most(entry(ledger=books(cash="100")), Decimal(27000)) == 1


@pytest.mark.parametrize(("clock", "free"), [("2026-02-11 23:59", "50000"), ("2026-02-12 00:00", "49900")])
def test_the_premium_of_today_is_that_of_the_new_york_day(clock, free):
    opened = datetime.fromisoformat(clock).replace(tzinfo=NEW_YORK)
    put = evolve(short(contract(100), price="1.00"), opened=opened)
    assert free_cash(entry(ledger=books(put, cash="60000"))) == Decimal(free)
