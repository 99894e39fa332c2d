"""half_day: Thanksgiving week 2026, an entry on Wednesday a Friday that ends at 13:00 (CAD-1, CAD-4, CC-6, LQ-5)."""

from datetime import date

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("half_day")


def test_gen_acc_enters_on_the_session_before_the_week_s_last_which_is_wednesday(journal):
    sold = journal.timed("IntentRecorded", ledger="gen_acc", action="sell")
    assert [at for at, _ in sold] == ["Wed 25 Nov 09:45"] * 4
    assert {e.legs[0][0][6:12] for _, e in sold} == {"261127"}
    waits = {at for at, e in journal.timed("Decided", ledger="gen_acc", rule="CAD-4", verdict="skip")}
    assert {"Mon 23 Nov 09:45", "Tue 24 Nov 09:45"} <= waits


def test_each_size_is_a_floor_of_the_target_and_the_whole_stays_under_the_budget(journal):
    sold = journal.told("IntentRecorded", ledger="gen_acc", action="sell")
    assert sum(e.reserve for e in sold) <= 380_000
    for order in sold:
        strike, lots = int(order.legs[0][0][13:]) / 1000, -order.legs[0][1]
        first = int(95_000 // (100 * strike + 0.70))  # 0.95 x 400,000 over four eligible symbols
        assert lots - first in (0, 1), "one more at most, by yield"
        assert 100 * strike * lots <= 100_000, "a quarter of 400,000"


def test_nothing_happens_on_thanksgiving_and_nothing_after_one_o_clock_on_friday(journal):
    times = {at for entry in journal.entries for at in [journal.clock(entry)]}
    assert not {at for at in times if at.startswith("Thu 26 Nov")}
    assert max(at for at in times if at.startswith("Fri 27 Nov")) == "Fri 27 Nov 13:30"
    sent = {at for at, _ in journal.timed("IntentRecorded") if at.startswith("Fri 27 Nov")}
    assert all(at < "Fri 27 Nov 13:00" for at in sent)


def test_on_a_half_day_expiry_s_work_comes_three_hours_earlier(journal):
    """CC-6: assignment is prepared from an hour before the close, 12:00; the pin is looked at 15 minutes before it."""
    prepared = [(at, e.symbol) for at, e in journal.timed("Decided", rule="CC-6", verdict="prepare")]
    assert prepared[0] == ("Fri 27 Nov 12:35", "SPY")
    pinned = [(at, e.symbol) for at, e in journal.timed("Decided", rule="CC-6", verdict="hold")]
    assert pinned == [("Fri 27 Nov 12:45", "QQQ")]


def test_options_settle_at_the_half_day_s_close_and_in_the_money_puts_are_assigned(journal):
    ended = [(at, e) for kind in ("Expired", "Assigned") for at, e in journal.timed(kind, ledger="gen_acc")]
    assert {at for at, _ in ended} == {"Fri 27 Nov 13:15"}
    for _, e in ended:
        strike = int(e.instrument[13:]) / 1000
        assert (float(e.settlement) <= strike - 0.01) == (e.kind == "Assigned")
    assert {e.symbol for e in journal.told("Assigned")} == {"SPY", "QQQ"}


def test_what_ended_near_its_strike_stays_reserved_until_monday_morning(journal):
    (held, freed) = journal.timed("Pinned")
    assert (held[0], freed[0]) == ("Fri 27 Nov 13:15", "Mon 30 Nov 08:30")
    assert held[1].reserved == 3 * 26_750
    assert freed[1].reserved == 0


def test_the_week_is_typed_half_an_hour_after_the_early_close_and_final_on_monday_morning(journal):
    typed = [(at, e.status, e.primary) for at, e in journal.timed("WeekTyped", ledger="gen_acc", week="2026-W48")]
    assert typed == [
        ("Fri 27 Nov 13:30", "PROVISIONAL", "ASSIGNMENT"), ("Mon 30 Nov 08:30", "FINAL", "ASSIGNMENT"),
    ]  # fmt: skip


def test_the_sessions_are_those_of_the_exchange(journal):
    days = [e.day for e in journal.told("Valued", ledger="gen_acc")]
    assert days == [date(2026, 11, day) for day in (23, 24, 25, 27, 30)]
