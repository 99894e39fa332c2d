"""Markets: prices, chains, bars and the sources that walk through them in order of time."""
