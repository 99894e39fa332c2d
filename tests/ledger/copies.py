"""What the tests of backups and restores tell: a short run, a home restored, and where its chains end."""

import sqlite3

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.backup import restore
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.events import Noted


def note(story, words):
    return Noted(ledger=story.SLEEVE, key="k", text=words)


def tell(ledger, story, seed=7, notes=5):
    run = story.begin(ledger, seed=seed)
    story.tell(
        run,
        story.intent("k1", (story.PUT, -2), reserve="54000.00"),
        story.fill(story.PUT, -2, "1.69", opening=True, key="k1"),
        *(note(story, str(i)) for i in range(notes)),
    )
    return run


def opened_from(file, home, at=None):
    restore(file, str(home), at)
    return open_ledger(home, create=False)


def ends(ledger):
    return [(report.run, report.entries, report.head) for report in verify_all(ledger) if report.ok]


def earlier(path):
    """Bring a database of this version back to the schema before."""
    connection = sqlite3.connect(path)
    with connection:
        for name in ("ix_entries_at", "ix_entries_kind", "ix_postings_units"):
            connection.execute(f"DROP INDEX {name}")
        connection.execute("UPDATE alembic_version SET version_num = '0004'")
    connection.close()
