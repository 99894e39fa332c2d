"""What ladders are given, what stays, and what a ladder's statement says (FK-7, LL-3, LL-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk.kernel import handover
from allusr_sdk.kernel.handover import stated
from allusr_sdk.model.events import ForkIntended, MergeIntended, Noted, Reinvested, Revalued, Share, Unsettled
from tests.builders import THURSDAY, World, books, contract, shares, short, stub
from tests.kernel.ladder_ledgers import AUGUST, HEDGE, growth, llms
from tests.kernel.ladder_scenes import bought, planner

WEDNESDAY, FRIDAY = THURSDAY - timedelta(days=1), THURSDAY + timedelta(days=1)
LOWER = contract(480, expiry=AUGUST, root="SPY")


def budget(world, amount, ledger="stub"):
    """A quarter's gain, all of it for LEAPs."""
    world.kernel.heard(Reinvested(
        ledger=ledger, rule="FK-7", quarter="2025-Q4", gain=Decimal(amount), reserve=Decimal(0), contracts=Decimal(0),
        leaps=Decimal(amount),
    ))  # fmt: skip


def hedge(world, what=HEDGE, lots=1, *, days=3):
    """A put that the sleeve bought, or wrote, as a hedge."""
    bought(world, what, ledger="stub", lots=lots, days=days, cause="hedge:L2", price="10.00")


def test_a_ladders_statement_counts_what_was_bought_as_paid_and_what_was_written_as_received():
    written = short(contract(80, expiry=AUGUST), lots=2, price="1.00", mark=Decimal("0.75"), cause="hedge:L2")
    paid = evolve(
        written, contract=contract(90, expiry=AUGUST), quantity=2, price=Decimal(3), amount=Decimal(600),
        mark=Decimal(4),
    )  # fmt: skip
    said = stated(books(paid, written, shares(), name="main:hedges", cash="1000"), "2026Q1")
    assert [(r.quantity, r.cost, r.mark, r.value) for r in said.rungs] == [
        (-2, Decimal(-200), Decimal("0.75"), Decimal(-150)), (2, Decimal(600), Decimal(4), Decimal(800)),
    ]  # fmt: skip
    assert (said.rule, said.cost, said.value, said.budget) == ("LL-3", Decimal(400), Decimal(650), Decimal(1000))


# --- budgets -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("amount", "funds"), [("0.01", "300"), ("1", "300"), ("300", "300")])
def test_a_budget_of_a_cent_or_of_all_free_cash_is_sent_under_its_rules(amount, funds):
    with World(stub(), planner(), funds={"stub": funds}) as world:
        budget(world, amount)
        growth(world).morning(THURSDAY, WEDNESDAY)
        (sent,) = world.events("TransferSent")
        assert (sent.ledger, sent.rule, sent.key, sent.to) == ("stub", "FK-7 LL-2", "stub:2025-Q4:leaps", "llms")
        assert (sent.amount, sent.budget, sent.lots) == (Decimal(amount), "leaps", ())
        assert llms(world).cash == Decimal(amount)


def test_a_budget_that_waits_is_said_of_its_ledger_under_its_rules():
    with World(stub(), planner(), funds={"stub": "300"}) as world:
        budget(world, "300.01")
        growth(world).morning(THURSDAY, WEDNESDAY)
        (said,) = world.events("Decided")
        assert (said.ledger, said.symbol, said.subject, said.verdict) == ("stub", "", "ladder", "hold")
        assert (said.rule, said.why) == ("FK-7 RULE-1", "the LEAP budget of 300.01 waits for free cash")
        assert world.events("TransferSent") == []


def test_an_account_that_is_to_be_merged_gives_its_ladders_nothing_more():
    with World(stub(), planner()) as world:
        world.kernel.heard(ForkIntended(
            ledger="stub", rule="FK-4", key="k", node="f1", form="FULL", amount=Decimal(100_000), week="2026-W06",
            parent="root", root="root", generation=1,
            shares=(Share(ledger="f1.stub", style="stub", amount=Decimal(100_000)),),
        ))  # fmt: skip
        growth(world).complete()
        budget(world, "500", ledger="f1.stub")
        world.kernel.heard(MergeIntended(
            ledger="stub", rule="FK-3", key="f1:merge", node="f1", target="stub", cause="3 years",
            equity=Decimal(100_000),
        ))  # fmt: skip
        handover.morning(THURSDAY, WEDNESDAY, world.kernel.scribe, world.host, complete=growth(world).complete)
        assert world.events("TransferSent") == []


def test_a_sleeves_own_note_moves_no_money_however_it_begins():
    with World(stub(), stub("other"), planner()) as world:
        world.kernel.heard(Noted(ledger="stub", symbol="", rule="CAD-4", key="paid for lunch", text="other 100"))
        growth(world).morning(THURSDAY, WEDNESDAY)
        assert world.events("TransferSent") == []
        assert world.book.ledgers["stub"].notes == {"paid for lunch": "other 100"}


# --- hedges in kind ------------------------------------------------------------------------------------------------


def test_hedges_are_sent_under_their_rules_without_cash():
    with World(stub(), planner()) as world:
        hedge(world)
        growth(world).morning(THURSDAY, WEDNESDAY)
        (sent,) = world.events("TransferSent")
        assert (sent.rule, sent.key, sent.to) == ("LL-4 PE-10", f"stub:{THURSDAY}:hedges", "llms_hedge")
        assert (sent.amount, sent.budget, [moved.quantity for moved in sent.lots]) == (0, "", [1])


HELD = {
    "without a price": Unsettled(
        ledger="stub", symbol="SPY", rule="RULE-0", instrument=HEDGE.osi, quantity=1, reserved=Decimal(0), why="none",
    ),
    "at a mark": Revalued(
        ledger="stub", symbol="SPY", rule="LG-2", position=f"stub:{HEDGE.osi}", mark=Decimal("10.06"),
        amount=Decimal("5.30"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", HELD)
def test_a_hedge_without_a_price_or_at_a_mark_stays_and_so_does_its_symbol(why):
    with World(stub(), planner()) as world:
        hedge(world)
        hedge(world, LOWER, -1)
        world.kernel.heard(HELD[why])
        growth(world).morning(THURSDAY, WEDNESDAY)
        assert world.events("TransferSent") == []


@pytest.mark.parametrize(("what", "lots", "sent"), [(LOWER, 1, 1), (LOWER, -1, 2), (HEDGE, 1, 2), (HEDGE, -1, 1)])
def test_a_hedge_whose_other_side_the_ladder_holds_stays_where_it_is(what, lots, sent):
    with World(stub(), planner()) as world:
        hedge(world)
        hedge(world, LOWER, -1)
        growth(world).morning(THURSDAY, WEDNESDAY)
        hedge(world, what, lots, days=2)
        growth(world).morning(FRIDAY, THURSDAY)
        assert len(world.events("TransferSent")) == sent
