"""thin_chain: an order above a tenth of the contract's average volume is skipped with the numbers (LQ-1)."""

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("thin_chain")


@pytest.fixture(scope="module")
def refused(journal):
    return [(at, e) for at, e in journal.timed("Decided", symbol="IWM", verdict="refuse") if "LQ-1" in e.rule]


def test_the_size_that_capital_allows_is_refused_with_quantity_adv_and_limit(refused):
    (at, first) = refused[0]
    assert (at, first.rule) == ("Thu 5 Feb 09:45", "LQ-1 CAD-4 CAD-8 CAD-10")
    assert first.why == "LQ-1 42 contracts > 10% of ADV 220.667"
    assert first.numbers["quantity"] == 42 > 0.1 * first.numbers["adv"]
    assert (first.numbers["share"], first.numbers["sessions"]) == (0.1, 6)


def test_the_size_follows_from_the_symbol_s_cap(refused):
    """CAD-10: a quarter of D = 4,000,000 over 100 K and the fee."""
    (_, first) = refused[0]
    strike = float(first.numbers["below"].split(" ")[0])
    assert first.numbers["quantity"] == int(1_000_000 // (100 * strike + 0.70))


def test_open_interest_volume_and_spread_themselves_pass(refused):
    (_, first) = refused[0]
    assert first.numbers["open_interest"] >= 500
    assert first.numbers["spread"] <= 0.05


def test_every_attempt_of_both_entry_sessions_says_so_and_nothing_is_sold(journal, refused):
    attempts = {at for at, e in journal.timed("Decided", symbol="IWM", verdict="refuse")}
    assert len([at for at in attempts if at.startswith("Thu 5 Feb")]) == 15, "09:45 to 10:55 every five minutes"
    assert not journal.told("IntentRecorded", symbol="IWM")
    sized = [e.numbers for _, e in refused if "quantity" in e.numbers]
    assert all(n["quantity"] > 0.1 * n["adv"] for n in sized)
    others = [e.numbers for _, e in refused if "quantity" not in e.numbers]
    assert all(n["open interest"] < 500 for n in others), "another strike, too thin by itself"


def test_the_liquid_symbol_beside_it_is_sold(journal):
    sold = journal.told("IntentRecorded", symbol="SPY", action="sell")
    (adv,) = {e.numbers["adv"] for e in sold}
    assert 0 < sum(-e.legs[0][1] for e in sold) <= 0.1 * adv


def test_an_untraded_sleeve_symbol_alone_makes_no_special_week(journal):
    (typed,) = journal.told("WeekTyped", ledger="gen_acc")
    assert typed.primary == "CALM_INCOME"
