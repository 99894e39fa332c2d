"""A call that hangs or keeps too much memory is stopped; one that ended just in time is never touched."""

import itertools
import threading
import time

import pytest

from allusr_sdk.host import Answer, Fault
from allusr_sdk.host.guard import Guard, guarded, watch
from allusr_sdk.host.tamper import Seal
from allusr_sdk.host.watch import WATCH, Limits

SHORT = Limits(0.2, 1024)


@pytest.fixture
def guard():
    """A guard whose calls may take a fifth of a second."""
    watch()
    return Guard(SHORT)


def spin():
    while True:
        pass


def nap():
    time.sleep(60)


def wait_for_a_lock():
    threading.Lock().acquire() and threading.Event().wait()


def yields_for_ever():
    while True:
        yield 1


def from_c():
    return itertools.repeat(1)


def swallows():
    while True:
        try:  # noqa: SIM105
            time.sleep(0.01)
        except BaseException:
            pass


def swallows_all_of_it():
    while True:
        try:
            try:
                time.sleep(0.01)
            except BaseException:
                time.sleep(0.01)
        except BaseException:
            pass


class Leaves:
    """Hangs most of the time where what is raised gets lost."""

    def __del__(self):
        time.sleep(0.4)


def finalizes():
    while True:
        Leaves()
        time.sleep(0.2)


HANGS = [finalizes, spin, nap, wait_for_a_lock, yields_for_ever, from_c, swallows, swallows_all_of_it]


@pytest.mark.parametrize("call", HANGS, ids=lambda call: call.__name__)
def test_a_call_that_hangs_is_stopped_and_its_fault_names_plugin_and_limit(guard, call):
    fault = guard("slow", "propose", call)
    assert isinstance(fault, Fault)
    assert (fault.plugin, fault.where, fault.grave) == ("slow", "propose", True)
    assert fault.error.startswith("hangs: no answer within 0.2 s (run.plugin_seconds) (at ")
    assert "host.watch" not in fault.error
    assert WATCH.call is None


def test_what_swallows_its_interruption_and_then_answers_is_at_fault_all_the_same(guard):
    def stubborn():
        try:
            time.sleep(60)
        except BaseException:
            return "done"

    fault = guard("slow", "propose", stubborn)
    assert isinstance(fault, Fault)
    assert fault.grave


def test_a_stopped_plugin_is_not_called_again_and_the_others_are(guard):
    guard("slow", "propose", nap)
    called = []
    again = guard("slow", "propose", lambda: called.append(1))
    assert isinstance(again, Fault)
    assert again.again
    assert called == []
    assert guard("good", "propose", lambda: 5) == Answer("good", 5)


def test_a_signal_that_comes_after_the_call_has_ended_changes_nothing(guard):
    """The order to stop is given from outside while the call runs, and obeyed when another one does."""
    orders = []

    def take_down_the_order():
        orders.append(WATCH.call)

    assert isinstance(guard("quick", "propose", take_down_the_order), Answer)

    def late():
        WATCH._order(orders[0], "too late")
        for _ in range(1000):
            pass
        return "unharmed"

    assert guard("other", "propose", late) == Answer("other", "unharmed")
    WATCH._order(orders[0], "too late")
    for _ in range(1000):
        pass
    assert guard("third", "propose", lambda: 7) == Answer("third", 7)
    assert WATCH.strike is None


def test_of_two_calls_one_in_the_other_only_the_one_that_hangs_is_stopped(guard):
    def outer():
        return guard("inner", "next_expiry", nap)

    answer = guard("outer", "respond", outer)
    assert isinstance(answer, Answer)
    assert isinstance(answer.value, Fault)
    assert answer.value.plugin == "inner"


def test_an_outer_call_that_hangs_by_many_short_inner_ones_is_the_one_at_fault(guard):
    def outer():
        while True:
            guard("inner", "next_expiry", lambda: time.sleep(0.01))

    fault = guard("outer", "respond", outer)
    assert isinstance(fault, Fault)
    assert fault.plugin == "outer"
    assert "inner" not in guard.stopped


def test_many_short_calls_together_are_no_hang(guard):
    for _ in range(60):
        assert isinstance(guard("busy", "assess", lambda: time.sleep(0.02)), Answer)


def test_a_call_off_the_main_thread_is_at_fault_once_it_has_ended(guard):
    found = []
    thread = threading.Thread(target=lambda: found.append(guard("slow", "propose", lambda: time.sleep(0.3))))
    thread.start()
    thread.join()
    assert found[0].grave
    assert "hangs" in found[0].error


def test_the_users_interrupt_passes_and_leaves_no_call_behind(guard):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guard("any", "propose", interrupted)
    assert WATCH.call is None


# --- memory --------------------------------------------------------------------------------------------------------

BLOCK = 33 * 2**20
"""Bytes that the C library always takes from the system and gives back to it, whatever it has in store."""


def test_a_plugin_that_keeps_a_little_at_each_call_is_stopped_at_its_limit():
    watch()
    guard, kept = Guard(Limits(60, 128)), []

    def grow():
        kept.append(b"x" * BLOCK)
        time.sleep(0.1)

    for _ in range(40):
        answer = guard("hoarder", "propose", grow)
        if isinstance(answer, Fault):
            break
    assert answer.error == "leaks: it keeps more than 128 MB (run.plugin_memory)"
    assert (answer.plugin, answer.grave) == ("hoarder", True)


def test_a_single_call_that_takes_ever_more_is_stopped_while_it_runs():
    watch()
    guard, kept = Guard(Limits(60, 128)), []

    def grow():
        while True:
            kept.append(b"x" * BLOCK)
            time.sleep(0.1)

    fault = guard("hoarder", "propose", grow)
    assert isinstance(fault, Fault)
    assert fault.error.startswith("leaks: it keeps more than 128 MB (run.plugin_memory)")


def test_memory_that_is_given_back_and_taken_again_is_no_leak():
    watch()
    guard = Guard(Limits(60, 64))
    for _ in range(60):
        assert isinstance(guard("honest", "propose", lambda: len(b"x" * BLOCK)), Answer)
        time.sleep(0.01)


def test_what_others_take_between_calls_is_not_the_plugins():
    watch()
    guard, kept = Guard(Limits(60, 64)), []
    for _ in range(12):
        kept.append(b"x" * BLOCK)
        assert isinstance(guard("honest", "propose", lambda: time.sleep(0.1)), Answer)


# --- what is everybody's -------------------------------------------------------------------------------------------


def frozen_clock():
    time.time = lambda: 0.0


def no_clock():
    del time.monotonic


def own_date():
    import datetime

    datetime.datetime = type("datetime", (datetime.datetime,), {})


def loaded_dice():
    import random

    random.random = lambda: 0.5


def own_open():
    import builtins

    builtins.open = lambda *_: None


def coarse_money():
    import decimal

    decimal.getcontext().prec = 3


REPLACED = {
    frozen_clock: "time.time", no_clock: "time.monotonic", own_date: "datetime.datetime",
    loaded_dice: "random.random", own_open: "builtins.open", coarse_money: "decimal's context",
}  # fmt: skip


@pytest.mark.parametrize("call", REPLACED, ids=lambda call: call.__name__)
def test_what_a_call_replaces_is_put_back_and_is_its_plugins_fault(call):
    guard = Guard(seal=Seal.taken())
    fault = guard("forger", "propose", call)
    assert isinstance(fault, Fault)
    assert (fault.plugin, fault.error, fault.grave) == ("forger", f"replaced {REPLACED[call]}", True)
    assert guard("good", "propose", time.time).value > 1e9


def test_what_a_test_replaced_before_the_host_was_built_stays(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 5.0)
    guard = Guard(seal=Seal.taken())
    assert guard("good", "propose", lambda: time.time()) == Answer("good", 5.0)


def test_a_replacement_is_found_even_where_the_call_raises():
    def both():
        frozen_clock()
        raise ValueError("and more")

    fault = Guard(seal=Seal.taken())("forger", "propose", both)
    assert isinstance(fault, Fault)
    assert fault.error == "replaced time.time"


def test_what_raises_beyond_exception_is_contained():
    class Odd(BaseException):
        pass

    def odd():
        raise Odd("gone")

    fault = guarded("odd", "propose", odd)
    assert isinstance(fault, Fault)
    assert fault.error.startswith("Odd: gone")
