"""A seeded market that needs no data: correlated underlyings, their option chains, VIX, dividends and report dates.

It is a place to run the rules, not evidence about them: spreads, volumes and open interest are fitted to real chains of
2026-02, paths are invented. Equal arguments give equal steps; nothing a consumer asks for changes what comes later.
"""

from allusr_sdk.market.synthetic.profiles import INDICES, PROFILES, SHARES, Profile
from allusr_sdk.market.synthetic.script import NO_SCRIPT, Script
from allusr_sdk.market.synthetic.source import SyntheticMarket

__all__ = ["INDICES", "NO_SCRIPT", "PROFILES", "SHARES", "Profile", "Script", "SyntheticMarket"]
