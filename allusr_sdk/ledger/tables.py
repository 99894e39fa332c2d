"""The journal's tables. Money is whole cents in integers; prices are decimals in the payload, never floats."""

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    text,
)

NAMING = {"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(referred_table_name)s"}

metadata = MetaData(naming_convention=NAMING)

# `entries` and `head` repeat the end of the chain, so that a journal cut short at its end is noticed. `chain` is `run`,
# or the name of a chain that belongs to the home and not to a run.
runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("started", String(27), nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("head", String(64), nullable=False),
    Column("chain", Text, nullable=False, server_default="run"),
)

# `at` is UTC as text of fixed width, the very bytes that enter the hash; it sorts as time does.
entries = Table(
    "entries",
    metadata,
    Column("run", ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("cycle", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("ledger", Text, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# `amount` in cents, debits positive.
postings = Table(
    "postings",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("ledger", Text, nullable=False),
    Column("account", String(4), nullable=False),
    Column("symbol", Text, nullable=False),
    Column("instrument", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    ForeignKeyConstraint(["run", "seq"], ["entries.run", "entries.seq"]),
)

# What a day's balances, open lots and a tax year ask for, so that none of them walks through all rows: entries by their
# instant, entries of rare kinds, and what moved units of an instrument, with all that is summed of it.
Index("ix_entries_at", entries.c.run, entries.c.at, entries.c.seq)
Index("ix_entries_kind", entries.c.run, entries.c.kind, entries.c.seq)
MOVES_UNITS = text("quantity <> 0")
_UNITS = Index(
    "ix_postings_units",
    *(postings.c[name] for name in ("run", "instrument", "account", "seq", "quantity", "amount")),
)


@event.listens_for(_UNITS, "before_create")
def _only_moves(index: Index, connection: Connection, **_: object) -> None:
    """Said of the database at hand: what names PostgreSQL here would import all of its drivers for every file."""
    index.dialect_options[connection.dialect.name]["where"] = MOVES_UNITS


# One row an intent: its primary key is RULE-2.
intents = Table(
    "intents",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    ForeignKeyConstraint(["run", "seq"], ["entries.run", "entries.seq"]),
)

# Who may write: one row a name of a lease. The epoch grows with each holder; `holder` says who it is, as JSON.
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
)

# The last beat of each lease's holder, as JSON: in a server's database alone, a folder has a file. `at` is the server's
# clock, the one that all who read it share. It is no part of any chain.
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("beat", Text, nullable=False),
)
