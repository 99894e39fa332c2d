"""Engines that are killed and started again over one broker that outlives them all: nothing is lost, nothing is twice.

`uv run pytest -m long tests/crash/test_brokered_kills.py` kills thirty times along a week, and other seeds by
ALLUSR_KILL_SEED. Here a process dies in the middle of what it does, between an intent and its order as anywhere else.
"""

import os
from datetime import UTC, date, datetime
from itertools import count
from random import Random

import pytest

from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.broker import key_of
from tests.crash.engines import WATCHED, Engines
from tests.crash.lives import ended, instant, rounds

SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
SYMBOLS = ("NVDA", "QQQ", "TSLA")
MONDAY, TUESDAY, FRIDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9)
ENTRIES = 500
"""About as many as a week has."""


class Week(Engines):
    """Three sleeves over the synthetic market."""

    def __init__(self, folder, *, first=MONDAY, last=FRIDAY, seed=SEED, **account):
        options = (
            "--plugins", f"gen_acc,rev_acc,com_acc,protocol,{WATCHED}", "--symbols", ",".join(SYMBOLS), "--seed", seed,
        )  # fmt: skip
        given = {"cash": 1_000_000, "seconds": 300, "seed": seed, **account}
        super().__init__(folder, SyntheticMarket(seed=seed, symbols=SYMBOLS), first, last, options, **given)
        self.seed = seed

    def killed(self, kills):
        """Start engines until so many were killed at random before the end, then one that comes to it; or fewer."""
        random, done = Random(self.seed), 0
        while done < kills:
            at, after = instant(kills, ENTRIES, random), random.choice((0, 0.002, 0.02))
            self.start(kill_at=at, kill_after=after)
            if ended(self.home):
                return done
            done += 1
        assert self.start()
        return done


def leave_the_broker_s_books(folder, kills):
    """Kill until so many kills cut a week short; whatever was killed ends with the books of its broker."""
    seeds = count(SEED)

    def play(place, left):
        with Week(place, seed=next(seeds), fills="seeded", partial=1, seconds=1800) as one:
            done = one.settled().killed(left)
            assert one.events("Filled")
            one.agree()
            return done

    rounds(kills, folder, play)


def test_engines_that_are_killed_along_a_week_leave_books_that_are_the_broker_s(tmp_path):
    leave_the_broker_s_books(tmp_path, 3)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thirty_kills_along_a_week_leave_books_that_are_the_broker_s(tmp_path):
    leave_the_broker_s_books(tmp_path, 30)


def test_an_engine_that_is_killed_behind_its_end_has_ended_and_is_not_begun_a_second_time(tmp_path):
    with Week(tmp_path, last=MONDAY, fills="touch") as one:
        assert not one.start(reap=("RunEnded *",))
        assert ended(one.home)
        head, asked = one.read(lambda run: run.head), one.asked("submit", "cancel")
        assert one.start()
        assert (one.read(lambda run: run.head), one.asked("submit", "cancel")) == (head, asked)
        assert one.events("Filled")
        one.agree()


# --- one kill at an instant that is sought -------------------------------------------------------------------------


def test_orders_that_fill_and_fill_in_part_while_no_engine_runs_are_booked_once(tmp_path):
    with Week(tmp_path, last=MONDAY, fills="never") as one:
        assert not one.start(reap=("OrderChanged * repriced",))
        whole, part = sorted(one.working, key=lambda order: order.left)[:2]
        assert part.left > 1
        one.control.fill(whole.ticket.reference)
        one.control.fill(part.ticket.reference, 1)
        assert one.start()
        booked = {fill.key: fill for fill in one.events("Filled")}
        assert {fill.rule for fill in booked.values()} == {"RECON B06"}
        assert booked.keys() == {key_of(order.ticket.reference) for order in (whole, part)}
        rest = next(order for order in one.orders if order.number == part.number)
        assert (rest.status, rest.left) == ("canceled", part.left - 1)
        one.agree()


@pytest.mark.parametrize("told", [True, False])
def test_an_assignment_in_the_night_after_a_kill_is_booked_once(tmp_path, told):
    with Week(tmp_path, last=TUESDAY, fills="touch") as one:
        assert not one.start(reap=("Valued *",))
        put = next(one_ for one_ in one.control.look().holdings if one_.quantity < 0)
        one.control.advance(datetime(2026, 1, 6, 4, 0, tzinfo=UTC))
        one.control.assign(put.instrument, with_executions=told)
        assert one.start()
        assigned = [e for e in one.events("Assigned") if e.instrument == put.instrument]
        assert {e.rule for e in assigned} == {"RECON B10"}
        assert sum(e.quantity for e in assigned) == put.quantity
        one.agree()
