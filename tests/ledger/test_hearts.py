"""The heartbeat of a home that is a database of a server: read and written beside the ledger, missed under SIGSTOP."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import make_url, text

from allusr_sdk.errors import KernelError
from allusr_sdk.execution.pulse import Pulse
from allusr_sdk.ledger import clocks, open_ledger
from allusr_sdk.ledger.heartbeat import Heartbeat, Life
from allusr_sdk.ledger.hearts import FileHeart, RowHeart, heart_at, heart_of
from allusr_sdk.ledger.inbox import Inbox
from tests.ledger.servers import Server

SLOW = str(Path(__file__).parents[1] / "crash" / "slow.py")
ALLUSR = Path(sys.executable).with_name("allusr")
RUN = ("run", "--plugins", f"com_acc,protocol,{SLOW}", "--mode", "paper", "--from", "2026-01-05", "--to", "2026-01-07")
PATIENCE = 120  # seconds for what another process is sure to do


def beat(**more):
    now, pid = clocks.reading(), os.getpid()
    return evolve(
        Heartbeat(pid=pid, born=clocks.born(pid), host=now.host, at=now.wall, boot=now.boot, uptime=now.uptime), **more
    )


@pytest.fixture
def url(postgres_url):
    """A database with a ledger."""
    open_ledger(postgres_url).close()
    return postgres_url


@pytest.fixture
def heart(url):
    """Its heart, as an engine of the first epoch has it."""
    made = RowHeart(make_url(url), 1)
    yield made
    made.close()


def shown(target):
    """What another process reads."""
    other = heart_at(str(target))
    found = other.read()
    other.close()
    return found


def test_what_is_written_last_is_read_by_others(heart, url):
    assert shown(url) is None
    for progress in (1, 2):
        heart.write(beat(progress=progress, run=3, instant=datetime(2026, 2, 12, 15, 0, tzinfo=UTC)))
    found = shown(url)
    assert (found.progress, found.run, found.pid) == (2, 3, os.getpid())
    assert found.life(clocks.reading(), 60) is Life.ALIVE


def test_one_that_lost_its_lease_does_not_beat_over_its_successor(heart, url):
    heart.write(beat(progress=7))
    successor = RowHeart(make_url(url), 2)
    successor.write(beat(progress=1, run=2))
    heart.write(beat(progress=8))
    assert (shown(url).progress, shown(url).run) == (1, 2)
    successor.close()


def test_the_age_of_a_beat_goes_by_the_servers_clock_wherever_it_is_read(heart, url, monkeypatch):
    heart.write(beat(host="elsewhere", boot="another", at=datetime(2020, 1, 1, tzinfo=UTC)))
    monkeypatch.setattr(clocks, "now", lambda: datetime.now(UTC) - timedelta(hours=1))
    found = shown(url)
    assert found.life(clocks.reading(), 60) is Life.ALIVE
    with open_ledger(url) as ledger, ledger.engine.begin() as connection:
        connection.execute(text("UPDATE heartbeats SET at = at + interval '1 hour'"))
    assert shown(url).life(clocks.reading(), 60) is Life.UNKNOWN


@pytest.mark.parametrize("kept", ["a file", "a row", "nowhere"])
def test_an_engine_gets_the_place_of_its_home(kept, request, tmp_path):
    target = {"a file": tmp_path, "nowhere": "sqlite://"}.get(kept) or request.getfixturevalue("postgres_url")
    with open_ledger(target) as ledger, ledger.lease(), Pulse(heart_of(ledger)):
        kinds = {"a file": FileHeart, "a row": RowHeart, "nowhere": type(None)}
        assert isinstance(heart_of(ledger), kinds[kept])
        if kept != "nowhere":
            assert shown(target).life(clocks.reading(), 60) is Life.ALIVE
    if kept != "nowhere":
        assert shown(target).life(clocks.reading(), 60) is Life.ENDED


def test_a_beat_leaves_no_trace_in_the_journal_and_is_in_no_backup(heart, url, story, tmp_path):
    from allusr_sdk.ledger.backup import back_up, restore

    with open_ledger(url) as ledger:
        run = story.begin(ledger)
        heart.write(beat())
        assert [chain.id for chain in ledger.chains()] == [run.id]
        back_up(ledger, tmp_path / "copy.db")
    restore(tmp_path / "copy.db", str(tmp_path / "home"))
    assert shown(tmp_path / "home") is None
    with open_ledger(tmp_path / "home") as again, again.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM heartbeats")).scalar() == 0


# --- a server that refuses, or is gone -----------------------------------------------------------------------------


def test_a_database_that_takes_nothing_is_a_silence_and_no_reason_to_fail(url, monkeypatch):
    monkeypatch.setattr("allusr_sdk.execution.pulse.EVERY", 3600.0)
    heart = RowHeart(make_url(url), 1)
    with Pulse(heart) as pulse:
        with open_ledger(url) as ledger, ledger.engine.begin() as connection:
            name = make_url(url).database
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        heart.close()  # the setting is a new connection's
        pulse.beat(datetime(2026, 2, 12, 15, 0, tzinfo=UTC), 3)
        pulse.look()
        with pytest.raises(OSError, match="cannot execute INSERT in a read-only transaction"):
            heart.write(beat(progress=2))
        assert shown(url).progress == 0


def test_a_server_that_was_gone_hears_the_next_beat(heart, url, postgres_server):
    heart.write(beat(progress=1))
    with Server(postgres_server).gone():
        with pytest.raises(OSError, match=r"."):
            heart.write(beat(progress=2))
        with pytest.raises(KernelError, match=r"the ledger's database cannot be read \(") as no:
            shown(url)
        assert "\n" not in str(no.value)
    heart.write(beat(progress=3))
    assert shown(url).progress == 3


# --- a process that is stopped -------------------------------------------------------------------------------------


def allusr(*words, home):
    return subprocess.run(
        [str(ALLUSR), *words, "--home", str(home)], capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def begun(url, engine):
    """Wait until an engine has a market; returns what it said."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert engine.poll() is None, engine.communicate()
        found = shown(url)
        if found is not None and found.instant is not None and found.run:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no beat in {PATIENCE} s")


@pytest.mark.long
def test_status_and_watchdog_see_an_engine_whose_home_is_a_database_under_sigstop_too(url):
    command = [str(ALLUSR), *RUN, "--home", url, "--json"]
    env = {**os.environ, "ALLUSR_SLOW": "0.05"}
    with subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as engine:
        try:
            assert begun(url, engine).pid == engine.pid
            alive = json.loads(allusr("status", "--json", home=url).stdout)["engine"]
            assert (alive["life"], alive["pid"]) == ("alive", engine.pid)
            engine.send_signal(signal.SIGSTOP)
            barked = allusr("watchdog", "--silence", "3", home=url)
            assert (barked.returncode, barked.stdout) == (3, "")
            assert barked.stderr.startswith("error: KS-9: engine ")
            assert f"process {engine.pid} on " in barked.stderr
            engine.send_signal(signal.SIGCONT)
            engine.communicate(timeout=PATIENCE)
            assert engine.returncode == 0
        finally:
            engine.kill()
    with open_ledger(url) as ledger:
        (halt,) = Inbox(ledger).wishes
        assert (halt.event.actor, halt.obeyed) == ("watchdog", True)
        assert ledger.latest().book.state == "EMERGENCY"
    ended = allusr("watchdog", "--once", home=url)
    assert (ended.returncode, ended.stdout[:32]) == (0, "engine not running: it ended 202")
