"""Console: an account on the screen, live over the ledger, and a read API."""
