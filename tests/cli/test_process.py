"""`allusr` as a process: pipes that close, interrupts, unexpected errors, and what its help must not import."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from allusr_sdk.cli import entry
from allusr_sdk.errors import BreakError, StateRefusal
from allusr_sdk.ledger import heartbeat, open_ledger
from allusr_sdk.ledger.verify import verify
from allusr_sdk.reports.facts import of_run

COMMAND = [sys.executable, "-c", "from allusr_sdk.cli import main; main()"]


def start(*arguments, **options):
    environment = {**os.environ, "ALLUSR_DEBUG": ""}
    words = [*COMMAND, *map(str, arguments)]
    return subprocess.Popen(words, text=True, stderr=subprocess.PIPE, env=environment, **options)


def test_a_reader_that_leaves_early_is_no_error(ran):
    with start("ledger", "show", "--entries", "--limit", 500, "--home", ran.home, stdout=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def begun(home):
    """Whether a run has written its head."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True)) as database:
            found = database.execute("select count(*) from runs").fetchone()[0]
    except sqlite3.OperationalError:
        return False
    return found > 0


@pytest.mark.parametrize(
    ("asked", "pace"), [(signal.SIGINT, "fast"), (signal.SIGTERM, "fast"), (signal.SIGTERM, "real")]
)
def test_an_interrupt_is_one_line_and_keeps_what_was_journaled(tmp_path, asked, pace):
    period = ("--from", "2026-01-05", "--to", "2026-12-31")  # far longer than the interrupt takes to arrive
    process = start("run", *period, "--pace", pace, "--home", tmp_path, stdout=subprocess.PIPE)
    while process.poll() is None and not begun(tmp_path):
        time.sleep(0.1)
    process.send_signal(asked)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (1, "")
    assert err == "error: interrupted: the journal holds what was done until then\n"
    with open_ledger(tmp_path, create=False) as ledger:
        run = ledger.latest()
        assert verify(run).ok
        assert not of_run(run).complete
    assert heartbeat.read(tmp_path).ended


def test_the_home_comes_from_the_environment(ran):
    environment = {**os.environ, "ALLUSR_HOME": str(ran.home)}
    done = subprocess.run([*COMMAND, "status"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0
    assert "SPY 13 Feb 200 put" in done.stdout


def test_help_imports_no_engine():
    code = "import sys; from allusr_sdk.cli.entry import invoke; invoke(['run', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"nautilus_trader", "pandas", "numpy", "sqlalchemy", "pyarrow", "rich.console", "pluggy"}


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (StateRefusal("halted: re-arm first"), 3, "error: halted: re-arm first\n"),
        (BreakError("B03 quantity"), 4, "error: B03 quantity\n"),
        (KeyboardInterrupt(), 1, "error: interrupted: the journal holds what was done until then\n"),
        (
            ZeroDivisionError("division\nby zero"),
            1,
            "error: unexpected ZeroDivisionError: division by zero; with ALLUSR_DEBUG=1 it tells where\n",
        ),
    ],
)
def test_every_error_is_one_line_with_its_exit_code(error, code, line, monkeypatch, capsys):
    def fail(arguments):
        raise error

    monkeypatch.setattr(entry, "_run", fail)
    monkeypatch.delenv("ALLUSR_DEBUG", raising=False)
    assert entry.invoke([]) == code
    assert capsys.readouterr().err == line


def test_debug_shows_the_traceback(monkeypatch):
    def fail(arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(entry, "_run", fail)
    monkeypatch.setenv("ALLUSR_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        entry.invoke([])
