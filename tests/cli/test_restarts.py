"""When an engine is started again, and how long that waits."""

import signal

import pytest

from allusr_sdk.cli.restarts import GONE, End, Patience, meaning, words


@pytest.mark.parametrize(
    ("code", "end", "told"),
    [
        (0, End.DONE, "ended"),
        (1, End.DIED, "ended with 1 (failed or interrupted)"),
        (2, End.REFUSED, "ended with 2 (bad input)"),
        (3, End.REFUSED, "ended with 3 (refused by state)"),
        (4, End.REFUSED, "ended with 4 (books, broker or hashes disagree)"),
        (127, End.DIED, "ended with 127 (failed or interrupted)"),
        (-signal.SIGKILL, End.DIED, "killed by SIGKILL"),
        (-signal.SIGTERM, End.DIED, "killed by SIGTERM"),
        (-250, End.DIED, "killed by signal 250"),
        (GONE, End.DIED, "is gone without a goodbye"),
    ],
)
def test_what_an_end_means(code, end, told):
    assert (meaning(code), words(code)) == (end, told)


@pytest.mark.parametrize(
    ("lives", "waits"),
    [
        ((), []),
        ((0, 0, 0, 0), [1, 2, 4, 8]),
        ((1,) * 10, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]),
        ((0,) * 2000, [300]),
        ((599, 599, 600, 599), [1, 2, 1, 2]),
        ((86400, 86400), [1, 1]),
    ],
)
def test_the_wait_doubles_up_to_five_minutes_and_begins_anew_after_ten_of_life(lives, waits):
    patience, found = Patience(), []
    for lived in lives:
        patience = patience.after(lived)
        found.append(patience.wait)
    assert found[-len(waits) :] == waits


def test_the_first_start_waits_for_nothing():
    assert Patience().wait == 0
