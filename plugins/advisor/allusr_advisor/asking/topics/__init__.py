"""A function a topic: it selects the facts and writes the answer."""

from collections.abc import Mapping

from allusr_advisor.asking.topics import (
    capital,
    growth,
    money,
    orders,
    positions,
    refusals,
    rolls,
    switches,
    waiting,
    weeks,
)
from allusr_advisor.asking.topics.common import Topic

TOPICS: Mapping[str, Topic] = {
    "advice": waiting.advice, "pivot": switches.pivot, "restarts": waiting.restarts, "halts": switches.halts,
    "week_type": weeks.week_type, "needs": waiting.needs, "breaks": waiting.breaks, "rolls": rolls.rolls,
    "assignments": orders.assignments, "expiries": orders.expiries, "levels": positions.levels, "hedges": growth.hedges,
    "ladders": growth.ladders, "forks": growth.forks, "taxes": money.taxes, "dividends": money.dividends,
    "drawdown": capital.drawdown, "refusals": refusals.refusals, "fees": money.fees, "premium": money.premium,
    "income": money.income, "risk": positions.risk, "collateral": capital.collateral, "cash": capital.cash,
    "equity": capital.equity, "holdings": positions.holdings, "earnings": refusals.earnings, "vix": weeks.vix,
    "state": switches.state_now, "closed": orders.closed, "trades": orders.trades, "summary": weeks.summary,
    "freezes": waiting.freezes, "faults": waiting.faults,
    "story": positions.story, "rule": waiting.rule, "entry": waiting.entry,
}  # fmt: skip
"""Topics by name; all but the last three are found by their words."""
