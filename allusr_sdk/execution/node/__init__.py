"""Nautilus's live node under a run over a broker: its clients over our contracts, and a loop that the run steps.

Nautilus's loop only carries: commands to the clients, instants and events to the desk. Each of them is put down there
as a deed, and the run's own thread does the deeds between two turns of the loop, where it may wait for a broker,
decide, and fail.
"""
