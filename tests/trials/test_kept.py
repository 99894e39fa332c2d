"""What a sweep has done is on the disk: a killed one goes on, and another does not mix with it."""

import pytest

from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.kept import RESULTS, kept, read


def test_a_sweep_comes_back_as_it_was(tmp_path, sweep, outcome):
    made, results = sweep("a.x=1,2", "b.y=0.1:0.2:0.1"), {1: outcome([0.01]), 2: Failed("no", refused=True)}
    with kept(tmp_path, made) as store:
        for number, result in results.items():
            store.keep(number, result)
    assert read(tmp_path) == (made, results)
    with kept(tmp_path, made) as store:
        assert store.results == results


def test_a_line_that_was_cut_short_is_no_result_and_its_trial_is_made_again(tmp_path, sweep, outcome):
    made = sweep("a.x=1,2")
    with kept(tmp_path, made) as store:
        store.keep(1, outcome([0.01]))
        store.keep(2, outcome([0.02]))
    file = tmp_path / RESULTS
    file.write_bytes(file.read_bytes()[:-20])
    assert list(read(tmp_path)[1]) == [1]
    with kept(tmp_path, made) as store:
        assert list(store.results) == [1]
        store.keep(2, outcome([0.02]))
    assert read(tmp_path)[1] == {1: outcome([0.01]), 2: outcome([0.02])}


def test_a_trial_whose_worker_was_lost_is_tried_again(tmp_path, sweep):
    with kept(tmp_path, sweep("a.x=1,2")) as store:
        store.keep(1, Failed("its process ended", lost=True))
        assert list(store.results) == [1]
    assert read(tmp_path)[1] == {}


@pytest.mark.parametrize(("other", "said"), [
    (lambda sweep: sweep("a.x=1,3"), "differs in over:"),
    (lambda sweep: sweep("a.x=1,2", seeds=(7, 8)), "differs in seeds:"),
    (lambda sweep: sweep("a.x=1,2", code="new", rulebook="2.1.0+def"), "differs in rulebook, code:"),
])  # fmt: skip
def test_another_sweep_is_refused_by_what_differs(tmp_path, sweep, other, said):
    with kept(tmp_path, sweep("a.x=1,2", code="old")):
        pass
    made = other(lambda *over, **more: sweep(*over, **{"code": "old"} | more))
    with pytest.raises(InputError, match=said), kept(tmp_path, made):
        pass


def test_one_process_at_a_time_goes_on_with_a_sweep(tmp_path, sweep):
    made = sweep("a.x=1,2")
    with kept(tmp_path, made), pytest.raises(StateRefusal, match="another process"), kept(tmp_path, made):
        pass


def test_a_folder_without_a_sweep_is_refused_with_what_makes_one(tmp_path):
    with pytest.raises(InputError, match=r"no sweep there: `allusr sweep --over K=V\.\. --out"):
        read(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, sweep):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"), kept(tmp_path / "file", sweep("a.x=1")):
        pass
