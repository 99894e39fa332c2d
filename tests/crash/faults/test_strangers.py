"""Orders, positions and cash at the broker that are none of ours."""

import pytest

from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.broker import reference
from tests.builders import contract, moment
from tests.crash.brokered import calm_week, writer
from tests.crash.faults.plans import KEY, REF, D, at, once, seconds


def explained(subject, clock="10:12"):
    return Command(at=moment(clock=clock), action="explain", subject=subject, actor="Ann", reason="looked at it")


def test_a_foreign_order_stops_the_account_until_it_is_gone_and_is_never_touched(account):
    one = account(writer(), fills="touch")
    number = one.control.foreign_order("SPY", 100, D("600.00"))
    assert one.live(commands=[explained(f"B04 {number}")])
    assert one.breaks() == [("B04", number, "ACCOUNT")]
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    assert next(entry.at for entry in one.entries if entry.kind == "IntentRecorded") == moment(clock="10:15")
    assert [(e.rule, e.how, e.actor) for e in one.events("Mended")] == [("B04", "explained", "Ann")]
    assert "" not in one.asked("cancel")
    assert [order.number for order in one.working] == [number]
    one.agree()


@pytest.mark.parametrize("leaves", [True, False])
def test_a_foreign_position_stops_entries_until_it_leaves_or_is_explained(account, leaves):
    one = account(writer(), fills="touch")
    one.control.foreign_position("AAPL", 30)
    away = lambda: one.control.foreign_position("AAPL", -30)  # noqa: E731
    assert one.live(on_step=at(h1010=away) if leaves else at(), commands=[] if leaves else [explained("B01 AAPL")])
    assert one.breaks() == [("B01", "AAPL", "SYMBOL")]
    (end,) = one.events("Mended")
    assert (end.rule, end.how, end.actor) == (("B01", "agree", "") if leaves else ("B01", "explained", "Ann"))
    assert one.keys[0] == "writer.260212.101500.AAPL.sell-v1"
    assert one.asked("submit")[0] == reference(one.keys[0])
    one.agree(**({} if leaves else {"AAPL": 30}))


def test_while_a_symbol_is_frozen_no_exit_of_it_leaves_and_those_of_others_do(account):
    two = {"symbols": ("AAPL", "SPY")}
    one = account(once(lots=1, leaves=seconds(1800), **two), market=calm_week(**two), fills="touch")
    spy = contract(100, root="SPY").osi
    assert one.live(on_step=at(h1005=lambda: one.control.foreign_position(spy, -1)))
    assert one.breaks() == [("B03", spy, "SYMBOL")]
    assert {key.split(".")[3] for key in one.keys if "close" in key} == {"AAPL"}
    assert {p.symbol for p in one.book.positions} == {"SPY"}


@pytest.mark.parametrize("stubborn", [False, True])
def test_an_order_of_ours_that_no_journal_knows_is_cancelled_and_a_stubborn_one_stops_the_account(account, stubborn):
    one = account(writer(), fills="touch")
    lost = "au-writer.260211.100000.AAPL.shares-v1"
    one.control.foreign_order("AAPL", 100, D("90.00"), lost)
    one.control.refuse_cancels(9 * stubborn)
    assert one.live()
    if not stubborn:
        assert one.breaks() == [("B04", lost, "CANCEL")]
        assert one.asked("cancel") == [lost]
        assert one.moves("BREAK") == []
        one.agree()
        return
    assert one.breaks() == [("B04", lost, "CANCEL"), ("B04", lost, "ACCOUNT")]
    assert one.asked("cancel").count(lost) == 3
    assert one.moves("BREAK") == [("NONE", "SAFE")]
    assert [(e.rule, e.subject) for e in one.events("Paged")] == [("B04", lost)]
    one.once()


def test_an_order_that_the_broker_lost_stops_the_account_until_its_end_is_known(account):
    one = account(once())
    one.control.plan(seconds(5), "lose", reference=REF)
    assert one.live(on_step=at(h1000=one.control.hold_news, h1015=one.control.release_news))
    assert one.breaks() == [("B05", KEY, "ACCOUNT")]
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    assert one.statuses(KEY)[-1] == "rejected"
    assert one.asked("submit") == [REF]
    one.agree()


def test_cash_that_nothing_explains_makes_the_account_safe_until_it_is_back(account):
    one = account(writer(), fills="touch")
    shift = one.control.shift
    assert one.live(on_step=at(h1000=lambda: shift(D("-500")), h1010=lambda: shift(D("500"))))
    assert one.breaks() == [("B09", "cash", "ACCOUNT")]
    assert one.events("Broken")[0].theirs == "-500.00"
    assert one.moves("BREAK") == [("NONE", "SAFE"), ("SAFE", "NONE")]
    one.agree()


def test_cash_within_the_tolerance_is_nobody_s_affair(account):
    one = account(writer(), fills="touch")
    one.control.shift(D("-9.00"))
    assert one.live()
    assert one.breaks() == []
    assert one.book.ledgers["writer"].cash - one.control.look().cash == D("9.00")
    one.once()


def test_a_broker_with_other_cash_than_was_funded_is_sent_nothing(account):
    one = account(writer(), cash=150_000)
    assert one.live()
    assert one.breaks() == [("B09", "cash", "ACCOUNT")]
    assert (one.keys, one.orders) == ([], ())
    assert (one.book.state, one.book.switches) == ("AUDIT", {"BREAK": "SAFE"})
    assert [e.subject for e in one.events("Paged")] == ["cash"]
