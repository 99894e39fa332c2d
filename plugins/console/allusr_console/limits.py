"""How often something may be done: buckets that fill again, and lockouts after failures; memory is bounded."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from attrs import define, field, frozen


@frozen
class Rate:
    """So many at once, and so many a second after that."""

    burst: int
    second: float


@define
class Buckets:
    """A bucket for each key; of more than `most` keys the least used ones are forgotten.

    Attributes:
        rate: of each.
        clock: seconds that only rise.
    """

    rate: Rate
    most: int = 4096
    clock: Callable[[], float] = monotonic
    _levels: OrderedDict[str, tuple[float, float]] = field(factory=OrderedDict)

    def wait(self, key: str) -> float:
        """Take one; seconds to wait where there is none, 0 where it was taken."""
        now = self.clock()
        level, at = self._levels.pop(key, (float(self.rate.burst), now))
        level = min(float(self.rate.burst), level + (now - at) * self.rate.second)
        taken = level >= 1
        self._levels[key] = (level - 1 if taken else level, now)
        while len(self._levels) > self.most:
            self._levels.popitem(last=False)
        return 0.0 if taken else (1 - level) / self.rate.second

    def __len__(self) -> int:
        return len(self._levels)


@define
class Lockouts:
    """Who failed so often that no more tries are looked at for a while; each lockout is twice as long as the last.

    Attributes:
        tries: failures that lock out.
        seconds: of the first lockout; `longest` of the longest, after which failures are forgotten, too.
    """

    tries: int = 5
    seconds: float = 60.0
    longest: float = 3600.0
    most: int = 4096
    clock: Callable[[], float] = monotonic
    _failed: OrderedDict[str, tuple[int, float, float]] = field(factory=OrderedDict)  # failures, until, last

    def locked(self, key: str) -> float:
        """Seconds for which a key is locked out; 0 where it is not."""
        _, until, _ = self._failed.get(key, (0, 0.0, 0.0))
        return max(0.0, until - self.clock())

    def fail(self, key: str) -> float:
        """Count a failure; seconds of the lockout that it began, 0 where it began none."""
        now = self.clock()
        count, until, last = self._failed.pop(key, (0, 0.0, now))
        if now - max(last, until) > self.longest:
            count = 0
        count += 1
        over = count - self.tries
        length = min(self.longest, self.seconds * 2.0 ** min(over, 16)) if over >= 0 else 0.0
        self._failed[key] = (count, now + length if length else until, now)
        while len(self._failed) > self.most:
            self._failed.popitem(last=False)
        return length

    def forget(self, key: str) -> None:
        """Forget the failures of who succeeded."""
        self._failed.pop(key, None)

    def __len__(self) -> int:
        return len(self._failed)
