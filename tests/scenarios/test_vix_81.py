"""vix_81: a full halt, a re-arm that comes too early, and the way back by a person (KS-1, KS-4, KS-6, KS-7, KS-8)."""

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("vix_81")


def numbered(journal):
    return [(number, entry) for number, entry in enumerate(journal.entries)]


def test_three_samples_above_eighty_halt_the_account(journal):
    ((at, halted), *_) = journal.timed("SwitchChanged", cause="VIX")
    assert (at, halted.before, halted.after) == ("Thu 5 Feb 10:00", "NONE", "HALT")
    (state, *_) = journal.told("StateChanged")
    assert (state.before, state.after, state.rule) == ("SCANNING", "EMERGENCY", "KS-6")


def test_every_working_order_is_cancelled_and_each_confirmed(journal):
    (halted, *_) = journal.told("SwitchChanged", cause="VIX")
    ended = journal.timed("OrderChanged", status="canceled", rule="KS-6")
    assert len(ended) == halted.cancels > 0
    assert {(at, e.reason) for at, e in ended} == {("Thu 5 Feb 10:00", "stopped by kill switch VIX at HALT")}


def test_the_switch_is_journaled_before_anything_is_cancelled(journal):
    thrown = next(n for n, e in numbered(journal) if e.kind == "SwitchChanged")
    first = next(n for n, e in numbered(journal) if e.kind == "OrderChanged" and e.event.rule == "KS-6")
    assert thrown < first


def test_nothing_is_sold_out_or_opened_until_a_person_re_arms_it(journal):
    start, end = (next(n for n, e in numbered(journal) if e.kind == "StateChanged" and at(e)) for at in (
        lambda e: e.event.after == "EMERGENCY", lambda e: e.event.before == "EMERGENCY"))  # fmt: skip
    between = [e for n, e in numbered(journal) if start < n < end]
    assert not [e for e in between if e.kind in ("IntentRecorded", "Filled")]
    assert {"Expired"} <= {e.kind for e in between}, "what is held is left to settle"


def test_a_re_arm_before_two_closes_below_seventy_is_refused_with_the_closes(journal):
    ((at, refused),) = [found for found in journal.timed("Decided", verdict="refuse") if found[1].rule == "KS-7"]
    assert at == "Fri 6 Feb 12:00"
    assert "two VIX closes under 70 are needed" in refused.why
    assert refused.why.endswith("81")


def test_a_person_re_arms_it_by_way_of_safe_and_reconciling(journal):
    back = [(at, e.before, e.after, e.rule) for at, e in journal.timed("StateChanged")][1:]
    assert back == [
        ("Tue 10 Feb 09:00", "EMERGENCY", "SAFE", "KS-7"),
        ("Tue 10 Feb 09:00", "SAFE", "RECONCILING", "KS-7"),
        ("Tue 10 Feb 09:00", "RECONCILING", "SAFE", "KS-7"),
    ]


def test_the_audit_row_of_the_re_arm_is_complete(journal):
    (row,) = journal.told("SwitchChanged", source="operator")
    assert (row.before, row.after, row.rule) == ("HALT", "SAFE", "KS-4 KS-7")
    assert (row.actor, row.approver) == ("Ada Operator", "Ada Operator")
    assert row.reason == "two closes below 70, books agree"
    assert (row.value, row.threshold, row.samples) == (66.0, 70.0, ("68", "66"))


def test_every_audit_row_says_who_from_where_to_where_on_what_and_why(journal):
    rows = journal.told("SwitchChanged")
    assert all(r.actor and r.cause and r.source and r.reason and r.before != r.after for r in rows)
    assert all(r.value is not None and r.threshold is not None and r.samples for r in rows)
    assert [(r.before, r.after) for r in rows] == [
        ("NONE", "HALT"), ("HALT", "SAFE"), ("SAFE", "HEDGED"), ("HEDGED", "NONE"),
    ]  # fmt: skip


def test_it_never_comes_down_more_than_one_tier_a_day(journal):
    down = [at.rsplit(" ", 1)[0] for at, _ in journal.timed("SwitchChanged")][1:]
    assert down == ["Tue 10 Feb", "Wed 11 Feb", "Fri 13 Feb"]


def test_entries_come_back_only_with_hedged(journal):
    opened = [at for at, e in journal.timed("IntentRecorded", ledger="gen_acc") if e.opening]
    later = [at for at in opened if not at.startswith(("Mon 2", "Tue 3", "Wed 4", "Thu 5"))]
    assert later[0] == "Thu 12 Feb 09:45"


def test_both_weeks_are_preservation_weeks(journal):
    final = {e.week: e.primary for e in journal.told("WeekTyped", ledger="", status="FINAL")}
    assert (final["2026-W06"], final["2026-W07"]) == ("PRESERVATION", "PRESERVATION")
