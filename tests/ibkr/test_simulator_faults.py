"""What can be made to go wrong on the way to the simulator and back."""

import pytest

from allusr_sdk.testing.tws import Fault
from tests.ibkr.placing import place
from tests.ibkr.wire import Wire


def told_of_a_fill(tws, fault):
    """Names of what a client hears of an order that is filled, with one thing that goes wrong."""
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        wire.until("orderStatus")
        tws.control.fault(fault)
        tws.control.fill("au-1")
        wire.ask(49, 1)
        return [m.name for m in wire.until("currentTime")][:-1]


WHOLE = ["execDetails", "openOrder", "orderStatus", "commissionReport"]


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("drop", WHOLE[1:]),
        ("hold", WHOLE[1:]),
        ("duplicate", ["execDetails", *WHOLE]),
        ("swap", ["openOrder", "execDetails", "orderStatus", "commissionReport"]),
    ],
)
def test_a_message_is_dropped_held_told_twice_or_swapped(tws, deed, told):
    assert told_of_a_fill(tws, Fault(message="execDetails", deed=deed)) == told


def test_a_fault_waits_for_its_message_and_is_over(tws):
    tws.control.fault(Fault(message="currentTime", deed="drop", after=1, times=1, client=3))
    with Wire(tws.port) as wire:
        wire.ready()
        for _ in range(3):
            wire.ask(49, 1)
        wire.ask(17, 1)
        assert [m.name for m in wire.until("managedAccounts")] == ["currentTime", "currentTime", "managedAccounts"]
    assert tws.control.faults() == ()


def test_what_is_held_is_told_in_any_order(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.fault(Fault(message="*", deed="hold", times=2))
        wire.ask(49, 1)
        wire.ask(17, 1)
        wire.ask(8, 1, 1)
        assert wire.read().name == "nextValidId"
        tws.control.release((1,))
        assert [wire.read().name, wire.read().name] == ["managedAccounts", "currentTime"]


@pytest.mark.parametrize(("deed", "taken"), [("cut", 0), ("drop", 0), ("cut_after", 1), ("duplicate", 1)])
def test_an_order_is_lost_on_its_way_or_its_answer_is(tws, deed, taken):
    tws.control.fault(Fault(message="placeOrder", deed=deed))
    with Wire(tws.port) as wire:
        wire.ready()
        place(wire)
        if deed.startswith("cut"):
            assert wire.ended()
        else:
            wire.ask(49, 1)
            wire.until("currentTime")
    assert len(tws.control.orders()) == taken


def test_a_mute_peer_and_a_silent_gateway_say_nothing(tws):
    with Wire(tws.port) as wire:
        wire.ready()
        tws.control.mute()
        wire.ask(49, 1)
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.read()
    tws.control.mute(False)
    tws.control.silent()
    with Wire(tws.port, start=False) as wire:
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.read()
    tws.control.silent(False)


def test_a_gateway_that_is_down_refuses_and_is_up_at_the_same_port(tws):
    port = tws.port
    with Wire(port) as wire:
        wire.ready()
        tws.control.down()
        assert wire.ended()
    with pytest.raises(ConnectionRefusedError):
        Wire(port)
    tws.control.up()
    with Wire(port) as wire:
        wire.ready()
