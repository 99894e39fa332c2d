"""What a person reads, as values: facts of a run and the story of a symbol, from the ledger alone."""
