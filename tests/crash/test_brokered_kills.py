"""Engines that are killed and started again over one broker that outlives them all: nothing is lost, nothing is twice.

`uv run pytest -m long tests/crash/test_brokered_kills.py` kills thirty times along a week, and other seeds by
ALLUSR_KILL_SEED. Here a process dies in the middle of what it does, between an intent and its order as anywhere else.
"""

import os
import signal
import subprocess
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.testing.brokerage import PLUGIN, Brokerage
from tests.crash.brokered import Sides
from tests.crash.lives import ALLUSR, KILLER

SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
SYMBOLS = ("AAPL", "NVDA", "QQQ", "TSLA")
MONDAY, FRIDAY = date(2026, 1, 5), date(2026, 1, 9)
ENTRIES = 600
"""About as many as a week has."""

pytestmark = pytest.mark.xdist_group("crash")


class Engines(Sides):
    """One account, whose engines are processes that can be killed."""

    def __init__(self, folder, *, first=MONDAY, last=FRIDAY, seed=SEED, **options):
        given = {"cash": 1_000_000, "seconds": 300, "seed": seed, **options}
        super().__init__(folder / "home", Brokerage(folder / "broker", **given))
        self.first, self.last, self.seed = first, last, seed

    def start(self, *, kill_at=0, kill_after=0.0):
        """Start one and wait for its end; returns whether it came to the end of the market."""
        env = {"ALLUSR_KILL_AT": str(kill_at), "ALLUSR_KILL_AFTER": str(kill_after), **self.broker.environment}
        command = [
            ALLUSR, "run", "--plugins", f"gen_acc,rev_acc,com_acc,protocol,{KILLER},{PLUGIN}", "--broker", "test",
            "--mode", "paper", "--from", self.first, "--to", self.last, "--symbols", ",".join(SYMBOLS),
            "--seed", self.seed, "--json", "--home", self.home,
        ]  # fmt: skip
        done = subprocess.run(
            [str(part) for part in command], env={**os.environ, **env}, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done.returncode == 0

    def settled(self):
        """Let the broker settle at each close what expires there, by the market's official prices."""
        for step in SyntheticMarket(seed=self.seed, symbols=SYMBOLS).steps(self.first, self.last):
            if step.closing:
                prices = {s.symbol: Decimal(str(s.price)) for s in step.settlements}
                day = step.view.session.day
                self.control.plan(step.view.session.close, "settle", day=day, prices=prices)
        return self

    def killed(self, kills):
        """Start engines until so many were killed at random, then one that comes to the end; returns how many were."""
        random, done = Random(self.seed), 0
        while done < kills:
            at, after = random.randint(1, 1 + 2 * ENTRIES // kills), random.choice((0, 0.002, 0.02))
            if self.start(kill_at=at, kill_after=after):
                return done
            done += 1
        assert self.start()
        return done


def test_engines_that_are_killed_along_a_week_leave_books_that_are_the_broker_s(tmp_path):
    with Engines(tmp_path, fills="seeded", partial=1) as one:
        assert one.settled().killed(3) == 3
        assert one.keys
        assert one.events("Filled")
        one.agree()


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_thirty_kills_along_a_week_leave_books_that_are_the_broker_s(tmp_path):
    with Engines(tmp_path, fills="seeded", partial=1) as one:
        assert one.settled().killed(30) >= 15
        assert one.events("Filled")
        one.agree()
