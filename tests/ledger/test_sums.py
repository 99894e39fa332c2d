"""Sums over postings up to the end of a New York day: told late counts for its day, other runs never do."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.sums import Flow, Holding, flows, holdings, homes, marks, within
from allusr_sdk.model.events import CashBooked, Funded, Marked, SplitApplied
from tests.ledger.capital_words import User

D = Decimal
DAY = 24 * 60
MIDNIGHT = 14 * 60  # from ten in the morning of 12 February in New York to the end of that day
THURSDAY, FRIDAY = date(2026, 2, 12), date(2026, 2, 13)
SLEEVE = "gen_acc"


def interest(amount, id):
    return CashBooked(ledger=SLEEVE, rule="RECON B14", line=id, what="interest", amount=D(amount))


@pytest.fixture
def told(memory, story):
    """Thursday and Friday, to the instant between them, and a line of Thursday that is told on Friday."""
    story.begin(memory, capital="7.00")
    run = story.begin(memory)
    run.append(story.fill(story.PUT, -2, "1.00", opening=True), **story.stamp(MIDNIGHT - 1))
    run.append(story.fill(story.PUT, 1, "0.50", opening=False), **story.stamp(MIDNIGHT))
    run.append(interest("3.00", "L1"), **story.stamp(MIDNIGHT - 2))
    run.append(interest("-0.01", "L2"), **story.stamp(MIDNIGHT))
    story.begin(memory, capital="9.00").append(interest("5.00", "L1"), **story.stamp(1))
    return run


def cash(run, day):
    return sum(b.amount for b in balances(run, day) if b.account == "1010")


def test_a_day_ends_before_its_midnight_and_counts_what_was_told_late(told):
    assert [cash(told, day) for day in (date(2026, 2, 11), THURSDAY, FRIDAY, None)] == [
        D("0"), D("400201.60"), D("400150.89"), D("400150.89"),
    ]  # fmt: skip


def test_entries_of_days_are_those_of_their_instants(told):
    assert [entry.seq for entry in within(told, THURSDAY, THURSDAY)] == [1, 2, 3, 5]
    assert [entry.seq for entry in within(told, FRIDAY, FRIDAY)] == [4, 6]
    assert [entry.seq for entry in within(told, THURSDAY, FRIDAY)] == [1, 2, 3, 4, 5, 6]
    assert [*within(told, date(2026, 2, 14), date(2026, 2, 20))] == []


def test_flows_stand_against_cash_by_kind_account_and_side(told):
    found = sorted(flows(told), key=lambda each: (each.kind, each.account, each.debit))
    assert found == [
        Flow(SLEEVE, "CashBooked", "4300", debit=False, amount=D("-3.00")),
        Flow(SLEEVE, "CashBooked", "5200", debit=True, amount=D("0.01")),
        Flow(SLEEVE, "Filled", "2100", debit=False, amount=D("-198.60")),
        Flow(SLEEVE, "Filled", "2100", debit=True, amount=D("99.30")),
        Flow(SLEEVE, "Filled", "4010", debit=False, amount=D("-48.60")),
        Flow(SLEEVE, "Funded", "3010", debit=False, amount=D("-400000.00")),
    ]
    assert -sum(each.amount for each in found) == cash(told, None)


def test_flows_of_days_are_those_up_to_their_midnight(told):
    found = sorted(flows(told, THURSDAY), key=lambda each: (each.kind, each.account))
    assert [(each.kind, each.account, each.amount) for each in found] == [
        ("CashBooked", "4300", D("-3.00")), ("Filled", "2100", D("-198.60")), ("Funded", "3010", D("-400000.00")),
    ]  # fmt: skip


def test_what_only_moves_units_is_no_debit(told, story):
    told.append(story.fill("MSFT", 1, "5.00", opening=True), **story.stamp(DAY))
    told.append(SplitApplied(ledger=SLEEVE, symbol="MSFT", ratio=2), **story.stamp(DAY))
    found = [each for each in flows(told) if each.kind == "SplitApplied"]
    assert found == [Flow(SLEEVE, "SplitApplied", "1100", debit=False, amount=D("0.00"))]


def test_what_another_run_was_told_late_moves_no_balance(told, story):
    other = story.begin(told.ledger)
    for _ in range(6):
        other.append(interest("1.00", f"L{other.seq}"), **story.stamp(1))
    assert cash(told, THURSDAY) == D("400201.60")


def test_what_is_held_is_told_by_instrument_and_what_has_ended_is_not(told, story):
    assert holdings(told, THURSDAY) == (Holding(SLEEVE, "AAPL", story.PUT, -2, D("-198.60")),)
    assert holdings(told) == (Holding(SLEEVE, "AAPL", story.PUT, -1, D("-99.30")),)
    told.append(story.fill(story.PUT, 1, "0.50", opening=False), **story.stamp(DAY))
    assert holdings(told) == ()


def test_marks_are_the_newest_of_ten_days_and_a_split_ends_those_of_its_symbol(told, story):
    for days, ledger, symbol, price in (
        (1, SLEEVE, "AAPL", "1.00"), (12, SLEEVE, "AAPL", "2.00"), (13, "rev_acc", "AAPL", "3.00"),
        (13, SLEEVE, "MSFT", "4.00"),
    ):  # fmt: skip
        told.append(Funded(ledger=ledger, amount=D("1000.00")), **story.stamp(days * DAY))
        told.append(evolve(story.fill(symbol, 1, "5.00", opening=True), ledger=ledger), **story.stamp(days * DAY))
        mark = Marked(ledger=ledger, symbol=symbol, position=f"{ledger}:{symbol}", mark=D(price))
        told.append(mark, **story.stamp(days * DAY))
    assert marks(told, date(2026, 2, 13)) == {(SLEEVE, "AAPL"): 1, ("", "AAPL"): 1}
    assert marks(told, date(2026, 2, 23))[SLEEVE, "AAPL"] == 1
    assert marks(told, date(2026, 2, 24)) == {(SLEEVE, "AAPL"): 2, ("", "AAPL"): 2}
    assert marks(told, date(2026, 2, 25)) == {
        (SLEEVE, "AAPL"): 2, ("", "AAPL"): 3, ("rev_acc", "AAPL"): 3, (SLEEVE, "MSFT"): 4, ("", "MSFT"): 4,
    }  # fmt: skip
    told.append(SplitApplied(ledger="rev_acc", symbol="AAPL", ratio=2), **story.stamp(13 * DAY))
    assert marks(told, date(2026, 2, 25)) == {(SLEEVE, "MSFT"): 4, ("", "MSFT"): 4}


def test_a_mark_of_eleven_days_is_none(told, story):
    told.append(story.fill("AAPL", 1, "5.00", opening=True), **story.stamp(DAY))
    told.append(Marked(ledger=SLEEVE, symbol="AAPL", position=f"{SLEEVE}:AAPL", mark=D("1.00")), **story.stamp(DAY))
    assert marks(told, date(2026, 2, 23)) == {(SLEEVE, "AAPL"): 1, ("", "AAPL"): 1}
    assert marks(told, date(2026, 2, 24)) == {}


def test_each_ledger_is_of_the_account_in_which_it_began(memory):
    user = User(memory)
    user.fork()
    user.tell(user.transfer("m1.com_acc", "m1.llms", "100"))
    user.finish()
    user.tell(user.transfer("rev_acc", "m1.com_acc", "100", key="t2"))
    user.finish()
    root = dict.fromkeys(("gen_acc", "rev_acc", "com_acc"), "root")
    assert homes(user.run) == root | dict.fromkeys(("m1.gen_acc", "m1.com_acc", "m1.llms"), "m1")
