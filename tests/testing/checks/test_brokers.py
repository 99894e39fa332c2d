"""What the checks of broker connections leave alone, and what they call by its name."""

import socket

import pytest
from attrs import evolve

from allusr_sdk.errors import BrokerSilent
from allusr_sdk.testing.checks import Status, check_broker
from tests.bad_plugins.honest_makers import Connection


def row(broker, check):
    (found,) = check_broker(broker, only=(check,)).rows
    return found


class Live(Connection):
    """Would notice an order."""

    def identity(self):
        return evolve(super().identity(), live=True)

    def submit(self, ticket):
        raise AssertionError("an order at a live account")


class Unreached(Connection):
    """Nobody is there."""

    def identity(self):
        raise BrokerSilent("broker at 127.0.0.1:9: connection refused")


class Picky(Connection):
    """Takes no order."""

    def submit(self, ticket):
        """Rejects it."""


class Wired(Connection):
    """Asks over a line, and raises what the line raises."""

    def identity(self):
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1).close()
        except OSError as why:
            raise self.error(str(why)) from why
        return super().identity()


@pytest.mark.parametrize(
    ("broker", "why"), [(Live, "reaches a live account"), (Unreached, "no broker answers"), (Picky, "took no order")]
)
def test_an_account_that_no_order_can_be_tried_at_is_skipped_and_says_why(broker, why):
    found = row(broker, "B502")
    assert found.status is Status.SKIPPED
    assert why in found.text


@pytest.mark.parametrize(("error", "status"), [(BrokerSilent, Status.PASSED), (OSError, Status.FAILED)])
def test_a_refused_connection_is_a_silence_and_nothing_else(error, status):
    found = row(type("Wire", (Wired,), {"error": error}), "B503")
    assert found.status is status
    assert ("identity without a broker raised OSError: cut off" in found.text) == (status is Status.FAILED)


def test_a_line_works_again_when_the_check_is_over():
    row(Connection, "B503")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=1):
        assert server.accept()[0].close() is None
