"""CSV market, an example market source: `--market csv:FILE`, one row a quote. The README says what its columns mean.

It is coarse data by CAD-14: a few snapshots a session, and nothing is made up between them. There are no daily bars, so
the ATR falls back by PE-1, and no report dates, so no single name is opened (CC-3).
"""

from collections.abc import Callable, Mapping

from allusr_csv_market.source import CsvMarket
from allusr_sdk import MarketSource, hookimpl


def _open(place: str, seed: int) -> MarketSource:
    return CsvMarket(place)


@hookimpl
def allusr_markets() -> Mapping[str, Callable[[str, int], MarketSource]]:
    """The kind of market that this distribution brings."""
    return {"csv": _open}
