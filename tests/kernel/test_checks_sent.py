"""Checks against what was sent before: duplicates, self-crosses, pace, and what is remembered of it (KS-11, CAD-13)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import checked
from allusr_sdk.model.events import IntentRecorded
from allusr_sdk.model.positions import Sent
from tests.builders import (
    AT,
    FRIDAY,
    THURSDAY,
    World,
    books,
    moment,
    quote,
    sell,
    short,
    stub,
)
from tests.kernel.questions import CALL_280, PUT_270, entry, order, reasons, share_purchase, working


def test_a_working_order_on_the_instrument_is_a_duplicate():
    intent = sell(quote(PUT_270))
    held = books(cash="400000", working={"w": working("gen_acc", PUT_270, opening=True)})
    assert "KS-11 duplicate of the working order w" in reasons(checked(entry(intent, ledger=held), order(intent)))


def before(seconds, *, what=PUT_270, quantity=-1, ledger="gen_acc", group="earlier"):
    return Sent(ledger, "AAPL", what.osi, quantity, True, AT - timedelta(seconds=seconds), group)


@pytest.mark.parametrize(
    ("sent", "passes"),
    [
        (before(59), False), (before(60), True), (before(-59), False), (before(59, quantity=-2), True),
        (before(59, quantity=1), True), (before(59, what=CALL_280), True), (before(59, ledger="rev_acc"), True),
        (before(59, group="k"), True),
    ],
)  # fmt: skip
def test_the_same_order_within_a_minute_is_a_duplicate_even_if_the_first_has_ended(sent, passes):
    intent = sell(quote(PUT_270))
    found = reasons(checked(entry(intent, sent=(sent,)), order(intent)))
    assert found.startswith("" if passes else "KS-11 duplicate of an order of ")
    assert bool(found) is not passes


def test_slices_of_one_decision_are_no_duplicates_of_each_other():
    intent = sell(quote(PUT_270))
    sibling = evolve(working("gen_acc", PUT_270, opening=True), parent="first")
    asks = entry(intent, ledger=books(cash="400000", working={"w": sibling}), sent=(before(0, group="first"),))
    assert checked(asks, evolve(order(intent), parent="first")) == ()
    assert len(checked(asks, evolve(order(intent), parent="another"))) == 2


def test_another_sleeves_working_purchase_is_a_self_cross_and_its_sale_is_not():
    intent = sell(quote(PUT_270))
    for opening, crossed in ((False, True), (True, False)):
        other = books(name="rev_acc", working={"w": working("rev_acc", PUT_270, opening=opening)})
        found = reasons(checked(entry(intent, others=(other,)), order(intent)))
        assert found == ("KS-11 SELF_CROSS with the working order w" if crossed else "")


@pytest.mark.parametrize(("opening", "sold", "crossed"), [(True, False, True), (False, True, False)])
def test_a_rung_that_is_bought_crosses_what_is_written_and_one_that_is_sold_does_not(opening, sold, crossed):
    intent = sell(quote(PUT_270))
    rung = evolve(working("llms", PUT_270, opening=opening), cause="ladder", sold=sold)
    found = reasons(checked(entry(intent, others=(books(name="llms", working={"w": rung}),)), order(intent)))
    assert found == ("KS-11 SELF_CROSS with the working order w" if crossed else "")


def test_another_sleeves_working_share_orders_cross_the_other_way():
    intent, bought = share_purchase()
    for opening, crossed in ((True, False), (False, True)):
        other = books(name="rev_acc", working={"w": working("rev_acc", None, opening=opening)})
        asks = entry(intent, ledger=books(cash="900000"), others=(other,))
        assert ("SELF_CROSS" in reasons(checked(asks, bought))) is crossed


def test_a_position_of_the_other_side_in_another_sleeve_is_a_self_cross():
    intent = sell(quote(PUT_270))
    long = evolve(short(PUT_270, ledger="com_acc"), quantity=1)
    crossed = entry(intent, others=(books(long, name="com_acc"),))
    assert reasons(checked(crossed, order(intent))) == "CAD-13 SELF_CROSS: com_acc holds the other side"
    same = entry(intent, others=(books(short(PUT_270, ledger="com_acc"), name="com_acc"),))
    assert checked(same, order(intent)) == ()


def test_a_hedge_is_not_written_away_by_the_ledger_that_holds_it():
    hedge = evolve(short(PUT_270), quantity=1, cause="hedge:L2")
    found = checked(entry(ledger=books(hedge, cash="400000")), order(sell(quote(PUT_270))))
    assert reasons(found) == "CAD-13 SELF_CROSS: gen_acc holds the other side"


def test_a_slice_counts_at_the_instant_at_which_it_leaves():
    intent = sell(quote(PUT_270))
    asks = entry(intent, orders_sent=(AT,) * 30)
    assert len(checked(asks, evolve(order(intent), delay=59))) == 1
    assert checked(asks, evolve(order(intent), delay=60)) == ()


def test_a_slice_is_paced_with_those_that_leave_around_it_and_not_with_those_of_now():
    intent, later = sell(quote(PUT_270)), AT + timedelta(seconds=70)
    asks = entry(intent, orders_sent=(later,) * 30)
    assert len(checked(asks, evolve(order(intent), delay=30))) == 1
    assert checked(asks, evolve(order(intent), delay=130)) == ()


def test_a_slice_is_a_duplicate_of_what_leaves_within_a_minute_of_it():
    asks = entry(sent=(before(-70),))
    assert len(checked(asks, evolve(order(sell(quote(PUT_270))), delay=30))) == 1
    assert checked(asks, evolve(order(sell(quote(PUT_270))), delay=130)) == ()


def test_a_duplicate_says_within_how_many_seconds():
    (veto,) = checked(entry(sent=(before(59),)), order(sell(quote(PUT_270))))
    assert (veto.rule, dict(veto.numbers)) == ("KS-11", {"seconds": 60})


def test_orders_are_paced_by_the_minute_and_by_the_day():
    intent = sell(quote(PUT_270))
    just_now = tuple(AT - timedelta(seconds=n) for n in range(30))
    assert "30 orders a minute reached 30" in reasons(checked(entry(intent, orders_sent=just_now), order(intent)))
    assert checked(entry(intent, orders_sent=just_now[:29]), order(intent)) == ()
    today = tuple(AT - timedelta(minutes=2 + n // 10) for n in range(200))
    assert "200 orders a day reached 200" in reasons(checked(entry(intent, orders_sent=today), order(intent)))
    assert checked(entry(intent, orders_sent=today[:199]), order(intent)) == ()


def recorded(world, clock, *, rule="CAD-4", key="k", delay=0, day=THURSDAY, opening=True):
    world.kernel.heard(IntentRecorded(
        ledger="stub", symbol="AAPL", rule=rule, key=key, action="sell", legs=((PUT_270.osi, -1),), delay=delay,
        limit=Decimal(1), mid=Decimal(1), worst=Decimal(1), opening=opening,
    ), moment(day, clock))  # fmt: skip


def test_exits_by_roll_and_stop_do_not_count_against_the_pace():
    with World(stub()) as world:
        for number, rule in enumerate(("CAD-4", "PE-8", "PE-7 PE-8", "PE-11", "CC-1")):
            recorded(world, "10:00", rule=rule, key=str(number), delay=number)
        assert [s.at - AT for s in world.book.sent] == [timedelta(seconds=n) for n in range(5)]
        assert world.book.orders_sent == (AT, AT + timedelta(seconds=4))


def test_what_was_sent_is_remembered_for_its_session():
    with World(stub()) as world:
        recorded(world, "10:00")
        assert world.book.sent == (Sent("stub", "AAPL", PUT_270.osi, -1, True, AT, "k"),)
        recorded(world, "09:45", key="next", day=FRIDAY)
        assert [s.group for s in world.book.sent] == ["next"]
        assert len(world.book.orders_sent) == 1
