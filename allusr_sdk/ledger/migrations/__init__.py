"""Alembic migrations of the journal, run by `allusr_sdk.ledger.migrating` whenever a ledger is opened."""
