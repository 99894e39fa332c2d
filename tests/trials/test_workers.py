"""Jobs beside one another: every job has its row, whatever becomes of it and of its worker.

The work is `eval`, so that a job says itself what it does; what is spawned finds it without these tests.
"""

from multiprocessing import active_children

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.workers import each


@pytest.mark.parametrize("workers", [0, 2])
def test_results_come_with_the_places_of_their_jobs(workers: int) -> None:
    found = dict(each(eval, ["1 + 1", "2 * 4", "None", "'a' * 3"], workers=workers))
    assert found == {0: 2, 1: 8, 2: None, 3: "aaa"}


@pytest.mark.parametrize("workers", [0, 1])
def test_a_job_that_fails_is_a_row_that_says_why_and_the_others_go_on(workers: int) -> None:
    found = dict(each(eval, ["1", "1 / 0", "3"], workers=workers))
    assert found == {0: 1, 1: Failed("ZeroDivisionError: division by zero", "<string>:1"), 2: 3}


def test_what_cannot_be_handed_back_is_a_failed_job() -> None:
    found = dict(each(eval, ["lambda: 1", "2"], workers=1))
    assert "lambda" in str(found[0])
    assert found[1] == 2


def test_a_worker_that_dies_takes_its_own_job_with_it_and_no_other() -> None:
    jobs = ["__import__('os')._exit(3)", "5", "__import__('os').kill(__import__('os').getpid(), 9)", "6"]
    found = dict(each(eval, jobs, workers=1))
    assert found == {
        0: Failed("its process ended by exit code 3", lost=True),
        1: 5,
        2: Failed("its process ended by signal 9, perhaps for want of memory", lost=True),
        3: 6,
    }


def test_workers_end_with_whoever_leaves_early() -> None:
    results = each(eval, ["1", "__import__('time').sleep(60)"], workers=2)
    assert next(results) == (0, 1)
    assert active_children()
    results.close()  # type: ignore[attr-defined]
    assert not active_children()


def test_a_worker_is_kept_for_its_jobs() -> None:
    found = dict(each(eval, ["__import__('os').getpid()"] * 6, workers=2))
    assert len(set(found.values())) <= 2


def test_less_than_no_worker_is_refused() -> None:
    with pytest.raises(InputError, match="--workers -1: give 1 or more"):
        each(eval, ["1"], workers=-1)


def test_no_job_starts_no_worker() -> None:
    assert list(each(eval, [])) == []


@pytest.mark.long
def test_a_cluster_of_this_machine_gives_the_same_rows() -> None:
    jobs = ["1 + 1", "1 / 0", "2 * 4"]
    assert dict(each(eval, jobs, ray="local", workers=2)) == dict(each(eval, jobs, workers=0))


@pytest.mark.long
def test_a_cluster_that_does_not_answer_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match=r"--ray auto: no cluster answers there: start one with `ray start --head`"):
        each(eval, ["1"], ray="auto")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_where_nobody_listens_is_refused_before_ray_is_asked(address: str) -> None:
    with pytest.raises(InputError, match=rf"^--ray {address}: nobody listens there: start one with `ray start --head`"):
        each(eval, ["1"], ray=address)


@pytest.mark.parametrize("address", ["hubbub", "", ":6379", "host:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InputError, match=rf"^--ray {address}: expected auto, local, HOST:PORT or ray://HOST:PORT$"):
        each(eval, ["1"], ray=address)
