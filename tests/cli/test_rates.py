"""What options are priced with where a source tells nothing: the rulebook's rate (RATE-1)."""

from datetime import date
from types import SimpleNamespace

import pytest

from allusr_sdk.cli.planning import market
from allusr_sdk.config import Config


@pytest.mark.parametrize(("sets", "rate"), [((), 0.04), (("rate_1.rate=0.05",), 0.05)])
def test_the_market_is_opened_with_the_rulebooks_rate(sets, rate):
    config = Config.read(sets=sets, options={"market.symbols": ("AAPL",)})
    source = market(config, SimpleNamespace(config=config, markets={}, sleeves={}, ladders=()))
    first = next(iter(source.steps(date(2026, 2, 12), date(2026, 2, 12))))
    assert first.view.rate == rate
