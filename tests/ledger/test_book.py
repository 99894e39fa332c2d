"""What each kind of event does to the books."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import (
    Assigned,
    Decided,
    Exercised,
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

SLEEVE = "gen_acc"
PUT_KEY = "gen_acc:AAPL  260213P00270000"
AAPL = {"ledger": SLEEVE, "symbol": "AAPL"}


def usd(text):
    return Decimal(text)


def ended(kind, instrument, quantity, **more):
    symbol = Contract.parse(instrument).underlying
    return kind(
        ledger=SLEEVE, symbol=symbol, instrument=instrument, quantity=quantity, settlement=usd("265.00"), **more
    )


def test_a_written_put_raises_cash_and_premium_but_no_result(run, story):
    held = story.tell(run, story.fill(story.PUT, -3, "1.69", opening=True, touch=usd("1.66")))
    position = held.positions[PUT_KEY]
    assert (held.cash, held.premium, held.fees, held.realised) == (
        usd("400504.90"), usd("507.00"), usd("2.10"), usd("0.00"),
    )  # fmt: skip
    assert (position.quantity, position.price, position.amount) == (-3, usd("1.69"), usd("504.90"))
    assert (position.opened, position.first_credit, position.rolls) == (story.at(2), usd("1.69"), 0)
    assert (held.reserved, held.improvement, held.wheel("AAPL")) == (usd("81000"), usd("9.00"), Wheel.SHORT_PUT)


def test_a_fill_whose_touch_is_unknown_improves_nothing(run, story):
    assert story.tell(run, story.fill(story.PUT, -3, "1.69", opening=True)).improvement == 0


def test_buying_back_under_the_ask_improves_too(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, story.fill(story.PUT, 1, "0.80", opening=False, touch=usd("0.83")))
    assert (held.improvement, held.realised, held.positions) == (usd("3.00"), usd("87.60"), {})


def test_a_position_written_in_parts_has_the_average_price_and_closes_first_in_first_out(run, story):
    parts = [story.fill(story.PUT, -1, "1.60", opening=True), story.fill(story.PUT, -2, "1.69", opening=True)]
    held = story.tell(run, *parts)
    assert (held.positions[PUT_KEY].price, held.positions[PUT_KEY].first_credit) == (usd("1.66"), usd("1.66"))
    held = story.tell(run, story.fill(story.PUT, 2, "1.00", opening=False))
    assert (held.positions[PUT_KEY].price, held.positions[PUT_KEY].amount) == (usd("1.69"), usd("168.30"))
    assert held.positions[PUT_KEY].opened == story.at(2)
    assert held.realised == usd("159.30") + usd("168.30") - usd("201.40")


def test_a_roll_hands_its_chain_to_the_position_it_opens(run, story):
    chain = {"rolls": 1, "roll_debit": usd("0.40"), "first_credit": usd("1.69")}
    new = "AAPL  260220P00265000"
    held = story.tell(
        run,
        story.fill(story.PUT, -2, "1.69", opening=True),
        story.fill(story.PUT, 2, "5.00", opening=False, cause="PE-8"),
        story.fill(new, -1, "4.60", opening=True, cause="PE-8", **chain),
        story.fill(new, -1, "4.61", opening=True, cause="PE-8", **chain),
    )
    (position,) = held.positions.values()
    assert (position.rolls, position.roll_debit, position.first_credit) == (1, usd("0.40"), usd("1.69"))
    assert (position.quantity, position.price) == (-2, usd("4.605"))


def test_selling_more_into_a_rolled_position_keeps_its_chain(run, story):
    chain = {"rolls": 2, "roll_debit": usd("0.40"), "first_credit": usd("1.69")}
    held = story.tell(
        run, story.fill(story.PUT, -1, "1.50", opening=True, **chain), story.fill(story.PUT, -1, "1.90", opening=True)
    )
    position = held.positions[PUT_KEY]
    assert (position.rolls, position.first_credit, position.price) == (2, usd("1.69"), usd("1.70"))


def test_an_assigned_put_becomes_shares_at_the_strike_with_the_premium_in_the_basis(run, story):
    held = story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True), ended(Assigned, story.PUT, -2))
    stock = held.positions["gen_acc:AAPL"]
    assert (stock.quantity, stock.price, stock.amount) == (200, usd("270"), usd("53663.40"))
    assert (held.wheel("AAPL"), held.uncovered("AAPL"), held.reserved) == (Wheel.STOCK, 2, 0)
    assert (held.cash, held.realised) == (usd("400336.60") - usd("54000.00"), usd("0.00"))


def test_an_assignment_booked_after_the_weekend_is_of_the_expiry_day(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    run.append(ended(Assigned, story.PUT, -1), **story.stamp(minutes=4 * 24 * 60))
    assert run.book.ledgers[SLEEVE].lots[0].opened == date(2026, 2, 13)


def test_an_assigned_call_takes_the_oldest_shares_and_adds_its_premium_to_the_proceeds(run, story):
    held = story.tell(
        run,
        story.fill("AAPL", 100, "260.00", opening=True),
        story.fill("AAPL", 100, "270.00", opening=True),
        story.fill(story.CALL, -1, "2.00", opening=True),
        ended(Assigned, story.CALL, -1, fee=usd("1.00")),
    )
    assert (held.shares("AAPL"), held.positions["gen_acc:AAPL"].price) == (100, usd("270"))
    assert held.realised == usd("28000.00") - usd("1.00") + usd("199.30") - usd("26000.00")


def test_a_call_cannot_be_assigned_without_its_shares(run, story):
    story.tell(run, story.fill("AAPL", 60, "260.00", opening=True), story.fill(story.CALL, -1, "2.00", opening=True))
    with pytest.raises(KernelError, match="Assigned in gen_acc does not fit the books: AAPL: 100 of 60 held"):
        story.tell(run, ended(Assigned, story.CALL, -1))


def test_a_cash_settled_assignment_pays_the_difference_and_makes_no_shares(run, story):
    put = "SPXW  260213P06900000"
    held = story.tell(
        run, story.fill(put, -2, "10.00", opening=True), ended(Assigned, put, -2, cash=usd("12.34"), fee=usd("1.00"))
    )
    assert held.realised == usd("1998.60") - usd("2469.00")
    assert (held.positions, held.cash) == ({}, usd("400000.00") + held.realised)


def test_a_cash_settled_class_needs_its_amount(run, story):
    put = "SPXW  260213P06900000"
    story.tell(run, story.fill(put, -2, "10.00", opening=True))
    with pytest.raises(KernelError, match="settles in cash and the event names no amount"):
        story.tell(run, ended(Assigned, put, -2))


def test_an_exercised_call_buys_shares_at_the_strike_and_its_cost(run, story):
    held = story.tell(run, story.fill(story.CALL, 1, "2.00", opening=True), ended(Exercised, story.CALL, 1))
    stock = held.positions["gen_acc:AAPL"]
    assert (stock.quantity, stock.amount, stock.price) == (100, usd("28200.70"), usd("280"))


def test_an_exercised_put_sells_shares_at_the_strike_less_its_cost(run, story):
    held = story.tell(
        run,
        story.fill("AAPL", 100, "260.00", opening=True),
        story.fill(story.PUT, 1, "2.00", opening=True),
        ended(Exercised, story.PUT, 1),
    )
    assert (held.positions, held.realised) == ({}, usd("1000.00") - usd("200.70"))


def test_a_long_option_settled_in_cash_brings_the_difference(run, story):
    call = "XSP   260213C00690000"
    held = story.tell(run, story.fill(call, 1, "2.00", opening=True), ended(Exercised, call, 1, cash=usd("5.00")))
    assert (held.positions, held.realised) == ({}, usd("500.00") - usd("200.70"))


def test_what_expires_worthless_realises_its_premium_or_loses_its_cost(run, story):
    held = story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True), ended(Expired, story.PUT, -1))
    assert (held.realised, held.positions) == (usd("168.30"), {})
    held = story.tell(run, story.fill(story.CALL, 1, "2.00", opening=True), ended(Expired, story.CALL, 1))
    assert held.realised == usd("168.30") - usd("200.70")


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (ended(Expired, "AAPL  260213P00270000", 1), "1 of -1 held"),
        (ended(Expired, "AAPL  260213P00270000", -2), "-2 of -1 held"),
        (ended(Expired, "AAPL  260213P00270000", 0), "a quantity of nothing"),
        (ended(Exercised, "AAPL  260213P00270000", -1), "is not what a position that is Exercised holds"),
        (ended(Assigned, "AAPL  260213P00265000", -1), "-1 of 0 held"),
    ],
)
def test_an_end_that_does_not_fit_what_is_held_is_refused(run, story, event, why):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    with pytest.raises(KernelError, match=why):
        story.tell(run, event)


@pytest.mark.parametrize(
    ("quantity", "opening", "why"),
    [(1, True, "opening 1 against -1 held"), (-1, False, "1 of -1 held"), (0, True, "opening 0 against")],
)
def test_a_fill_that_contradicts_its_own_word_is_refused(run, story, quantity, opening, why):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    with pytest.raises(KernelError, match=why):
        story.tell(run, story.fill(story.PUT, quantity, "1.00", opening=opening))


def test_shares_are_never_sold_short(run, story):
    with pytest.raises(KernelError, match="would be a short sale of shares"):
        story.tell(run, story.fill("AAPL", -100, "260.00", opening=True))


def test_an_adjusted_contract_is_refused(run, story):
    with pytest.raises(KernelError, match="its deliverable is adjusted"):
        story.tell(run, story.fill("AAPL1 260213P00270000", -1, "1.00", opening=True))


def test_padded_and_unpadded_symbols_are_the_same_contract(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    assert story.tell(run, story.fill("AAPL260213P00270000", 1, "1.00", opening=False)).positions == {}


# --- orders ----------------------------------------------------------------------------------------------------------


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


# --- everything else -------------------------------------------------------------------------------------------------


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


def test_the_cycle_is_that_of_the_last_entry(run, story):
    run.append(Decided(**AAPL, verdict="skip", why=""), **story.stamp(cycle=9))
    assert run.book.cycle == 9
