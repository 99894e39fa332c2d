"""What both sides hold differently, unit by unit (B01, B02, B03)."""

from types import SimpleNamespace

import pytest

from allusr_sdk.kernel.gaps import gaps
from tests.kernel.accounts import holding


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
])  # fmt: skip
def test_what_moved_is_what_the_broker_has_more_without_foreign_units(ours, theirs, foreign, found):
    assert between(ours, theirs, foreign=foreign) == found


def test_what_a_break_was_found_for_already_is_not_found_again():
    assert between(100, [], settled={"AAPL"}) == {}
