"""Indices for a day's balances, open lots and a tax year of a large ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the indices; no row changes."""
    op.create_index("ix_entries_at", "entries", ["run", "at", "seq"])
    op.create_index("ix_entries_kind", "entries", ["run", "kind", "seq"])
    units = sa.text("quantity <> 0")
    op.create_index(
        "ix_postings_units", "postings", ["run", "instrument", "account", "seq", "quantity", "amount"],
        sqlite_where=units, postgresql_where=units,
    )  # fmt: skip


def downgrade() -> None:
    """Refuse, as every migration does."""
    raise NotImplementedError("the journal is append-only: restore a backup instead of downgrading")
