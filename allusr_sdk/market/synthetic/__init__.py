"""A seeded market that needs no data: correlated underlyings, their option chains, VIX, dividends and report dates.

It is a place to run the rules, not evidence about them: spreads, volumes and open interest are fitted to real chains of
2026-02, paths are invented. Equal arguments give equal steps; nothing a consumer asks for changes what comes later.
"""

from allusr_sdk.market.synthetic.corporate import Dividend
from allusr_sdk.market.synthetic.profiles import PROFILES, Profile
from allusr_sdk.market.synthetic.shocks import NO_SHOCKS, Shocks
from allusr_sdk.market.synthetic.source import SyntheticMarket

__all__ = ["NO_SHOCKS", "PROFILES", "Dividend", "Profile", "Shocks", "SyntheticMarket"]
