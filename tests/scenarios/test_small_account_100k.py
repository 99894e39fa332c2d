"""small_account_100k: what an account of 100,000 can do and what it cannot (CAD-10, CAD-11, CAD-12)."""

from decimal import Decimal

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("small_account_100k")


def refusal(journal, ledger, symbol, day):
    return next(
        e
        for at, e in journal.timed("Decided", ledger=ledger, symbol=symbol, verdict="refuse")
        if at.startswith(day) and "CAD-10" in e.rule
    )


def test_the_split_is_forty_thirty_thirty(journal):
    assert {e.ledger: e.amount for e in journal.told("Funded")} == {
        "gen_acc": Decimal(40_000), "rev_acc": Decimal(30_000), "com_acc": Decimal(30_000),
    }  # fmt: skip


def test_a_cent_that_does_not_divide_goes_to_gen_acc(played):
    """CAD-12's vector: 100,000.01 leaves one cent, by largest remainder Gen's."""
    odd = played("small_account_100k", "--capital", "100000.01", "--to", "2026-02-02")
    assert [e.amount for e in odd.told("Funded")] == [Decimal("40000.01"), Decimal(30_000), Decimal(30_000)]


def test_gen_acc_sells_one_contract_of_the_cheapest_symbol_by_the_exception(journal):
    sold = journal.timed("IntentRecorded", ledger="gen_acc", action="sell")
    assert [(at, e.symbol, e.legs[0][1]) for at, e in sold] == [
        ("Thu 5 Feb 09:45", "IWM", -1), ("Thu 12 Feb 09:45", "AMZN", -1),
    ]  # fmt: skip
    for _, e in sold:
        strike = Decimal(e.legs[0][0][13:]) / 1000
        assert "CAD-11" in e.rule
        assert "min-lot exception" in e.why
        assert Decimal(e.numbers["unit"]) == 100 * strike + Decimal("0.70") <= Decimal("0.60") * 40_000


def test_rev_acc_sells_one_contract_under_sixty_per_cent_and_refuses_it_over_them(journal):
    (sold,) = journal.told("IntentRecorded", ledger="rev_acc", action="sell")
    assert (sold.symbol, sold.legs[0][1], Decimal(sold.numbers["unit"])) == ("NVDA", -1, Decimal("17750.70"))
    refused = refusal(journal, "rev_acc", "NVDA", "Mon 9 Feb")
    assert refused.why.endswith("CAD-11 min-lot exception: 18,250.70 > 18,000.00")


@pytest.mark.parametrize(("symbol", "strike"), [("SPY", 67_700), ("AAPL", 27_250)])
def test_what_the_symbol_cap_leaves_no_room_for_is_refused_with_both_numbers(journal, symbol, strike):
    """CAD-10: a quarter of 40,000 is 10,000."""
    assert refusal(journal, "gen_acc", symbol, "Thu 5 Feb").why == f"symbol cap 10,000 / {strike:,} = 0"


def test_at_most_one_contract_of_one_symbol_is_held_in_a_sleeve(journal):
    sold = journal.timed("IntentRecorded", action="sell")
    weeks = [(e.ledger, at.split(" ")[1] < "6" and len(at.split(" ")[1]) == 1) for at, e in sold]
    assert len(weeks) == len(set(weeks))


def test_com_acc_cannot_buy_a_hundred_shares_of_anything_and_says_what_is_missing(journal):
    said = {e.symbol: e for e in journal.told("Decided", ledger="com_acc", rule="CAD-9 CAD-10", verdict="skip")}
    assert set(said) >= {"AAPL", "AMZN", "NVDA", "TSLA"}
    assert all(Decimal(e.numbers["cost"]) > Decimal(e.numbers["left to spend"]) for e in said.values())
    assert not journal.told("IntentRecorded", ledger="com_acc")


def test_never_is_more_reserved_than_there_is(journal):
    assert all(e.reserved <= e.cash for e in journal.told("Valued"))
