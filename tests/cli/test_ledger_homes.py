"""What the command line shows of ledgers that earlier versions wrote."""

import lzma
from pathlib import Path

import pytest

HOMES = Path(__file__).parent.parent / "homes"
COMMANDS = {
    ("ledger", "verify"): "run 1: verified",
    ("ledger", "show", "--limit", "1"): "RunEnded",
    ("ledger", "balances"): "Contributed capital",
    ("status",): "Needs a human",
    ("explain", "AAPL"): "AAPL",
    ("explain", "2026-W02"): "ASSIGNED",
    ("rules", "show", "LQ-1"): "LQ-1.unknown_share_limit",
}


@pytest.fixture(params=sorted(file.name for file in HOMES.glob("*.xz")))
def home(request, tmp_path):
    """A home as an earlier version left it."""
    (tmp_path / "ledger.db").write_bytes(lzma.decompress((HOMES / request.param).read_bytes()))
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_reads_it_as_one_of_this_version(command, home, allusr):
    shown = allusr(*command, "--home", home)
    assert (shown.code, shown.err) == (0, "")
    assert COMMANDS[command] in shown.out
