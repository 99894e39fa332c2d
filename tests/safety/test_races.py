"""What happens between a decision and its order: nothing leaves behind a switch, and nothing is spent twice."""

from datetime import timedelta

import pytest
from allusr_gen_acc import GenAcc
from attrs import evolve

from allusr_sdk.kernel.commands import Command
from allusr_sdk.model.broker import reference
from tests.builders import THURSDAY, World, later, moment, stub
from tests.crash.brokered import Brokered, Days, writer
from tests.kernel.scenes import aapl, writes
from tests.kernel.watchers import thrown

TEN = moment(THURSDAY, "10:00")
FIRST = "writer.260212.100000.AAPL.sell-c01-v1"
"""The first of three slices, at 10:00:00, 10:00:46 and 10:01:16; at the touch it is filled at 10:00:20."""

SEEN_TO = ("STALE", "BREAK")
"""Causes that a pass looks at itself: fresh data, and books that agree, release them."""


@pytest.fixture
def sliced(tmp_path):
    """An account whose sleeve sells 120 contracts at ten o'clock, over a broker."""
    market = Days().at("10:00", "10:05", "10:10", "11:00").close()
    with Brokered(tmp_path, market, writer(120, until=TEN), capital=4_000_000, near=True, fills="touch") as account:
        yield account


def kill(seconds):
    return Command(at=TEN + timedelta(seconds=seconds), action="kill", actor="Ann", reason="too hot")


def test_without_a_kill_all_slices_leave(sliced):
    assert sliced.live()
    assert len(sliced.asked("submit")) == 3


@pytest.mark.parametrize(("seconds", "left"), [(10, 1), (40, 1), (60, 2)])
def test_behind_a_kill_no_slice_leaves_though_the_first_one_was_filled(sliced, seconds, left):
    assert sliced.live(commands=[kill(seconds)])
    assert len(sliced.asked("submit")) == left
    assert sliced.asked("submit")[0] == reference(FIRST)
    ended = [e for e in sliced.entries if e.kind == "OrderChanged" and e.event.status == "canceled"]
    assert {(e.at, e.event.rule) for e in ended if e.event.key != FIRST} == {(kill(seconds).at, "KS-6")}
    sliced.handed_once()


@pytest.mark.parametrize("cause", ["VIX", "STALE", "LOSS", "WEEK", "L3", "GUARD", "BREAK", "LINK", "CLOCK", "USER"])
@pytest.mark.parametrize("tier", ["FREEZE", "SAFE", "HALT"])
def test_what_was_journaled_before_a_switch_is_cancelled_by_it_and_nothing_is_decided_behind_it(cause, tier):
    with World(GenAcc) as world:
        (order,) = world.cycle(aapl())
        world.kernel.heard(thrown(cause, tier))
        assert order.key in world.kernel.cancels()
        world.cancel(order)
        assert world.cycle(later(aapl())) == () or cause in SEEN_TO


def test_two_sleeves_of_one_pass_do_not_spend_the_same_dollars():
    """The account's free cash is asked behind each intent, so that a ledger in debt takes from what is left."""
    with World(stub("one", writes(delta=-0.38)), stub("two", writes(delta=-0.38)),
               funds={"one": "30000", "two": "30000"}) as world:  # fmt: skip
        orders = world.cycle(aapl())
        assert {order.ledger for order in orders} == {"one", "two"}
        assert sum(order.reserve for order in orders) <= sum(book.cash for book in world.book.ledgers.values())
        assert all(book.free >= 0 for book in world.book.ledgers.values())


def test_the_same_instant_twice_sends_nothing_twice():
    """A view that is shown again, as after a connection that came back, finds its order working (RULE-2, KS-11.6)."""
    with World(stub(propose=writes(delta=-0.38))) as world:
        assert len(world.cycle(aapl())) == 1
        assert world.cycle(aapl()) == ()


def test_a_view_of_before_is_no_view_of_now():
    """A clock that went back shows an instant at which the market of later is known already: nothing is fresh."""
    with World(stub(propose=writes(delta=-0.38))) as world:
        after = later(aapl())
        stale = evolve(after, at=aapl().at)
        assert world.cycle(stale) == ()
        assert {"KS-5"} <= {e.rule.split()[0] for e in world.events("SwitchChanged")}
