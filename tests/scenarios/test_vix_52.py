"""vix_52: the account is HEDGED from Thursday until the end of the next week (KS-1, KS-2, KS-4, KS-6, PE-10)."""

from decimal import Decimal

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("vix_52")


def sold(journal, day):
    """What Gen-Acc decided to sell on a day, by the instants of the decisions."""
    return [e for at, e in journal.timed("IntentRecorded", ledger="gen_acc", action="sell") if at.startswith(day)]


def test_three_samples_above_fifty_in_a_row_enter_the_tier_and_two_only_wait(journal):
    waits = [(at, e.count, e.tier) for at, e in journal.timed("SwitchWaiting") if e.count]
    assert waits == [("Thu 5 Feb 09:50", 1, "HEDGED"), ("Thu 5 Feb 09:55", 2, "HEDGED")]
    ((at, entered), (_, left)) = journal.timed("SwitchChanged", cause="VIX")
    assert (at, entered.before, entered.after, entered.rule) == ("Thu 5 Feb 10:00", "NONE", "HEDGED", "KS-1 KS-2")
    assert [sample.split()[1] for sample in entered.samples] == ["52", "52", "52"]
    assert left.after == "NONE"


def test_entry_orders_that_are_leaving_are_kept(journal):
    (entered, _) = journal.told("SwitchChanged", cause="VIX")
    assert entered.cancels == 0
    assert journal.told("OrderChanged", status="canceled", rule="KS-6") == []
    late = {
        at for at, e in journal.timed("OrderChanged", ledger="gen_acc", status="accepted") if at >= "Thu 5 Feb 10:00"
    }
    assert {at for at in late if at.startswith("Thu 5")} == {"Thu 5 Feb 10:00", "Thu 5 Feb 10:01"}, (
        "slices of 09:45 leave"
    )


def test_while_samples_wait_entries_are_refused_by_their_rule(journal):
    refused = {at for at, e in journal.timed("Decided", ledger="gen_acc", verdict="refuse") if "KS-2" in e.rule}
    assert refused == {"Thu 5 Feb 09:50", "Thu 5 Feb 09:55"}


def test_each_sleeve_buys_an_index_put_spread_once_a_week_out_of_its_budget(journal):
    bought = journal.timed("IntentRecorded", action="hedge", cause="hedge:VIX50")
    assert [(at, e.ledger) for at, e in bought] == [
        ("Thu 5 Feb 10:00", "gen_acc"), ("Thu 5 Feb 10:00", "com_acc"),
        ("Mon 9 Feb 09:45", "gen_acc"), ("Mon 9 Feb 09:45", "com_acc"),
    ]  # fmt: skip
    for _, hedge in bought:
        (long, short) = (quantity for _, quantity in hedge.legs)
        assert long == -short > 0
        assert hedge.worst * long * 100 <= Decimal(str(hedge.numbers["budget"]))


def test_the_first_budget_is_two_thirds_of_one_per_cent_of_equity(journal):
    """PE-9: B = 1 % of equity without gains; 1.0 % puts and 0.5 % calls are wished, so puts get B x 2/3."""
    (first, *_) = journal.told("IntentRecorded", action="hedge", ledger="gen_acc")
    assert float(first.numbers["budget"]) == pytest.approx(0.01 * 48_000_000 * 2 / 3, rel=1e-3)


def test_entries_of_the_hedged_week_use_half_of_the_capital(journal):
    before, hedged, after = (sold(journal, day) for day in ("Thu 5 Feb", "Thu 12 Feb", "Thu 19 Feb"))
    base = Decimal(48_000_000)
    for orders, share in ((before, "0.95"), (hedged, "0.475"), (after, "0.95")):
        assert orders
        assert {Decimal(e.numbers["deployable"]) for e in orders} == {base * Decimal(share)}
    assert sum(e.reserve for e in hedged) <= base * Decimal("0.475") < sum(e.reserve for e in before)


def test_the_tier_is_left_with_the_week_after_two_closes_below_45(journal):
    (_, (at, left)) = journal.timed("SwitchChanged", cause="VIX")
    assert (at, left.before, left.after, left.rule) == ("Fri 13 Feb 16:15", "HEDGED", "NONE", "KS-4")
    assert (left.samples, left.threshold) == (("44", "43"), 45.0)


def test_both_weeks_are_hedged_weeks(journal):
    final = {e.week: e.primary for e in journal.told("WeekTyped", ledger="gen_acc", status="FINAL")}
    assert (final["2026-W06"], final["2026-W07"]) == ("HEDGED", "HEDGED")
