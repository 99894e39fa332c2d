"""What is told of ladders: budget, cost and worth of each rung, and what was bought and sold (LL-2 to LL-4)."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.model.events import Filled
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.ladders import ladder_lines, ladders
from tests.builders import AT, World, stub
from tests.kernel.ladder_scenes import bought, call, give


def test_a_ladder_tells_its_budget_and_each_rung():
    with World(stub()) as world:
        give(world, "2000")
        bought(world, call(135), days=60, price="5.00", lots=2)
        (ladder,) = ladders(world.book)
        assert (ladder.ledger, ladder.growth, ladder.budget) == ("llms", True, Decimal("998.60"))
        assert (ladder.cost, ladder.value) == (Decimal("1001.40"), Decimal("1000.00"))
        (rung,) = ladder.rungs
        assert rung.text == "AAPL 17 Jun 2027 135 call"
        assert (rung.quantity, rung.bought) == (2, (AT - timedelta(days=60)).date())
        assert next(ladder_lines((ladder,))).startswith("growth ladder llms: 1 rungs, cost 1,001.40, worth 1,000.00")


def test_rungs_are_counted_apart_from_what_is_written_and_from_hedges():
    with World(stub()) as world:
        give(world, "2000")
        bought(world, call(135), days=60, lots=3)
        world.kernel.heard(Filled(
            ledger="llms", symbol="AAPL", rule="LL-3", key="", execution="x", cause="LL-3",
            instrument=call(135).osi, quantity=-2, price=Decimal(6), fee=Decimal("1.40"), touch=None, opening=False,
        ))  # fmt: skip
        facts = {ledger.ledger: ledger for ledger in of_run(world.run).ledgers}["llms"]
        assert (facts.rungs, facts.rungs_sold, facts.sold, facts.released) == (3, 2, 0, 0)


def test_a_run_without_ladders_tells_of_none():
    with World(stub()) as world:
        assert of_run(world.run).ladders == ()
