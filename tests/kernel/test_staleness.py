"""Old data (KS-5, PE-5) and halted trading (KS-11.10)."""

from datetime import timedelta

import pytest
from attrs import evolve

from allusr_sdk.model.events import Watched
from allusr_sdk.model.positions import Watch
from allusr_sdk.model.views import Grain, Vix
from tests.builders import AT, NAN, THURSDAY, World, contract, later, market, moment, snapshot, stub
from tests.kernel.scenes import aapl, held_put, writes


def aged(seconds, **more):
    return market(snapshot(), vix=Vix(15.0, AT - timedelta(seconds=seconds)), **more)


@pytest.mark.parametrize(("seconds", "tier"), [(120, "NONE"), (600, "NONE"), (601, "SAFE")])
def test_a_vix_older_than_ten_minutes_makes_the_account_safe(seconds, tier):
    with World(stub()) as world:
        world.cycle(aged(seconds))
        assert world.book.switches.get("STALE", "NONE") == tier


def test_the_row_of_a_stale_vix_names_age_and_limit():
    with World(stub()) as world:
        world.cycle(aged(601))
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.cause, row.value, row.threshold) == ("KS-5", "STALE", 601.0, 600.0)


@pytest.mark.parametrize("vix", [None, Vix(NAN, AT), Vix(0.0, AT), Vix(NAN, AT, daily=True)])
@pytest.mark.parametrize("grain", list(Grain))
def test_a_vix_that_is_unknown_makes_the_account_safe_at_once_and_opens_nothing(vix, grain):
    with World(stub(propose=writes())) as world:
        assert world.cycle(aapl(vix=vix, grain=grain)) == ()
        assert world.book.switches == {"STALE": "SAFE"}
        assert "KS-5" in world.said("refuse")[0]


@pytest.mark.parametrize(("age", "tier"), [(0, "NONE"), (120, "NONE"), (121, "SAFE"), (600, "SAFE")])
def test_a_stale_switch_is_released_by_a_fresh_value_only(age, tier):
    with World(stub()) as world:
        world.cycle(aged(601))
        at = AT + timedelta(minutes=5)
        world.cycle(market(snapshot(at=at), at=at, vix=Vix(15.0, at - timedelta(seconds=age))))
        assert world.book.switches.get("STALE", "NONE") == tier


@pytest.mark.parametrize(("grain", "daily"), [(Grain.COARSE, False), (Grain.EOD, False), (Grain.GRID, True)])
def test_daily_and_coarse_values_never_grow_old(grain, daily):
    with World(stub()) as world:
        world.cycle(market(snapshot(), grain=grain, vix=Vix(15.0, AT - timedelta(days=3), daily=daily)))
        assert world.book.switches == {}


def test_the_night_does_not_count_but_ten_minutes_of_the_session_do():
    with World(stub()) as world:
        evening = moment(THURSDAY - timedelta(days=1), "16:14")
        for clock, tier in (("09:30", "NONE"), ("09:40", "NONE"), ("09:41", "SAFE")):
            at = moment(clock=clock)
            world.cycle(market(snapshot(at=at), at=at, vix=Vix(15.0, evening)))
            assert world.book.switches.get("STALE", "NONE") == tier


def test_an_unknown_vix_keeps_a_tier_that_was_entered():
    with World(stub()) as world:
        view = aapl(vix=Vix(70.0, AT, daily=True))
        world.cycle(view)
        world.cycle(later(view, vix=Vix(NAN, AT, (12.0, 12.0))))
        assert world.book.switches == {"VIX": "SAFE", "STALE": "SAFE"}


# --- what is held ----------------------------------------------------------------------------------------------------


def without(view, seconds):
    """The same market some seconds on, without news of AAPL; the VIX is of then."""
    at = view.at + timedelta(seconds=seconds)
    return evolve(view, at=at, vix=Vix(15.0, at))


def holding(world, level):
    held_put(world, strike=90)
    key = f"stub:{contract(90).osi}"
    world.kernel.heard(Watched(
        ledger="stub", symbol="AAPL", rule="PE-4", position=key, watch=Watch(level=level, rising=level), m=1.5,
    ), AT)  # fmt: skip


@pytest.mark.parametrize(
    ("level", "seconds", "tier"),
    [(0, 90, "NONE"), (0, 91, "FREEZE"), (1, 30, "NONE"), (1, 31, "FREEZE"), (0, 300, "FREEZE"), (0, 301, "SAFE")],
)
def test_the_higher_the_level_the_sooner_a_missing_price_freezes_the_sleeve(level, seconds, tier):
    with World(stub(), stub("other")) as world:
        holding(world, level)
        view = aapl()
        world.cycle(view)
        world.cycle(without(view, seconds))
        assert world.book.ledgers["stub"].switches.get("STALE", "NONE") == tier
        assert world.book.ledgers["other"].switches == {}


def test_what_is_stale_is_watched_one_level_higher_and_that_is_said_once():
    with World(stub()) as world:
        holding(world, 1)
        view = aapl()
        world.cycle(view)
        for seconds in (60, 120, 180):
            world.cycle(without(view, seconds))
        told = [text for text in world.said("hold") if text.startswith("PE-5")]
        assert told == ["PE-5: no data since 10:00:00: watched as level 2, nothing new but closes"]
        about = {d.subject for d in world.events("Decided") if d.rule == "PE-5"}
        assert about == {f"stub:{contract(90).osi}"}


def test_a_stale_sleeve_opens_nothing_and_its_switch_goes_with_the_next_price():
    with World(stub(propose=writes())) as world:
        holding(world, 0)
        world.cycle(aapl(at=moment(clock="09:35")))
        stale = without(aapl(at=moment(clock="09:35")), 600)
        world.cycle(stale)
        assert world.book.ledgers["stub"].switches == {"STALE": "SAFE"}
        world.cycle(aapl(at=moment(clock="09:50")))
        assert world.book.ledgers["stub"].switches == {}
        rows = [(e.ledger, e.rule, e.before, e.after) for e in world.events("SwitchChanged")]
        assert rows == [("stub", "PE-5", "NONE", "SAFE"), ("stub", "PE-5", "SAFE", "NONE")]


@pytest.mark.parametrize(("spot", "tier"), [(0.0, "FREEZE"), (float("inf"), "FREEZE"), (NAN, "FREEZE"), (0.5, "NONE")])
def test_data_without_a_price_freezes_the_sleeve_that_holds_the_symbol_and_a_price_releases_it(spot, tier):
    with World(stub(), stub("other")) as world:
        holding(world, 0)
        world.cycle(market(snapshot(spot=spot)))
        assert world.book.ledgers["stub"].switches.get("STALE", "NONE") == tier
        assert world.book.ledgers["other"].switches == {}
        world.cycle(later(market(snapshot())))
        assert world.book.ledgers["stub"].switches == {}


@pytest.mark.parametrize(("clock", "spot", "tier"), [
    ("09:29:59", 0.0, "NONE"), ("09:30", 0.0, "FREEZE"), ("16:00", 0.0, "FREEZE"), ("16:00:01", 0.0, "NONE"),
])  # fmt: skip
def test_a_sleeves_timer_runs_from_the_open_to_the_close(clock, spot, tier):
    with World(stub()) as world:
        holding(world, 0)
        at = moment(clock=clock)
        world.cycle(market(snapshot(spot=spot, at=at), at=at))
        assert world.book.ledgers["stub"].switches.get("STALE", "NONE") == tier


@pytest.mark.parametrize("grain", [Grain.COARSE, Grain.EOD])
def test_coarse_data_starts_no_timer_of_a_sleeve(grain):
    with World(stub()) as world:
        holding(world, 0)
        view = aapl(grain=grain)
        world.cycle(view)
        world.cycle(without(view, 3600))
        assert world.book.ledgers["stub"].switches == {}


def test_the_night_starts_no_timer_of_a_sleeve():
    with World(stub()) as world:
        holding(world, 0)
        world.cycle(aapl())
        at = moment(THURSDAY + timedelta(days=1), "09:31")
        world.cycle(evolve(market(at=at), snapshots=aapl().snapshots))
        assert world.book.ledgers["stub"].switches == {}


def test_a_halt_of_trading_and_its_end_are_journaled_once():
    with World(stub()) as world:
        view = aapl()
        for minutes, halted in ((0, ()), (5, ("AAPL",)), (10, ("AAPL",)), (15, ())):
            world.cycle(later(view, minutes=minutes, halted=frozenset(halted)))
        told = [(e.symbol, e.rule, e.resumed) for e in world.events("TradingHalted")]
        assert told == [("AAPL", "KS-11", False), ("AAPL", "KS-11", True)]
