"""The page of measurements: what was measured, how, and its sections."""

from itertools import pairwise

from allusr_advisor.advice.quality import oddities, ranges, turns, types
from allusr_advisor.advice.quality.data import INDEX, Market
from allusr_advisor.advice.scores import CERTAIN
from allusr_sdk.market.indicators import true_ranges

COMMAND = "uv run python -m allusr_advisor.advice.quality ../shared/data"


def page(market: Market) -> str:
    """The whole page as Markdown; the same data give the same text."""
    parts = [part.section(market) for part in (ranges, turns, types, oddities)]
    return "\n\n".join([_head(market, [part.short for part in parts]), *(part.text.strip() for part in parts)]) + "\n"


def _head(market: Market, shorts: list[str]) -> str:
    first, last = market.index[0].day, market.index[-1].day
    before, since = _range_ratio(market, 2004, 2004), _range_ratio(market, 2007, 2021)
    return f"""# How good the advice is

Written by

    {COMMAND}

and no result on it was typed by hand. Volatility, regime and flags are of {INDEX}, week types of a basket. They were
measured on daily bars of {len(market.universe)} symbols and on VIX from {first} to {last}
({(last - first).days / 365.25:.1f} years), where the bars end. Dividends are left in the prices; holes are not bridged.

In short:

{"\n".join(f"- {short}" for short in shorts)}

All of it is advisory and none of it reaches an order.

## How it was measured

Every forecast is walk-forward: it was made with what the close of its day knew, fitted on outcomes that were known by
then, and a property of the tests changes the future and finds the past forecasts unchanged. Windows, limits and
penalties were set before any of this was measured and were not tuned on it. *Loss* and *naive* are mean losses over the
same cases, *t* compares them after Diebold and Mariano with Newey and West's variance; **better** and **worse** need
|t| of {CERTAIN:g}, everything else is **no different**. There are many comparisons: one verdict in twenty is to be
expected by chance.

Highs and lows of these bars hold bad prints before 2007: {INDEX}'s mean true range was {before:.1f} times the mean move
of its closes in 2004, and {since:.1f} times since 2007. So everything here rests on closes, and only the opening gap on
opens too. VIX closes fifteen minutes after the stocks; methods that use it know those fifteen minutes."""


def _range_ratio(market: Market, first: int, last: int) -> float:
    """Mean true range over the mean move from close to close, over some years."""
    bars = [bar for bar in market.index if first <= bar.day.year <= last]
    moves = [abs(after.close - before.close) for before, after in pairwise(bars)]
    return sum(true_ranges(bars)[1:]) / sum(moves)
