"""Example sleeve: weekly cash-settled SPX puts."""
