"""When an engine that ended is started again, and how long that waits: a table and a doubling, no processes."""

import signal
from collections.abc import Mapping
from enum import StrEnum

from attrs import frozen

FIRST, MOST = 1.0, 300.0  # seconds between an end and the next start: the first wait, and the longest
SETTLED = 600.0  # seconds of life after which an end is the first again


GONE = -256  # of a process of another's that is there no more and did not say why; no signal has that number


class End(StrEnum):
    """What an end means."""

    DONE = "done"
    REFUSED = "refused"
    DIED = "died"


# What the exit codes of `allusr` say: whoever starts it again for 2, 3 or 4 is told the same again.
_ENDS: Mapping[int, tuple[End, str]] = {
    0: (End.DONE, ""),
    2: (End.REFUSED, "bad input"),
    3: (End.REFUSED, "refused by state"),
    4: (End.REFUSED, "books, broker or hashes disagree"),
}


def meaning(code: int) -> End:
    """What an exit code means; a signal's is below nought."""
    return _ENDS.get(code, (End.DIED, ""))[0]


def words(code: int) -> str:
    """An end in words."""
    if code == GONE:
        return "is gone without a goodbye"
    if code < 0:
        known = {number.value: number.name for number in signal.Signals}
        return f"killed by {known.get(-code, f'signal {-code}')}"
    why = _ENDS.get(code, (End.DIED, "failed or interrupted"))[1]
    return f"ended with {code} ({why})" if why else "ended"


@frozen
class Patience:
    """How often an engine has died in a row; a life of ten minutes begins the count anew."""

    deaths: int = 0

    def after(self, lived: float) -> "Patience":
        """One more death, after so many seconds of life."""
        return Patience(1 if lived >= SETTLED else self.deaths + 1)

    @property
    def wait(self) -> float:
        """Seconds until the next start."""
        return min(FIRST * 2.0 ** (min(self.deaths, 30) - 1), MOST) if self.deaths else 0.0
