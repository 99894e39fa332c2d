"""An execution is booked once, however often it is reported (B07, RULE-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from allusr_sdk import hookimpl
from allusr_sdk.model.events import Filled
from tests.builders import AT, World, contract, stub

SOLD = Filled(
    ledger="stub", symbol="AAPL", rule="CAD-4", key="stub.1.sell-v1", execution="1", instrument=contract(95).osi,
    quantity=-2, price=Decimal("1.00"), fee=Decimal("1.40"), touch=None, opening=True, cause="entry",
)  # fmt: skip


class Observer:
    """Keeps what it is told."""

    name = "observer"

    def __init__(self):
        self.told = []

    @hookimpl
    def allusr_event(self, event):
        self.told.append(event)


@pytest.fixture
def world():
    observer = Observer()
    with World(stub(), observer) as made:
        made.observer = observer
        yield made


def sold(world):
    return [event.execution for event in world.events("Filled")]


def test_a_second_report_is_neither_journaled_nor_told(world):
    for minutes in (0, 5):
        world.kernel.heard(SOLD, AT + timedelta(minutes=minutes))
    assert sold(world) == ["1"]
    assert [type(event) for event in world.observer.told].count(Filled) == 1
    assert [position.quantity for position in world.book.positions] == [-2]


def test_a_restart_knows_what_was_booked_before(world):
    world.kernel.heard(SOLD, AT)
    run = world.ledger.run(world.run.id)
    world.run.flush()
    world.run = run
    world.restart()
    world.kernel.heard(SOLD, AT)
    assert sold(world) == ["1"]


@pytest.mark.parametrize("change", [{"execution": "2"}, {"key": "stub.2.sell-v1"}])
def test_another_execution_or_another_order_is_another_fill(world, change):
    world.kernel.heard(SOLD, AT)
    world.kernel.heard(evolve(SOLD, **change), AT)
    assert len(sold(world)) == 2


def test_an_execution_without_a_name_is_booked_as_it_comes(world):
    for _ in range(2):
        world.kernel.heard(evolve(SOLD, execution=""), AT)
    assert len(sold(world)) == 2
