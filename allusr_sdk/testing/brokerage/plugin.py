"""Brings the broker `test`: the account of the process whose ports stand in the file that ALLUSR_TEST_BROKER names.

ALLUSR_TEST_BROKER_SECONDS is how long a question waits for its answer, 5 where it is not set.
"""

import os
from collections.abc import Callable, Mapping

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.hookspecs import hookimpl
from allusr_sdk.testing.brokerage.connection import Connection
from allusr_sdk.testing.brokerage.process import PLACE

UNSET = "a file that ALLUSR_TEST_BROKER names"
SECONDS = "ALLUSR_TEST_BROKER_SECONDS"


def _connection() -> Broker:
    return Connection(os.environ.get(PLACE, UNSET), float(os.environ.get(SECONDS, "5")))


@hookimpl
def allusr_brokers() -> Mapping[str, Callable[[], Broker]]:
    """One connection, `test`."""
    return {"test": _connection}
