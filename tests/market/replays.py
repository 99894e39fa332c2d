"""A replay as a plugin's market, and all that its steps show."""

import numpy as np

PLUGIN = '''
"""A replay as a plugin's market."""

from allusr_sdk import hookimpl
from allusr_sdk.market.sources import open_market


@hookimpl
def allusr_markets():
    return {"replays": lambda path, seed: open_market(f"replay:{path}", seed=seed)}
'''


def shown(walked):
    """All that the steps show of prices and of an option near the money, as plain values."""
    found = []
    for step in walked:
        for symbol, snapshot in sorted(step.view.snapshots.items()):
            chain = snapshot.chain
            near = int(np.argmin(np.abs(chain.strike - snapshot.last)))
            row = (chain.strike, chain.bid, chain.ask, chain.volume, chain.open_interest, chain.delta)
            found.append((step.view.at, symbol, snapshot.last, *(float(column[near]) for column in row)))
        found.append((step.view.at, step.view.vix, step.settlements, step.actions))
    return found
