"""Opening the ledger that a command reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from allusr_sdk.cli.options import place, shown
from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run


@contextmanager
def opened(home: str, number: int | None = None) -> Iterator["Run"]:
    """A run of the ledger in a home: the one of that number, or the newest.

    Raises:
        InputError: there is no ledger, or no such run in it; says what to type.
    """
    from allusr_sdk.ledger import open_ledger

    with open_ledger(place(home), create=False) as ledger:
        run = ledger.latest() if number is None else ledger.run(number)
        if run is None:
            raise InputError(f"the ledger in {shown(home)} has no run yet: `allusr run --home {shown(home)}` makes one")
        yield run
