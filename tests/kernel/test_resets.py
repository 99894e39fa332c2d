"""How the switch of a stop is reset (PE-11), and a guard's wish."""

from datetime import date, timedelta

import pytest
from allusr_protocol.engine import Protocol

from allusr_sdk import Halt, hookimpl
from allusr_sdk.errors import StateRefusal
from allusr_sdk.model.events import LevelChanged, SwitchChanged, Watched
from allusr_sdk.model.positions import Watch
from allusr_sdk.model.views import Vix
from tests.builders import AT, World, contract, market, moment, snapshot, stub
from tests.kernel.commanding import say
from tests.kernel.scenes import aapl, held_put, held_shares, writes
from tests.kernel.stops import TODAY, stop
from tests.kernel.values import mark


def close(world, day=TODAY, vix=15.0, spot=100.0):
    at = moment(day, "16:15")
    world.close(market(snapshot("AAPL", spot, at=at), at=at, vix=Vix(vix, at, (vix, vix))))


def tier(world, ledger="stub"):
    switches = world.book.ledgers[ledger].switches if ledger else world.book.switches
    return switches.get("L3", "NONE")


def test_a_stop_binds_its_session_and_is_reset_with_its_reconciliation():
    with World(stub(propose=writes()), Protocol) as world:
        stop(world)
        at = AT + timedelta(minutes=5)
        assert world.cycle(aapl(at=at)) == ()
        assert "PE-11" in world.said("refuse")[0]
        assert tier(world) == "SAFE"
        close(world)
        assert tier(world) == "NONE"
        row = world.events("SwitchChanged")[-1]
        assert (row.rule, row.before, row.after, row.value) == ("PE-11", "SAFE", "NONE", 15.0)


@pytest.mark.parametrize(("vix", "after"), [(49.99, "NONE"), (50.0, "SAFE")])
def test_it_is_not_reset_while_the_vix_is_high(vix, after):
    with World(stub()) as world:
        stop(world)
        close(world, vix=vix)
        assert tier(world) == after


@pytest.mark.parametrize(("level", "after"), [(1, "NONE"), (2, "SAFE"), (3, "SAFE")])
def test_it_is_not_reset_while_a_position_of_the_sleeve_stands_at_level_two(level, after):
    with World(stub()) as world:
        stop(world)
        held_put(world, strike=95)
        key = f"stub:{contract(95).osi}"
        watch = Watch(level=level, rising=level)
        world.kernel.heard(Watched(ledger="stub", symbol="AAPL", rule="PE-4", position=key, watch=watch, m=2.0), AT)
        close(world)
        assert tier(world) == after


@pytest.mark.parametrize(("price", "after"), [("85.1", "NONE"), ("85", "SAFE")])
def test_it_is_not_reset_while_the_sleeve_is_far_under_its_high(price, after):
    with World(stub(), funds={"stub": "100000"}) as world:
        held_shares(world, 1000)
        mark(world, price)
        world.kernel.heard(LevelChanged(
            ledger="stub", symbol="AAPL", position="stub:AAPL", rule="PE-3", before=2, after=3, m=3.0,
        ), AT)  # fmt: skip
        watch = Watch(level=1, rising=1)
        world.kernel.heard(Watched(ledger="stub", symbol="AAPL", rule="PE-4", position="stub:AAPL", watch=watch, m=1.0))
        world.kernel.heard(SwitchChanged(
            ledger="stub", rule="PE-11", cause="L3", before="NONE", after="SAFE", value=3.0, threshold=3.0,
        ))  # fmt: skip
        close(world)
        assert tier(world) == after


@pytest.mark.parametrize(("first", "after"), [(date(2026, 1, 13), "SAFE"), (date(2026, 1, 12), "NONE")])
def test_after_two_stops_in_thirty_days_only_a_person_resets_it(first, after):
    with World(stub()) as world:
        stop(world, first, strike=80)
        close(world, first)
        stop(world)
        close(world)
        assert tier(world) == after


def test_another_sleeves_stop_neither_hinders_nor_counts():
    with World(stub(), stub("other")) as world:
        stop(world, TODAY - timedelta(days=1), ledger="other", strike=80)
        stop(world)
        close(world)
        assert (tier(world), tier(world, "other")) == ("NONE", "NONE")


def test_the_accounts_switch_after_stops_of_two_sleeves_waits_for_a_person():
    with World(stub(), stub("other")) as world:
        stop(world, TODAY - timedelta(days=1), ledger="other", strike=80)
        stop(world, scope="")
        close(world)
        assert tier(world, "") == "SAFE"


def test_a_switch_whose_stop_the_books_do_not_know_waits_for_a_person():
    with World(stub()) as world:
        world.kernel.heard(SwitchChanged(
            ledger="stub", rule="PE-11", cause="L3", before="NONE", after="SAFE", value=None, threshold=None,
        ))  # fmt: skip
        close(world)
        assert tier(world) == "SAFE"


# --- guards ----------------------------------------------------------------------------------------------------------


def guard(answers):
    """A guard that wishes what a test says at each look."""

    class Guard:
        name = "guard"

        @hookimpl
        def allusr_halt(self, view):
            wish = answers.pop(0) if answers else None
            return Halt(wish, "MY-2", "too hot") if wish else None

    return Guard()


@pytest.mark.parametrize(("wish", "tier"), [("SAFE", "SAFE"), ("HALT", "HALT"), ("PANIC", "SAFE")])
def test_a_guard_may_ask_for_a_safer_state_and_a_wish_that_cannot_be_read_counts_as_safe(wish, tier):
    with World(stub(propose=writes()), guard([wish])) as world:
        assert world.cycle(aapl()) == ()
        assert world.book.switches == {"GUARD": tier}
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.reason, row.source) == ("KS-6 MY-2", "MY-2 too hot (guard guard)", "guards")


@pytest.mark.parametrize("wishes", [("HALT", "SAFE"), ("SAFE", "HALT"), ("FREEZE", "HALT")])
def test_of_several_wishes_the_gravest_counts_and_all_are_told(wishes):
    guards = [guard([wish]) for wish in wishes]
    guards[1].name = "other"
    with World(stub(), *guards) as world:
        world.cycle(aapl())
        assert world.book.switches == {"GUARD": "HALT"}
        row = world.events("SwitchChanged")[0]
        assert (row.rule, row.reason.count("MY-2 too hot")) == ("KS-6 MY-2", 2)


def test_a_halt_that_a_guard_asked_for_is_rearmed_once_the_guard_is_calm():
    with World(stub(), guard(["HALT", "HALT", None])) as world:
        world.cycle(aapl())
        with pytest.raises(StateRefusal, match="rearm refused: MY-2 too hot"):
            say(world, "rearm")
        assert world.book.switches == {"GUARD": "HALT"}
        say(world, "rearm")
        assert world.book.switches == {}


def test_what_a_guard_asks_for_keeps_no_other_switch_from_its_rearm():
    with World(stub(), guard([None, "SAFE"])) as world:
        world.cycle(aapl())
        say(world, "kill")
        say(world, "rearm")
        assert world.book.switches == {}


def test_a_milder_wish_moves_nothing():
    with World(stub(), guard(["HALT", "SAFE"])) as world:
        world.cycle(aapl())
        world.cycle(aapl(at=AT + timedelta(minutes=5)))
        assert world.book.switches == {"GUARD": "HALT"}
        assert len(world.events("SwitchChanged")) == 1


@pytest.mark.parametrize(
    ("wishes", "after"),
    [(["SAFE", None, None], "NONE"), (["SAFE", None, "SAFE"], "SAFE"), (["HALT", None, None], "HALT")],
)
def test_a_guards_wish_lasts_for_the_session_and_until_no_guard_repeats_it_at_its_end(wishes, after):
    first = wishes[0]
    with World(stub(), guard([*wishes])) as world:
        world.cycle(aapl())
        world.cycle(aapl(at=AT + timedelta(minutes=5)))
        assert world.book.switches == {"GUARD": first}
        close(world)
        assert world.book.switches.get("GUARD", "NONE") == after
        if after == "NONE":
            row = world.events("SwitchChanged")[-1]
            assert (row.rule, row.cause, row.reason, row.source) == ("KS-6", "GUARD", "no guard asks for it", "guards")
