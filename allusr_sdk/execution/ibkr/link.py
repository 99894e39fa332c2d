"""How well a gateway is connected: a state machine fed with meanings of codes, and nothing else."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from allusr_sdk.execution.ibkr.errors import Meaning


class Reach(StrEnum):
    """How far we reach."""

    DOWN = "DOWN"
    """No connection to TWS, or one that answers nothing."""
    DEGRADED = "DEGRADED"
    """TWS answers and is cut off from IBKR: nothing new is sent, nothing that it says is dropped."""
    CONNECTED = "CONNECTED"


@frozen(kw_only=True)
class Link:
    """The state, why, and what has to be done again.

    Attributes:
        reads: counts how often everything has to be asked for again: connections, and ends of a cut.
        joins: counts connections.
        lines: counts how often subscriptions were lost.
        broken: farms that are broken, by name; quotes are unusable until none is.
    """

    reach: Reach = Reach.DOWN
    why: str = "not connected yet"
    reads: int = 0
    joins: int = 0
    lines: int = 0
    broken: frozenset[str] = frozenset()

    @property
    def trades(self) -> bool:
        """Whether orders may leave."""
        return self.reach is Reach.CONNECTED

    @property
    def quotes(self) -> bool:
        """Whether quotes may be used."""
        return self.trades and not self.broken

    def joined(self) -> "Link":
        """A connection began."""
        return Link(
            reach=Reach.CONNECTED, why="connected", reads=self.reads + 1, joins=self.joins + 1, lines=self.lines + 1
        )  # fmt: skip

    def parted(self, why: str) -> "Link":
        """It ended, or answers nothing."""
        return evolve(self, reach=Reach.DOWN, why=why, broken=frozenset())

    def told(self, meaning: Meaning, text: str) -> "Link":
        """What a notice changes. A cut is told many times; one that ends where none began still loses lines."""
        if self.reach is Reach.DOWN:
            return self
        if meaning is Meaning.LOST:
            return evolve(self, reach=Reach.DEGRADED, why=text)
        if meaning in (Meaning.RESTORED, Meaning.RESTORED_EMPTY):
            lost = meaning is Meaning.RESTORED_EMPTY
            return evolve(self, reach=Reach.CONNECTED, why=text, reads=self.reads + 1, lines=self.lines + lost)
        farm = {text.rpartition(":")[2].strip() or text}
        if meaning is Meaning.FARM_BROKEN:
            return evolve(self, broken=self.broken | farm)
        return evolve(self, broken=self.broken - farm) if meaning is Meaning.FARM_OK else self


def quiet(at: datetime, begins: time, minutes: int, zone: str) -> bool:
    """Whether an instant lies in the gateway's daily restart, which is an outage that nobody is called for."""
    local = at.astimezone(ZoneInfo(zone))
    for day in (local.date() - timedelta(days=1), local.date()):
        first = datetime.combine(day, begins, ZoneInfo(zone))
        if first <= local < first + timedelta(minutes=minutes):
            return True
    return False
