"""What a ladder may say, and what is made of it (LL-1 to LL-3)."""

from datetime import date

import pytest
from attrs import evolve

from allusr_sdk.model.events import Noted
from allusr_sdk.model.intents import Close, Hedge, Note, Sell
from tests.builders import GEN_BAND, World, contract, later, moment, stub
from tests.kernel.ladder_ledgers import llms, rung_of
from tests.kernel.ladder_scenes import JUNE, NEAR_JUNE, bought, buys, call, give, long_calls, planner, rung
from tests.kernel.watchers import closes, thrown, watcher


@pytest.mark.parametrize(
    "plan",
    [
        lambda view: [Sell("AAPL", "CAD-4", quote=view.quote(call()), delta=0.3, band=GEN_BAND)],
        lambda view: [Hedge("AAPL", "LL-4", buy=view.quote(call()), lots=1, trigger="ROLL")],
        lambda view: [rung(view.quote(call()), lots=0)],
        lambda view: [evolve(rung(view.quote(call())), symbol="SPY")],
        lambda view: [Close("AAPL", "LL-3", position=rung_of(call(), "1"), quote=view.quote(call()))],
        lambda view: [1 / 0],
    ],
)
def test_a_plan_that_does_not_fit_its_ledger_buys_nothing_and_freezes_it(plan):
    with World(stub(), planner(plan)) as world:
        give(world)
        assert world.cycle(long_calls()) == ()
        assert llms(world).frozen == {"*": "RULE-0"}
        assert world.events("PluginFaulted")[-1].plugin == "planner"


def test_in_an_audit_nothing_is_bought_and_what_is_sold_goes_on():
    def plan(view):
        sales = [Close("AAPL", "LL-3", "as told", position=p, quote=view.quote(p.contract)) for p in view.rungs]
        return [*sales, rung(view.quote(call(130)))]

    with World(stub(), planner(plan), broken=lambda: "B03") as world:
        give(world)
        bought(world, call(120, NEAR_JUNE), days=60)
        world.kernel.rest()
        world.kernel.enter("audit", "by hand", rule="RECON")
        assert [o.action for o in world.cycle(long_calls())] == ["close"]
        assert any("AUDIT: nothing is opened" in why for why in world.said("skip", ledger="llms"))


def test_a_frozen_ladder_buys_nothing():
    with World(stub(), planner(lambda view: [1 / 0])) as world:
        give(world)
        world.cycle(long_calls())
        world.host.ladders["planner"].plan = lambda view: [rung(view.quote(call()))]
        assert world.cycle(later(long_calls(), minutes=2)) == ()
        assert "are frozen by RULE-0" in world.said("refuse")[-1]


def test_notes_stay_in_the_ledger_that_was_asked_about():
    with World(stub(), planner(lambda view: [Note("AAPL", "LL-3", key="k", text="t")])) as world:
        give(world)
        world.cycle(long_calls())
        assert llms(world).notes == {"k": "t"}
        assert isinstance(world.events("Noted")[-1], Noted)


def test_what_is_sold_leaves_by_the_rules_of_exits_and_before_anything_is_bought():
    def plan(view):
        (held,) = view.rungs or (None,)
        sale = [Close("AAPL", "LL-3", "as told", position=held, quote=view.quote(held.contract))] if held else []
        return [rung(view.quote(call(130))), *sale]

    with World(stub(), planner(plan)) as world:
        give(world)
        bought(world, call(120, NEAR_JUNE), days=60)
        orders = world.cycle(long_calls())
        assert [o.action for o in orders] == ["close", "buy"]
        assert (orders[0].selling, orders[0].ledger) == (True, "llms")


def test_what_the_protocol_closes_leaves_in_the_pass_in_which_a_ladder_buys():
    with World(stub(), buys(), watcher(closes())) as world:
        give(world)
        bought(world, contract(90, expiry=JUNE), ledger="stub", lots=-1, days=1, cause="entry")
        orders = world.cycle(long_calls())
        assert [(o.ledger, o.action) for o in orders] == [("stub", "close"), ("llms", "buy")]


def test_safe_lets_rungs_be_sold():
    def plan(view):
        return [Close("AAPL", "LL-3", "as told", position=p, quote=view.quote(p.contract)) for p in view.rungs]

    for tier, count in (("SAFE", 1), ("HALT", 0)):
        with World(stub(), planner(plan)) as world:
            give(world)
            bought(world, call(120), days=60)
            world.kernel.heard(thrown("LOSS", tier, ledger="llms"))
            assert len(world.cycle(long_calls())) == count


def test_a_ledger_between_the_sale_and_the_purchase_of_a_roll_goes_on_after_a_restart():
    def plan(view):
        old = [p for p in view.rungs if p.contract.strike == 120]
        sales = [Close("AAPL", "LL-3", "rolled", position=p, quote=view.quote(p.contract)) for p in old]
        return [*sales, *([] if old else [rung(view.quote(call(130)))])]

    with World(stub(), planner(plan)) as world:
        give(world, "10")
        bought(world, call(120, NEAR_JUNE), days=60, price="0.05")
        (sale,) = world.cycle(long_calls())
        world.fill(sale)
        world.restart()
        for clock in (moment(date(2026, 2, 13)), moment(date(2026, 2, 17))):
            for order in world.cycle(long_calls(at=clock)):
                world.fill(order, at=clock)
            world.restart()
        assert [p.contract.strike for p in llms(world).positions.values()] == [130]
        filled = world.events("Filled", ledger="llms")
        assert [f.quantity for f in filled] == [1, -1, 1]
