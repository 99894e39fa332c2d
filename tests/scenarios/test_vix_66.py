"""vix_66: the account is SAFE from Thursday on and comes back one tier a day (KS-1, KS-4, KS-6)."""

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("vix_66")


def days(found):
    return [at.rsplit(" ", 1)[0] for at, _ in found]


def test_three_samples_above_65_make_the_account_safe_at_once_without_a_stay_in_hedged(journal):
    ((at, entered), *_) = journal.timed("SwitchChanged", cause="VIX")
    assert (at, entered.before, entered.after) == ("Thu 5 Feb 10:00", "NONE", "SAFE")
    assert (entered.value, entered.threshold, len(entered.samples)) == (66.0, 65.0, 3)


def test_entry_orders_that_work_are_cancelled_each_with_the_rule(journal):
    (entered, *_) = journal.told("SwitchChanged", cause="VIX")
    ended = journal.timed("OrderChanged", status="canceled", rule="KS-6")
    assert len(ended) == entered.cancels > 0
    assert {at for at, _ in ended} == {"Thu 5 Feb 10:00"}
    assert {e.reason for _, e in ended} == {"stopped by kill switch VIX at SAFE"}


def test_what_was_cancelled_never_fills_and_reserves_nothing(journal):
    gone = {e.key for e in journal.told("OrderChanged", status="canceled", rule="KS-6")}
    assert not gone & {e.key for e in journal.told("Filled")}
    assert not any(ledger.working for ledger in journal.book.ledgers.values())


def test_while_safe_nothing_is_opened_and_every_refusal_names_the_switch(journal):
    opened = [at for at, e in journal.timed("IntentRecorded") if e.opening]
    safe = ("Fri 6 Feb", "Mon 9 Feb", "Tue 10 Feb")
    assert not [at for at in opened if at.startswith(safe) or (at >= "Thu 5 Feb 10:00" and at.startswith("Thu 5 Feb"))]
    refused = [
        e for at, e in journal.timed("Decided", verdict="refuse", ledger="com_acc") if at.startswith("Mon 9 Feb")
    ]
    assert refused
    assert all("KS-6" in e.rule and "tier SAFE of the account (VIX)" in e.why for e in refused)


def test_protective_closes_go_on(journal):
    closed = [(at, e) for at, e in journal.timed("IntentRecorded", action="close") if at.startswith("Thu 5 Feb")]
    assert [(at, e.ledger, e.rule) for at, e in closed] == [("Thu 5 Feb 14:30", "com_acc", "CC-2")]
    assert [e.quantity for _, e in journal.timed("Filled", key=closed[0][1].key)] == [5]


def test_it_comes_down_one_tier_a_day_by_closes(journal):
    down = [(at, e.before, e.after, e.samples, e.threshold) for at, e in journal.timed("SwitchChanged", rule="KS-4")]
    assert down == [
        ("Tue 10 Feb 16:15", "SAFE", "HEDGED", ("57", "56"), 58.0),
        ("Fri 13 Feb 16:15", "HEDGED", "NONE", ("43", "42"), 45.0),
    ]


def test_once_hedged_the_next_entries_come_with_half_of_the_capital_and_hedges_before_them(journal):
    first = journal.timed("IntentRecorded", action="hedge")[0]
    assert first[0] == "Wed 11 Feb 09:45"
    sold = [e for at, e in journal.timed("IntentRecorded", ledger="gen_acc", action="sell") if at.startswith("Thu 12")]
    assert sold
    assert sum(e.reserve for e in sold) <= 48_000_000 * 475 // 1000


def test_the_first_week_is_preservation_and_the_second_hedged(journal):
    final = {e.week: e.primary for e in journal.told("WeekTyped", ledger="", status="FINAL")}
    assert (final["2026-W06"], final["2026-W07"]) == ("PRESERVATION", "HEDGED")
