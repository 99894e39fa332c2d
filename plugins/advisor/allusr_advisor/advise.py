"""`allusr_advise`: which function answers which topic. All of it is advisory; nothing here can reach an order."""

from typing import cast

from allusr_advisor.advising.reading import Briefing
from allusr_sdk.hookspecs import Advice

MARKET, WEEKS, LADDER = ("anomalies", "regime", "volatility"), "week-type", "ladder"


def advise(topic: str, ledger: object) -> Advice | None:
    """The advice on a topic over what a run's journal and daily data know; None for a topic of others."""
    known = cast("Briefing", ledger)
    if topic in MARKET:
        from allusr_advisor.advising.market import TOPICS

        return TOPICS[topic](known)
    if topic == WEEKS:
        from allusr_advisor.advising.weektypes import week_type_ahead

        return week_type_ahead(known)
    if topic == LADDER:
        from allusr_advisor.advising.ladders import ladder

        return ladder(known)
    return None
