"""Silence after an order: the venue is asked, and only what it does not know is sent again (ORD-2, RULE-2)."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.execution.faults import Faults
from allusr_sdk.model.events import Filled, IntentRecorded, OrderChanged
from allusr_sdk.model.views import Grain

D = Decimal
KEY = "sleeve.260212.100000.XYZ.sell-v1"
LADDER = ["1.20", "1.19", "1.18", "1.17"]


class Losing(Faults):
    """Loses what a test names."""

    orders = frozenset()
    acks = frozenset()

    def loses(self, key):
        return key in self.orders

    def silences(self, key):
        return key in self.acks


def losing(*, orders=(), acks=()):
    class Named(Losing):
        pass

    Named.orders, Named.acks = frozenset(orders), frozenset(acks)
    return Named()


def story(bench):
    """(seconds, what, key) of everything said."""
    return [(at, getattr(e, "status", e.kind), e.key) for at, e in bench.said]


def v(number):
    return KEY.replace("-v1", f"-v{number}")


def test_an_order_that_is_acknowledged_is_never_asked_about(bench, make):
    one = bench()
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert {e.key for _, e in one.said} == {KEY}
    assert [e.rule for _, e in one.said] == ["ORD-1"] * len(one.said)


def test_an_order_that_the_venue_does_not_know_is_ended_then_journaled_then_sent_under_its_next_version(bench, make):
    one = bench(faults=losing(orders=[KEY]))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY, reserve=D("10000.00")))
    one.flush()
    assert story(one)[:3] == [(3.0, "denied", KEY), (3.0, "IntentRecorded", v(2)), (3.0, "accepted", v(2))]
    ended, again = (e for _, e in one.said[:2])
    assert isinstance(ended, OrderChanged)
    assert isinstance(again, IntentRecorded)
    assert (ended.rule, again.parent, again.action) == ("ORD-2", KEY, "sell")
    assert (again.reserve, again.limit, again.worst) == (D("10000.00"), D("1.20"), D("1.17"))
    assert "does not know it" in again.why
    assert [status for _, status, _ in one.statuses(v(2))] == [
        "accepted",
        "repriced",
        "repriced",
        "repriced",
        "canceled",
    ]


def test_an_order_whose_acknowledgement_was_lost_is_not_sent_twice(bench, make):
    one = bench(faults=losing(acks=[KEY]))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert story(one)[0] == (3.0, "accepted", KEY)
    assert one.said[0][1].rule == "ORD-2"
    assert {e.key for _, e in one.said} == {KEY}
    assert not any(isinstance(e, IntentRecorded) for _, e in one.said)


def test_a_fill_is_an_acknowledgement(bench, make):
    one = bench(faults=losing(acks=[KEY]))
    one.at("10:00", make.order(bid="1.69", ask="1.70", prices=["1.69"], key=KEY))
    one.flush()
    assert [type(e) for _, e in one.said] == [Filled]


def test_versions_count_up_until_one_arrives(bench, make):
    one = bench(faults=losing(orders=[KEY, v(2), v(3)]))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert [key for _, what, key in story(one) if what == "denied"] == [KEY, v(2), v(3)]
    assert (9.0, "accepted", v(4)) in story(one)


def test_a_wire_that_is_dead_is_given_up_when_the_ladder_would_have_ended(bench, make):
    one = bench(faults=Faults(lose_orders=1.0))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert not one.venue.desk.working
    assert one.said[-1][0] <= 10.0 * len(LADDER) + 3
    sent = [e.key for _, e in one.said if isinstance(e, IntentRecorded)]
    ended = [e.key for _, e in one.said if isinstance(e, OrderChanged)]
    assert ended == [KEY, *sent]


def test_nothing_is_sent_again_after_the_close(bench, make):
    one = bench(faults=Faults(lose_orders=1.0))
    one.at("15:59:59", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.flush()
    assert [e.kind for _, e in one.said] == ["OrderChanged"]
    assert not one.venue.desk.working


def test_a_lost_order_can_be_cancelled_before_anybody_asks(bench, make):
    one = bench(faults=losing(orders=[KEY]))
    one.at("10:00", make.order(bid="1.00", ask="1.40", prices=LADDER, key=KEY))
    one.venue.desk.cancel({KEY: ("KS-6", "halt")})
    one.flush()
    assert [(e.status, e.rule) for _, e in one.said] == [("canceled", "KS-6")]


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.7])
def test_whatever_gets_lost_every_order_fills_once_or_ends_and_equal_seeds_lose_alike(bench, make, rate):
    told = []
    for _ in range(2):
        one = bench(faults=Faults(seed=11, lose_orders=rate, lose_acks=rate))
        one.at("10:00", *(
            make.order(make.put(100 + n), bid="1.00", ask="1.10", prices=["1.05", "1.00"], key=f"s.{n}.sell-v1")
            for n in range(20)
        ))  # fmt: skip
        one.flush()
        told.append([(at, e.kind, e.key) for at, e in one.said])
        sold = [f.key.split("-v")[0] for f in one.fills]
        assert len(sold) == len(set(sold))
        assert not one.venue.desk.working
        assert (len(sold) == 20) or rate > 0
    assert told[0] == told[1]


def test_a_combo_is_sent_again_whole(bench, make):
    held = make.held(make.put(270), -3, "1.69", first_credit="1.69")
    key = "sleeve.roll-v1"
    one = bench(positions=[held], faults=losing(orders=[key]))
    lost = make.roll(
        buy=(make.put(270), "8.00", "8.10"), sell=(make.put(260, make.day.replace(day=20)), "3.70", "3.80"),
        prices=["4.40"], position=held, key=key,
    )  # fmt: skip
    one.at("10:00", evolve(lost, reserve=D("12.30")))
    one.flush()
    again = next(e for _, e in one.said if isinstance(e, IntentRecorded))
    assert (again.action, again.key, again.position, again.reserve) == ("roll", "sleeve.roll-v2", held.key, D("12.30"))
    assert {(f.key, f.quantity) for f in one.fills} == {("sleeve.roll-v2", 3), ("sleeve.roll-v2", -3)}


def test_end_of_day_orders_are_sent_again_at_their_only_instant(bench, make):
    one = bench(faults=losing(orders=[KEY]))
    one.at("16:00", make.order(bid="1.00", ask="1.40", prices=["1.00"], key=KEY), grain=Grain.EOD)
    one.flush()
    assert [f.key for f in one.fills] == [v(2)]
