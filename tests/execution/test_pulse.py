"""The heartbeat tells an engine whose loop goes on from one that hangs (KS-9)."""

import socket
import stat
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from allusr_sdk.execution.pulse import Pulse
from allusr_sdk.ledger import heartbeat
from allusr_sdk.ledger.heartbeat import Life

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
HERE = socket.gethostname()


@pytest.fixture(autouse=True)
def seldom(monkeypatch):
    """The thread does not come between: a test looks itself."""
    monkeypatch.setattr("allusr_sdk.execution.pulse.EVERY", 3600.0)


def test_a_loop_that_goes_on_beats_and_one_that_hangs_does_not(tmp_path):
    with Pulse(tmp_path) as pulse:
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
    with Pulse(tmp_path):
        assert heartbeat.read(tmp_path).life(heartbeat.now(), 10, HERE) is Life.ALIVE
    assert heartbeat.read(tmp_path).life(heartbeat.now(), 10, HERE) is Life.ENDED
    with pytest.raises(KeyboardInterrupt), Pulse(tmp_path):
        raise KeyboardInterrupt
    assert heartbeat.read(tmp_path).ended
    with pytest.raises(ZeroDivisionError), Pulse(tmp_path):
        raise ZeroDivisionError
    assert not heartbeat.read(tmp_path).ended


def test_how_an_engine_is(tmp_path):
    with Pulse(tmp_path):
        beat = heartbeat.read(tmp_path)
        late = beat.at + timedelta(seconds=11)
        assert beat.life(late, 10, HERE) is Life.SILENT
        assert evolve(beat, born=beat.born - 60).life(late, 10, HERE) is Life.GONE  # another process has its number
        assert evolve(beat, born=beat.born - 60).life(late, 10, "elsewhere") is Life.SILENT


def test_the_heartbeat_is_its_owners_alone_whole_and_no_reason_to_fail(tmp_path):
    with Pulse(tmp_path / "gone") as pulse:
        pulse.beat(AT)
    with Pulse(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == ["heartbeat"]
        assert stat.S_IMODE((tmp_path / "heartbeat").stat().st_mode) == 0o600
    (tmp_path / "heartbeat").write_text("{")
    assert heartbeat.read(tmp_path) is None
