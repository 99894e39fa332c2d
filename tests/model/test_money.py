"""Exact amounts and the split of capital (CAD-12)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.model.money import cents, price, share_out, usd


def test_the_split_vector_is_met():
    parts = share_out(Decimal("100000.01"), [40, 30, 30])
    assert parts == [Decimal("40000.01"), Decimal("30000.00"), Decimal("30000.00")]


@given(st.integers(0, 10**12), st.lists(st.integers(1, 100), min_size=1, max_size=8))
def test_parts_sum_to_the_whole_and_lie_within_a_cent_of_their_share(total, weights):
    whole = Decimal(total) / 100
    parts = share_out(whole, weights)
    assert sum(parts) == whole
    assert all(abs(p - whole * w / sum(weights)) < Decimal("0.01") for p, w in zip(parts, weights, strict=True))


def test_equal_remainders_go_to_the_earlier_part():
    assert share_out(Decimal("0.01"), [1, 1, 1]) == [Decimal("0.01"), Decimal("0.00"), Decimal("0.00")]
    assert share_out(Decimal("0.02"), [1, 1, 1]) == [Decimal("0.01"), Decimal("0.01"), Decimal("0.00")]


@pytest.mark.parametrize("weights", [[], [0, 0]])
def test_nothing_is_shared_out_by_no_weight(weights):
    with pytest.raises(ValueError, match="positive sum"):
        share_out(Decimal(1), weights)


def test_fractions_of_a_cent_are_refused_where_exactness_is_promised():
    with pytest.raises(ValueError, match="not a whole number of cents"):
        cents(Decimal("0.015"))
    assert (usd("0.015"), usd("-0.015")) == (Decimal("0.02"), Decimal("-0.02"))


def test_prices_keep_their_shortest_form_to_four_places():
    assert [str(price(v)) for v in (1.69, 0.1, "2.98705", Decimal("1.2500"))] == ["1.69", "0.10", "2.9871", "1.25"]
