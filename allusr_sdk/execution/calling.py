"""What a broker's connection wants a person to look at, in the journal: once each, and when it is over."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.errors import BrokerSilent
from allusr_sdk.kernel.cycle import Kernel
from allusr_sdk.model.events import Decided, Paged


class Raised(Protocol):
    """One alarm.

    Attributes:
        what: in words.
        about: what it is about, as a cause of a switch or an order's key.
        rule: that it rests on.
        calls: whether a person is called; off where it only tells that something is over.
    """

    @property
    def what(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def calls(self) -> bool: ...


class Calling:
    """Takes the alarms of a connection that has any: one with a method `raised`, which gives each once."""

    def __init__(self, kernel: Kernel, broker: Broker | None) -> None:
        self._kernel = kernel
        self._raised: Callable[[], Iterable[Raised]] = getattr(broker, "raised", tuple)

    def take(self, at: datetime | None = None) -> None:
        """Journal what was raised since the last time, at an instant of the run's market."""
        try:
            raised = tuple(self._raised())
        except BrokerSilent:
            return  # it is raised when it is asked for again
        for alarm in raised:
            if alarm.calls:
                event: Decided | Paged = Paged(rule=alarm.rule, subject=alarm.about, why=alarm.what)
            else:
                event = Decided(rule=alarm.rule, verdict="skip", why=alarm.what)
            self._kernel.heard(event, at)
