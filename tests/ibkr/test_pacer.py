"""No more than so many messages leave within any second, whatever comes when and however late the loop is."""

import heapq
from bisect import bisect_right

from hypothesis import given
from hypothesis import strategies as st

from allusr_sdk.execution.ibkr.port.gateway import RATE
from allusr_sdk.execution.ibkr.port.pacer import SECOND, Pacer

MOST = 5
SPANS = st.floats(0, 3, allow_nan=False).map(lambda each: round(each, 3))


class World:
    """A clock, a socket that takes its time, and a loop that is late."""

    def __init__(self, delays):
        self.now, self.left = 0.0, []
        self._delays, self._due, self._count = iter(delays), [], 0
        self.pacer = Pacer(MOST, self.write, lambda: self.now, self.later)

    def write(self, message):
        self.now += next(self._delays, 0.0) / 10
        self.left.append((self.now, message))
        self.now += next(self._delays, 0.0) / 10

    def later(self, seconds, call):
        self._count += 1
        heapq.heappush(self._due, (self.now + seconds, self._count, call))

    def until(self, at):
        while self._due and self._due[0][0] <= at:
            due, _, call = heapq.heappop(self._due)
            self.now = max(self.now, due) + next(self._delays, 0.0)
            call()
        self.now = max(self.now, at)


@given(st.lists(SPANS, max_size=40), st.lists(SPANS, max_size=80))
def test_no_second_has_more_than_may_be_and_all_leave_in_their_order(gaps, delays):
    world, sent = World(delays), []
    for number, gap in enumerate(gaps):
        world.until(world.now + gap / 8)
        world.pacer.send(b"%d" % number)
        sent.append(b"%d" % number)
    world.until(world.now + 1000)
    assert [message for _, message in world.left] == sent
    times = [at for at, _ in world.left]
    assert all(bisect_right(times, at + SECOND) - place <= MOST for place, at in enumerate(times))


def test_as_many_as_may_be_leave_at_once():
    world = World([])
    for number in range(MOST + 1):
        world.pacer.send(b"%d" % number)
    assert len(world.left) == MOST
    world.until(1.1)
    assert len(world.left) == MOST + 1


def test_ours_is_below_what_ibkr_allows():
    assert RATE + 1 <= 45  # and the greeting, which is no message
