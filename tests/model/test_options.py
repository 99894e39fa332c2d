"""Contracts and their OSI symbols (LQ-4)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.model.options import Contract, Right


@pytest.mark.parametrize(
    ("osi", "contract"),
    [
        ("AAPL  140621C00600000", Contract("AAPL", date(2014, 6, 21), Right.CALL, Decimal(600))),
        ("SPY   260522P00598500", Contract("SPY", date(2026, 5, 22), Right.PUT, Decimal("598.5"))),
    ],
)
def test_the_vectors_of_the_rulebook_are_met_both_ways(osi, contract):
    assert contract.osi == osi
    assert Contract.parse(osi) == contract == Contract.parse(osi.replace(" ", ""))


@given(
    st.from_regex(r"[A-Z]{1,6}", fullmatch=True), st.dates(date(2000, 1, 1), date(2068, 12, 31)),
    st.sampled_from(Right), st.integers(1, 99_999_999),
)  # fmt: skip
def test_a_symbol_is_read_back_as_the_contract_it_names(root, expiry, right, mills):
    contract = Contract(root, expiry, right, Decimal(mills) / 1000)
    assert len(contract.osi) == 21
    assert Contract.parse(contract.osi) == contract


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AAPL1 140621C00600000", "ends in a digit, so its deliverable is adjusted"),
        ("AAPL  140631C00600000", "out of range|remains"),
        ("AAPL  140621X00600000", "is not an OSI option symbol"),
        ("AAPL", "is not an OSI option symbol"),
        ("", "is not an OSI option symbol"),
        ("aapl  140621C00600000", "is not an OSI option symbol"),
        ("AAPL  140621C0060000", "is not an OSI option symbol"),
    ],
)
def test_adjusted_roots_and_other_text_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        Contract.parse(text)


def test_books_may_read_an_adjusted_root_and_know_its_underlying():
    held = Contract.parse("AAPL1 140621C00600000", adjusted=True)
    assert (held.root, held.underlying, held.kind.adjusted) == ("AAPL1", "AAPL", True)
    assert held.osi == "AAPL1 140621C00600000"
    assert not Contract.parse("AAPL  140621C00600000", adjusted=True).kind.adjusted
    with pytest.raises(ValueError, match="is not an OSI option symbol"):
        Contract.parse("1     140621C00600000", adjusted=True)


@pytest.mark.parametrize(
    ("strike", "ratio", "after"),
    [("600", 7, "85.71"), ("645", 7, "92.14"), ("272.5", 4, "68.13"), ("1200", 10, "120.00"), ("598.5", 3, "199.50")],
)
def test_a_split_divides_the_strike_and_rounds_half_up_to_cents(strike, ratio, after):
    contract = Contract("AAPL", date(2014, 6, 21), Right.CALL, Decimal(strike)).after_split(ratio)
    assert contract == Contract("AAPL", date(2014, 6, 21), Right.CALL, Decimal(after))
    assert Contract.parse(contract.osi) == contract


def test_index_roots_say_how_they_settle_and_on_what():
    spx, spxw, spy = (Contract(r, date(2026, 3, 20), Right.PUT, Decimal(100)) for r in ("SPX", "SPXW", "SPY"))
    assert (spx.kind.morning, spxw.kind.morning, spy.kind.morning) == (True, False, False)
    assert spxw.kind.cash_settled
    assert spxw.kind.european
    assert (spxw.underlying, spy.underlying, spy.kind.cash_settled) == ("SPX", "SPY", False)


def test_a_put_needs_its_strike_times_a_hundred_and_intrinsic_is_never_negative():
    put = Contract("SPY", date(2026, 5, 22), Right.PUT, Decimal("598.5"))
    assert put.notional == Decimal(59850)
    assert put.intrinsic(Decimal(600)) == 0
    assert put.intrinsic(Decimal("590.5")) == 8
    assert str(put) == "SPY 22 May 598.5 put"
