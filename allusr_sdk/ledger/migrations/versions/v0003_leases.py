"""Leases: who may write, and how many held the right before."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make room for the leases; nobody holds one."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def downgrade() -> None:
    """Refuse: a journal is append-only, so nothing of it is dropped."""
    raise NotImplementedError("the journal is append-only: restore a backup instead of downgrading")
