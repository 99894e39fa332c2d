"""Killed at any instant and started again, a paper account ends with the journal of one that was never stopped.

`uv run pytest -m long tests/crash` kills thirty times; three hundred kills, thirty along each of ten four-week runs, by

    ALLUSR_KILLED_RUNS=10 uv run pytest -m long tests/crash

and other seeds by ALLUSR_KILL_SEED.
"""

import os
from itertools import pairwise
from random import Random

import pytest

from tests.crash.lives import PLUGINS, Account, killed, rounds

RUNS = int(os.environ.get("ALLUSR_KILLED_RUNS", "1"))
SEED = int(os.environ.get("ALLUSR_KILL_SEED", "1"))
KILLS = 30


def account(home, *, seed, weeks):
    """A run of one week of some symbols, or of four of all."""
    if weeks == 4:
        return Account(home, "2026-01-05", "2026-01-30", seed)
    return Account(home, "2026-01-05", "2026-01-09", seed, ("--plugins", PLUGINS, "--symbols", "NVDA,QQQ,SPY,TSLA"))


def leave_no_trace(folder, kills, *, seed, weeks):
    """Kill until so many kills cut a run short; each run is compared with the one that nobody stops."""
    whole, random = account(folder / "whole", seed=seed, weeks=weeks), Random(seed)
    entries = whole.told()["entries"]
    journal = whole.journal()

    def play(home, left):
        cut = account(home, seed=seed, weeks=weeks)
        done = killed(cut, left, entries, random)
        assert cut.journal() == journal
        assert (whole.restarts(), cut.restarts()) == (0, done)
        return done

    rounds(kills, folder, play)


def test_two_kills_in_a_week_leave_no_trace_in_the_journal(tmp_path):
    leave_no_trace(tmp_path, 2, seed=SEED, weeks=1)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SEED, SEED + RUNS))
def test_thirty_kills_along_four_weeks_leave_no_trace_in_the_journal(tmp_path, seed):
    leave_no_trace(tmp_path, KILLS, seed=seed, weeks=4)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_kill_at_every_boundary_between_two_states_leaves_no_trace(tmp_path):
    whole = account(tmp_path / "whole", seed=SEED, weeks=1)
    whole.told()
    journal = whole.journal()
    boundaries = {(a[3], b[3]): b[0] for a, b in pairwise(journal) if a[3] != b[3]}
    assert len(boundaries) >= 4
    for number, (between, seq) in enumerate(boundaries.items()):
        cut = account(tmp_path / f"cut{number}", seed=SEED, weeks=1)
        assert cut.start(kill_at=seq - 1).returncode < 0, between
        cut.told()
        assert cut.journal() == journal, between


def test_an_unfinished_run_is_not_gone_on_with_under_other_settings(tmp_path):
    cut = account(tmp_path / "killed", seed=SEED, weeks=1)
    assert cut.start(kill_at=20).returncode < 0
    other = account(cut.home, seed=SEED + 1, weeks=1)
    refused = other.start()
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"seed was {SEED}, is {SEED + 1}" in refused.stderr
    assert "--anew" in refused.stderr
    assert refused.stderr.count("\n") == 1
