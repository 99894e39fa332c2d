"""How many contracts an exit may have: what free cash pays for, what the trade in what it sells lets through."""

from decimal import Decimal

import pytest

from allusr_sdk.kernel import means
from allusr_sdk.model.intents import Veto
from tests.builders import Tape, books, contract, market, priced, quote, sleeve_view, snapshot

D = Decimal
PUT = contract(99.5)


@pytest.mark.parametrize(("unit", "cash", "lots"), [
    ("0", "0", 9), ("-5", "0", 9), ("0.50", "2", 4), ("1", "3", 3), ("1.70", "3.39", 1), ("1.70", "3.40", 2),
    ("1.70", "0", 0), ("1", "100", 9),
])  # fmt: skip
def test_free_cash_pays_for_as_many_contracts_as_it_holds_units(unit, cash, lots):
    assert means.paid_for(9, D(unit), books(cash=cash)) == lots


def let_through(sell, shares, wanted=20):
    """Of `wanted` contracts those that a mean volume of shares lets be sold."""
    shown = snapshot("AAPL", 100.0, [sell], volumes=(10_000.0, 10_000.0))
    return means.liquid_lots(wanted, sell, sleeve_view(market(shown, tape=Tape({"AAPL": 100.0}, volume=shares))))


@pytest.mark.parametrize(("sell", "shares", "lots"), [
    (priced(PUT, 100.0), 500_000.0, 13),
    (priced(PUT, 100.0), 900_000.0, 20),
    (quote(contract(105), 4.00, 4.02), 900_000.0, 9),
    (quote(PUT, 110.0, 110.2), 900_000.0, 9),
    (quote(PUT, 110.0, 110.2), 800_000.0, 8),
])  # fmt: skip
def test_a_contract_counts_with_its_delta_and_with_a_whole_share_each_where_that_is_unknown(sell, shares, lots):
    assert let_through(sell, shares) == lots


@pytest.mark.parametrize("wanted", [1, 11])
def test_what_not_even_one_contract_keeps_is_told_with_its_numbers(wanted):
    told = Veto("LQ-1", "100 delta shares > 90", {"delta_shares": 100.0, "limit": 90.0})
    assert let_through(quote(contract(105), 4.00, 4.02), 90_000.0, wanted) == told
