"""Chains beside those of runs: the rulebook's."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Say of each chain what it holds; those that exist are runs."""
    op.add_column("runs", sa.Column("chain", sa.Text, nullable=False, server_default="run"))


def downgrade() -> None:
    """Refuse: a journal is append-only, so nothing of it is dropped."""
    raise NotImplementedError("the journal is append-only: restore a backup instead of downgrading")
