"""Five ways of a plugin to misbehave, each met end to end: the engine is SAFE or goes on, and the journal says who.

A raise, a hang, a leak, a replaced clock and a broker by import; answers that are none stand in `test_wrong_answers`.
What is told here of a run was read from its journal alone.
"""

import json
import time
from datetime import timedelta

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk import RiskProtocol, hookimpl
from allusr_sdk.model.events import OrderChanged
from allusr_sdk.testing import Market
from tests.sdk.misbehaving import Good, Put, at, bad, observer, play, sold, switched

# --- it raises -----------------------------------------------------------------------------------------------------


def boom(view):
    raise RuntimeError("boom")


def test_a_sleeve_that_raises_is_named_and_quarantined_while_the_protocol_keeps_its_position_and_others_trade():
    market = Market(symbols=("SPY",), weeks=2, minutes=15)
    played = play(bad(boom), Good, Protocol, market=market)
    assert [(f.plugin, f.where) for f in played.faults] == [("bad", "propose")]
    assert played.faults[0].error.startswith("RuntimeError: boom")
    assert list(played.quarantined) == ["bad"]
    when = at(played, played.faults[0])
    assert sold(played, "bad")
    assert all(e.at < when for e in played.entries if e.event in sold(played, "bad"))
    held = [e for e in played.entries if e.at > when and e.event.ledger == "bad" and e.kind in ("Decided", "Watched")]
    assert any(getattr(e.event, "subject", "") or getattr(e.event, "position", "") for e in held)
    assert not played.book.ledgers["bad"].positions
    assert any(e.at > when for e in played.entries if e.event in sold(played, "good"))
    assert switched(played) == []


def test_an_observer_that_raises_is_named_and_after_three_times_asked_no_more():
    asked = []

    def act(event):
        asked.append(event)
        raise ValueError("no")

    played = play(Good, observer(act))
    assert [f.plugin for f in played.faults] == ["watcher"] * 3
    assert len(asked) == 3
    assert sold(played, "good")


# --- it hangs ------------------------------------------------------------------------------------------------------


def nap(view):
    time.sleep(60)


def spin(view):
    while True:
        pass


def swallow(view):
    while True:
        try:  # noqa: SIM105
            time.sleep(0.05)
        except BaseException:
            pass


@pytest.mark.parametrize("hang", [nap, spin, swallow], ids=lambda hang: hang.__name__)
def test_a_sleeve_that_hangs_is_stopped_the_account_is_safe_and_its_put_stays_with_the_protocol(hang):
    played = play(bad(hang), Good, Protocol)
    fault, row = played.faults[0], switched(played)[0]
    assert (fault.plugin, fault.where, fault.stopped) == ("bad", "propose", True)
    assert "no answer within 1 s (run.plugin_seconds)" in fault.error
    assert (row.after, row.rule) == ("SAFE", "KS-6 RULE-0")
    assert "plugin bad is stopped: hangs" in row.reason
    assert at(played, row) == at(played, fault)
    assert len(played.faults) == 1
    assert len(switched(played)) == 1
    assert list(played.quarantined) == ["bad"]
    assert played.book.switches["GUARD"] == "SAFE"
    assert not any(e.at > at(played, row) for e in played.entries if e.kind == "IntentRecorded" and e.event.opening)
    assert not played.book.ledgers["bad"].positions


def test_orders_that_work_when_an_observer_hangs_are_cancelled_at_that_instant_slices_that_wait_too():
    def act(event):
        if isinstance(event, OrderChanged) and event.status == "accepted":
            time.sleep(60)

    played = play(Good, observer(act))
    fault, row = played.faults[0], switched(played)[0]
    ended = [e for e in played.entries if e.kind == "OrderChanged" and e.event.status == "canceled"]
    assert (fault.plugin, fault.where) == ("watcher", "allusr_event")
    assert row.cancels == len(ended) == len(played.intents) == 2
    assert {e.event.rule for e in ended} == {"KS-6"}
    assert all("GUARD at SAFE" in e.event.reason for e in ended)
    assert all(timedelta(0) <= e.at - at(played, fault) <= timedelta(seconds=90) for e in ended)
    assert sold(played, "good") == []
    assert not played.book.ledgers["good"].working


def test_an_order_whose_journaling_made_an_observer_hang_never_leaves():
    def act(event):
        if event.kind == "IntentRecorded":
            time.sleep(60)

    played = play(Good, observer(act))
    changes = played.events("OrderChanged")
    assert {c.status for c in changes} == {"canceled"}
    assert all(c.reason.endswith("before it left") for c in changes)
    assert {c.key for c in changes} == {i.key for i in played.intents}
    assert not played.book.ledgers["good"].working


class Sleepy(RiskProtocol[Put]):
    """Falls asleep over its first position."""

    name = "sleepy"

    def assess(self, position, view):
        time.sleep(60)


def test_a_protocol_that_hangs_is_asked_nothing_more_and_nothing_is_opened_any_more():
    played = play(Good, Sleepy)
    assert [(f.plugin, f.where, f.stopped) for f in played.faults] == [("sleepy", "assess", True)]
    assert [r.after for r in switched(played)] == ["SAFE"]
    assert [(e.ledger, e.rule) for e in played.events("Frozen")] == [("good", "RULE-0")]
    assert len(sold(played, "good")) == len(played.intents)


def test_a_guard_that_hangs_is_blind_and_the_account_is_safe_to_the_end():
    class Screen:
        name = "eye"

        @hookimpl
        def allusr_screen(self, intent, view):
            time.sleep(60)

    played = play(Good, Screen())
    assert [(f.plugin, f.where) for f in played.faults] == [("eye", "allusr_screen")]
    assert played.book.switches["GUARD"] == "SAFE"
    assert played.intents == ()


def test_a_run_with_a_plugin_that_hangs_for_ten_seconds_ends_well_and_every_page_names_it(install, allusr, tmp_path):
    """As an operator has it: installed, run by the command line, with the packaged limit."""
    install("sleepy", """
        import time

        from allusr_sdk import Band, Sleeve, hookimpl
        from allusr_sdk.settings import setting, settings


        @settings
        class SleepySettings:
            symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


        class Sleepy(Sleeve[SleepySettings]):
            name = "dozer"

            def bands(self, rules):
                return (Band("CAD-8", 0.28, 0.32, 1, 6),)

            def propose(self, view):
                time.sleep(10)
                return ()


        @hookimpl
        def allusr_sleeves():
            return [Sleepy]
    """)  # fmt: skip
    home = tmp_path / "home"
    ran = allusr("run", "--plugins", "sleepy,spx_weekly", "--from", "2026-01-05", "--to", "2026-01-06", "--home", home)
    assert ran.code == 0, ran.err
    assert "sleepy" in ran.out
    shown = allusr("status", "--home", home, "--json")
    body = json.loads(shown.out)
    assert {"cause": "GUARD", "scope": "account", "tier": "SAFE"} in body["switches"]
    assert [(need["kind"], "plugin sleepy, dozer.propose: hangs" in need["why"]) for need in body["needs"]] == [
        ("fault", True), ("quarantined", False),
    ]  # fmt: skip


# --- it leaks ------------------------------------------------------------------------------------------------------


def test_a_sleeve_that_leaks_is_stopped_at_the_limit_that_its_fault_states():
    kept = []

    def hoard(view):
        kept.append(b"x" * (33 * 2**20))
        time.sleep(0.1)
        return ()

    market = Market(symbols=("SPY",), weeks=1, minutes=5)
    played = play(bad(hoard), Good, market=market, run={"plugin_memory": 128})
    fault = played.faults[0]
    assert (fault.plugin, fault.stopped) == ("bad", True)
    assert fault.error.startswith("leaks: it keeps more than 128 MB (run.plugin_memory)")
    assert len(kept) < 40
    assert [r.after for r in switched(played)] == ["SAFE"]
    assert list(played.quarantined) == ["bad"]


# --- it replaces the clock ------------------------------------------------------------------------------------------


def test_a_sleeve_that_replaces_the_clock_is_named_and_the_clock_is_put_back():
    clock = time.time

    def forge(view):
        time.time = lambda: 0.0
        return ()

    played = play(bad(forge), Good)
    assert [(f.plugin, f.error, f.stopped) for f in played.faults] == [("bad", "replaced time.time", True)]
    assert time.time is clock
    assert [r.after for r in switched(played)] == ["SAFE"]
    assert list(played.quarantined) == ["bad"]


# --- it imports a broker --------------------------------------------------------------------------------------------


def test_a_sleeve_that_imports_a_broker_is_refused_before_it_is_imported_and_nothing_is_written(
    install, sleeve_code, allusr, tmp_path
):
    install(
        "caller", f"raise AssertionError('imported')\nfrom ib_async import IB\n{sleeve_code.replace('{name}', 'x')}"
    )
    home = tmp_path / "home"
    ran = allusr("run", "--plugins", "caller", "--home", home)
    assert ran.code == 2
    assert ran.err.startswith("error: plugin caller: ")
    assert "reaches for ib_async.IB, which talks to a broker: answer with an intent" in ran.err
    assert not home.exists()


# --- all the same ----------------------------------------------------------------------------------------------------


def test_two_runs_with_the_same_misbehaviour_have_the_same_journal():
    assert play(bad(nap), Good, Protocol).head == play(bad(nap), Good, Protocol).head
