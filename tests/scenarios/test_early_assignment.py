"""early_assignment: a call bought back before its holder exercises, and two whose holders were first."""

from math import exp

import pytest

AAPL, MSFT, AMZN = "AAPL  260213C00290000", "MSFT  260213C00485000", "AMZN  260213C00237500"


@pytest.fixture(scope="module")
def journal(played):
    return played("early_assignment")


def test_the_call_with_less_time_value_than_the_dividend_is_bought_back_at_once(journal):
    ((at, intent),) = journal.timed("IntentRecorded", symbol="AAPL", action="close")
    assert (at, intent.rule) == ("Tue 10 Feb 11:00", "CC-4")
    assert intent.numbers["probability"] > 0.80
    assert [(f.quantity, f.opening) for f in journal.told("Filled", instrument=AAPL) if not f.opening] == [(3, False)]


def test_its_probability_is_that_of_the_formula(journal):
    """CC-4 by hand: g = D - X, c = 0.01 + half the share's spread, s = 0.10 D, pmax = 0.95; later nights pay none."""
    (intent,) = journal.told("IntentRecorded", symbol="AAPL", action="close")
    (level,) = journal.told("LevelChanged", symbol="AAPL", position=f"com_acc:{AAPL}")
    bid, ask, intrinsic = intent.numbers["bid"], intent.numbers["ask"], level.numbers["spot"] - 290
    tonight = 0.95 / (1 + exp(-((1.00 - ((bid + ask) / 2 - intrinsic)) - 0.015) / 0.10))
    later = 0.50 * min(1, intrinsic / (0.05 * level.numbers["spot"])) / (1 + exp(-(intrinsic - bid - 0.02) / 0.03))
    assert intent.numbers["probability"] == pytest.approx(1 - (1 - tonight) * (1 - later) ** 2, abs=1e-3)


def test_the_shares_kept_earn_the_dividend(journal):
    assert [(at, e.symbol, e.shares, e.cash) for at, e in journal.timed("DividendAccrued")] == [
        ("Wed 11 Feb 08:30", "AAPL", 300, 300)
    ]


def test_what_comes_with_the_last_print_is_too_late_to_close(journal):
    ((at, refused),) = journal.timed("Decided", symbol="MSFT", verdict="refuse", rule="CAD-1 CC-4")
    assert at == "Tue 10 Feb 16:00"
    assert refused.why == "CAD-1 the session closed at 16:00"
    assert not journal.told("IntentRecorded", symbol="MSFT", action="close")


def test_holders_exercise_that_night_for_the_dividend_and_by_the_script(journal):
    found = {e.instrument: (at, e.early, str(e.effective), e.quantity) for at, e in journal.timed("Assigned")}
    assert found == {
        MSFT: ("Wed 11 Feb 08:30", True, "2026-02-10", -2),
        AMZN: ("Wed 11 Feb 08:30", True, "2026-02-10", -4),
    }
    assert all(e.rule == "LQ-6 CC-4" for e in journal.told("Assigned"))


def test_the_shares_go_at_the_strike_before_the_ex_date(journal):
    before, after = journal.around("Assigned")
    old, new = before.ledgers["com_acc"], after.ledgers["com_acc"]
    assert new.cash - old.cash == 200 * 485 + 400 * 237 + 200
    assert new.shares("MSFT") == new.shares("AMZN") == 0
    assert not journal.told("DividendAccrued", symbol="MSFT")


def test_proceeds_are_strike_and_premium_less_the_shares_basis(journal):
    before, after = journal.around("Assigned")
    realised = after.ledgers["com_acc"].realised - before.ledgers["com_acc"].realised
    ended = (MSFT, AMZN, "MSFT", "AMZN")
    opened = [f for f in journal.told("Filled") if f.instrument in ended and f.opening]
    premium = sum(-f.quantity * f.price * 100 - f.fee for f in opened if f.quantity < 0)
    basis = sum(f.quantity * f.price + f.fee for f in opened if f.quantity > 0 and len(f.instrument) == 4)
    assert realised == 200 * 485 + 400 * 237 + 200 + premium - basis


def test_a_put_comes_back_at_the_first_session_of_a_week_after_settlement(journal):
    puts = [(at, e.rule) for at, e in journal.timed("IntentRecorded", symbol="MSFT", action="sell")
            if e.legs[0][0][12] == "P"]  # fmt: skip
    assert puts
    assert puts[0][0].startswith("Tue 17 Feb")
    assert str(journal.book.ledgers["com_acc"].called["MSFT"]) == "2026-02-10"


def test_the_week_is_one_of_assignment(journal):
    assert {w.primary for w in journal.told("WeekTyped", ledger="com_acc")} == {"ASSIGNMENT"}
