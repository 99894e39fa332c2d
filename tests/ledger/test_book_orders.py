"""What orders, freezes, marks and all other events do to the books."""

from datetime import date, timedelta

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import (
    Decided,
    Expired,
    Frozen,
    Funded,
    LevelChanged,
    Marked,
    Noted,
    OrderChanged,
    Quarantined,
    StateChanged,
    SwitchChanged,
    Thawed,
    Unsettled,
    Valued,
    Watched,
)
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Watch, Wheel
from tests.ledger.told import PUT_KEY, SLEEVE, ended, usd

AAPL = {"ledger": SLEEVE, "symbol": "AAPL"}


def test_an_intent_reserves_and_each_part_that_fills_frees_its_share(run, story):
    held = story.tell(run, story.intent("k", (story.PUT, -3), reserve="81000.00"))
    working = held.working["k"]
    assert (working.quantity, working.reserve, working.contract) == (3, usd("81000.00"), Contract.parse(story.PUT))
    assert (held.wheel("AAPL"), held.exposure("AAPL")) == (Wheel.SHORT_PUT, usd("81000.00"))
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True, key="k"))
    assert (held.working["k"].quantity, held.working["k"].reserve) == (2, usd("54000.00"))
    assert held.reserved == usd("81000.00")
    assert story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True, key="k")).working == {}


def test_a_reserve_that_does_not_divide_is_rounded_up(run, story):
    story.tell(run, story.intent("k", (story.PUT, -3), reserve="100.00"))
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True, key="k"))
    assert held.working["k"].reserve == usd("66.67")


@pytest.mark.parametrize("status", ["canceled", "rejected", "expired", "denied", "filled"])
def test_a_terminal_status_ends_the_order(run, story, status):
    story.tell(run, story.intent("k", (story.PUT, -3), reserve="81000.00"))
    assert "k" in story.tell(run, OrderChanged(**AAPL, key="k", status="accepted")).working
    held = story.tell(run, OrderChanged(**AAPL, key="k", status=status))
    assert (held.working, held.reserved) == ({}, 0)


def test_a_fill_that_races_a_cancel_is_booked(run, story):
    story.tell(run, story.intent("k", (story.PUT, -1)), OrderChanged(**AAPL, key="k", status="canceled"))
    assert PUT_KEY in story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True, key="k")).positions


def test_an_entry_cancelled_unfilled_is_remembered_with_its_session_and_what_was_left(run, story):
    held = story.tell(
        run,
        story.intent("k", (story.PUT, -5)),
        story.fill(story.PUT, -1, "1.69", opening=True, key="k"),
        OrderChanged(**AAPL, key="k", status="canceled"),
    )
    assert held.tried == {"AAPL": (date(2026, 2, 12), 4)}


def test_a_rejected_entry_and_a_cancelled_close_were_no_tries(run, story):
    story.tell(run, story.intent("a", (story.PUT, -5)), OrderChanged(**AAPL, key="a", status="rejected"))
    close = story.intent("b", (story.PUT, 5), opening=False, action="close")
    assert story.tell(run, close, OrderChanged(**AAPL, key="b", status="canceled")).tried == {}


def test_a_roll_is_one_order_until_both_legs_are_done(run, story):
    new = "AAPL  260220P00265000"
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    held = story.tell(run, story.intent("r", (story.PUT, 2), (new, -2), reserve="53000.00", action="roll"))
    assert (held.working["r"].contract, held.working["r"].quantity) == (Contract.parse(new), 2)
    held = story.tell(run, story.fill(new, -2, "4.00", opening=True, key="r"))
    assert (held.working["r"].quantity, held.working["r"].reserve) == (0, usd("0.00"))
    assert story.tell(run, story.fill(story.PUT, 2, "3.80", opening=False, key="r")).working == {}


def test_more_than_was_ordered_leaves_nothing_outstanding(run, story):
    story.tell(run, story.intent("k", (story.PUT, -2), (story.CALL, -1), reserve="100.00"))
    held = story.tell(run, story.fill(story.PUT, -3, "1.69", opening=True, key="k"))
    assert (held.working["k"].quantity, held.working["k"].reserve) == (0, 0)
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True, key="k"))
    assert (held.working["k"].quantity, held.working["k"].reserve) == (0, 0)
    assert story.tell(run, story.fill(story.CALL, -2, "1.69", opening=True, key="k")).working == {}


def test_an_order_for_nothing_needs_no_cash(run, story):
    assert story.tell(run, story.intent("k", (story.PUT, 0), reserve="100.00")).working["k"].reserve == 0


def test_a_fill_of_a_leg_that_the_order_does_not_have_is_refused(run, story):
    story.tell(run, story.intent("k", (story.PUT, -1)))
    with pytest.raises(KernelError, match="under order k, which has no such leg"):
        story.tell(run, story.fill(story.CALL, -1, "1.69", opening=True, key="k"))


def test_working_calls_use_up_the_shares_that_cover_them(run, story):
    story.tell(run, story.fill("AAPL", 200, "260.00", opening=True))
    held = story.tell(run, story.intent("k", (story.CALL, -1)))
    assert (held.uncovered("AAPL"), held.wheel("AAPL")) == (1, Wheel.SHORT_CALL)


def test_orders_sent_are_those_of_the_running_new_york_date(run, story):
    story.tell(run, story.intent("a", (story.PUT, -1)), story.intent("b", (story.CALL, -1)))
    assert run.book.orders_sent == (story.at(2), story.at(3))
    run.append(Noted(ledger=SLEEVE, key="n", text=""), **story.stamp(minutes=24 * 60))
    assert run.book.orders_sent == ()


def test_an_order_is_sent_when_its_delay_is_over_and_slices_are_of_one_group(run, story):
    late = evolve(story.intent("b", (story.PUT, -1)), delay=2, parent="a")
    story.tell(run, story.intent("a", (story.PUT, -2)), late)
    assert [(one.at, one.group, one.quantity) for one in run.book.sent] == [
        (story.at(2), "a", -2), (story.at(3) + timedelta(seconds=2), "a", -1),
    ]  # fmt: skip


def test_exits_by_the_protocol_do_not_count_against_the_pace(run, story):
    rules = ("PE-8", "CAD-4 PE-11", "PE-7")
    story.tell(run, *(evolve(story.intent(rule, (story.PUT, -1)), rule=rule) for rule in rules))
    assert (len(run.book.sent), run.book.orders_sent) == (3, (story.at(4),))


def test_ready_symbols_are_eligible_on_that_session_only(run, story):
    ready = Decided(**AAPL, verdict="ready", why="")
    held = story.tell(run, ready, evolve(ready, symbol="SPY"), evolve(ready, symbol="IWM", verdict="skip"))
    assert held.eligible == (date(2026, 2, 12), {"AAPL", "SPY"})
    run.append(evolve(ready, symbol="QQQ"), **story.stamp(minutes=24 * 60))
    assert run.book.ledgers[SLEEVE].eligible == (date(2026, 2, 13), {"QQQ"})


def test_entries_freeze_by_symbol_or_sleeve_and_thaw(run, story):
    held = story.tell(run, Frozen(**AAPL, rule="PE-7", why=""), Frozen(ledger=SLEEVE, symbol="*", rule="PE-11", why=""))
    assert held.frozen == {"AAPL": "PE-7", "*": "PE-11"}
    assert story.tell(run, Thawed(**AAPL, why="")).frozen == {"*": "PE-11"}


def test_quarantine_and_notes_stay_with_the_ledger(run, story):
    held = story.tell(
        run, Quarantined(ledger=SLEEVE, plugin=SLEEVE, why="raised"), Noted(ledger=SLEEVE, key="a", text="b")
    )
    assert (held.quarantined, held.notes) == ("raised", {"a": "b"})


@pytest.mark.parametrize(("ledger", "plugin"), [("rev_acc", "other"), ("", "rev_acc")])
def test_a_quarantine_is_of_the_ledger_that_it_names_else_of_its_plugins(run, story, ledger, plugin):
    story.tell(run, Quarantined(ledger=ledger, plugin=plugin, why="raised"))
    assert {name: book.quarantined for name, book in run.book.ledgers.items()} == {SLEEVE: "", "rev_acc": "raised"}


def test_the_protocols_memory_stays_with_the_position_through_partial_closes(run, story):
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    watch = Watch(level=1, rising=2, rising_at=story.at(1))
    story.tell(run, Watched(ledger=SLEEVE, position=PUT_KEY, watch=watch, m=1.4))
    held = story.tell(run, story.fill(story.PUT, 1, "1.00", opening=False))
    assert held.positions[PUT_KEY].watch == watch
    held = story.tell(run, LevelChanged(ledger=SLEEVE, position=PUT_KEY, before=1, after=2, m=2.3))
    assert held.positions[PUT_KEY].watch == Watch(level=2, rising=2)


def test_a_mark_values_the_position_and_one_of_nothing_held_is_refused(run, story):
    story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True))
    held = story.tell(run, Marked(ledger=SLEEVE, position=PUT_KEY, mark=usd("2.00")))
    assert held.equity == usd("400336.60") - usd("400.00")
    with pytest.raises(KernelError, match="Marked names gen_acc:MSFT, which gen_acc does not hold"):
        story.tell(run, Marked(ledger=SLEEVE, position="gen_acc:MSFT", mark=usd("2.00")))


def test_contributions_raise_base_and_high_water_and_gains_only_the_latter(run, story):
    valued = Valued(
        ledger=SLEEVE, day=date(2026, 2, 12), cash=usd("1"), equity=usd("410000.00"), realised=usd("0"),
        unrealised=usd("0"), reserved=usd("0"), at_touch=usd("0"),
    )  # fmt: skip
    held = story.tell(run, valued, evolve(valued, equity=usd("405000.00")))
    assert (held.base, held.high_water) == (usd("400000.00"), usd("410000.00"))
    held = story.tell(run, Funded(ledger=SLEEVE, amount=usd("1000.00")))
    assert (held.base, held.high_water) == (usd("401000.00"), usd("411000.00"))


def test_tier_and_state_bind_the_account_and_a_ledgers_switch_does_not(run, story):
    switch = SwitchChanged(before="NONE", after="SAFE", value=66.0, threshold=65.0)
    story.tell(run, switch, StateChanged(before="SAFE", after="EMERGENCY", cause="KS-1"))
    assert (run.book.tier, run.book.state) == ("SAFE", "EMERGENCY")
    story.tell(run, evolve(switch, ledger=SLEEVE, after="HALT"))
    assert run.book.tier == "SAFE"


def test_an_unsettled_position_stays_with_its_reserve_until_it_ends(run, story):
    unsettled = Unsettled(**AAPL, instrument=story.PUT, quantity=-1, reserved=usd("27000.00"), why="no price")
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True), unsettled)
    assert (run.book.unsettled, held.reserved) == ({PUT_KEY}, usd("27000"))
    story.tell(run, ended(Expired, story.PUT, -1))
    assert run.book.unsettled == frozenset()


def test_a_run_begins_in_safe_until_its_machine_says_otherwise(run):
    first, *_ = run.entries()
    assert (first.state, first.cycle, run.book.state) == ("SAFE", 0, "SAFE")


def test_the_cycle_is_that_of_the_last_entry(run, story):
    run.append(Decided(**AAPL, verdict="skip", why=""), **story.stamp(cycle=9))
    assert run.book.cycle == 9
