"""The parts of a running console, for whoever makes pages or answers."""

from attrs import frozen

from allusr_console.access import Access
from allusr_console.audit import Audit
from allusr_console.desk import Desk
from allusr_console.house import House
from allusr_console.settings import Settings


@frozen(eq=False)
class Console:
    """All that a page or an answer needs."""

    settings: Settings
    house: House
    access: Access
    audit: Audit
    desk: Desk

    def start(self) -> None:
        """Begin to follow the accounts."""
        self.house.start()

    def stop(self) -> None:
        """Write what is left to write, and end the threads."""
        self.audit.stop()
        self.house.stop()
