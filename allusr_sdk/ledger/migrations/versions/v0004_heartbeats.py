"""Heartbeats: of an engine whose home is a database, which has no folder for a file."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make room for heartbeats; nothing beats yet."""
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )


def downgrade() -> None:
    """Refuse: a journal is append-only, so nothing of it is dropped."""
    raise NotImplementedError("the journal is append-only: restore a backup instead of downgrading")
