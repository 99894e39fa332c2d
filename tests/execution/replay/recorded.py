"""Runs that are recorded to be replayed, and how a replay is read."""

from datetime import date

from allusr_sdk import hookimpl

FRIDAY = date(2026, 2, 13)
TIGHT, WIDE = (1.00, 1.01, 5000, 5000), (1.00, 1.40, 5000, 5000)
NOTHING = {
    "plugins": None, "config": None, "sets": (), "what_if": (), "mode": "backtest", "market": None, "daily": None,
    "earnings": None, "symbols": None, "capital": None, "first": None, "last": None, "seed": None, "pace": "fast",
}  # fmt: skip


class Nervous:
    """A guard that raises at its third look, and an observer that always does."""

    name = "nervous"

    def __init__(self):
        self.looks = self.told = 0

    @hookimpl
    def allusr_halt(self, view):
        """Raises once."""
        self.looks += 1
        if self.looks == 3:
            raise ValueError("too much")

    @hookimpl
    def allusr_event(self, event):
        """Raises always."""
        self.told += 1
        raise ValueError("not my day")
