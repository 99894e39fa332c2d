"""Brings the broker `test`: the account of the process whose ports stand in the file that ALLUSR_TEST_BROKER names."""

import os
from collections.abc import Callable, Mapping

from allusr_sdk.contracts.broker import Broker
from allusr_sdk.hookspecs import hookimpl
from allusr_sdk.testing.brokerage.connection import Connection

UNSET = "a file that ALLUSR_TEST_BROKER names"
PLACE, SECONDS = "ALLUSR_TEST_BROKER", "ALLUSR_TEST_BROKER_SECONDS"


def _connection() -> Broker:
    return Connection(os.environ.get(PLACE, UNSET), float(os.environ.get(SECONDS, "5")))


@hookimpl
def allusr_brokers() -> Mapping[str, Callable[[], Broker]]:
    """One connection, `test`."""
    return {"test": _connection}
