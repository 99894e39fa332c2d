"""What one line of market data was told: what stands for nothing, and what it means that nobody bids."""

from datetime import UTC, datetime

import pytest

from allusr_sdk.execution.ibkr.market.shown import quote_of
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.port import Subscription
from allusr_sdk.execution.ibkr.records import Asset, Tick
from allusr_sdk.model.options import Contract
from tests.ibkr.wire import PUT

LIMIT = 1.7976931348623157e308


@pytest.mark.parametrize("value", [-1.0, -2.0, LIMIT, float("inf"), float("nan")])
def test_what_stands_for_nothing_is_unknown(value):
    feed = Subscription(Asset(kind="OPT"), "")
    line = Values(PUT, feed)
    line.drain()
    told = {1: "price", 2: "price", 4: "price", 8: "size", 27: "size", 30: "size", 24: "value"}
    feed.ticks += [Tick(kind=kind, at=1.0, values={word: value}) for kind, word in told.items()]
    feed.ticks.append(Tick(kind=13, at=1.0, values={"delta": value, "volatility": value}))
    line.drain()
    seen = (line.bid, line.ask, line.last, line.volume, line.interest, line.traded, line.delta, line.volatility)
    assert all(each != each for each in seen)
    assert not line.sound


def told(*ticks):
    """A line of a put that was told these: a kind, a price and its size; the broker's model is told last."""
    line = Values(PUT, Subscription(Asset(kind="OPT"), ""))
    line.drain()
    sized = [dict(zip(("price", "size"), each, strict=False)) for _, *each in ticks]
    line.feed.ticks += [Tick(kind=kind, at=1.0, values=each) for (kind, *_), each in zip(ticks, sized, strict=True)]
    line.feed.ticks.append(Tick(kind=13, at=1.0))
    line.drain()
    return line


def shown(*ticks):
    return quote_of(Contract.parse(PUT), told(*ticks), datetime(2026, 2, 9, 15, tzinfo=UTC))


@pytest.mark.parametrize("price", [-1.0, 0.0])
def test_that_nobody_bids_is_told_by_a_size_of_nothing_beside_an_ask_and_is_a_bid_of_zero(price):
    quote = shown((1, price, 0.0), (2, 0.05, 10.0))
    assert (quote.bid, quote.ask, quote.sound) == (0.0, 0.05, False)
    assert shown((1, 0.03, 7.0), (2, 0.05, 10.0), (1, price, 0.0)).bid == 0.0
    assert shown((1, price, 0.0), (2, 0.05, 10.0), (1, 0.03, 7.0)).bid == 0.03


@pytest.mark.parametrize(
    "ticks",
    [
        pytest.param([(2, 0.05, 10.0)], id="nothing was said of the bid"),
        pytest.param([(1, -1.0), (2, 0.05, 10.0)], id="nothing was said of its size"),
        pytest.param([(1, -1.0, 7.0), (2, 0.05, 10.0)], id="somebody bids, and no price was said"),
        pytest.param([(1, LIMIT, 0.0), (2, 0.05, 10.0)], id="a price that stands for nothing"),
        pytest.param([(1, -1.0, 0.0)], id="nothing was said of the ask"),
        pytest.param([(1, -1.0, 0.0), (2, -1.0, 0.0)], id="nobody bids or asks, as in a market that is shut"),
    ],
)
def test_a_bid_of_which_nothing_was_heard_is_unknown(ticks):
    bid = shown(*ticks).bid
    assert bid != bid


def test_that_nobody_bid_is_forgotten_where_a_line_is_asked_for_again():
    line = told((1, -1.0, 0.0), (2, 0.05, 10.0))
    line.feed.asked += 1
    line.feed.ticks.append(Tick(kind=2, at=2.0, values={"price": 0.05, "size": 10.0}))
    line.drain()
    assert (line.ask, line.best_bid == line.best_bid) == (0.05, False)
