"""A run whose disk fills up: it ends in one line, and what it had written stands."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ALLUSR = Path(sys.executable).with_name("allusr")
RUN = ("run", "--from", "2026-01-07", "--to", "2026-01-09", "--symbols", "SPY,AAPL")


def run_with_files_up_to(size, *arguments):
    """`allusr` in a process of its own, none of whose files may grow past a size."""
    return subprocess.run(
        [str(part) for part in (ALLUSR, *arguments)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("mode", "size"), [("paper", 200_000), ("paper", 400_000), ("backtest", 100_000)])
def test_a_run_on_a_full_disk_ends_in_one_line_and_its_journal_stands(mode, size, allusr, tmp_path):
    done = run_with_files_up_to(size, *RUN, "--mode", mode, "--home", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the ledger's database refused (")
    assert done.stderr.count("\n") == 1
    verified = allusr("ledger", "verify", "--home", tmp_path)
    assert (verified.code, verified.err) == (0, "")
    assert "run 1: verified, " in verified.out
    assert "not ended" in allusr("status", "--home", tmp_path).out
