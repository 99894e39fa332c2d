"""What the books remember between days: switches by cause, days and weeks, stops, hedges, calls away, pins."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import (
    Assigned,
    Expired,
    Funded,
    LevelChanged,
    OrderChanged,
    Pinned,
    SwitchChanged,
    SwitchWaiting,
    Valued,
)
from allusr_sdk.model.positions import Quarter

SLEEVE, D = "gen_acc", Decimal
PUT_KEY = "gen_acc:AAPL  260213P00270000"
AAPL = {"ledger": SLEEVE, "symbol": "AAPL"}
DAY = 24 * 60
MONDAY = 4 * DAY  # 16 February 2026, from Thursday the 12th


def valued(equity, day=date(2026, 2, 12)):
    zero = D("0.00")
    return Valued(
        ledger=SLEEVE, day=day, cash=zero, equity=D(equity), realised=zero, unrealised=zero, reserved=zero,
        at_touch=zero,
    )  # fmt: skip


def thrown(after, *, before="NONE", cause="VIX", ledger=""):
    return SwitchChanged(ledger=ledger, cause=cause, before=before, after=after, value=None, threshold=None)


# --- switches ------------------------------------------------------------------------------------------------------


def test_each_cause_has_a_switch_of_its_own_and_the_gravest_is_the_accounts_tier(run, story):
    story.tell(run, thrown("HEDGED"), thrown("SAFE", cause="STALE"), thrown("FREEZE", cause="LOSS"))
    assert run.book.switches == {"VIX": "HEDGED", "STALE": "SAFE", "LOSS": "FREEZE"}
    assert run.book.tier == "SAFE"
    story.tell(run, thrown("NONE", before="SAFE", cause="STALE"))
    assert run.book.switches == {"VIX": "HEDGED", "LOSS": "FREEZE"}
    assert run.book.tier == "FREEZE"


def test_a_sleeves_switch_binds_that_sleeve_alone(run, story):
    story.tell(run, Funded(ledger="rev_acc", amount=D("1.00")), thrown("HEDGED"))
    held = story.tell(run, thrown("SAFE", cause="L3", ledger=SLEEVE), thrown("CALLS", cause="PIVOT", ledger=SLEEVE))
    assert held.switches == {"L3": "SAFE", "PIVOT": "CALLS"}
    assert run.book.tier == "HEDGED"
    assert sorted(run.book.tiers(SLEEVE)) == ["CALLS", "HEDGED", "SAFE"]
    assert run.book.tiers("rev_acc") == ("HEDGED",)
    assert run.book.tiers("nobody") == ("HEDGED",)


def test_leaving_a_switch_that_was_never_thrown_changes_nothing(run, story):
    story.tell(run, thrown("NONE", before="SAFE", cause="USER"))
    assert (run.book.switches, run.book.tier) == ({}, "NONE")


def test_a_waiting_tier_is_remembered_with_its_samples_until_it_falls_back(run, story):
    story.tell(run, SwitchWaiting(tier="SAFE", count=2, value=66.0))
    assert run.book.waiting == ("SAFE", 2)
    story.tell(run, SwitchWaiting(tier="NONE", count=0))
    assert run.book.waiting == ("NONE", 0)


def test_the_samples_of_a_waiting_tier_are_as_many_as_are_in_a_row(run, story):
    for count, value in ((1, 66.0), (2, 67.0), (2, 68.0)):
        story.tell(run, SwitchWaiting(tier="SAFE", count=count, value=value, sample=story.at(int(value))))
    assert run.book.samples == ((story.at(67), 67.0), (story.at(68), 68.0))
    story.tell(
        run, SwitchWaiting(tier="SAFE", count=2, value=69.0), SwitchWaiting(tier="SAFE", count=2, sample=story.at(70))
    )
    assert run.book.samples == ((story.at(67), 67.0), (story.at(68), 68.0))
    story.tell(run, SwitchWaiting(tier="NONE", count=0, value=50.0, sample=story.at(71)))
    assert run.book.samples == ()


# --- days, weeks, quarters -----------------------------------------------------------------------------------------


def test_a_day_starts_with_the_equity_of_the_session_before(run, story):
    held = story.tell(run, valued("410000.00"))
    assert (held.day_start, run.book.valued) == (D("410000.00"), date(2026, 2, 12))
    held = story.tell(run, valued("405000.00", date(2026, 2, 13)))
    assert (held.day_start, held.high_water, run.book.valued) == (
        D("405000.00"), D("410000.00"), date(2026, 2, 13),
    )  # fmt: skip


def test_a_week_starts_with_the_last_equity_of_the_week_before_from_its_first_entry_on(run, story):
    held = story.tell(run, valued("410000.00"), valued("405000.00", date(2026, 2, 13)))
    assert held.week_start == D("400000.00")
    run.append(thrown("HEDGED"), **story.stamp(MONDAY))
    assert run.book.ledgers[SLEEVE].week_start == D("405000.00")
    run.append(valued("390000.00", date(2026, 2, 17)), **story.stamp(MONDAY + DAY))
    assert run.book.ledgers[SLEEVE].week_start == D("405000.00")


def test_contributions_and_withdrawals_move_the_starts_for_they_are_no_result(run, story):
    story.tell(run, valued("410000.00"))
    held = story.tell(run, Funded(ledger=SLEEVE, amount=D("5000.00")))
    assert (held.day_start, held.week_start) == (D("415000.00"), D("405000.00"))
    held = story.tell(run, Funded(ledger=SLEEVE, amount=D("-15000.00")))
    assert (held.day_start, held.week_start, held.base) == (D("400000.00"), D("390000.00"), D("390000.00"))


def test_a_quarter_counts_from_what_was_realised_before_it_and_begins_with_its_first_entry(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, story.fill(story.PUT, 1, "0.80", opening=False))
    assert held.quarter == Quarter("2026-Q1", D("0.00"), D("0.00"))
    run.append(thrown("HEDGED"), **story.stamp(60 * DAY))
    assert run.book.ledgers[SLEEVE].quarter == Quarter("2026-Q2", D("87.60"), D("0.00"))


# --- hedges --------------------------------------------------------------------------------------------------------


def test_a_hedge_costs_its_quarter_and_is_remembered_by_trigger_and_week(run, story):
    bought = story.fill("SPXW  260813P06000000", 2, "11.00", opening=True, cause="hedge:L2")
    held = story.tell(run, bought)
    assert held.quarter.hedge_cost == D("2201.40")
    assert held.hedged == {"L2": "2026-W07"}
    (position,) = held.positions.values()
    assert position.hedges


def test_a_spreads_written_leg_lowers_the_cost_and_secures_nothing_more(run, story):
    held = story.tell(
        run,
        story.fill("SPY   260813P00540000", 2, "11.00", opening=True, cause="hedge:VIX50"),
        story.fill("SPY   260813P00480000", -2, "4.00", opening=True, cause="hedge:VIX50"),
    )
    assert held.quarter.hedge_cost == D("2201.40") - D("798.60")
    assert (held.reserved, held.exposure("SPY"), held.wheel("SPY").value) == (0, 0, "CASH")


def test_selling_a_hedge_gives_nothing_back_to_the_budget(run, story):
    bought = story.fill("XSP   260813P00600000", 1, "11.00", opening=True, cause="hedge:L2")
    sold = story.fill("XSP   260813P00600000", -1, "33.00", opening=False, cause="hedge:L2")
    assert story.tell(run, bought, sold).quarter.hedge_cost == D("1100.70")


def test_what_an_order_is_for_stays_with_its_position_and_while_it_works(run, story):
    held = story.tell(run, evolve(story.intent("k", (story.PUT, -3), reserve="81000.00"), cause="entry", parent="p"))
    assert (held.working["k"].cause, held.working["k"].parent, held.working["k"].hedges) == ("entry", "p", False)
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True, key="k", cause="entry"))
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True, key="k", cause="roll"))
    assert held.positions[PUT_KEY].cause == "entry"


# --- levels, calls away, pins --------------------------------------------------------------------------------------


def test_every_position_that_reaches_level_three_is_a_stop_of_that_day(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    up = LevelChanged(ledger=SLEEVE, position=PUT_KEY, before=0, after=1, m=1.1)
    story.tell(run, up, evolve(up, before=1, after=2))
    assert run.book.ledgers[SLEEVE].stops == ()
    held = story.tell(run, evolve(up, before=2, after=3), evolve(up, before=3, after=3))
    assert held.stops == (date(2026, 2, 12),)
    run.append(evolve(up, before=2, after=3), **story.stamp(DAY))
    assert run.book.ledgers[SLEEVE].stops == (date(2026, 2, 12), date(2026, 2, 13))


def test_a_symbol_called_away_counts_its_puts_that_end_unassigned_until_shares_come_back(run, story):
    called = Assigned(**AAPL, instrument=story.CALL, quantity=-1, settlement=D("290.00"))
    held = story.tell(
        run, story.fill("AAPL", 100, "260.00", opening=True), story.fill(story.CALL, -1, "2.00", opening=True), called
    )
    assert (held.called, held.reentries) == ({"AAPL": date(2026, 2, 12)}, {"AAPL": 0})
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, Expired(**AAPL, instrument=story.PUT, quantity=-1, settlement=D("280.00")))
    assert held.reentries == {"AAPL": 1}
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    rolled = story.tell(run, story.fill(story.PUT, 1, "1.00", opening=False, cause="roll"))
    assert rolled.reentries == {"AAPL": 1}
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, Assigned(**AAPL, instrument=story.PUT, quantity=-1, settlement=D("260.00")))
    assert (held.called, held.reentries) == ({}, {})


def test_each_put_sold_to_come_back_counts_and_nothing_else_that_ends_does(run, story):
    story.tell(
        run,
        story.fill("AAPL", 100, "260.00", opening=True),
        story.fill(story.CALL, -1, "2.00", opening=True),
        Assigned(**AAPL, instrument=story.CALL, quantity=-1, settlement=D("290.00")),
    )
    for cause in ("PE-8", "CC-1"):
        story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
        held = story.tell(run, story.fill(story.PUT, 1, "1.00", opening=False, cause=cause))
    assert held.reentries == {"AAPL": 2}
    call, put = "AAPL  260220C00300000", "AAPL  260220P00250000"
    story.tell(run, story.fill(call, -1, "2.00", opening=True), story.fill(put, 1, "2.00", opening=True))
    held = story.tell(run, story.fill(call, 1, "1.00", opening=False), story.fill(put, -1, "1.00", opening=False))
    assert held.reentries == {"AAPL": 2}


def test_puts_of_a_symbol_that_was_never_called_away_count_nothing(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, Expired(**AAPL, instrument=story.PUT, quantity=-1, settlement=D("280.00")))
    assert (held.called, held.reentries) == ({}, {})


def test_a_pinned_option_keeps_its_reserve_until_it_is_let_go(run, story):
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    ended = Expired(**AAPL, instrument=story.PUT, quantity=-2, settlement=D("270.50"))
    pin = Pinned(**AAPL, instrument=story.PUT, reserved=D("54000.00"), settlement=D("270.50"), why="near")
    held = story.tell(run, ended, pin)
    assert (held.positions, held.pinned, held.reserved) == ({}, {story.PUT: D("54000.00")}, D("54000.00"))
    held = story.tell(run, evolve(pin, reserved=D("0.00")))
    assert (held.pinned, held.reserved) == ({}, 0)


def test_slices_that_are_cancelled_count_as_one_try(run, story):
    slices = [evolve(story.intent(key, (story.PUT, -50)), parent="a") for key in "abc"]
    cancels = [OrderChanged(**AAPL, key=key, status="canceled") for key in "bc"]
    held = story.tell(run, *slices, story.fill(story.PUT, -50, "1.69", opening=True, key="a"), *cancels)
    assert held.tried == {"AAPL": (date(2026, 2, 12), 100)}


def test_a_new_decision_that_is_cancelled_is_a_try_of_its_own(run, story):
    for key, size in (("a", -50), ("b", -20)):
        story.tell(run, story.intent(key, (story.PUT, size)), OrderChanged(**AAPL, key=key, status="canceled"))
    assert run.book.ledgers[SLEEVE].tried == {"AAPL": (date(2026, 2, 12), 20)}


def test_all_of_it_is_folded_alike_from_what_is_written(memory, run, story):
    story.tell(
        run, thrown("HEDGED"), thrown("SAFE", cause="L3", ledger=SLEEVE), SwitchWaiting(tier="SAFE", count=1),
        story.fill("SPXW  260813P06000000", 2, "11.00", opening=True, cause="hedge:L2"), valued("410000.00"),
        Pinned(**AAPL, instrument=story.PUT, reserved=D("1.00"), settlement=D("270.50"), why="near"),
    )  # fmt: skip
    run.append(valued("405000.00"), **story.stamp(MONDAY))
    assert memory.run(run.id).book == run.book


def test_a_level_of_a_position_that_is_gone_is_refused(run, story):
    with pytest.raises(KernelError, match="LevelChanged names gen_acc:AAPL  260213P00270000, which gen_acc does not"):
        story.tell(run, LevelChanged(ledger=SLEEVE, position=PUT_KEY, before=0, after=3, m=3.1))
