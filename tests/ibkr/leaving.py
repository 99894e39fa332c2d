"""When messages left this process: a meter at the other side counts what it reads late as what came together."""

from bisect import bisect_right
from collections import defaultdict
from time import monotonic

from ib_async.connection import Connection

MOST = 45
"""Messages of one connection within a second; IBKR allows 50."""


class Left:
    """What every connection of this process writes, from now on.

    Attributes:
        others: connections that are not ours.
    """

    def __init__(self, patch):
        self.others = set()
        self._times, whole = defaultdict(list), Connection.sendMsg

        def sent(connection, message):
            self._times[connection].append(monotonic())
            whole(connection, message)

        patch.setattr(Connection, "sendMsg", sent)

    @property
    def count(self):
        """How many messages left over connections of ours."""
        return sum(map(len, self._ours))

    @property
    def peak(self):
        """The most of one connection of ours within a second."""
        return max(bisect_right(times, at + 1.0) - n for times in self._ours for n, at in enumerate(times))

    @property
    def _ours(self):
        return [times for connection, times in self._times.items() if connection not in self.others]
