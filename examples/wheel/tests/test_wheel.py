"""What the wheel does, on markets told by sentences."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from allusr_wheel import Wheel

from allusr_sdk import Contract, events
from allusr_sdk.testing import Market, Played, Sandbox, sleeve_checks


@sleeve_checks(Wheel)
def test_conforms(check: Callable[[], None]) -> None:
    check()


def played(market: Market, **settings: object) -> Played:
    """The wheel with the built-in protocol, on SPY alone."""
    config = {"sleeves": {"wheel": {"symbols": ["SPY"], **settings}}}
    return Sandbox(market, Wheel, "protocol", config=config, capital=200_000).run()


@pytest.fixture
def spy() -> Market:
    """A quiet market of SPY, two weeks long."""
    return Market(symbols=("SPY",), weeks=2).vix(*[18.0] * 9, on=0)


def opened(run: Played) -> list[Contract]:
    """The options that were written, in order."""
    return [Contract.parse(fill.instrument) for fill in run.fills if fill.opening and fill.rule.startswith("W-")]


def test_a_put_is_sold_from_cash_within_its_band_and_days(spy: Market) -> None:
    run = played(spy)
    first = next(intent for intent in run.intents if intent.opening)
    assert opened(run)[0].is_put
    assert first.rule.split()[0] == "W-1"
    assert 0.25 <= abs(first.numbers["delta"]) <= 0.30
    assert not run.quarantined


def test_what_has_earned_its_share_is_bought_back(spy: Market) -> None:
    closes = [fill for fill in played(spy, take_profit="0.3").fills if not fill.opening and fill.rule == "W-3"]
    assert closes
    assert all(fill.quantity > 0 for fill in closes)


def test_nothing_is_bought_back_while_it_has_not_earned_its_share(spy: Market) -> None:
    assert not [fill for fill in played(spy, take_profit=1).fills if fill.rule == "W-3"]


def test_no_put_is_sold_over_the_highest_vix(spy: Market) -> None:
    run = played(spy.vix(*[34.0] * 9, on=0))
    said = {decision.why for decision in run.decisions if decision.rule == "W-4"}
    assert said == {"VIX stands over 30"}
    assert not opened(run)


def test_calls_are_written_on_assigned_shares_at_or_over_their_basis() -> None:
    fallen = Market(symbols=("SPY",), weeks=3).path("SPY", -0.02, on=6).exercise("SPY", on=7)
    run = played(fallen)
    shares = [event for event in run.events("Assigned") if isinstance(event, events.Assigned)]
    calls = [contract for contract in opened(run) if not contract.is_put]
    bases = [p.amount / p.quantity for p in run.positions if p.contract is None]
    assert shares
    assert calls
    assert all(call.strike >= base for call in calls for base in bases)


def test_a_put_is_worth_its_strike_in_cash(spy: Market) -> None:
    assert all(intent.reserve > Decimal(60_000) for intent in played(spy).intents if intent.opening)
