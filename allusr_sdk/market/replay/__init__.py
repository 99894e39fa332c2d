"""Real daily bars and the real VIX as a market: paths through each day's prices, and modelled option chains.

Bars and VIX happened; what lies between a day's open and close is drawn, and every option is a model's. The description
says so, and so does whatever shows the run. Equal arguments give equal steps, and no bar after a day changes it.
"""

from allusr_sdk.market.replay.chains import CHAINS
from allusr_sdk.market.replay.source import ReplayMarket

__all__ = ["CHAINS", "ReplayMarket"]
