"""What the command line shows of ledgers that earlier versions wrote."""

import lzma
import sqlite3
from pathlib import Path

import pytest

from tests.crash import lives
from tests.ledger.copies import earlier

HOMES = Path(__file__).parent.parent / "homes"
EARLIER = sorted(file.name for file in HOMES.glob("*.xz"))
PERIOD = ("--from", "2026-01-07", "--to", "2026-01-08", "--symbols", "SPY", "--json")
COMMANDS = {
    ("ledger", "verify"): "run 1: verified",
    ("ledger", "show", "--limit", "1"): "RunEnded",
    ("ledger", "balances"): "Contributed capital",
    ("status",): "Needs a human",
    ("explain", "AAPL"): "AAPL",
    ("explain", "2026-W02"): "ASSIGNED",
    ("rules", "show", "LQ-1"): "LQ-1.unknown_share_limit",
}


@pytest.fixture(params=EARLIER)
def home(request, tmp_path):
    """A home as an earlier version left it."""
    (tmp_path / "ledger.db").write_bytes(lzma.decompress((HOMES / request.param).read_bytes()))
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_reads_it_as_one_of_this_version(command, home, allusr):
    shown = allusr(*command, "--home", home)
    assert (shown.code, shown.err) == (0, "")
    assert COMMANDS[command] in shown.out


def test_the_next_run_leads_it_back_from_maintenance_and_says_so_in_one_line(home, allusr):
    assert "\nMAINTENANCE: the ledger was migrated from schema " in allusr("status", "--home", home).out
    done = allusr("run", *PERIOD, "--home", home)
    (kept,) = home.glob("ledger-schema-*.db")
    assert done.code == 0
    assert done.err.startswith("maintenance: the ledger was migrated from schema ")
    assert f"kept as it was in {kept.name}; " in done.err
    assert done.err.endswith(" entries; it goes on\n")
    assert done.err.count("\n") == 1
    assert "MAINTENANCE:" not in allusr("status", "--home", home).out
    assert allusr("run", *PERIOD, "--home", home).err == ""
    assert allusr("ledger", "verify", "--home", home).code == 0


def test_one_that_does_not_verify_is_not_gone_on_with(home, allusr):
    allusr("status", "--home", home)
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute("update entries set payload = replace(payload, '400000', '400001') where seq = 2")
    database.close()
    for _ in range(2):
        done = allusr("run", *PERIOD, "--home", home)
        assert (done.code, done.out) == (4, "")
        assert done.err.startswith("error: run 1, entry 2 (Funded): ")
        assert done.err.count("\n") == 1


def test_one_of_a_newer_version_is_refused_in_one_line_and_left_as_it_was(home, allusr):
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute("update alembic_version set version_num = '9999'")
    database.close()
    before = sorted(path.name for path in home.iterdir())
    for command in (("run", *PERIOD), ("status",), ("ledger", "verify"), ("ledger", "backup")):
        done = allusr(*command, "--home", home)
        assert (done.code, done.out) == (2, "")
        assert "has schema 9999, newer than this version's " in done.err
        assert done.err.count("\n") == 1
    assert sorted(path.name for path in home.iterdir()) == before


def cut_paper_run(home, until):
    """A paper run of a killed process, under the schema before this one."""
    assert lives.Account(home, "2026-01-07", "2026-01-09", 7).start(kill_at=until).returncode < 0
    earlier(home / "ledger.db")


def test_a_paper_run_that_an_earlier_version_left_comes_out_as_it_would_have(tmp_path):
    whole, cut = (lives.Account(tmp_path / name, "2026-01-07", "2026-01-09", 7) for name in ("whole", "cut"))
    whole.told()
    cut_paper_run(cut.home, 150)
    done = cut.start()
    assert done.returncode == 0
    assert done.stderr.startswith("maintenance: the ledger was migrated from schema 0004 to ")
    assert cut.journal() == whole.journal()
    assert cut.restarts() == 1
