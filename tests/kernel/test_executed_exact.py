"""What is booked of executions that nobody heard, or that are told otherwise, to the cent (B06, B08, B13)."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.kernel.breaks import Finding
from allusr_sdk.model.events import Corrected, Mended
from tests.builders import FRIDAY, contract, moment
from tests.kernel.accounts import PUT, Account, codes, only, paid, told

D = Decimal
AFTER = contract(98, expiry=date(2026, 2, 20))


@pytest.fixture
def account():
    with Account() as made:
        yield made


@pytest.mark.parametrize(("price", "amount"), [("99.50", "-50.00"), ("98.75", "25.00")])
def test_a_corrected_price_of_shares_counts_once_a_share(account, price, amount):
    account.fill("AAPL", 100, "99.00", fee="0.50")
    theirs = account.states(executions=(told("AAPL", 100, price, fee="0.50"),), cash=account.cash + D(amount))
    found = only(account.compare(theirs))
    (event,) = found.mends
    assert (found.code, event.amount, event.fee) == ("B08", D(amount), 0)
    assert account.mend(theirs) == ()


def rolled(account, lots):
    account.fill(PUT, -lots, "2.00", key="first", id="x0")
    legs = ((PUT.osi, lots), (AFTER.osi, -lots))
    account.order(legs, None, key="roll", opening=False, cause="roll", position=f"gen_acc:{PUT.osi}", worst="9.99")


def new_leg(account, *executions):
    found = [f for f in account.compare(account.states(
        executions=executions, cash=account.cash + paid(*executions), holdings=(), orders=(),
    )) if f.code == "B06"]  # fmt: skip
    return [only(f.mends) for f in found if f.mends and only(f.mends).opening]


def test_a_roll_of_one_contract_cost_what_its_executions_say(account):
    rolled(account, 1)
    (fill,) = new_leg(account, told(PUT, 1, "3.10", id="x2", key="roll"), told(AFTER, -1, "2.60", id="x3", key="roll"))
    assert (fill.rolls, fill.roll_debit) == (1, D("0.50"))


def test_a_roll_in_parts_cost_its_average_weighted_by_contracts(account):
    rolled(account, 4)
    fills = new_leg(
        account, told(PUT, 3, "3.00", id="x2", key="roll"), told(PUT, 1, "3.40", id="x3", key="roll"),
        told(AFTER, -1, "2.80", id="x4", key="roll"), told(AFTER, -3, "2.40", id="x5", key="roll"),
    )  # fmt: skip
    assert [fill.quantity for fill in fills] == [-1, -3]
    assert fills[0].roll_debit == D("0.60")


def test_executions_of_another_order_are_no_cost_of_a_roll(account):
    account.order(contract(90), -2, key="other")
    rolled(account, 2)
    fills = new_leg(
        account, told(contract(90), -2, "0.50", id="x1", key="other"), told(PUT, 2, "3.10", id="x2", key="roll"),
        told(AFTER, -2, "2.60", id="x3", key="roll"),
    )  # fmt: skip
    assert [(fill.key, fill.roll_debit) for fill in fills] == [("other", D("0.00")), ("roll", D("0.50"))]


def test_a_share_price_that_is_told_later_with_its_fee_is_one_correction(account):
    account.fill("AAPL", 300, "99.00", fee="1.50")
    theirs = account.states(executions=(told("AAPL", 300, "99.01", fee="1.20"),), cash=account.cash - D("2.70"))
    assert codes(account.compare(theirs)) == [("B08", "INFO")]
    assert account.mend(theirs) == ()


@pytest.mark.parametrize(("id", "price", "fee", "amount", "cause"), [
    ("x1.02", "0.95", "1.50", "-10.10", "the broker corrected it"),
    ("x1", "1.00", "1.50", "-0.10", "its fee was told later"),
])  # fmt: skip
def test_a_correction_names_its_order_both_ids_and_what_either_side_says(account, id, price, fee, amount, cause):
    account.fill(PUT, -2, "1.00", fee="1.40")
    newer = told(PUT, -2, price, id=id, fee=fee, corrects="" if id == "x1" else "x1")
    theirs = account.states(executions=(told(PUT, -2, fee="1.40"), newer), cash=account.cash + D(amount))
    assert only(account.compare(theirs)) == Finding(
        code="B08", subject=id, symbol="AAPL", what=f"execution {id} of k1 was told otherwise",
        ours="at 1.00, fee 1.40", theirs=f"at {price}, fee {fee}", cause=cause, mends=(Corrected(
            ledger="gen_acc", symbol="AAPL", rule="RECON B08", key="k1", execution=id, corrects="x1",
            instrument=PUT.osi, amount=D(amount), fee=D("0.10"), why="as the broker tells it now",
        ),),
    )  # fmt: skip


def test_an_execution_that_fits_nothing_held_is_a_break_of_its_symbol(account):
    account.order("MSFT", -100, opening=False)
    found = only([f for f in account.finds(executions=(told("MSFT", -100, "400"),)) if f.code == "B06"])
    assert (found.symbol, found.action, found.mends) == ("MSFT", "SYMBOL", ())


def test_another_settlement_day_is_noted_by_the_engine_under_its_symbol(account):
    account.fill(PUT, -2)
    assert only(account.finds(executions=(told(PUT, -2, settles=date(2026, 2, 17)),))) == Finding(
        code="B13", subject="x1", symbol="AAPL", what="execution x1 settles on another day",
        ours="2026-02-13", theirs="2026-02-17", cause="the broker settles it otherwise", mends=(Mended(
            symbol="AAPL", rule="B13", subject="x1", how="explained", theirs="2026-02-17", actor="engine",
            reason="settlement moves no amount of the books",
        ),),
    )  # fmt: skip


def test_what_is_traded_in_the_evening_settles_by_the_new_york_day(account):
    account.fill(PUT, -2)
    evening = moment(clock="20:30")  # the next day by Greenwich
    assert account.finds(executions=(told(PUT, -2, at=evening, settles=FRIDAY),)) == ()
