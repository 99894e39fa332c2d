"""What goes wrong with a disk: a full database, a full disk, a folder that may only be read."""

import resource
import signal
from contextlib import contextmanager

from sqlalchemy import text


@contextmanager
def full_after(ledger, pages):
    """The database may grow by so many pages and no more."""
    with ledger.engine.connect() as connection:
        now = connection.execute(text("PRAGMA page_count")).scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {now + pages}")
    yield
    with ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


@contextmanager
def no_file_over(size):
    """What a full disk does in the middle of a write: no file of this process may grow past a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@contextmanager
def read_only(folder):
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)
    yield
    folder.chmod(0o700)
    for path in folder.iterdir():
        path.chmod(0o600)
