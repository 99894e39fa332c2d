"""Advice over a run's journal and its daily data: the pure functions of `advice`, told as the hook wants them."""
