"""The protocol engine: ATR levels over every position, rolls, stops, and the covered-call rules (PE, CC)."""

from allusr_protocol.engine import Protocol
from allusr_sdk import RiskProtocol, hookimpl


@hookimpl
def allusr_protocols() -> list[type[RiskProtocol[object]]]:
    """The protocol that this distribution brings."""
    return [Protocol]
