"""How long an answer about a position stands, so that the protocol is not asked again (PE-4)."""

from datetime import timedelta
from typing import ClassVar

import pytest

from allusr_sdk.contracts import Assessment, RiskProtocol
from allusr_sdk.contracts.plugins import Calm
from allusr_sdk.model.events import Funded, SwitchChanged
from allusr_sdk.model.intents import Skip
from allusr_sdk.model.money import usd
from allusr_sdk.model.positions import Watch
from tests.builders import AT, World, contract, later, quote, stub
from tests.kernel.scenes import aapl, held_put, held_shares
from tests.kernel.watchers import WatcherSettings

HOUR = AT + timedelta(hours=1)
HOLD = Skip("AAPL", "PE-4", "far from its strike", verdict="hold")


def holding(calm, wishes=(HOLD,), level=0):
    """A protocol that holds, tells how long that stands, and notes when it was asked."""

    class Holding(RiskProtocol[WatcherSettings]):
        name = "holding"
        asked: ClassVar = []

        def assess(self, position, view):
            self.asked.append(position.key)
            return Assessment(Watch(level=level, rising=level), 0.5, "PE-4", numbers={})

        def respond(self, position, assessment, view):
            return wishes

        def calm(self, position, assessment, view):
            return calm

    return Holding


def market_of(spot=100.0, mid=1.01):
    return aapl(spot, quotes=[quote(contract(100), round(mid - 0.01, 2), round(mid + 0.01, 2))])


def again(protocol, second, *, between=lambda world: None, position=held_put):
    """Whether a protocol that held is asked once more at a second instant; the session began before."""
    with World(stub(), protocol) as world:
        position(world)
        world.cycle(later(market_of(), -5))
        world.cycle(market_of())
        between(world)
        protocol.asked.clear()
        world.cycle(second)
        assert world.events("PluginFaulted") == []
    return bool(protocol.asked)


@pytest.mark.parametrize(
    ("spot", "asked"), [(100.0, False), (95.01, False), (95.0, True), (104.99, False), (105.0, True), (94.0, True)]
)
def test_a_hold_stands_while_the_price_lies_between_its_limits(spot, asked):
    assert again(holding(Calm(95.0, 105.0, HOUR)), later(market_of(spot))) is asked


@pytest.mark.parametrize(("minutes", "asked"), [(59, False), (60, True), (61, True)])
def test_a_hold_stands_until_its_instant(minutes, asked):
    assert again(holding(Calm(95.0, 105.0, HOUR)), later(market_of(), minutes)) is asked


@pytest.mark.parametrize(("mid", "asked"), [(1.00, False), (0.51, False), (0.50, True), (0.40, True)])
def test_a_hold_that_rests_on_the_options_price_stands_while_its_mid_lies_above(mid, asked):
    assert again(holding(Calm(95.0, 105.0, HOUR, above=0.50)), later(market_of(mid=mid))) is asked


def test_a_hold_that_rests_on_the_options_price_does_not_stand_without_a_quote():
    assert again(holding(Calm(95.0, 105.0, HOUR, above=0.50)), later(aapl(quotes=[])))


def test_shares_have_no_option_whose_price_a_hold_could_rest_on():
    calm = Calm(95.0, 105.0, HOUR, above=0.50)
    assert not again(holding(calm), later(aapl(quotes=[])), position=held_shares)


@pytest.mark.parametrize(("alone", "asked"), [(False, True), (True, False)])
def test_a_hold_stands_though_the_books_change_only_where_it_says_so(alone, asked):
    def funded(world):
        world.kernel.heard(Funded(ledger="stub", amount=usd("5"), rule="CAD-12"))

    calm = Calm(95.0, 105.0, HOUR, alone=alone)
    assert again(holding(calm), later(market_of()), between=funded) is asked


def test_a_hold_ends_where_its_own_position_changes():
    assert again(holding(Calm(95.0, 105.0, HOUR, alone=True)), later(market_of()), between=held_put)


def test_where_a_protocol_says_no_limits_it_is_asked_each_time():
    assert again(holding(None), later(market_of()))


@pytest.mark.parametrize("wishes", [
    (Skip("AAPL", "PE-4", "numbers", {"m": 1}, verdict="hold"),), (HOLD, HOLD), (),
])  # fmt: skip
def test_only_a_plain_hold_stands(wishes):
    assert again(holding(Calm(95.0, 105.0, HOUR), wishes), later(market_of()))


def test_a_hold_that_came_with_another_level_does_not_stand_yet():
    protocol = holding(Calm(95.0, 105.0, HOUR, alone=True), level=1)
    with World(stub(), protocol) as world:
        held_put(world)
        for minutes, asked in ((0, 1), (5, 2), (10, 2)):
            world.cycle(later(market_of(), minutes))
            assert len(protocol.asked) == asked


@pytest.mark.parametrize(("said", "told"), [
    ("an hour", "said how long with str: expected a Calm or None"),
    (Calm(95.0, 105.0, HOUR.replace(tzinfo=None)), "said how long by an instant without a time zone"),
    (Calm(95.0, 105.0, "an hour"), "said how long by an instant without a time zone"),
    (Calm("95", 105.0, HOUR), "said how long by what is no number, or beside what is no position"),
    (Calm(95.0, None, HOUR), "said how long by what is no number, or beside what is no position"),
    (Calm(95.0, 105.0, HOUR, above="1"), "said how long by what is no number, or beside what is no position"),
    (Calm(95.0, 105.0, HOUR, time_value="1"), "said how long by what is no number, or beside what is no position"),
    (Calm(95.0, 105.0, HOUR, beside="AAPL"), "said how long by what is no number, or beside what is no position"),
])  # fmt: skip
def test_limits_that_are_none_are_a_fault_of_the_protocol_and_entries_freeze(said, told):
    with World(stub(), holding(said)) as world:
        held_put(world)
        world.cycle(market_of())
        (fault,) = world.events("PluginFaulted")
        assert (fault.where, told in fault.error) == ("calm", True)
        assert world.book.ledgers["stub"].frozen == {"*": "RULE-0"}


FIVE, TEN, HALF_PAST = (AT + timedelta(minutes=minutes) for minutes in (5, 10, 30))


def silent(quiet, wishes=()):
    """A protocol that wishes for its hedges what it is told, says when that stands, and notes when it was asked."""

    class Silent(RiskProtocol[WatcherSettings]):
        name = "silent"
        asked: ClassVar = []

        def assess(self, position, view):
            return None

        def hedge(self, view):
            self.asked.append(view.at)
            return wishes

        def quiet(self, view):
            return quiet

    return Silent


def hedges_asked(protocol, minutes, between=lambda world: None):
    """Whether it is asked for hedges so many minutes after it was first."""
    with World(stub(), protocol) as world:
        world.cycle(later(market_of(), -5))
        world.cycle(market_of())
        between(world)
        protocol.asked.clear()
        world.cycle(later(market_of(), minutes))
        return bool(protocol.asked), [fault.error for fault in world.events("PluginFaulted")]


@pytest.mark.parametrize(("minutes", "asked"), [(4, True), (5, False), (29, False), (30, True)])
def test_hedges_are_not_asked_for_while_the_protocol_is_quiet(minutes, asked):
    assert hedges_asked(silent((FIVE, HALF_PAST)), minutes) == (asked, [])


@pytest.mark.parametrize(("quiet", "wishes"), [
    (None, ()), ((FIVE, HALF_PAST), (Skip("SPX", "PE-10", "a trigger is unknown"),)),
])  # fmt: skip
def test_hedges_are_asked_for_each_time_where_something_was_said_or_no_span_was_told(quiet, wishes):
    assert hedges_asked(silent(quiet, wishes), 10) == (True, [])


def test_hedges_are_asked_for_again_where_books_or_tiers_change():
    def funded(world):
        world.kernel.heard(Funded(ledger="stub", amount=usd("5"), rule="CAD-12"))

    def safe(world):
        world.kernel.heard(SwitchChanged(
            ledger="", cause="USER", before="NONE", after="SAFE", rule="KS-6", reason="said so", source="user",
            value=None, threshold=None,
        ))  # fmt: skip

    for change in (funded, safe):
        assert hedges_asked(silent((FIVE, HALF_PAST)), 10, change) == (True, [])


def test_a_stopped_protocol_is_not_taken_for_a_quiet_one():
    def stopped(world):
        world.kernel.host.stopped["other"] = "it hangs"

    assert hedges_asked(silent((FIVE, HALF_PAST)), 10, stopped)[0]


@pytest.mark.parametrize("quiet", ["ab", 5, (TEN,), (TEN, None), (TEN.replace(tzinfo=None), HALF_PAST)])
def test_what_is_no_two_instants_is_the_protocols_fault(quiet):
    asked, faults = hedges_asked(silent(quiet), 10)
    assert asked
    assert all("said when it is quiet with what are no two instants" in fault for fault in faults)
    assert faults
