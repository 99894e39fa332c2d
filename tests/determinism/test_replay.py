"""Recorded paper days replay byte for byte under another hash seed, locale and time zone; so does a golden journal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.reports.journal import written
from tests.determinism.conftest import LOCALES

PLACES = [
    {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "America/New_York"},
    {"PYTHONHASHSEED": "4242", "LC_ALL": "POSIX", "TZ": "Asia/Kathmandu"},
    *({"PYTHONHASHSEED": "7", "LC_ALL": name, "TZ": "XXX+11"} for name in LOCALES if name.startswith(("de_", "tr_"))),
]
GOLDEN = Path(__file__).parents[1] / "journals" / "real_week_2026_02.txt"
DIFFERENT = 4
OTHERWISE = ("--set", "sleeves.gen_acc.dte_max=0", "--json")


def allusr(place, *words):
    """What a command prints in a process of its own in another place, byte for byte, and how it ends."""
    command = [sys.executable, "-c", "from allusr_sdk.cli import main; main()", *map(str, words)]
    done = subprocess.run(command, env=os.environ | place, capture_output=True, check=False, timeout=120)
    assert done.stderr == b"", done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def homes(market, tmp_path_factory):
    """A home for each place, with the same recorded paper days."""
    days = ("--from", "2026-02-12", "--to", "2026-02-13", "--mode", "paper")
    found = []
    for place in PLACES:
        home = tmp_path_factory.mktemp("home")
        data = ("--market", f"chains:{market}/chains", "--daily", f"{market}/daily")
        plugins = ("--plugins", "gen_acc,rev_acc,com_acc,protocol")
        code, _ = allusr(place, "run", *plugins, *data, *days, "--home", home, "--json")
        assert code == 0
        found.append(home)
    return found


def test_the_days_themselves_have_the_same_head_and_the_same_recording(homes):
    heads, views = set(), set()
    for home in homes:
        with open_ledger(home, create=False) as ledger:
            heads.add(ledger.latest().head)
        views.add((home / "views" / "1.views").read_bytes())
    assert (len(heads), len(views)) == (1, 1)
    assert len(next(iter(views))) > 5_000


def test_they_replay_equal_wherever_they_were_recorded_and_are_replayed(homes):
    said = {allusr(place, "replay", "1", "--home", home) for place, home in zip(PLACES, reversed(homes), strict=True)}
    ((code, out),) = said
    assert code == 0
    assert out.endswith(b" equal, 0 different\n")
    assert not out.startswith(b"run 1: 0 ")


def test_what_differs_is_told_in_the_same_bytes_everywhere(homes):
    said = {allusr(place, "replay", "1", *OTHERWISE, "--home", homes[0]) for place in PLACES}
    ((code, out),) = said
    assert code == DIFFERENT
    assert out.count(b'"stored"') > 1


def test_the_golden_journal_is_written_everywhere(data_dir, tmp_path):
    place = PLACES[-1]
    words = (
        "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"chains:{data_dir / 'chains_2026_02'}",
        "--daily", data_dir / "daily", "--earnings", data_dir / "earnings.csv", "--from", "2026-02-11",
        "--to", "2026-02-13", "--capital", "1000000", "--home", tmp_path, "--json",
    )  # fmt: skip
    assert allusr(place, *words)[0] == 0
    with open_ledger(tmp_path, create=False) as ledger:
        assert list(written(ledger.latest().entries())) == GOLDEN.read_text("utf-8").splitlines()
