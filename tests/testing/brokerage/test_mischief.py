"""Everything that can be made to go wrong at the test broker."""

from datetime import timedelta
from decimal import Decimal

import pytest

from allusr_sdk.errors import BrokerSilent, InputError
from allusr_sdk.model.options import Contract
from allusr_sdk.testing.brokerage import Rules
from tests.testing.brokerage.account import AT, CALL, CASH, LOWER, PUT, held, ticket, words


@pytest.mark.parametrize("hang", [False, True])
def test_an_order_whose_answer_is_lost_was_taken(brokerage, control, hang):
    engine = brokerage.connection(timeout=0.3)
    engine.statement(AT)
    control.lose_next_ack(hang=hang)
    with pytest.raises(BrokerSilent, match="submit"):
        engine.submit(ticket(limit="2.03"))
    assert [order.reference for order in engine.statement(AT).orders] == ["au-1"]
    assert engine.news(AT) == ()
    engine.submit(ticket(limit="2.03"))
    assert len(control.orders()) == 1


def test_an_order_that_is_lost_was_answered_and_is_not_there(engine, control):
    control.lose_next_order()
    engine.submit(ticket())
    engine.submit(ticket("au-2", limit="2.03"))
    control.lose("au-2")
    assert engine.statement(AT).orders == ()
    engine.cancel("au-2")
    assert words(engine.news(AT)) == ["accepted", "rejected"], "it never heard of it"
    assert [order.status for order in control.orders()] == ["lost"]


def test_acceptances_can_wait(engine, control):
    control.hold_acks()
    engine.submit(ticket())
    assert words(engine.news(AT)) == [-2]
    control.release_acks()
    assert words(engine.news(AT)) == ["accepted"]


def test_the_next_order_is_rejected_and_the_one_behind_it_not(engine, control):
    control.reject_next("no permission")
    engine.submit(ticket())
    engine.submit(ticket("au-2"))
    first, *rest = engine.news(AT)
    assert (first.status, first.reason) == ("rejected", "no permission")
    assert words(rest) == ["accepted", -2]


def test_cancels_are_refused_as_often_as_told_and_a_race_is_won_by_the_fill(engine, control):
    for name in ("au-1", "au-2"):
        engine.submit(ticket(name, limit="2.03"))
    control.refuse_cancels(2)
    for _ in range(3):
        engine.cancel("au-1")
    control.race()
    engine.cancel("au-2")
    assert words(engine.news(AT))[2:] == ["kept", "kept", "canceled", -2, "kept"]


def test_news_wait_and_come_out_of_order(engine, control):
    control.hold_news()
    for name in ("au-1", "au-2"):
        engine.submit(ticket(name))
    assert engine.news(AT) == ()
    assert len(engine.statement(AT).executions) == 2, "statements know better"
    control.release_news(3, 0)
    assert [each.reference for each in engine.news(AT)] == ["au-2", "au-1", "au-1", "au-2"]
    with pytest.raises(InputError, match="0 are held"):
        control.release_news(1)


def test_hidden_executions_are_missing_in_statements_while_the_position_is_there(engine, control):
    control.hold_news(hide=True)
    engine.submit(ticket())
    found = engine.statement(AT)
    assert (found.executions, held(found)) == ((), {PUT: -2})
    control.release_news()
    assert len(engine.statement(AT).executions) == 1
    assert words(engine.news(AT)) == ["accepted", -2]


def test_an_execution_that_a_statement_itself_brings_about_is_hidden_from_it_too(engine, control):
    control.play(Rules(partial=1))
    engine.submit(ticket())
    control.hold_news(hide=True)
    found = engine.statement(AT + timedelta(minutes=1))
    assert (len(found.executions), held(found)) == (1, {PUT: -2})


def test_an_execution_is_told_twice_or_once_more_and_is_booked_once(engine, control):
    control.duplicate_next()
    engine.submit(ticket())
    (_, first, second) = engine.news(AT)
    control.late(first.id)
    assert first == second == engine.news(AT)[0]
    assert held(engine.statement(AT)) == {PUT: -2}


def test_news_that_nobody_confirmed_come_again_to_the_next_connection(brokerage, engine):
    engine.submit(ticket())
    heard = engine.news(AT)
    following = brokerage.connection()
    assert following.news(AT) == heard, "the first may have died with it"
    following.news(AT)
    assert brokerage.connection().news(AT) == ()


def test_an_assignment_overnight_is_told_with_executions_or_by_holdings_alone(engine, control):
    control.foreign_position(PUT, -2)
    control.assign(PUT, 1, with_executions=False)
    found = engine.statement(AT)
    assert (held(found), found.executions) == ({PUT: -1, "SPY": 100}, ())
    control.assign(PUT)
    option, shares = engine.news(AT)
    assert (option.quantity, option.price, option.reference) == (1, 0, "")
    assert (shares.instrument, shares.quantity, shares.price) == ("SPY", 100, 690)


def test_what_nobody_here_ordered_stands_in_the_statement(engine, control):
    number = control.foreign_order("QQQ", 100, Decimal("500.00"))
    control.foreign_position("SPY", 100)
    control.shift(Decimal("-12.34"))
    control.value(Decimal("1070000.00"))
    control.basis("SPY", Decimal("69000.00"))
    found = engine.statement(AT)
    assert [(order.number, order.reference, order.left) for order in found.orders] == [(number, "", 100)]
    assert [(each.instrument, each.basis) for each in found.holdings] == [("SPY", Decimal("69000.00"))]
    assert (found.cash, found.nav) == (CASH - Decimal("12.34"), Decimal("1070000.00"))


def test_the_night_is_told_by_control(engine, control):
    control.foreign_position("SPY", 10)
    control.foreign_position(LOWER, -1)
    control.split("SPY", 2)
    assert control.dividend("SPY", Decimal("0.50")).amount == Decimal("10.00")
    split = Contract.parse(LOWER).after_split(2).osi
    control.become(split, "SPY1  260213P00340000")
    assert held(engine.statement(AT)) == {"SPY": 20, "SPY1  260213P00340000": -2}
    control.expire("SPY1  260213P00340000")
    control.foreign_position(CALL, 1)
    control.settle(Contract.parse(CALL).expiry, {"SPY": Decimal(710)})
    assert held(engine.statement(AT)) == {"SPY": 120}


def test_a_venue_is_gone_for_an_hour_of_the_engines_market_and_does_nothing_in_it(engine, control):
    engine.submit(ticket(limit="2.03"))
    control.gone(AT + timedelta(hours=1), AT + timedelta(hours=2))
    control.plan(AT + timedelta(minutes=70), "fill", reference="au-1", quantity=1)
    for minutes in (60, 90, 119):
        with pytest.raises(BrokerSilent, match="the connection was closed"):
            engine.news(AT + timedelta(minutes=minutes))
        with pytest.raises(BrokerSilent):
            engine.cancel("au-1")
    assert words(engine.news(AT + timedelta(minutes=120))) == ["accepted", -1]


def test_the_night_can_be_planned_and_is_lived_in_order_when_the_next_session_comes(engine, control):
    friday, monday = AT + timedelta(days=1), AT + timedelta(days=4)
    control.foreign_position(PUT, -1)
    control.plan(friday.replace(hour=23), "dividend", symbol="SPY", per_share="1.00")
    control.plan(friday.replace(hour=22), "settle", day=friday.date(), prices={"SPY": "685"})
    control.plan(friday.replace(hour=23), "expire", instrument=CALL)
    assert held(engine.statement(friday)) == {PUT: -1}
    found = engine.statement(monday)
    assert (held(found), [line.amount for line in found.lines]) == ({"SPY": 100}, [Decimal("100.00")])
    assert {each.at for each in found.executions} == {friday.replace(hour=22)}
    (failed,) = [entry for entry in control.journal() if entry.verb == "failed"]
    assert (failed.reference, CALL in failed.detail) == ("expire", True)
    with pytest.raises(InputError, match="explode: nothing that a control can do"):
        control.plan(monday, "explode")


def test_the_rules_of_filling_can_be_changed(engine, control):
    control.play(Rules(fills="never", option=Decimal("1.00")))
    engine.submit(ticket())
    assert words(engine.news(AT)) == ["accepted"]
    (done,) = control.fill("au-1")
    assert (done.quantity, done.fee) == (-2, Decimal("2.00"))
    corrected = control.correct(done.id, fee=Decimal("1.30"))
    assert [each.id for each in engine.news(AT)] == [done.id, corrected.id]
