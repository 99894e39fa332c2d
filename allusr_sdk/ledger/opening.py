"""Opening a ledger: made where there is none, brought to this version's schema where it is older."""

import os

from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import InputError
from allusr_sdk.ledger.database import engine_of, shown, url_of
from allusr_sdk.ledger.journal import Ledger
from allusr_sdk.ledger.migrating import migrate
from allusr_sdk.ledger.outage import first_line


def open_ledger(target: str | os.PathLike[str], *, create: bool = True) -> Ledger:
    """Open, and where needed make or migrate, the ledger in a home folder or at a database URL.

    Args:
        target: a folder, ``postgresql://...``, or ``sqlite://`` for one in memory.
        create: False refuses where there is none yet.

    Raises:
        InputError: no ledger there, not a ledger, a newer schema, or a server out of reach.
        BreakError: it was written by an earlier version and is damaged, so it is not migrated.
    """
    url = url_of(target)
    engine, name = engine_of(url, create=create), shown(url)
    try:
        migrate(engine, name, create=create)
    except DBAPIError as why:
        engine.dispose()
        raise InputError(f"ledger {name} cannot be opened: {first_line(why)}") from None
    except BaseException:
        engine.dispose()
        raise
    return Ledger(engine)
