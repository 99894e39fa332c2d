"""The built-in protocol keeps the contract that the SDK asks of every protocol."""

from allusr_protocol.engine import Protocol

from allusr_sdk.testing import protocol_checks


@protocol_checks(Protocol)
def test_protocol(check):
    check()
