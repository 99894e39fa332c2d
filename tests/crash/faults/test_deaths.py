"""An answer is lost, or an engine dies: afterwards books and broker are the same (issue 5).

Each is looked at from both sides: what the journal says, and what the broker was asked for and has.
"""

import pytest

from allusr_sdk.model.broker import key_of, reference
from allusr_sdk.testing.brokerage import Rules
from tests.crash.brokered import calm_week, writer
from tests.crash.faults.plans import KEY, REF, D, at, once, seconds


@pytest.mark.parametrize("hang", [False, True])
def test_an_order_whose_answer_was_lost_is_asked_about_and_not_sent_again(account, hang):
    one = account(once(), timeout=0.3)
    one.control.lose_next_ack(hang=hang)
    one.control.plan(seconds(20), "fill", reference=REF)
    assert one.live()
    (known, *_) = one.events("OrderChanged", key=KEY)
    assert (known.status, known.rule, known.reason) == (
        "accepted", "ORD-2", "not acknowledged; asked, the venue knows it",
    )  # fmt: skip
    assert one.keys == [KEY]
    assert one.asked("submit") == [REF]
    assert [fill.quantity for fill in one.events("Filled")] == [-2]
    one.agree()


def test_an_order_that_never_arrived_is_sent_again_under_its_next_version(account):
    one = account(once())
    one.control.lose_next_order()
    again = KEY.replace("-v1", "-v2")
    one.control.plan(seconds(10), "fill", reference=reference(again))
    assert one.live()
    assert one.statuses(KEY) == ["denied"]
    assert one.keys == [KEY, again]
    assert [order.ticket.reference for order in one.orders] == [reference(again)]
    one.agree()


def test_an_order_that_filled_though_nobody_tells_is_not_sent_again(account):
    one = account(once())
    one.control.hold_news(hide=True)
    one.control.play(Rules(fills="touch"))
    one.control.lose_next_ack()
    one.control.plan(seconds(1), "fill", reference=REF)
    assert one.live(on_step=at(h1005=one.control.release_news))
    assert one.asked("submit") == [REF]
    assert one.keys == [KEY]
    assert [fill.quantity for fill in one.events("Filled")] == [-2]
    one.agree()


def test_what_fills_while_the_engine_is_down_is_booked_once(account):
    one = account(once())
    assert not one.live(dies=("submit", 1))
    one.control.fill(REF)
    assert one.live()
    (fill,) = one.events("Filled")
    assert (fill.rule, fill.key, fill.quantity, fill.price, fill.fee) == ("RECON B06", KEY, -2, D("1.02"), D("1.30"))
    assert one.asked("submit", "cancel") == [REF]
    one.agree()


def test_an_intent_that_never_left_is_decided_anew(account):
    one = account(writer(until=seconds(300)))
    assert not one.live(dies=("submit", 1), before=True)
    assert one.keys == [KEY]
    assert one.orders == ()
    one.control.play(Rules(fills="touch"))
    assert one.live()
    (end,) = one.events("OrderChanged", key=KEY)
    assert (end.status, end.rule) == ("canceled", "RULE-2")
    assert "not known to the broker" in end.reason
    assert [fill.key for fill in one.events("Filled")] == ["writer.260212.100500.AAPL.sell-v1"]
    assert one.asked("submit") == [reference(key) for key in one.keys[1:]]
    one.agree()


def test_an_order_that_works_on_while_the_engine_is_down_is_ended_and_said_to_be(account):
    one = account(once())
    assert not one.live(dies=("submit", 1))
    assert one.live()
    (end,) = one.events("OrderChanged", key=KEY)
    assert (end.status, end.rule) == ("canceled", "RULE-2")
    assert "it worked there on, and was ended" in end.reason
    assert [order.status for order in one.orders] == ["canceled"]
    one.agree()


@pytest.mark.parametrize("heard", [True, False])
def test_of_an_order_filled_in_part_the_rest_is_cancelled_after_a_death(account, heard):
    one = account(once())
    if heard:
        one.control.plan(seconds(5), "fill", reference=REF, quantity=1)
    assert not one.live(dies=("reprice", 1) if heard else ("submit", 1))
    if not heard:
        one.control.fill(REF, 1)
    assert one.live()
    (order,) = one.orders
    assert (order.status, order.left) == ("canceled", 1)
    (fill,) = one.events("Filled")
    assert (fill.quantity, fill.rule == "RECON B06") == (-1, not heard)
    assert one.statuses(KEY)[-1] == "canceled"
    one.agree()


def test_after_a_death_the_rest_is_decided_anew_on_what_the_books_hold(account):
    one = account(writer(symbols=("AAPL", "SPY")), market=calm_week(symbols=("AAPL", "SPY")))
    assert not one.live(dies=("submit", 2))
    one.control.play(Rules(fills="touch"))
    assert one.live()
    assert {order.status for order in one.orders[:2]} == {"canceled"}
    assert {key_of(order.ticket.reference).split(".")[3] for order in one.orders[2:]} == {"AAPL", "SPY"}
    one.agree()


DEATHS = [("statement", 1), ("submit", 1), ("news", 3), ("reprice", 1), ("reprice", 2), ("cancel", 1), ("news", 9)]


@pytest.mark.parametrize("dies", [*DEATHS, ("submit", 2), ("statement", 3)])
@pytest.mark.parametrize("before", [False, True])
def test_wherever_it_dies_books_and_broker_are_the_same_afterwards(account, dies, before):
    one = account(writer())
    one.control.plan(seconds(305), "fill", reference=REF.replace("100000", "100500"))
    assert not one.live(dies=dies, before=before)
    assert one.live()
    one.agree()


def test_lives_that_each_end_at_their_first_question_end_in_one_that_goes_on(account):
    one = account(writer(), fills="touch", partial=1)
    for method, number in (
        ("submit", 1),
        ("statement", 1),
        ("statement", 2),
        ("news", 1),
        ("submit", 1),
        ("reprice", 1),
    ):
        one.live(dies=(method, number))
    assert one.live()
    one.agree()
