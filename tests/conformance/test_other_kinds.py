"""The examples of a protocol, a market and an observer keep the contracts of their kinds; so does a small broker."""

from pathlib import Path

import pytest

from allusr_sdk.testing import broker_checks, market_checks, observer_checks, protocol_checks
from tests.bad_plugins.honest_makers import Connection

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.long
@protocol_checks(str(EXAMPLES / "patient_protocol"))
def test_the_example_of_a_protocol(check):
    check()


@market_checks(str(EXAMPLES / "csv_market"), {"path": str(EXAMPLES / "csv_market" / "quotes.csv")})
def test_the_example_of_a_market(check):
    check()


@observer_checks(str(EXAMPLES / "journal_tail"))
def test_the_example_of_an_observer(check):
    check()


@broker_checks(Connection)
def test_a_broker_that_fills_once_a_reference(check):
    check()
