"""The heartbeat tells an engine whose loop goes on from one that hangs (KS-9), whatever becomes of the wall clock."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from allusr_sdk.execution.pulse import Pulse
from allusr_sdk.ledger import clocks, heartbeat
from allusr_sdk.ledger.heartbeat import Life
from allusr_sdk.ledger.hearts import FileHeart

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def seldom(monkeypatch):
    """The thread does not come between: a test looks itself."""
    monkeypatch.setattr("allusr_sdk.execution.pulse.EVERY", 3600.0)


@pytest.fixture
def set_clock(monkeypatch):
    """Set the wall clock of this process forward by so much, or back."""

    def move(by):
        monkeypatch.setattr(clocks, "now", lambda: datetime.now(UTC) + by)

    return move


def pulse_in(folder):
    return Pulse(FileHeart(folder))


def life(folder, silence=10):
    return heartbeat.read(folder).life(clocks.reading(), silence)


def test_a_loop_that_goes_on_beats_and_one_that_hangs_does_not(tmp_path):
    with pulse_in(tmp_path) as pulse:
        first = heartbeat.read(tmp_path)
        pulse.look()
        assert heartbeat.read(tmp_path) == first
        pulse.beat(AT, 3)
        pulse.look()
        second = heartbeat.read(tmp_path)
        assert (second.progress, second.run, second.instant) == (1, 3, AT)
        assert second.at > first.at
        pulse.look()
        assert heartbeat.read(tmp_path) == second


def test_one_that_ends_or_is_interrupted_says_goodbye_and_one_that_fails_does_not(tmp_path):
    with pulse_in(tmp_path):
        assert life(tmp_path) is Life.ALIVE
    assert life(tmp_path) is Life.ENDED
    with pytest.raises(KeyboardInterrupt), pulse_in(tmp_path):
        raise KeyboardInterrupt
    assert heartbeat.read(tmp_path).ended
    with pytest.raises(ZeroDivisionError), pulse_in(tmp_path):
        raise ZeroDivisionError
    assert not heartbeat.read(tmp_path).ended


def test_how_an_engine_is(tmp_path):
    with pulse_in(tmp_path):
        beat, now = heartbeat.read(tmp_path), clocks.reading()
        late = evolve(now, uptime=beat.uptime + 11)
        assert beat.life(late, 10) is Life.SILENT
        assert evolve(beat, born=beat.born - 60).life(late, 10) is Life.GONE  # another process has its number
        assert evolve(beat, boot="another").life(now, 10) is Life.GONE  # the machine was started since
        assert evolve(beat, boot="another").life(evolve(now, host="elsewhere"), 10) is Life.ALIVE


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_step_of_the_wall_clock_neither_makes_a_silence_nor_hides_one(tmp_path, set_clock, by):
    with pulse_in(tmp_path):
        beat = heartbeat.read(tmp_path)
        set_clock(by)
        now = clocks.reading()
        assert beat.life(now, 10) is Life.ALIVE
        assert beat.life(evolve(now, uptime=now.uptime + 11), 10) is Life.SILENT
        assert abs(beat.step(now) - by) < timedelta(seconds=5)


def test_the_beats_behind_a_step_are_as_good_as_those_before(tmp_path, set_clock):
    with pulse_in(tmp_path) as pulse:
        for by in (-HOUR, HOUR):
            set_clock(by)
            pulse.beat(AT)
            pulse.look()
            beat = heartbeat.read(tmp_path)
            assert abs(beat.step(clocks.reading())) < timedelta(seconds=5)
            assert life(tmp_path) is Life.ALIVE


def test_a_beat_ahead_of_the_only_clock_there_is_tells_nothing(tmp_path):
    with pulse_in(tmp_path):
        beat, now = heartbeat.read(tmp_path), clocks.reading()
        there = evolve(now, host="elsewhere", boot="another")
        assert beat.life(evolve(there, wall=now.wall - HOUR), 10) is Life.UNKNOWN
        assert beat.life(evolve(there, wall=now.wall + HOUR), 10) is Life.SILENT


def test_the_heartbeat_is_its_owners_alone_whole_and_no_reason_to_fail(tmp_path):
    with pulse_in(tmp_path / "gone") as pulse:
        pulse.beat(AT)
    with pulse_in(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["heartbeat"]
        assert stat.S_IMODE((tmp_path / "heartbeat").stat().st_mode) == 0o600
    (tmp_path / "heartbeat").write_text("{")
    assert heartbeat.read(tmp_path) is None


def test_the_number_by_which_a_process_is_known_does_not_move_with_the_wall_clock(monkeypatch):
    """psutil reckons it from the start of the machine by the wall clock, which is another after a step."""
    import os

    import psutil

    before = clocks.born(os.getpid())
    monkeypatch.setattr(psutil._pslinux, "boot_time", lambda: 1.0)
    assert clocks.born(os.getpid()) == before
