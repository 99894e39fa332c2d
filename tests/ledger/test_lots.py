"""Amounts that lots are shared out by."""

from allusr_sdk.ledger.lots import spread
from allusr_sdk.model.money import ZERO


def test_nothing_is_shared_out_as_nothing_and_without_a_sign():
    assert [str(part) for part in spread(ZERO, [2, 1])] == ["0.00", "0.00"]
