"""The ladder of hedges: which triggers it sees, and what the second half of a roll must meet (LL-4)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.contracts import ladders
from allusr_sdk.kernel.growth import Growth
from allusr_sdk.model.events import Funded
from allusr_sdk.model.intents import Hedge, Skip
from tests.builders import AT, RULES, THURSDAY, World, contract, market, quote, snapshot, stub
from tests.kernel.ladder_scenes import bought, planner
from tests.kernel.watchers import thrown, watcher

OCTOBER = date(2026, 10, 16)
OLD = contract(500, expiry=date(2026, 4, 17), root="XSP")


def put(strike=540, expiry=OCTOBER, root="XSP"):
    return contract(strike, expiry=expiry, root=root)


def indices(*contracts, at=AT, **more):
    rows = [quote(one, 9.90, 10.10, at=at) for one in (OLD, *contracts)]
    return market(snapshot("XSP", 600.0, rows, at=at), at=at, **more)


def given(world, *, cash="5000"):
    """A hedge that was handed over, and cash that others have brought."""
    bought(world, OLD, ledger="stub", days=30, cause="hedge:L2", price="10.00")
    Growth(world.kernel.scribe, world.host, world.kernel.rules).morning(THURSDAY, THURSDAY - timedelta(days=1))
    world.kernel.heard(Funded(ledger="llms_hedge", rule="CAD-12", amount=Decimal(cash)))


def rolls(what, *, sell=None, lots=2):
    """Buys a put whatever the books say."""

    def plan(view):
        if view.growth:
            return []
        found = view.quote(what)
        short = view.quote(sell) if sell else None
        return [Hedge("XSP", "LL-4", "as told", buy=found, sell=short, lots=lots, trigger="ROLL")]

    return planner(plan)


@pytest.mark.parametrize(("tier", "count"), [("HEDGED", 1), ("FREEZE", 1), ("SAFE", 1), ("HALT", 0)])
def test_a_roll_buys_a_put_under_any_switch_but_a_halt(tier, count):
    with World(stub(), rolls(put())) as world:
        given(world)
        world.kernel.heard(thrown("LOSS", tier, ledger="llms_hedge"))
        orders = world.cycle(indices(put()))
        assert [(o.ledger, o.action, o.cause) for o in orders] == [("llms_hedge", "hedge", "hedge:ROLL")] * count


def test_what_was_bought_is_a_hedge_of_the_ladder_and_no_cost_of_a_sleeve():
    with World(stub(), rolls(put())) as world:
        given(world)
        cost = world.book.ledgers["stub"].quarter.hedge_cost
        (order,) = world.cycle(indices(put()))
        world.fill(order)
        held = world.book.ledgers["llms_hedge"].positions[f"llms_hedge:{put().osi}"]
        assert (held.quantity, held.hedges) == (2, True)
        assert world.book.ledgers["stub"].quarter.hedge_cost == cost


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (put(545), "lies 9.2% out of the money, not 10% to 20%"),
        (put(475), "lies 20.8% out of the money"),
        (put(expiry=date(2026, 8, 11)), "is not between 2026-08-12 and 2027-02-12"),
        (put(expiry=date(2027, 2, 19)), "is not between 2026-08-12 and 2027-02-12"),
    ],
)
def test_a_put_outside_of_ll_4_is_refused(what, why):
    with World(stub(), rolls(what)) as world:
        given(world)
        assert world.cycle(indices(what)) == ()
        assert why in world.said("refuse")[-1]


def test_a_ladder_buys_no_spread_and_pays_with_its_own_cash():
    with World(stub(), rolls(put(), sell=put(490))) as world:
        given(world)
        assert world.cycle(indices(put(), put(490))) == ()
        assert "a ladder buys puts, no spreads" in world.said("refuse")[-1]
    with World(stub(), rolls(put())) as world:
        given(world, cash="2000")
        assert world.cycle(indices(put())) == ()
        assert "PE-9 costs" in world.said("refuse")[-1]


def test_months_end_where_a_month_has_no_such_day():
    assert ladders.span(date(2026, 8, 31), RULES) == (date(2027, 2, 28), date(2027, 8, 31))


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        (({"L2": True, "VIX50": False}, {"L2": False, "VIX50": False}), {"L2": True, "VIX50": False}),
        (({"L2": None}, {"L2": False}), {"L2": None}),
        (({"L2": None}, {"L2": True}), {"L2": True}),
        (({"L2": None, "VIX50": False}, {"L2": False, "VIX50": True}), {"L2": None, "VIX50": True}),
        (({}, {}), {}),
    ],
)
def test_a_trigger_is_on_where_it_is_for_one_sleeve_and_off_where_it_is_for_all(said, seen):
    found = []

    def plan(view):
        found.append((view.growth, dict(view.triggers), view.live, view.normal))
        return [Skip("", "LL-4", "held")]

    protocol = watcher()
    protocol.triggers = lambda self, view: dict(zip(("stub", "other"), said, strict=True))[view.book.name]
    with World(stub(), stub("other"), planner(plan), protocol) as world:
        given(world)
        world.cycle(indices())
        ((growth, triggers, live, normal),) = found
        assert (growth, triggers) == (False, seen)
        assert live == tuple(name for name, on in seen.items() if on)
        assert normal is (bool(seen) and not any(on is not False for on in seen.values()))


@pytest.mark.parametrize("answer", [lambda view: {"L2": 1}, lambda view: ["L2"], lambda view: 1 / 0])
def test_a_protocol_that_cannot_tell_leaves_triggers_unknown(answer):
    found = []

    def plan(view):
        found.append(dict(view.triggers))
        return [Skip("", "LL-4", "held")]

    protocol = watcher()
    protocol.triggers = lambda self, view: answer(view)
    with World(stub(), planner(plan), protocol) as world:
        given(world)
        world.cycle(indices())
        assert found == [{}]
        assert world.events("PluginFaulted")
