"""The rows that the journal has of switches: every field of what data, guards, the VIX and a session's end move."""

import time
from datetime import timedelta

import pytest
from allusr_protocol.engine import Protocol
from attrs import evolve

from allusr_sdk.kernel.scene import Scene, reading
from allusr_sdk.kernel.switches import unknown_vix, wild_before_open
from allusr_sdk.kernel.vix import calm
from allusr_sdk.model.events import Decided, SwitchChanged, SwitchWaiting, Watched
from allusr_sdk.model.intents import Veto
from allusr_sdk.model.positions import Watch
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, FRIDAY, RULES, World, contract, market, snapshot, stub
from tests.kernel.scenes import aapl, held_put, held_shares
from tests.kernel.test_resets import close, guard, stop
from tests.kernel.test_vix import ended, looks, throw, walk
from tests.kernel.watchers import thrown

PUT_90 = f"stub:{contract(90).osi}"


def rows(world, cause):
    return [row for row in world.events("SwitchChanged") if row.cause == cause]


def row(cause, before, after, rule, reason, source, **more):
    return SwitchChanged(**{
        "rule": rule, "cause": cause, "before": before, "after": after, "value": None, "threshold": None,
        "reason": reason, "source": source, **more,
    })  # fmt: skip


# --- old data ---


def test_a_vix_that_grows_old_and_is_fresh_again():
    with World(stub()) as world:
        world.cycle(market(snapshot(), vix=Vix(15.0, AT - timedelta(seconds=601))))
        at = AT + timedelta(minutes=5)
        world.cycle(market(snapshot(at=at), at=at, vix=Vix(15.0, at - timedelta(seconds=7))))
        assert rows(world, "STALE") == [
            row("STALE", "NONE", "SAFE", "KS-5", "the VIX is 601 seconds old", "VIX", value=601.0, threshold=600.0),
            row("STALE", "SAFE", "NONE", "KS-5", "the VIX is known and fresh", "VIX", value=7.0, threshold=120.0),
        ]  # fmt: skip


def test_a_vix_that_is_unknown_has_no_age_and_a_coarse_one_is_of_now():
    with World(stub()) as world:
        world.cycle(market(snapshot(), vix=None))
        world.cycle(market(snapshot(), grain=Grain.COARSE))
        assert rows(world, "STALE") == [
            row("STALE", "NONE", "SAFE", "KS-5", "the VIX is unknown", "VIX", threshold=600.0),
            row("STALE", "SAFE", "NONE", "KS-5", "the VIX is known and fresh", "VIX", value=0.0, threshold=120.0),
        ]  # fmt: skip


def later(view, seconds, **of):
    """The same market some seconds on; of the symbols with a spot there is news."""
    at = view.at + timedelta(seconds=seconds)
    seen = {name: snapshot(name, spot, at=at) for name, spot in of.items()}
    return evolve(view, at=at, vix=Vix(15.0, at), snapshots={**view.snapshots, **seen})


def sleeve(before, after, reason, value, rule="PE-5", source="market data"):
    return row("STALE", before, after, rule, reason, source, ledger="stub", value=value, threshold=300.0)


FRESH = "data of all that is held is fresh"


def hold_of(symbol, subject, what, level):
    return Decided(
        ledger="stub", symbol=symbol, rule="PE-5", subject=subject, verdict="hold",
        why=f"{what}: watched as level {level}, nothing new but closes",
    )  # fmt: skip


def test_a_sleeve_without_data_of_what_it_holds_is_frozen_then_safe_then_free():
    with World(stub()) as world:
        held_put(world, strike=90)
        view = aapl()
        for seconds in (0, 91, 301):
            world.cycle(later(view, seconds))
        world.cycle(later(view, 302, AAPL=100.0))
        assert rows(world, "STALE") == [
            sleeve("NONE", "FREEZE", "no data of AAPL for 91 seconds", 91.0),
            sleeve("FREEZE", "SAFE", "no data of AAPL for 301 seconds", 301.0),
            sleeve("SAFE", "NONE", FRESH, 0.0),
        ]  # fmt: skip
        assert world.events("Decided") == [hold_of("AAPL", PUT_90, "no data since 10:00:00", 1)]


def test_data_without_a_price_are_told_as_such():
    with World(stub()) as world:
        held_put(world, strike=90)
        world.cycle(later(aapl(), 0, AAPL=0.0))
        assert rows(world, "STALE") == [sleeve("NONE", "FREEZE", "no data of AAPL for 0 seconds", 0.0)]
        assert world.events("Decided") == [hold_of("AAPL", PUT_90, "data without a price", 1)]


def test_what_stands_at_level_three_is_watched_as_level_three():
    with World(stub()) as world:
        held_put(world, strike=90)
        view = aapl()
        world.cycle(view)
        watch = Watch(level=3, rising=3)
        world.kernel.heard(Watched(ledger="stub", symbol="AAPL", rule="PE-4", position=PUT_90, watch=watch, m=3.0), AT)
        world.cycle(later(view, 31))
        assert world.events("Decided")[-1] == hold_of("AAPL", PUT_90, "no data since 10:00:00", 3)


def test_a_sleeve_that_is_safe_stays_so_while_another_symbol_is_old_for_less_than_that():
    with World(stub()) as world:
        held_put(world, strike=90)
        held_shares(world)
        world.kernel.heard(thrown("STALE", "SAFE", ledger="stub"))
        view = aapl()
        world.cycle(later(view, 91))
        assert world.book.ledgers["stub"].switches == {"STALE": "SAFE"}
        world.cycle(later(view, 92, AAPL=100.0))
        assert world.book.ledgers["stub"].switches == {}


# --- the VIX ---


@pytest.mark.parametrize(("vix", "source"), [(Vix(66.0, AT, daily=True), "VIX, daily bars"), (Vix(66.0, AT), "VIX")])
def test_a_value_that_needs_no_confirmation_throws_the_switch_with_its_reading(vix, source):
    with World(stub()) as world:
        world.cycle(market(snapshot(), vix=vix, grain=Grain.COARSE))
        assert rows(world, "VIX") == [row(
            "VIX", "NONE", "SAFE", "KS-1 CAD-14", "VIX 66 above 65", source, value=66.0, threshold=65.0,
            samples=("2026-02-12T15:00:00Z 66",),
        )]  # fmt: skip


def test_a_reading_is_told_in_utc_whatever_the_machines_clock(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    told = reading(AT, 66.0)
    monkeypatch.undo()
    time.tzset()
    assert told == "2026-02-12T15:00:00Z 66"


def test_samples_that_wait_no_more_are_told_with_the_value_that_ended_them():
    with World(stub()) as world:
        walk(world, 90.0, 90.0, clock="15:50")
        walk(world, 20.0, day=FRIDAY, clock="09:30")
        assert world.events("SwitchWaiting")[-1] == SwitchWaiting(rule="KS-2", tier="NONE", count=0, value=20.0)


@pytest.mark.parametrize("minutes", [0, 5])
def test_samples_that_waited_for_a_halt_that_a_daily_value_threw_wait_no_more(minutes):
    """The last view has a sample that counts, or the one that was there before."""
    with World(stub()) as world:
        views = [*looks(90.0, 90.0)]
        for view in views:
            world.cycle(view)
        at = views[-1].at + timedelta(minutes=5)
        world.cycle(market(snapshot(at=at), at=at, vix=Vix(90.0, at, daily=True)))
        assert (world.book.tier, world.book.waiting) == ("HALT", ("HALT", 2))
        stamp = views[-1].at + timedelta(minutes=minutes)
        world.cycle(market(snapshot(at=at), at=at, vix=Vix(90.0, stamp)))
        assert (world.book.tier, world.book.waiting) == ("HALT", ("NONE", 0))


@pytest.mark.parametrize(("value", "tier"), [(50.0, "NONE"), (51.0, "HEDGED"), (66.0, "SAFE"), (81.0, "HALT")])
def test_where_one_sample_is_enough_a_value_enters_its_own_tier(value, tier):
    with World(stub(), rules=RULES.tightened({"KS-2.samples": 1})) as world:
        assert walk(world, value) == [tier]
        assert [len(moved.samples) for moved in rows(world, "VIX")] == ([] if tier == "NONE" else [1])


def test_a_tier_that_is_left_is_told_with_its_closes_however_many_there_must_be():
    with World(stub(), rules=RULES.tightened({"KS-4.closes": 3})) as world:
        throw(world, "SAFE")
        ended(world, (70.0, 57.0, 56.0, 55.0))
        assert rows(world, "VIX")[-1] == row(
            "VIX", "SAFE", "HEDGED", "KS-4", "closes 57, 56, 55 under 58", "VIX, closes", value=55.0, threshold=58.0,
            samples=("57", "56", "55"),
        )  # fmt: skip


@pytest.mark.parametrize(("seconds", "is_calm"), [(-1, False), (0, True), (1, True)])
def test_an_index_that_was_heard_of_just_then_is_heard_of(seconds, is_calm):
    with World(stub()) as world:
        heard = Vix(40.0, AT + timedelta(seconds=seconds), (40.0, 40.0))
        scene = Scene(market(snapshot(), vix=heard), world.book, RULES)
        assert calm(scene, "KS-4.safe_closes", since=AT) is is_calm


def test_a_vix_of_later_than_now_and_a_wild_one_before_the_open_refuse_with_their_numbers():
    ahead = market(vix=Vix(15.0, AT + timedelta(seconds=5)))
    assert unknown_vix(ahead, RULES) == Veto("KS-5", "the VIX is stamped later than now", {"age": -5.0})
    wild = market(vix=Vix(15.0, AT, before_open=65.5))
    assert wild_before_open(wild, RULES) == Veto(
        "KS-2", "the VIX stood above 65 before the open: no entries until 10:15", {"before open": 65.5}
    )


# --- a session's end, and guards ---


def test_a_loss_ends_with_its_session_and_a_weeks_with_its_week():
    with World(stub()) as world:
        world.kernel.heard(thrown("LOSS", "FREEZE"))
        world.kernel.heard(thrown("WEEK", "SAFE"))
        close(world)
        assert world.book.switches == {"WEEK": "SAFE"}
        close(world, FRIDAY)
        assert [rows(world, cause)[-1] for cause in ("LOSS", "WEEK")] == [
            row("LOSS", "FREEZE", "NONE", "KS-10", "the session is over", "reconciliation"),
            row("WEEK", "SAFE", "NONE", "KS-10", "the week is over", "reconciliation"),
        ]  # fmt: skip


def test_a_stop_that_is_reset_is_told_with_the_vix_that_let_it():
    with World(stub(), Protocol) as world:
        stop(world)
        close(world)
        assert rows(world, "L3")[-1] == row(
            "L3", "SAFE", "NONE", "PE-11", "reconciled; VIX, levels and drawdown let it", "reconciliation",
            ledger="stub", value=15.0,
        )  # fmt: skip


def test_a_guards_wish_is_told_with_its_rule_and_its_words():
    with World(stub(), guard(["SAFE"])) as world:
        world.cycle(aapl())
        assert rows(world, "GUARD") == [
            row("GUARD", "NONE", "SAFE", "KS-6 MY-2", "MY-2 too hot (guard guard)", "guards")
        ]


def test_guards_are_not_asked_where_a_scene_is_only_looked_at():
    answers = ["SAFE"]
    with World(stub(), guard(answers)) as world:
        assert world.kernel.board.scene(aapl()).wishes == ()
        assert answers == ["SAFE"]
        assert [wish.tier for wish in world.kernel.board.scene(aapl(), asked=True).wishes] == ["SAFE"]


def test_guards_are_asked_at_a_sessions_end_though_no_switch_stands_that_could_end():
    answers = [None, "SAFE"]
    with World(stub(), guard(answers)) as world:
        world.cycle(aapl())
        close(world)
        assert (answers, world.book.switches) == ([], {})
