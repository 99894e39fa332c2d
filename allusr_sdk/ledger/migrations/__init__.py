"""Alembic migrations of the journal, run by `allusr_sdk.ledger.database` whenever a ledger is opened."""
