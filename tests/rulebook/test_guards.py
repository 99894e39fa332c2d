"""Taken out, every guard is missed: the test that its row names fails on what it asserts."""

import os
import re
from pathlib import Path

import pytest

from tests.forking import forked
from tests.rulebook.guards import GUARDS

ROOT = Path(__file__).resolve().parents[2]
ASSERTED = re.compile(r"FAILED .* - (AssertionError|assert |Failed: DID NOT RAISE)")


def with_guard(guard, *options):
    """What pytest says of a guard's node, in a process of its own."""
    words = (
        "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=no", "-m", "",
        "-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "tests.rulebook.disable",
    )  # fmt: skip
    told = dict.fromkeys((name for name in os.environ if name.startswith("PYTEST_")), None)
    return forked([*words, *options, str(ROOT / guard.node)], {**told, "COLUMNS": "400"}, of="tests.rulebook.warm")


@pytest.mark.long
@pytest.mark.parametrize("guard", GUARDS, ids=str)
def test_a_guard_that_is_taken_out_is_missed_by_its_test(guard):
    done = with_guard(guard, "--disable", guard.target, "--instead", guard.instead)
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode == 0 and re.search(r"^\d+ skipped", done.stdout.splitlines()[-1]):
        pytest.skip("its test reads data that is absent")
    assert done.returncode == 1, f"{guard.node} does not miss {guard.target}: {done.stdout[-500:]}{done.stderr[-500:]}"
    assert failed
    assert [line for line in failed if not ASSERTED.match(line)] == []
