"""A live run compares its clock with the broker's at each statement; a wrong one opens nothing (KS-9)."""

from datetime import UTC, datetime, timedelta

import pytest

from allusr_sdk.execution.comparing import CLOCK, LINK, Asked
from allusr_sdk.ledger import clocks
from allusr_sdk.model.broker import Statement
from tests.builders import World, stub

NOW = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)


class Desk:
    """A venue whose broker's clock is off by so many seconds; None where it does not answer."""

    bridge, answers = None, True

    def __init__(self):
        self.off = 0.0

    def statement(self, at):
        if self.off is None:
            return None
        theirs = clocks.now() + timedelta(seconds=self.off)
        return Statement(at=theirs, holdings=(), orders=(), executions=(), cash=self.cash)

    def end(self, key):
        raise AssertionError(key)


@pytest.fixture
def world(monkeypatch):
    with World(stub()) as world:
        monkeypatch.setattr(clocks, "now", lambda: NOW)
        world.desk = Desk()
        world.desk.cash = sum(book.cash for book in world.kernel.book.ledgers.values())
        world.asked = Asked(world.kernel, world.desk, lambda found: None, timed=True)
        yield world


def stands(world):
    return dict(world.kernel.book.switches)


def test_a_clock_within_two_seconds_is_right(world):
    world.desk.off = 2.0
    world.asked.compare(NOW)
    assert CLOCK not in stands(world)


@pytest.mark.parametrize("off", [2.5, -2.5])
def test_a_clock_that_is_off_freezes_entries_until_it_is_right(world, off):
    world.desk.off = off
    world.asked.compare(NOW)
    assert stands(world)[CLOCK] == "FREEZE"
    (row,) = [e for e in world.events("SwitchChanged") if e.cause == CLOCK]
    assert (row.rule, row.reason) == ("KS-9", "the clock is off by 2.5 s, more than 2 s")
    world.desk.off = 0.0
    world.asked.compare(NOW + timedelta(minutes=15))
    assert CLOCK not in stands(world)


def test_a_broker_that_does_not_answer_is_another_cause(world):
    world.desk.off = None
    world.asked.compare(NOW)
    assert stands(world) == {LINK: "FREEZE"}


def test_simulated_time_is_compared_with_no_clock(world):
    world.desk.off = 3600.0
    Asked(world.kernel, world.desk, lambda found: None).compare(NOW)
    assert CLOCK not in stands(world)
