"""What both sides hold differently, unit by unit and at which basis (B01, B02, B03, B16)."""

from types import SimpleNamespace

import pytest

from allusr_sdk.kernel.gaps import gaps
from tests.kernel.accounts import Account, codes, holding, only, told


def between(ours, theirs, *, foreign=0, settled=()):
    case = SimpleNamespace(
        shadow=SimpleNamespace(held=lambda: {"AAPL": ours} if ours else {}), settled=settled,
        theirs=SimpleNamespace(holdings=[holding("AAPL", part) for part in theirs]), foreign=lambda name: foreign,
    )  # fmt: skip
    return {name: (gap.ours, gap.theirs, gap.moved) for name, gap in gaps(case).items()}


@pytest.mark.parametrize(("ours", "theirs", "foreign", "found"), [
    (100, [100], 0, {}),
    (100, [60, 40], 0, {}),
    (1, [], 0, {"AAPL": (1, 0, -1)}),
    (0, [1], 0, {"AAPL": (0, 1, 1)}),
    (100, [250], 0, {"AAPL": (100, 250, 150)}),
    (-2, [-1], 0, {"AAPL": (-2, -1, 1)}),
    (100, [137], 37, {}),
    (100, [100], 37, {}),
    (100, [250], 37, {"AAPL": (100, 250, 113)}),
    (100, [], -100, {}),
    (100, [], -99, {"AAPL": (100, 0, -1)}),
])  # fmt: skip
def test_what_moved_is_what_the_broker_has_more_without_foreign_units(ours, theirs, foreign, found):
    assert between(ours, theirs, foreign=foreign) == found


def test_what_a_break_was_found_for_already_is_not_found_again():
    assert between(100, [], settled={"AAPL"}) == {}


def test_an_execution_of_another_instrument_does_not_hide_the_one_that_explains_a_gap():
    with Account() as account:
        account.hold("MSFT", 10, id="m1")
        theirs = (told("MSFT", 10, id="m1", key="key-m1"), told("AAPL", 100, id="a1", key=None))
        found = only(account.finds(executions=theirs, holdings=(holding("AAPL", 100), holding("MSFT", 10))))
        assert (found.code, found.cause) == ("B01", "execution a1 of no order")


def test_a_basis_that_is_not_told_or_fits_does_not_hide_one_that_differs():
    with Account() as account:
        account.hold("AAPL", 100, "90.00", fee="0")
        account.hold("MSFT", 10, "400.00", fee="0")
        account.hold("SPY", 10, "600.00", fee="0")
        bases = (holding("AAPL", 100), holding("MSFT", 10, "4000"), holding("SPY", 10, "6100"))
        found = account.finds(holdings=bases)
        assert codes(found) == [("B16", "SYMBOL")]
        assert (found[0].subject, found[0].symbol, found[0].ours, found[0].theirs) == (
            "SPY", "SPY", "6,000.00", "6,100.00",
        )  # fmt: skip
