"""holiday_week: Good Friday 2026; Thursday 2 April is the week's last session (CAD-3 to CAD-6, LQ-5)."""

from datetime import date

import pytest

EASTER_WEEK = ("Mon 30 Mar", "Tue 31 Mar", "Wed 1 Apr", "Thu 2 Apr")


@pytest.fixture(scope="module")
def journal(played):
    return played("holiday_week")


def entries(journal, ledger, days):
    """(instant, expiry) of the options that a ledger decided to sell on some days."""
    found = journal.timed("IntentRecorded", ledger=ledger, action="sell")
    return {(at.rsplit(" ", 1)[0], e.legs[0][0][6:12]) for at, e in found if at.startswith(days)}


def test_gen_acc_enters_on_wednesday_for_thursday(journal):
    assert entries(journal, "gen_acc", EASTER_WEEK) == {("Wed 1 Apr", "260402")}


def test_rev_acc_enters_on_monday_alone_three_days_out(journal):
    assert entries(journal, "rev_acc", EASTER_WEEK) == {("Mon 30 Mar", "260402")}
    said = {at: e.why for at, e in journal.timed("Decided", ledger="rev_acc", rule="CAD-5", verdict="skip")}
    assert said["Tue 31 Mar 09:45"] == "no expiry 3 to 5 days out in this week: its last, 2026-04-02, is 2 off"
    assert said["Wed 1 Apr 09:45"] == "no expiry 3 to 5 days out in this week: its last, 2026-04-02, is 1 off"


def test_com_acc_takes_the_earlier_of_two_expiries_equally_near_five_days(journal):
    """CAD-6: Thursday is 3 days out and Monday 7, both 2 from 5: the earlier."""
    assert entries(journal, "com_acc", EASTER_WEEK) == {("Mon 30 Mar", "260402")}


def test_everything_of_the_week_ends_on_thursday(journal):
    ended = [(at, e) for kind in ("Expired", "Assigned") for at, e in journal.timed(kind) if at.startswith("Thu 2")]
    assert {at for at, _ in ended} == {"Thu 2 Apr 16:15"}
    assert {e.instrument[6:12] for _, e in ended} == {"260402"}
    for _, e in ended:
        assert (float(e.settlement) <= int(e.instrument[13:]) / 1000 - 0.01) == (e.kind == "Assigned")


def test_the_week_is_typed_on_thursday_and_final_on_monday(journal):
    typed = [(at, e.status) for at, e in journal.timed("WeekTyped", ledger="gen_acc", week="2026-W14")]
    assert typed == [("Thu 2 Apr 16:30", "PROVISIONAL"), ("Mon 6 Apr 08:30", "FINAL")]


def test_good_friday_is_no_session_and_easter_monday_is_one(journal):
    days = [e.day for e in journal.told("Valued", ledger="gen_acc")]
    assert date(2026, 4, 3) not in days
    assert date(2026, 4, 6) in days
    assert len(days) == 9


def test_the_week_after_is_whole(journal):
    days = ("Mon 6 Apr", "Tue 7 Apr", "Wed 8 Apr", "Thu 9 Apr", "Fri 10 Apr")
    assert entries(journal, "gen_acc", days) == {("Thu 9 Apr", "260410")}
    assert entries(journal, "com_acc", days) == {("Mon 6 Apr", "260410")}


def test_assigned_shares_are_written_against_not_below_their_basis(journal):
    """CAD-8: K >= basis a share. Rev-Acc within 5 % of its high stays in its own band and finds no such strike."""
    refused = [e for at, e in journal.timed("Decided", ledger="rev_acc", verdict="refuse") if at.startswith("Mon 6")]
    put = list(journal.told("Filled", ledger="rev_acc", cause="entry"))
    lots = sum(-f.quantity for f in put)
    net = sum(-f.quantity * 100 * f.price - f.fee for f in put)
    basis = (157_500 / 1000 * 100 * lots - float(net)) / (100 * lots)
    assert refused
    assert all(f"at or over {basis:.2f}" in e.why for e in refused)
