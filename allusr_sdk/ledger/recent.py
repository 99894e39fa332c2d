"""The newest entries of a run as they were appended: who reads a week that has just ended asks no database."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from allusr_sdk.ledger.entry import Entry
from allusr_sdk.ledger.starts import monday
from allusr_sdk.model.calendar import NEW_YORK, iso_week


class Recent:
    """Entries of the running week and the one before, without a gap; memory stays flat."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._week = 0
        self._next = datetime.min.replace(tzinfo=UTC)

    def add(self, entry: Entry) -> None:
        """Take the entry that follows the last one."""
        if entry.at >= self._next:
            self._entries = self._entries[self._week :]
            self._week = len(self._entries)
            self._next = monday(iso_week(entry.at.astimezone(NEW_YORK).date() + timedelta(days=7)))
        self._entries.append(entry)

    def after(self, seq: int) -> Sequence[Entry] | None:
        """All entries after number `seq`, oldest first; None where that reaches further back than is kept."""
        if not self._entries or seq < self._entries[0].seq - 1:
            return None
        return self._entries[seq - self._entries[0].seq + 1 :]
