"""A sweep on several processes and on Ray: the same journals, killed and gone on with or not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from allusr_sdk.trials.kept import RESULTS

pytestmark = pytest.mark.long

ALLUSR = Path(sys.executable).with_name("allusr")
SWEEP = (
    "sweep", "--over", "sleeves.gen_acc.dte_max=0,1", "--over", "lq_1.open_interest=500,2000,90000", "--seeds", "2",
    "--from", "2026-01-05", "--to", "2026-01-09", "--symbols", "SPY", "--json",
)  # fmt: skip


def command(place, *more):
    """The sweep in a folder of its own."""
    return [str(ALLUSR), *SWEEP, "--out", str(place / "out"), "--home", str(place / "home"), *more]


def heads(place, *more):
    """The hash of each journal, by row and seed."""
    done = subprocess.run(command(place, *more), capture_output=True, text=True, check=True, timeout=280)
    assert done.stderr == ""
    return {row["row"]: row["heads"] for row in json.loads(done.stdout)["rows"]}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The journals of the sweep in one process."""
    found = heads(tmp_path_factory.mktemp("alone"), "--workers", "0")
    assert len(found) == 6
    assert len({head for row in found.values() for head in row.values()}) == 12
    return found


@pytest.mark.parametrize("workers", ["1", "3"])
def test_journals_are_the_same_whatever_the_number_of_workers(alone, tmp_path, workers):
    assert heads(tmp_path, "--workers", workers) == alone


def test_journals_are_the_same_on_ray(alone, tmp_path):
    assert heads(tmp_path, "--ray", "local", "--workers", "2") == alone


def test_a_sweep_that_is_killed_leaves_no_worker_and_goes_on_where_it_was(alone, tmp_path):
    process = subprocess.Popen(command(tmp_path, "--workers", "2"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        kept = _until_kept(tmp_path / "out" / RESULTS, 3)
        workers = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)
    gone, alive = psutil.wait_procs(workers, timeout=60)
    assert workers
    assert (len(gone), alive) == (len(workers), [])
    assert len(kept.read_bytes().splitlines()) < 12
    before = kept.read_bytes()
    done = subprocess.run(command(tmp_path, "--workers", "2"), capture_output=True, text=True, check=True, timeout=280)
    assert {row["row"]: row["heads"] for row in json.loads(done.stdout)["rows"]} == alone
    assert kept.read_bytes().startswith(before)


def test_a_sweep_that_is_interrupted_ends_its_workers_and_says_so(tmp_path):
    process = subprocess.Popen(
        command(tmp_path, "--workers", "2", "--to", "2026-03-27"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, start_new_session=True, preexec_fn=_interruptible,
    )  # fmt: skip
    with process:
        _until_kept(tmp_path / "out" / RESULTS, 1)
        workers = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.count("\n") == 1
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def _interruptible():
    """What a shell starts in the background ignores an interrupt, and so would what these tests start there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _until_kept(file, count):
    """Wait until so many trials are kept, and return the file."""
    for _ in range(4000):
        if file.exists() and len(file.read_bytes().splitlines()) >= count:
            return file
        time.sleep(0.05)
    raise AssertionError(f"no {count} trials in 200 s")
