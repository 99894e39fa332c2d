"""A database that does not answer: what is worth waiting for, for how long, and what it said, as one line."""

import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from allusr_sdk.errors import BreakError, KernelError

PATIENCE = 60.0  # seconds for which one piece of work is tried again
_FIRST, _LONGEST = 0.25, 5.0  # seconds between two tries: each pause is twice the one before
_BUSY = {5, 6}  # SQLITE_BUSY and SQLITE_LOCKED: another process holds the file for longer than busy_timeout
_DAMAGED = {11, 26}  # SQLITE_CORRUPT and SQLITE_NOTADB
_SHUT = ("08", "57P")  # PostgreSQL's classes of a connection that failed and a server that stops or starts


def first_line(error: Exception) -> str:
    """What the database said, as one line."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def out_of_reach(error: Exception) -> bool:
    """Whether the database may answer the same words a moment later: it is busy, gone, or starting.

    A disk that is full or read-only is none of these: it is said at once.
    """
    cause = getattr(error, "orig", None) or error
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in _BUSY
    state = getattr(cause, "sqlstate", "")  # None where the connection itself failed
    return any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__) and (
        state is None or state.startswith(_SHUT)
    )


def damaged(error: Exception) -> bool:
    """Whether the database's file is not what SQLite writes."""
    cause = getattr(error, "orig", None) or error
    return getattr(cause, "sqlite_errorcode", None) in _DAMAGED


def lasting[T](work: Callable[[bool], T]) -> T:
    """The outcome of `work`, which is done again while the database is out of reach, for `PATIENCE` seconds.

    Args:
        work: gets whether it is a repetition; what it did before may have been done or not.

    Raises:
        Exception: what `work` raised, once it is nothing to wait for or patience is at its end.
    """
    end, pause, again = time.monotonic() + PATIENCE, _FIRST, False
    while True:
        try:
            return work(again)
        except Exception as why:
            if not out_of_reach(why) or time.monotonic() + pause > end:
                raise
        time.sleep(pause)
        pause, again = min(2 * pause, _LONGEST), True


def reading[T](work: Callable[[], T]) -> T:
    """The outcome of `work`, which only reads.

    Raises:
        KernelError: the database does not answer, in one line.
        BreakError: its file is damaged, likewise.
    """
    try:
        return lasting(lambda again: work())
    except DBAPIError as why:
        raise (BreakError if damaged(why) else KernelError)(
            f"the ledger's database cannot be read ({first_line(why)})"
        ) from None
