"""What is left of lots, and amounts that they are shared out by."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.ledger.lots import spread, take
from allusr_sdk.model.money import ZERO
from allusr_sdk.model.positions import Lot


def lots(*quantities):
    day = date(2026, 2, 12)
    return [Lot("AAPL", None, n, 10 * Decimal(n), day + timedelta(days=i), Decimal("10.00"))
            for i, n in enumerate(quantities)]  # fmt: skip


def test_what_is_left_of_a_lot_stands_before_every_later_one():
    taken, left = take(lots(3, 5, 4, 6), 4)
    assert [lot.quantity for lot in taken] == [3, 1]
    assert [(lot.quantity, lot.opened.day) for lot in left] == [(4, 13), (4, 14), (6, 15)]


def test_nothing_is_shared_out_as_nothing_and_without_a_sign():
    assert [str(part) for part in spread(ZERO, [2, 1])] == ["0.00", "0.00"]
