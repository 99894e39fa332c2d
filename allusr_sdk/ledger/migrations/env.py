"""Alembic's environment: the caller's connection and transaction, no configuration file, no logging set up."""

from alembic import context

from allusr_sdk.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
