"""A home read as it grows: each look takes up what its engine has written since the last."""

from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self

from allusr_sdk.errors import InputError
from allusr_sdk.ledger import Entry, Ledger, Run, open_ledger
from allusr_sdk.office.engine import beats, engine
from allusr_sdk.office.places import place, shown
from allusr_sdk.office.sighted import Sightings
from allusr_sdk.office.status import status
from allusr_sdk.office.wishes import operator
from allusr_sdk.reports.counts import Counts
from allusr_sdk.reports.facts import RunFacts, of_counts

if TYPE_CHECKING:
    from allusr_sdk.model.nodes import AccountMap

_KEPT = 500  # newest entries that are held for whoever shows them


class Followed:
    """The newest run of a home, followed. Only the first look reads a journal whole. One thread at a time may use it.

    Args:
        home: a folder, or a database's URL.

    Attributes:
        newest: the newest entries, oldest first.
        sightings: where positions were last seen, and what the running week has brought.

    Raises:
        InputError: there is no ledger.
    """

    home: str
    ledger: Ledger
    newest: deque[Entry]
    sightings: Sightings

    def __init__(self, home: str) -> None:
        self.home = place(home)
        self.ledger = open_ledger(self.home, create=False)
        self.newest = deque(maxlen=_KEPT)
        self._run: Run | None = None
        self._counts, self.sightings = Counts(), Sightings()
        self._facts: RunFacts | None = None
        self._within: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self.ledger.close()

    @property
    def run(self) -> Run:
        """The run that is followed. Raises `InputError` while the home has none."""
        if self._run is None:
            self.look()
        if self._run is None:
            raise InputError(f"the ledger in {shown(self.home)} has no run yet: `allusr run` makes one")
        return self._run

    @property
    def facts(self) -> RunFacts:
        """The run's facts after the newest entry that a look has taken up."""
        run = self.run
        if self._facts is None:
            self._facts = of_counts(run, self._counts)
        return self._facts

    def look(self) -> int:
        """Take up what was written since the last look; how many entries. A newer run is followed from its beginning.

        Raises:
            BreakError: the journal does not follow on what was read before.
            KernelError: the database is out of reach.
        """
        every = self.ledger.runs()
        if not every:
            return 0
        if self._run is None or self._run.id != every[-1].id:
            self._begin(every[-1].id)
        assert self._run is not None
        found = 0
        for found, entry in enumerate(self._run.catch_up(), 1):  # noqa: B007 - the last number is how many
            self._counts.take(entry)
            self.sightings.take(entry)
            self.newest.append(entry)
        self._facts = None if found else self._facts
        return found

    def status(self, where: "AccountMap | None" = None) -> dict[str, object]:
        """What `allusr status --json` prints: where the run stands, how its engine is, and what persons have told it.

        Args:
            where: in which of the broker's accounts ledgers lie.
        """
        return status(self.run, self.facts.needs, where) | self.around()

    def around(self) -> dict[str, object]:
        """How the engine is, and what persons have told it: what of a status changes without an entry of the run."""
        if self._within is None:
            self._within = beats(self.home)
        return {"engine": engine(self.home, self._within), "operator": operator(self.ledger, self.run)}

    def _begin(self, number: int) -> None:
        self._run = self.ledger.run(number)
        self._counts, self._facts, self.sightings = Counts(), None, Sightings()
        self._within = None  # what was approved binds from the next run on
        self.newest.clear()
