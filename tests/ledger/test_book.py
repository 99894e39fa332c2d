"""What fills, assignments and expiries do to the books."""

from datetime import date

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.model.events import Assigned, Exercised, Expired, Funded
from allusr_sdk.model.positions import Wheel
from tests.ledger.told import PUT_KEY, SLEEVE, ended, usd


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


def test_only_what_is_written_takes_premium(run, story):
    bought = [story.fill("AAPL", 100, "260.00", opening=True), story.fill(story.PUT, 2, "1.00", opening=True)]
    assert story.tell(run, *bought).premium == 0


def test_buying_back_under_the_ask_improves_too(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    held = story.tell(run, story.fill(story.PUT, 1, "0.80", opening=False, touch=usd("0.83")))
    assert (held.improvement, held.realised, held.positions) == (usd("3.00"), usd("87.60"), {})


def test_shares_beat_the_touch_by_the_share(run, story):
    held = story.tell(run, story.fill("AAPL", 100, "260.00", opening=True, touch=usd("260.03")))
    assert held.improvement == usd("3.00")


def test_a_position_written_in_parts_has_the_average_price_and_closes_first_in_first_out(run, story):
    parts = [story.fill(story.PUT, -1, "1.60", opening=True), story.fill(story.PUT, -2, "1.69", opening=True)]
    held = story.tell(run, *parts)
    assert (held.positions[PUT_KEY].price, held.positions[PUT_KEY].first_credit) == (usd("1.66"), usd("1.66"))
    held = story.tell(run, story.fill(story.PUT, 2, "1.00", opening=False))
    assert (held.positions[PUT_KEY].price, held.positions[PUT_KEY].amount) == (usd("1.69"), usd("168.30"))
    assert (held.positions[PUT_KEY].opened, held.positions[PUT_KEY].first_credit) == (story.at(2), usd("1.66"))
    assert held.realised == usd("159.30") + usd("168.30") - usd("201.40")


def test_what_is_bought_has_no_first_credit(run, story):
    bought = [story.fill("AAPL", 100, "260.00", opening=True), story.fill(story.CALL, 1, "2.00", opening=True)]
    assert [p.first_credit for p in story.tell(run, *bought).positions.values()] == [0, 0]


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
    shorter = {"rolls": 1, "roll_debit": usd("0.10"), "first_credit": usd("0.90")}
    story.tell(run, story.fill(story.PUT, -1, "1.70", opening=True, **shorter))
    position = run.book.ledgers[SLEEVE].positions[PUT_KEY]
    assert (position.rolls, position.roll_debit, position.first_credit) == (2, usd("0.40"), usd("1.69"))


def test_of_two_chains_as_long_the_newer_counts(run, story):
    older, newer = (
        {"rolls": 1, "roll_debit": usd(debit), "first_credit": usd(credit)}
        for debit, credit in (("0.40", "1.69"), ("0.20", "1.10"))
    )
    held = story.tell(
        run, story.fill(story.PUT, -1, "1.50", opening=True, **older),
        story.fill(story.PUT, -1, "1.60", opening=True, **newer),
    )  # fmt: skip
    position = held.positions[PUT_KEY]
    assert (position.rolls, position.roll_debit, position.first_credit) == (1, usd("0.20"), usd("1.10"))


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


def test_the_fee_of_a_delivery_is_paid_by_whoever_gets_shares_cash_or_a_price(run, story):
    fee = {"fee": usd("5.00")}
    call, put = "XSP   260213C00690000", "AAPL  260213P00280000"
    held = story.tell(
        run, story.fill(call, 2, "2.00", opening=True), ended(Exercised, call, 2, cash=usd("5.00"), **fee)
    )
    assert (held.realised, held.fees) == (usd("1000.00") - usd("5.00") - usd("401.40"), usd("6.40"))
    held = story.tell(run, story.fill(story.PUT, -2, "1.69", opening=True), ended(Assigned, story.PUT, -2, **fee))
    assert held.positions["gen_acc:AAPL"].amount == usd("54000.00") + usd("5.00") - usd("336.60")
    cash = held.cash
    held = story.tell(run, story.fill(put, 2, "1.00", opening=True), ended(Exercised, put, 2, **fee))
    assert held.cash - cash == usd("56000.00") - usd("5.00") - usd("201.40")


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


@pytest.mark.parametrize("name", ["amount", "price", "fee", "cash"])
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_an_amount_that_is_no_number_is_never_booked(run, story, name, value):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    event = {
        "amount": Funded(ledger=SLEEVE, amount=usd("1.00")),
        "cash": ended(Assigned, story.PUT, -1, cash=usd("1.00")),
    }.get(name, story.fill(story.PUT, -1, "1.69", opening=True))
    before = run.book
    with pytest.raises(KernelError, match=f"does not fit the books: {name} is {value}"):
        story.tell(run, evolve(event, **{name: usd(value)}))
    assert run.book == before


def test_shares_are_never_sold_short(run, story):
    with pytest.raises(KernelError, match="would be a short sale of shares"):
        story.tell(run, story.fill("AAPL", -100, "260.00", opening=True))


def test_an_adjusted_contract_is_refused(run, story):
    with pytest.raises(KernelError, match="its deliverable is adjusted"):
        story.tell(run, story.fill("AAPL1 260213P00270000", -1, "1.00", opening=True))


def test_padded_and_unpadded_symbols_are_the_same_contract(run, story):
    story.tell(run, story.fill(story.PUT, -1, "1.69", opening=True))
    assert story.tell(run, story.fill("AAPL260213P00270000", 1, "1.00", opening=False)).positions == {}
