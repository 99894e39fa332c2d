"""A broker that misbehaves as told: what is journaled stays sound, and equal seeds misbehave alike."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.verify import verify
from allusr_sdk.testing import Broker, Market, Sandbox

TROUBLES = {
    "reject": lambda broker: broker.reject(0.5),
    "partial": lambda broker: broker.partial(0.4),
    "lose_orders": lambda broker: broker.lose_orders(0.5),
    "lose_acks": lambda broker: broker.lose_acks(0.5),
    "duplicate_fills": lambda broker: broker.duplicate_fills(),
    "disconnect": lambda broker: broker.disconnect(after=1, minutes=20),
    "everything": lambda broker: (
        broker.reject(0.2).partial(0.5).lose_orders(0.2).lose_acks(0.2).duplicate_fills(0.5).disconnect(after=5)
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_books_stay_sound_and_equal_seeds_misbehave_alike(weekly, market, trouble):
    broken = TROUBLES[trouble](Broker())
    first, second = (Sandbox(market, weekly, broker=broken).run() for _ in range(2))
    assert verify(first.run).ok
    assert first.head == second.head
    assert first.fills
    assert len({fill.execution for fill in first.fills}) == len(first.fills)


@pytest.mark.parametrize("trouble", [name for name in TROUBLES if name != "duplicate_fills"])
def test_each_trouble_is_met(weekly, market, trouble):
    """Of executions reported twice nothing is seen: that is the point."""
    broken = Sandbox(market, weekly, broker=TROUBLES[trouble](Broker())).run()
    assert broken.journal != Sandbox(market, weekly).run().journal


def test_executions_reported_twice_change_nothing(weekly, market):
    twice = Sandbox(market, weekly, broker=Broker().duplicate_fills()).run()
    assert twice.head == Sandbox(market, weekly).run().head


def test_a_broker_that_rejects_everything_leaves_cash_alone(weekly, market):
    played = Sandbox(market, weekly, broker=Broker().reject()).run()
    assert played.intents
    assert played.fills == ()
    assert played.book.ledgers["weekly"].cash == 1_000_000


def test_shorts_in_the_money_are_assigned_early_where_the_broker_says_so(weekly):
    fallen = Market().path("SPY", -0.04, on=1)
    early = Sandbox(fallen, weekly, broker=Broker().assign_early("SPY", on=2)).run()
    (assigned,) = early.events("Assigned")
    assert (assigned.early, assigned.effective) == (True, fallen.day(1))
    assert not any(event.early for event in Sandbox(fallen, weekly).run().events("Assigned"))


def test_a_market_tells_the_same_exercise(weekly):
    told = Market().path("SPY", -0.04, on=1).exercise("SPY", on=2)
    assert [event.early for event in Sandbox(told, weekly).run().events("Assigned")] == [True]


def test_sentences_leave_the_broker_they_start_from_alone():
    calm = Broker()
    assert calm.reject() != calm == Broker()
    assert calm.faults(7) is None


@pytest.mark.parametrize(
    ("say", "complaint"),
    [
        (lambda b: b.reject(1.5), "reject 1.5: expected a share from 0 to 1"),
        (lambda b: b.partial(-0.1), "partial -0.1"),
        (lambda b: b.disconnect(after=-1), "a line cut after -1 orders"),
        (lambda b: b.assign_early("SPY", on=99).over(Market().tape()), "has no session 99"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(say, complaint):
    with pytest.raises(InputError, match=complaint):
        say(Broker())
