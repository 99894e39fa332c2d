"""Corrections of executions and lines of the broker's account: where they are booked, and that none is booked twice."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.errors import KernelError
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.rewound import Rewound
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.model.events import Assigned, Expired, SplitApplied
from tests.ledger.correcting import SHARES, corrected, fill, line, posted

D = Decimal


# --- where a correction goes ----------------------------------------------------------------------------------------


def test_a_dearer_commission_of_a_written_put_lowers_the_premium_of_its_lot(run, story):
    held = story.tell(run, fill(story, story.PUT, -2, "1.70"), corrected(story, story.PUT, "-0.60", fee="0.60"))
    assert posted(run) == [("1010", "", D("-0.60"), 0), ("2100", story.PUT, D("0.60"), 0)]
    assert (held.cash, held.fees, held.premium, held.realised) == (D("400338.00"), D("2.00"), D("340.00"), D("0.00"))
    (lot,) = held.lots
    assert (lot.amount, lot.price, lot.quantity) == (D("338.00"), D("1.70"), -2)


def test_a_better_price_of_a_written_put_raises_premium_price_and_first_credit(run, story):
    sold = fill(story, story.PUT, -2, "1.70", touch=D("1.65"))
    held = story.tell(run, sold, corrected(story, story.PUT, "10.00"))
    (position,) = held.positions.values()
    assert (position.price, position.first_credit, position.amount) == (D("1.75"), D("1.75"), D("348.60"))
    assert (held.premium, held.improvement, held.fees) == (D("350.00"), D("20.00"), D("1.40"))


def test_a_worse_price_of_shares_raises_their_basis(run, story):
    held = story.tell(run, fill(story, SHARES, 200, "260.00"), corrected(story, SHARES, "-4.00"))
    assert posted(run) == [("1010", "", D("-4.00"), 0), ("1100", SHARES, D("4.00"), 0)]
    (position,) = held.positions.values()
    assert (position.amount, position.price) == (D("52004.00"), D("260.02"))


def test_what_closed_is_corrected_in_the_realised_result_though_more_is_held(run, story):
    bought = fill(story, story.PUT, 1, "0.50", opening=False, id="2")
    before = story.tell(run, fill(story, story.PUT, -2, "1.70"), bought)
    after = story.tell(run, corrected(story, story.PUT, "-1.00", corrects="2", execution="2a"))
    assert posted(run) == [("1010", "", D("-1.00"), 0), ("4010", story.PUT, D("1.00"), 0)]
    assert (after.lots, after.realised) == (before.lots, before.realised - 1)


def test_the_part_that_has_ended_bears_its_share_and_the_lot_the_rest(run, story):
    bought = fill(story, story.PUT, 1, "0.50", opening=False, id="2")
    before = story.tell(run, fill(story, story.PUT, -3, "1.70"), bought)
    after = story.tell(run, corrected(story, story.PUT, "0.10"))
    assert posted(run) == [
        ("1010", "", D("0.10"), 0), ("2100", story.PUT, D("-0.07"), 0), ("4010", story.PUT, D("-0.03"), 0),
    ]  # fmt: skip
    assert after.lots[0].amount == before.lots[0].amount + D("0.07")


@pytest.mark.parametrize(("instrument", "account"), [("PUT", "4010"), ("CALL", "4020")])
def test_what_expired_is_corrected_in_the_account_of_its_result_and_in_its_tax_line(run, story, instrument, account):
    name = getattr(story, instrument)
    ended = Expired(ledger=story.SLEEVE, symbol="AAPL", instrument=name, quantity=-1, settlement=D("275"))
    held = story.tell(run, fill(story, name, -1, "1.70"), ended, corrected(story, name, "-0.30", fee="0.30"))
    assert posted(run) == [("1010", "", D("-0.30"), 0), (account, name, D("0.30"), 0)]
    (line,) = disposals(run)
    assert (line.proceeds, line.gain) == (D("169.00"), held.realised)


@pytest.mark.parametrize(("instrument", "account"), [("PUT", "4040"), ("CALL", "4030")])
def test_what_was_owned_is_corrected_in_the_result_of_what_is_owned(run, story, instrument, account):
    name = getattr(story, instrument)
    sold = fill(story, name, -1, "2.00", opening=False, id="2")
    story.tell(run, fill(story, name, 1, "1.70"), sold, corrected(story, name, "-1.00"))
    assert posted(run)[1] == (account, name, D("1.00"), 0)
    story.tell(run, corrected(story, name, "-2.00", corrects="2", execution="2a"))
    assert posted(run)[1] == (account, name, D("2.00"), 0)


@pytest.mark.parametrize(
    ("instrument", "count", "opening", "premium"),
    [("PUT", -2, True, "10.00"), ("PUT", 1, False, "0.00"), ("PUT", -1, False, "0.00"), ("PUT", 2, True, "0.00"),
     (SHARES, 100, True, "0.00"), (SHARES, -100, False, "0.00")],
)  # fmt: skip
def test_only_what_was_written_brings_more_premium_and_no_known_touch_no_improvement(
    run, story, instrument, count, opening, premium
):
    name = getattr(story, instrument, instrument)
    first = () if opening else (fill(story, name, -count, "1.50", id="0"),)
    before = story.tell(run, *first, fill(story, name, count, "1.70", opening=opening))
    after = story.tell(run, corrected(story, name, "10.00"))
    assert (after.premium - before.premium, after.improvement) == (D(premium), 0)


def test_what_cost_nothing_is_corrected_too(run, story):
    held = story.tell(run, fill(story, story.PUT, 2, "0.00"), corrected(story, story.PUT, "-4.00"))
    assert (held.lots[0].amount, held.lots[0].price, held.realised) == (D("5.40"), D("0.02"), 0)


def test_a_sale_of_shares_is_corrected_in_the_result_of_stock(run, story):
    sold = fill(story, SHARES, -100, "265.00", opening=False, id="2")
    told = corrected(story, SHARES, "2.00", corrects="2", execution="2a")
    held = story.tell(run, fill(story, SHARES, 100, "260.00"), sold, told)
    assert posted(run) == [("1010", "", D("2.00"), 0), ("4100", SHARES, D("-2.00"), 0)]
    assert disposals(run)[0].proceeds == D("26502.00")
    assert held.realised == D("502.00")


def test_an_assigned_option_has_a_tax_line_for_its_correction_alone(run, story):
    gone = Assigned(ledger=story.SLEEVE, symbol="AAPL", instrument=story.PUT, quantity=-1, settlement=D("260"))
    held = story.tell(run, fill(story, story.PUT, -1, "1.70"), gone, corrected(story, story.PUT, "-0.30", fee="0.30"))
    assert [d.gain for d in disposals(run)] == [D("-0.30")]
    assert held.realised == D("-0.30")


def test_of_two_executions_each_lot_is_corrected_by_its_own(run, story):
    first, second = fill(story, story.PUT, -1, "1.70"), fill(story, story.PUT, -1, "1.80", id="2")
    held = story.tell(run, first, second, corrected(story, story.PUT, "1.00"))
    assert [lot.price for lot in held.lots] == [D("1.71"), D("1.80")]


@pytest.mark.parametrize(("id", "amounts"), [("1", ["341.60", "169.30"]), ("2", ["338.60", "172.30"])])
def test_of_two_executions_at_one_price_each_lot_is_corrected_by_its_own(run, story, id, amounts):
    first, second = fill(story, story.PUT, -2, "1.70"), fill(story, story.PUT, -1, "1.70", id="2")
    held = story.tell(run, first, second, corrected(story, story.PUT, "3.00", corrects=id, execution=f"{id}a"))
    assert [str(lot.amount) for lot in held.lots] == amounts
    assert (held.realised, [lot.execution for lot in held.lots].count(f"{id}a")) == (D("0.00"), 1)


def test_what_a_split_restated_is_corrected_where_it_now_stands(run, story):
    bought = fill(story, SHARES, 100, "260.00", id="2")
    split = SplitApplied(ledger=story.SLEEVE, symbol="AAPL", ratio=4)
    story.tell(run, fill(story, story.PUT, -1, "1.70"), bought, split)
    sold = fill(story, SHARES, -100, "65.00", opening=False, id="3")
    told = corrected(story, SHARES, "-4.00", corrects="2", execution="2a")
    held = story.tell(run, corrected(story, story.PUT, "4.00"), sold, told)
    new = "AAPL  260213P00067500"
    put, shares = held.positions[f"gen_acc:{new}"], held.positions["gen_acc:AAPL"]
    assert (put.quantity, put.amount, put.price) == (-4, D("173.30"), D("0.435"))
    assert (shares.quantity, shares.amount, shares.price) == (300, D("19503.00"), D("65.01"))
    assert held.realised == D("-1.00")
    assert out_of_balance(balances(run), run.book) == ()


def test_an_execution_may_be_corrected_under_the_name_that_a_split_gave_its_contract(run, story):
    story.tell(run, fill(story, story.PUT, -1, "1.70"), SplitApplied(ledger=story.SLEEVE, symbol="AAPL", ratio=4))
    held = story.tell(run, corrected(story, "AAPL  260213P00067500", "4.00"))
    assert (held.lots[0].amount, held.realised) == (D("173.30"), 0)


def test_the_days_equity_and_the_wheel_are_what_they_were(run, story):
    before = story.tell(run, fill(story, SHARES, 100, "260.00"))
    after = story.tell(run, corrected(story, SHARES, "-1.00"))
    assert (after.base, after.high_water, after.day_start) == (before.base, before.high_water, before.day_start)
    assert (after.called, after.reentries) == (before.called, before.reentries)


# --- what is remembered ---------------------------------------------------------------------------------------------


def test_an_execution_stands_as_it_was_corrected_under_each_of_its_ids(run, story):
    again = corrected(story, story.PUT, "-0.30", fee="0.30", corrects="1a", execution="1b")
    story.tell(run, fill(story, story.PUT, -1, "1.70"), corrected(story, story.PUT, "5.00"), again)
    found = run.fill("1")
    assert found is run.fill("1a") is run.fill("1b") is run.fills["1a"]
    assert (found.execution, found.price, found.fee, found.quantity) == ("1b", D("1.75"), D("1.00"), -1)
    assert all(run.booked("k", id) for id in ("1", "1a", "1b"))
    assert not run.booked("k", "2")
    assert run.fill("2") is None


def test_a_commission_told_late_keeps_the_id(run, story):
    told = corrected(story, story.PUT, "-0.30", fee="0.30", execution="1")
    story.tell(run, fill(story, story.PUT, -1, "1.70"), told, told)
    assert run.fill("1").fee == D("1.30")


def test_a_correction_without_an_id_repeats_nothing(run, story):
    unnamed = fill(story, story.PUT, -1, "1.60", id="")
    told = corrected(story, story.PUT, "1.00", execution="")
    story.tell(run, unnamed, fill(story, story.PUT, -1, "1.70"), told, told)
    assert (run.fill("1").price, run.fill("1").execution) == (D("1.72"), "1")


def test_every_line_that_was_booked_is_remembered(run, story):
    story.tell(run, *(line(story, "interest", "3.00", id=id) for id in ("L1", "L2")))
    assert run.lines == {"L1", "L2"}
    with pytest.raises(KernelError, match="line L1 of the broker's account is already booked"):
        story.tell(run, line(story, "interest", "3.00", id="L1"))


def test_intents_are_known_after_their_orders_have_ended(run, story):
    intent = story.intent("k", (story.PUT, -1), reserve="27000.00")
    held = story.tell(run, intent, fill(story, story.PUT, -1, "1.70"))
    assert held.working == {}
    assert (run.intent("k"), run.intent("x"), dict(run.intents)) == (intent, None, {"k": intent})


def test_a_restart_remembers_what_the_journal_holds_and_no_more(ledger, story):
    begun = story.begin(ledger)
    story.tell(begun, story.intent("k", (story.PUT, -1)), fill(story, story.PUT, -1, "1.70"),
               corrected(story, story.PUT, "1.00"), line(story, "interest", "3.00"))  # fmt: skip
    again, half = ledger.run(begun.id), Rewound(ledger.run(begun.id), 4)
    assert (again.fills, again.intents, again.lines) == (begun.fills, begun.intents, frozenset({"L1"}))
    assert again.booked("k", "1a")
    assert (half.fill("1").price, half.fill("1a"), half.lines) == (D("1.70"), None, frozenset())
    for entry in begun.entries(after=4):
        half.append(entry.event, at=entry.at, cycle=entry.cycle, state=entry.state, rulebook=entry.rulebook)
    assert (half.fills, half.lines, half.head) == (begun.fills, begun.lines, begun.head)


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"corrects": "9"}, "execution 9 of order k is not booked there"),
        ({"corrects": ""}, r"execution \(unnamed\) of order k is not booked there"),
        ({"key": "other"}, "execution 1 of order other is not booked there"),
        ({"ledger": "rev_acc"}, "execution 1 of order k is not booked there"),
        ({"ledger": ""}, "names no ledger"),
        ({"instrument": "AAPL  260213C00270000"}, "was of AAPL  260213P00270000, not of AAPL  260213C00270000"),
        ({"execution": "1"}, None),
        ({"execution": "2"}, "execution 2 of k is already booked"),
        ({"amount": D("NaN")}, "amount is NaN"),
    ],
)
def test_a_correction_that_fits_nothing_is_refused_and_nothing_of_it_is_booked(run, story, changes, why):
    story.tell(run, fill(story, story.PUT, -1, "1.70"), fill(story, story.PUT, -1, "1.80", id="2"))
    told = evolve(corrected(story, story.PUT, "1.00"), **changes)
    if why is None:
        run.append(told, **story.stamp(9))
        return
    before = run.head, run.book.ledgers, dict(run.fills)
    with pytest.raises(KernelError, match=why):
        run.append(told, **story.stamp(9))
    assert (run.head, run.book.ledgers, dict(run.fills)) == before


@pytest.mark.parametrize(
    ("booked", "why"),
    [
        (("interest", "1.00", ""), "a line without an id could be booked twice"),
        (("gift", "1.00", "L9"), "line L9 is 'gift', which is none of dividend, interest, fee"),
        (("fee", "-1.00", "L1"), "line L1 of the broker's account is already booked"),
    ],
)
def test_a_line_that_is_unknown_unnamed_or_booked_is_refused(run, story, booked, why):
    story.tell(run, line(story, "interest", "3.00"))
    what, amount, id = booked
    with pytest.raises(KernelError, match=why):
        run.append(line(story, what, amount, id=id), **story.stamp(9))
    assert run.lines == frozenset({"L1"})


# --- lines of the account -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "amount", "account", "fees"),
    [
        ("dividend", "26.00", "4200", "0.00"),
        ("interest", "3.10", "4300", "0.00"),
        ("interest", "-8.00", "5200", "0.00"),
        ("fee", "-10.00", "5200", "10.00"),
        ("fee", "4.00", "5200", "-4.00"),
    ],
)
def test_a_line_is_income_or_expense_of_its_ledger(run, story, what, amount, account, fees):
    held = story.tell(run, line(story, what, amount, symbol="AAPL"))
    assert posted(run) == [("1010", "", D(amount), 0), (account, "AAPL", -D(amount), 0)]
    assert (held.cash, held.realised, held.fees) == (400000 + D(amount), D(amount), D(fees))
    assert (held.base, held.high_water) == (D("400000.00"), D("400000.00"))
    assert run.lines == frozenset({"L1"})
