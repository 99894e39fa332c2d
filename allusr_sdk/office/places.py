"""Where homes are, and what lies in one: its ledger and the rulebook in force."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.rulebook import Rulebook


def place(home: str) -> str:
    """The ledger's place that an option or ALLUSR_HOME names. Raises `InputError` where it names none."""
    if not home.strip():
        raise InputError("--home is empty: give a folder or a database's URL; is a variable of the shell unset?")
    return home if "://" in home else str(Path(home).expanduser())


def shown(home: str) -> str:
    """A home as it may be printed: of a database's URL neither the password nor the options, which may hold one."""
    scheme, sign, rest = home.partition("://")
    user, at, host = rest.partition("?")[0].rpartition("@")
    return f"{scheme}{sign}{user.partition(':')[0]}{at}{host}" if sign else home


def below(home: str) -> Mapping[str, str]:
    """The homes in a folder's folders, by name; empty where the folder is a home, or there are none."""
    from allusr_sdk.ledger.database import FILE

    where = place(home)
    if "://" in where or (Path(where) / FILE).exists():
        return {}
    return {found.parent.name: str(found.parent) for found in sorted(Path(where).glob(f"*/{FILE}"))}


@contextmanager
def opened(home: str, number: int | None = None) -> Iterator["Run"]:
    """A run of the ledger in a home: the one of that number, or the newest.

    Raises:
        InputError: there is no ledger, or no such run in it; says what to type.
    """
    from allusr_sdk.ledger import open_ledger

    if several := below(home):
        first, *others = (shown(each) for each in several.values())
        raise InputError(f"{shown(home)} holds several homes: give --home {', or '.join((first, *others[:2]))}")
    with open_ledger(place(home), create=False) as ledger:
        run = ledger.latest() if number is None else ledger.run(number)
        if run is None:
            raise InputError(f"the ledger in {shown(home)} has no run yet: `allusr run --home {shown(home)}` makes one")
        yield run


def in_force(home: str | None) -> "Rulebook":
    """The rulebook of a home: the packaged one, with what a person approved there."""
    from allusr_sdk.governance import Governance
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.rulebook import Rulebook

    try:
        if home is not None:
            with open_ledger(home, create=False) as ledger:
                return Governance(ledger).rulebook
    except InputError:
        pass  # no ledger there yet
    return Rulebook.default()
