"""Engines that are killed at random along a week over a simulated TWS that outlives them: nothing twice, nothing lost.

`uv run pytest -m long tests/ibkr/test_kills.py` kills a hundred times, or as often as ALLUSR_IBKR_KILLS says;
ALLUSR_KILL_SEED gives another market, other kills and other trouble. Each week has cuts before and behind what an order
is told, outages between TWS and IBKR, assignments that executions tell of or not, and a restart of the gateway each
night.
"""

import os
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

import pytest

from allusr_sdk.model.calendar import NEW_YORK
from tests.crash.lives import ended, instant, rounds
from tests.ibkr.engines import Engines

SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
KILLS = int(os.environ.get("ALLUSR_IBKR_KILLS", "100"))
MONDAY = date(2026, 1, 5)
DAYS = tuple(MONDAY + timedelta(days=number) for number in range(5))
ENTRIES = 180
"""About as many as a day has."""
FAULTS = (
    ("placeOrder", "cut"), ("placeOrder", "cut_after"), ("openOrder", "cut"), ("openOrder", "cut_after"),
    ("orderStatus", "cut_after"), ("cancelOrder", "cut"), ("cancelOrder", "cut_after"), ("execDetails", "cut"),
    ("execDetails", "duplicate"), ("commissionReport", "cut"), ("*", "cut"),
)  # fmt: skip
MANNERS = (
    {}, {"executions_first": True}, {"commissions_last": True, "statuses": 3},
    {"told_nights": False, "foreign_told": False},
)  # fmt: skip


def at(day, clock):
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


def trouble(random, days):
    """What befalls a week: each night an assignment, each day an outage and cuts."""
    for number, day in enumerate(days):
        if number:
            yield at(day, time(3, 0)), "assign", {"told": number % 2 == 0}
        lost = at(day, time(10, 0)) + timedelta(minutes=random.randrange(300))
        yield lost, "link", {"code": 1100}
        yield lost + timedelta(minutes=random.randrange(1, 12)), "link", {"code": random.choice((1101, 1102))}
        for _ in range(4):
            message, deed = random.choice(FAULTS)
            when = at(day, time(9, 40)) + timedelta(minutes=random.randrange(60))
            yield when, "fault", {"message": message, "deed": deed, "after": random.randrange(4)}


class Week(Engines):
    """Three sleeves over the synthetic market, with all that befalls them."""

    def __init__(self, folder, seed, days=DAYS, **options):
        self.random, self.days = Random(seed), len(days)
        plans = tuple(trouble(self.random, days))
        super().__init__(folder, "NVDA,QQQ,TSLA", days[0], days[-1], seed, plans, fills="seeded", partial=2, **options)

    def __enter__(self):
        super().__enter__()
        self.control.turn(**self.random.choice(MANNERS))
        return self

    def killed(self, kills):
        """Start engines until so many were killed before the end, then one that comes to it; or fewer."""
        for done in range(kills):
            self.start(
                kill_at=instant(kills, ENTRIES * self.days, self.random),
                kill_after=self.random.choice((0, 0.002, 0.02, 0.1)),
            )
            self.once()
            if ended(self.home):
                return done
            self.left_alone()
        assert self.start()
        return kills

    def left_alone(self):
        """While no engine runs, an order that works may be filled, in part or whole."""
        working = [order for order in self.control.orders() if order.working and order.reference]
        if working and self.random.random() < 0.5:
            order = self.random.choice(working)
            self.control.fill(order.reference, self.random.randint(1, order.left))


def leave_the_books_of_tws(folder, kills, **options):
    """Kill until so many kills cut a week short; whatever was killed ends with the books of the simulator.

    Gives what happened in all of them, by kind and rule.
    """
    seeds, happened = count(SEED), Counter()

    def play(place, left):
        with Week(place, next(seeds), **options) as one:
            done = one.killed(left)
            one.agree()
            happened.update((each.kind, each.rule) for kind in ("Filled", "Assigned") for each in one.events(kind))
            return done

    rounds(kills, folder, play)
    return happened


def test_engines_that_are_killed_along_two_days_leave_the_books_of_tws(tmp_path):
    assert leave_the_books_of_tws(tmp_path, 3, days=DAYS[:2])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_engines_that_are_killed_along_weeks_leave_the_books_of_tws(tmp_path):
    happened = leave_the_books_of_tws(tmp_path, KILLS)
    assert {("Filled", "RECON B06"), ("Assigned", "RECON B10")} <= happened.keys()


def test_ledgers_that_a_killed_engine_had_not_funded_yet_are_funded_once(tmp_path):
    with Engines(tmp_path, "SPY", MONDAY, MONDAY, SEED, sleeves="gen_acc,rev_acc,com_acc,protocol") as one:
        assert not one.start(kill_at=1)
        assert [each.ledger for each in one.events("Funded")] == ["gen_acc"]
        assert one.start()
        funded = one.events("Funded")
        assert [each.ledger for each in funded] == ["gen_acc", "rev_acc", "com_acc"]
        assert sum(each.amount for each in funded) == 1_000_000
        one.agree()
