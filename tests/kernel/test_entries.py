"""What a pass journals and sends of new business (RULE-2, RULE-3, CAD-10, CAD-14)."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk import Shares, Skip, Veto, hookimpl
from allusr_sdk.kernel.states import State
from allusr_sdk.model.views import Vix
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
        half = hedged.cycle(aapl(vix=Vix(50.01, AT, (50.0, 50.0))))[0].quantity
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


def test_an_earnings_week_says_by_which_rule_a_single_lot_stays_uncovered():
    with World(stub(propose=lambda v: [sell(v.quote(contract(100.5, right=CALL)), delta=0.42)])) as world:
        held_shares(world)
        assert world.cycle(aapl(earnings={})) == ()
        refused = world.said("refuse")[0]
        assert refused.startswith("CC-3 CAD-10: ")
        assert "EARNINGS_REDUCE" in refused
