"""Runs, entries, postings and intents."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the journal's tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("started", sa.String(27), nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "entries",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("cycle", sa.BigInteger, nullable=False),
        *(sa.Column(n, sa.Text, nullable=False) for n in ("state", "kind", "ledger", "symbol", "rule", "rulebook")),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("run", "seq", name="pk_entries"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_entries_runs"),
    )
    op.create_table(
        "postings",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("ledger", sa.Text, nullable=False),
        sa.Column("account", sa.String(4), nullable=False),
        sa.Column("symbol", sa.Text, nullable=False),
        sa.Column("instrument", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("quantity", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run", "seq", "line", name="pk_postings"),
        sa.ForeignKeyConstraint(["run", "seq"], ["entries.run", "entries.seq"], name="fk_postings_entries"),
    )
    op.create_table(
        "intents",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run", "key", name="pk_intents"),
        sa.ForeignKeyConstraint(["run", "seq"], ["entries.run", "entries.seq"], name="fk_intents_entries"),
    )


def downgrade() -> None:
    """Refuse: a journal is append-only, so its tables are never dropped."""
    raise NotImplementedError("the journal is append-only: restore a backup instead of downgrading")
