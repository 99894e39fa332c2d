"""What a ladder's statement says of its rungs (LL-3)."""

from datetime import date
from decimal import Decimal

from attrs import evolve

from allusr_sdk.kernel.handover import stated
from tests.builders import books, contract, shares, short

LATER = date(2026, 8, 21)


def test_a_ladders_statement_counts_what_was_bought_as_paid_and_what_was_written_as_received():
    written = short(contract(80, expiry=LATER), lots=2, price="1.00", mark=Decimal("0.75"), cause="hedge:L2")
    bought = evolve(
        written, contract=contract(90, expiry=LATER), quantity=2, price=Decimal(3), amount=Decimal(600), mark=Decimal(4)
    )
    said = stated(books(bought, written, shares(), name="main:hedges", cash="1000"), "2026Q1")
    assert [(r.quantity, r.cost, r.value) for r in said.rungs] == [
        (-2, Decimal(-200), Decimal(-150)), (2, Decimal(600), Decimal(800)),
    ]  # fmt: skip
    assert (said.cost, said.value, said.budget) == (Decimal(400), Decimal(650), Decimal(1000))
