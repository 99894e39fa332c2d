"""An engine's connection to a broker process, and the hand on it."""

import pytest

from tests.testing.brokerage.account import AT


@pytest.fixture
def engine(brokerage):
    """A connection that has told the broker what time it is."""
    made = brokerage.connection()
    made.statement(AT)
    yield made
    made.close()


@pytest.fixture
def control(brokerage):
    """The hand on it."""
    return brokerage.control
