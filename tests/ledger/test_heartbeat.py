"""A heartbeat held against the clocks of whoever looks: age, steps of the wall clock, and how the engine is."""

import os
import stat
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psutil
import pytest
from attrs import evolve

from allusr_sdk.ledger import heartbeat
from allusr_sdk.ledger.clocks import Reading
from allusr_sdk.ledger.heartbeat import Heartbeat, Life

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
BEAT = Heartbeat(pid=4711, born=100.0, host="here", at=AT, boot="b1", uptime=50.0)


def seconds(count):
    return timedelta(seconds=count)


def look(wall, uptime=50.0, boot="b1", host="here"):
    """What the clocks show so many seconds after the beat by the wall clock."""
    return Reading(AT + seconds(wall), host, boot, uptime)


@pytest.fixture
def processes(monkeypatch):
    """Processes by number: how each is and when it began."""
    there = {4711: (psutil.STATUS_RUNNING, 100.0)}

    def process(pid=None):
        if pid not in there:
            raise psutil.NoSuchProcess(pid or 0)
        return SimpleNamespace(status=lambda: there[pid][0])

    monkeypatch.setattr(psutil, "Process", process)
    monkeypatch.setattr(heartbeat, "born", lambda pid: there[pid][1])
    return there


@pytest.mark.parametrize(
    ("beat", "now", "age"),
    [
        (BEAT, look(3600, uptime=57.0), 7),
        (BEAT, look(9, uptime=1.0, boot="b2"), 9),
        (evolve(BEAT, boot=""), look(9, uptime=57.0), 9),
        (evolve(BEAT, boot=""), look(9, uptime=57.0, boot=""), 9),
        (BEAT, look(9, uptime=57.0, boot=""), 9),
    ],
)
def test_the_age_goes_by_the_clock_that_nobody_sets_where_both_looked_at_it_else_by_the_wall_clock(beat, now, age):
    assert beat.age(now) == seconds(age)


def test_a_step_is_what_the_wall_clock_went_beyond_the_age_and_nought_where_nothing_else_is_known():
    assert BEAT.step(look(3607, uptime=57.0)) == seconds(3600)
    assert BEAT.step(look(-3593, uptime=57.0)) == seconds(-3600)
    assert BEAT.step(look(9, boot="b2")) == seconds(0)


@pytest.mark.parametrize(
    ("uptime", "life"),
    [(110.0, Life.ALIVE), (110.1, Life.SILENT), (45.0, Life.ALIVE), (44.9, Life.UNKNOWN)],
)
def test_a_silence_is_longer_than_it_may_be_and_a_beat_ahead_of_the_clock_is_unknown(processes, uptime, life):
    assert BEAT.life(look(0, uptime=uptime), 60) is life


def test_one_that_said_goodbye_has_ended_whatever_else_is_true(processes):
    processes.clear()
    assert evolve(BEAT, ended=True).life(look(3600), 60) is Life.ENDED


@pytest.mark.parametrize("host", ["here", "elsewhere"])
def test_a_process_is_missed_on_its_own_machine_alone(processes, host):
    processes.clear()
    assert BEAT.life(look(0, host=host), 60) is (Life.GONE if host == "here" else Life.ALIVE)


@pytest.mark.parametrize(
    ("status", "born", "boot", "life"),
    [
        (psutil.STATUS_RUNNING, 100.9, "b1", Life.ALIVE),
        (psutil.STATUS_STOPPED, 99.1, "b1", Life.ALIVE),
        (psutil.STATUS_RUNNING, 101.0, "b1", Life.GONE),
        (psutil.STATUS_RUNNING, 99.0, "b1", Life.GONE),
        (psutil.STATUS_ZOMBIE, 100.0, "b1", Life.GONE),
        (psutil.STATUS_RUNNING, 100.0, "b2", Life.GONE),
    ],
)
def test_a_process_is_there_while_it_began_then_is_no_corpse_and_its_machine_was_not_started_anew(
    processes, status, born, boot, life
):
    processes[4711] = status, born
    assert BEAT.life(look(0, boot=boot), 60) is life


def test_where_no_running_of_the_machine_is_known_the_process_alone_counts(processes):
    unknown = evolve(BEAT, boot="")
    assert unknown.life(look(0), 60) is Life.ALIVE
    processes.clear()
    assert unknown.life(look(0), 60) is Life.GONE


def test_a_beat_is_read_as_it_was_written_and_its_file_is_private_and_alone(tmp_path):
    for beat in (evolve(BEAT, run=3, instant=AT, progress=123_456), BEAT):
        heartbeat.write(tmp_path, beat)
        assert heartbeat.read(tmp_path) == beat
    assert [path.name for path in tmp_path.iterdir()] == ["heartbeat"]
    assert stat.S_IMODE((tmp_path / "heartbeat").stat().st_mode) == 0o600


def test_what_a_stop_left_of_a_beat_is_written_over_whole(tmp_path):
    (tmp_path / f".heartbeat.{os.getpid()}").write_bytes(b"x" * 10_000)
    heartbeat.write(tmp_path, BEAT)
    assert heartbeat.read(tmp_path) == BEAT


def test_no_beat_is_written_through_a_link(tmp_path):
    (tmp_path / "elsewhere").write_text("mine")
    (tmp_path / f".heartbeat.{os.getpid()}").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match=r"symbolic links"):
        heartbeat.write(tmp_path, BEAT)
    assert (tmp_path / "elsewhere").read_text() == "mine"


@pytest.mark.parametrize("kept", [None, b"", b"{}", b"no heartbeat"])
def test_what_is_not_there_or_not_to_be_read_is_no_beat(tmp_path, kept):
    if kept is not None:
        (tmp_path / "heartbeat").write_bytes(kept)
    assert heartbeat.read(tmp_path) is None
