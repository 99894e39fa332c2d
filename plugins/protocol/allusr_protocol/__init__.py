"""ATR protocol engine: levels, rolls, stops and covered-call rules."""
