"""Files of recorded views: cut, damaged, foreign or full, they play what is whole or say what is wrong."""

import numpy as np
import pytest

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market.recording import Head, RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from allusr_sdk.market.synthetic import SyntheticMarket
from allusr_sdk.model.views import Vix
from tests.market.recorded import DAY, HEAD, NEXT, Told, put, record, shown, snapshot, step


@pytest.fixture
def whole(tmp_path):
    """A recording of three short steps, and its bytes."""
    steps = [step(at, snapshots=[snapshot(at=at)]) for at in ("10:00", "10:30", "11:00")]
    market = record(tmp_path / "whole", Told(*steps), lambda step: step.view.snapshots["SPY"].volumes(put()))
    return place(tmp_path / "whole", 1).read_bytes(), [shown(s.view) for s in market.steps(DAY, NEXT)]


def test_a_file_that_was_cut_anywhere_plays_what_is_whole_and_says_what_is_torn(whole, tmp_path):
    content, views = whole
    frames = []
    for end in range(len(content) + 1):
        (tmp_path / "1.views").write_bytes(content[:end])
        try:
            market = RecordedMarket(tmp_path / "1.views")
        except DataError:
            assert not frames  # only before the first frame there is nothing to play
            continue
        played = [shown(s.view) for s in market.steps(DAY, NEXT)]
        assert played == views[: len(played)]
        frames.append((len(played), market.torn))
    assert [count for count, torn in frames if torn == 0] == [0, 1, 2, 3]
    assert sorted({count for count, torn in frames if torn}) == [0, 1, 2]


def test_a_damaged_file_is_refused_where_it_is_damaged(whole, tmp_path):
    content, _ = whole
    (tmp_path / "1.views").write_bytes(content[:-10] + b"\0" + content[-9:])
    market = RecordedMarket(tmp_path / "1.views")
    with pytest.raises(DataError, match=r"1\.views: damaged at byte \d+"):
        list(market.steps(DAY, NEXT))


def test_another_file_or_none_is_refused(tmp_path):
    (tmp_path / "1.views").write_bytes(b"a,b,c\n1,2,3\n")
    with pytest.raises(DataError, match=r"1\.views: not a recording of views"):
        RecordedMarket(tmp_path / "1.views")
    with pytest.raises(InputError, match="no views at"):
        RecordedMarket(tmp_path / "2.views")


def test_a_newer_form_is_refused_with_what_to_do(tmp_path):
    recorder = Recorder(tmp_path)
    recorder.begin(1, Head(
        version=99, first="", market="", settings="", rulebook="", plugins={}, tables={}, rules={},
    ))  # fmt: skip
    recorder.close()
    with pytest.raises(InputError, match="update allusr-sdk"):
        RecordedMarket(place(tmp_path, 1))


def test_a_file_is_its_owners_alone(tmp_path):
    record(tmp_path / "views", Told(step()), lambda step: None)
    assert place(tmp_path / "views", 1).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "views").stat().st_mode & 0o777 == 0o700


def test_a_disk_that_is_full_ends_the_recording_and_not_the_run(tmp_path, monkeypatch):
    def full(self, record):
        raise OSError(28, "No space left on device")

    recorder, walked = Recorder(tmp_path), []
    for number, told in enumerate(recorder.watch(Told(step("10:00"), step("10:30")), DAY, NEXT)):
        if not number:
            recorder.begin(1, HEAD)
            monkeypatch.setattr("allusr_sdk.market.recording.store.Store.add", full)
        walked.append(told)
    recorder.close()
    assert len(walked) == 2
    assert recorder.problem == "the recording of views ended: No space left on device"


def test_numbers_of_numpy_are_kept_as_numbers(tmp_path):
    index = Vix(np.float64(17.5), step().view.at, (np.float64(16.0),))
    told = Told(step(vix=index, rate=np.float64(0.05), snapshots=[snapshot(volumes=lambda c: np.array([1.0, 2.0]))]))
    market = record(tmp_path, told, lambda step: step.view.snapshots["SPY"].volumes(put()))
    view = next(market.steps(DAY, NEXT)).view
    assert (view.vix, view.rate, view.snapshots["SPY"].volumes(put())) == (index, 0.05, (1.0, 2.0))


@pytest.mark.parametrize("shown", [{"halted": frozenset({1, "SPY"})}, {"rate": object()}], ids=["view", "frame"])
def test_what_no_recording_can_keep_ends_it_and_not_the_run(tmp_path, shown):
    recorder, walked = Recorder(tmp_path), []
    for number, told in enumerate(recorder.watch(Told(step("10:00"), step("10:30", **shown)), DAY, NEXT)):
        if not number:
            recorder.begin(1, HEAD)
        walked.append(told)
    recorder.close()
    assert len(walked) == 2
    assert recorder.problem.startswith("the recording of views ended: ")
    assert len(list(RecordedMarket(place(tmp_path, 1)).steps(DAY, NEXT))) == 1


def test_a_look_that_cannot_be_noted_is_answered_all_the_same(tmp_path):
    recorder = Recorder(tmp_path)
    told = Told(step(snapshots=[snapshot(volumes=lambda contract: ("many",))]))
    for watched in recorder.watch(told, DAY, NEXT):
        recorder.begin(1, HEAD)
        assert watched.view.snapshots["SPY"].volumes(put()) == ("many",)
    recorder.close()
    assert recorder.problem.startswith("the recording of views ended: ValueError")


def test_equal_walks_are_recorded_as_equal_bytes(tmp_path):
    source = SyntheticMarket(seed=7, symbols=("SPY",), minutes=30)
    for name in ("one", "other"):
        record(tmp_path / name, source, lambda step: step.view.snapshots["SPY"].chain, DAY, DAY)
    assert place(tmp_path / "one", 1).read_bytes() == place(tmp_path / "other", 1).read_bytes()
