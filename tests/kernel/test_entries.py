"""What a pass journals and sends of new business (RULE-2, RULE-3, CAD-10, CAD-14)."""

from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import Shares, Skip, Veto, hookimpl
from allusr_sdk.kernel.states import State
from allusr_sdk.model.events import Pinned, SwitchChanged
from allusr_sdk.model.views import Grain, Vix
from tests.builders import (
    AT,
    CALL,
    FRIDAY,
    NAN,
    PUT,
    World,
    board,
    contract,
    later,
    moment,
    sell,
    stub,
)
from tests.kernel.scenes import aapl, held_shares, writes


def test_a_proposal_becomes_one_journaled_intent_and_one_order_of_the_same_key():
    with World(stub(propose=writes())) as world:
        orders = world.cycle(aapl())
        recorded = world.events("IntentRecorded")
        assert [o.key for o in orders] == [e.key for e in recorded] == ["stub.260212.100000.AAPL.sell-v1"]
        assert orders[0].rule == "CAD-4 CAD-8 CAD-10"
        assert recorded[0].reserve == orders[0].reserve == 9950 * orders[0].quantity
        assert world.kernel.machine.state is State.MONITORING
        assert world.book.ledgers["stub"].reserved == orders[0].reserve


def test_a_refusal_names_every_rule_with_numbers_and_stands_until_it_changes():
    thin = [evolve(q, open_interest=10.0) for q in board("AAPL", 100.0, [FRIDAY], [99.5], rights=(PUT,))]
    with World(stub(propose=writes())) as world:
        view = aapl(quotes=thin, earnings={})
        assert world.cycle(view) == ()
        refusal = world.events("Decided")[-1]
        assert (refusal.verdict, refusal.rule) == ("refuse", "CC-3 LQ-1 CAD-4")
        assert "EARNINGS_SKIP" in refusal.why
        assert refusal.numbers["open interest"] == 10.0
        before = world.run.seq
        world.cycle(later(view))
        assert world.run.seq == before


def test_what_a_sleeve_skips_is_journaled_once_while_it_stands():
    with World(stub(propose=lambda view: [Skip("AAPL", "CAD-4", "not today")])) as world:
        world.cycle(aapl())
        world.cycle(later(aapl()))
        assert world.said("skip") == ["CAD-4: not today"]


def test_an_order_that_was_cancelled_comes_back_at_half_its_size():
    with World(stub(propose=writes())) as world:
        view = aapl()
        first = world.cycle(view)[0]
        world.cancel(first)
        second = world.cycle(later(view))[0]
        assert second.quantity == first.quantity // 2
        assert second.key != first.key


def test_a_hedged_week_commits_half():
    with World(stub(propose=writes())) as calm, World(stub(propose=writes())) as hedged:
        whole = calm.cycle(aapl())[0].quantity
        half = hedged.cycle(aapl(vix=Vix(50.01, AT, (50.0, 50.0), daily=True)))[0].quantity
        assert hedged.book.tier == "HEDGED"
        assert half < whole
        assert 9950 * half <= Decimal("0.475") * 400_000


def test_a_guard_plugin_may_veto_and_its_reason_is_kept_beside_the_others():
    class Guard:
        name = "guard"

        @hookimpl
        def allusr_screen(self, intent, view):
            return Veto("MY-1", "I do not like it", {"n": 1})

    with World(stub(propose=writes()), Guard()) as world:
        assert world.cycle(aapl(earnings={})) == ()
        assert "MY-1 I do not like it" in world.said("refuse")[0]
        assert "CC-3" in world.said("refuse")[0]


def test_shares_without_a_sound_market_are_refused_with_a_reason():
    wish = Shares("AAPL", "CAD-9", "tranche", quantity=100)
    view = aapl()
    for bid, ask in ((NAN, 100.0), (100.1, 100.0), (0.0, 100.0)):
        with World(stub(propose=lambda _: [wish])) as world:
            broken = evolve(view.snapshots["AAPL"], bid=bid, ask=ask)
            assert world.cycle(evolve(view, snapshots={"AAPL": broken})) == ()
            assert world.said("refuse") == ["RULE-0 CAD-9: RULE-0 no sound quote for the shares"]


def test_a_purchase_of_shares_reserves_its_worst_limit():
    with World(stub(propose=lambda _: [Shares("AAPL", "CAD-9", "tranche", quantity=100)])) as world:
        order = world.cycle(aapl())[0]
        assert order.prices[-1] == Decimal("100.01")
        assert order.reserve == Decimal("10001.00")


def test_a_purchase_of_shares_fits_the_budget_and_the_symbols_cap_and_in_a_hedged_week_half():
    def buys(count):
        return lambda _: [Shares("AAPL", "CAD-9", quantity=count)]

    calm = Vix(15.0, AT, (15.0, 15.0))
    hedged = Vix(50.01, AT, (50.0, 50.0), daily=True)
    for count, vix, why in (
        (1900, calm, ""),
        (2100, calm, "symbol cap 200,000"),
        (1900, hedged, "budget left 190,000"),
        (1800, hedged, ""),
    ):
        with World(stub(propose=buys(count))) as world:
            orders = world.cycle(aapl(vix=vix))
            assert sum(o.quantity for o in orders) == (0 if why else count)
            assert not why or why in world.said("refuse")[0]


def test_an_earnings_week_says_by_which_rule_a_single_lot_stays_uncovered():
    with World(stub(propose=lambda v: [sell(v.quote(contract(100.5, right=CALL)), delta=0.42)])) as world:
        held_shares(world)
        assert world.cycle(aapl(earnings={})) == ()
        refused = world.said("refuse")[0]
        assert refused.startswith("CC-3 CAD-10: ")
        assert "EARNINGS_REDUCE" in refused


def test_an_earnings_week_marks_what_it_cost_in_the_numbers():
    def calls(view):
        return [sell(view.quote(contract(100.5, right=CALL)), delta=0.42)]

    for held, kind, lots in ((100, "Decided", 0), (300, "IntentRecorded", 1)):
        with World(stub(propose=calls)) as world:
            held_shares(world, held)
            assert sum(o.quantity for o in world.cycle(aapl(earnings={}))) == lots
            assert world.events(kind)[-1].numbers["earnings"] == "reduce"


def test_a_cover_that_the_earnings_week_does_not_bind_is_not_marked():
    def one_call(view):
        return [sell(view.quote(contract(100.5, right=CALL)), delta=0.42, lots=1)]

    with World(stub(propose=one_call)) as world:
        held_shares(world, 300)
        assert len(world.cycle(aapl(earnings={}))) == 1
        assert "earnings" not in world.events("IntentRecorded")[-1].numbers


def test_a_put_in_an_earnings_week_is_marked_as_skipped():
    with World(stub(propose=writes())) as world:
        assert world.cycle(aapl(earnings={})) == ()
        assert world.events("Decided")[-1].numbers["earnings"] == "skip"


@pytest.mark.parametrize("clock", ["09:40", "10:56", "14:35"])
def test_outside_the_window_no_sleeve_is_asked_and_that_is_said_once(clock):
    asked = []

    def propose(view):
        asked.append(view.at)
        return ()

    with World(stub(propose=propose)) as world:
        view = aapl(at=moment(clock=clock))
        world.cycle(view)
        before = world.run.seq
        world.cycle(later(view, minutes=1))
        assert asked == []
        assert world.said("skip") == ["CAD-7: outside the entry window 09:45-10:55"]
        assert world.run.seq == before


def test_between_two_attempts_no_sleeve_is_asked_and_the_last_decision_stands():
    asked = []

    def propose(view):
        asked.append(view.clock.strftime("%H:%M"))
        return [Skip("AAPL", "CAD-4", "not today")]

    with World(stub(propose=propose)) as world:
        view = aapl()
        for minutes in range(6):
            world.cycle(later(view, minutes=minutes))
        assert asked == ["10:00", "10:05"]
        assert world.said() == ["CAD-4: not today"]


def test_end_of_day_data_asks_at_its_only_instant():
    at = moment(clock="16:00")
    with World(stub(propose=lambda view: [Skip("AAPL", "CAD-4", "asked")])) as world:
        world.cycle(aapl(at=at, grain=Grain.EOD))
        assert world.said("skip") == ["CAD-4: asked"]


def test_a_sleeve_that_is_safe_says_so_by_the_rule_of_its_cause():
    with World(stub(propose=writes())) as world:
        world.kernel.heard(SwitchChanged(
            ledger="stub", rule="PE-11", cause="L3", before="NONE", after="SAFE", value=None, threshold=None,
        ))  # fmt: skip
        assert world.cycle(aapl()) == ()
        assert world.said("refuse") == ["PE-11 CAD-4: PE-11 tier SAFE of stub (L3) opens nothing"]


def test_capital_behind_a_possible_assignment_is_committed():
    def put(symbol, strike):
        return lambda view: [sell(view.quote(contract(strike, root=symbol)), delta=-0.42)]

    old = contract(990, expiry=FRIDAY, root="SPY")
    sizes = []
    for pinned in (False, True):
        with World(stub(propose=put("AAPL", 99.5))) as world:
            if pinned:
                about = {"ledger": "stub", "symbol": "SPY", "rule": "LQ-6", "instrument": old.osi}
                world.kernel.heard(Pinned(**about, reserved=Decimal(297_000), settlement=Decimal(990), why="near"))
            sizes.append(sum(o.quantity for o in world.cycle(aapl())))
    assert sizes == [20, 8]  # half of 400,000; then 0.95 of it less 297,000, at 9,950.70 a contract
