"""The protocol engine: ATR levels over every position, rolls, stops, covered-call rules (PE-1 to PE-11, CC-1 to CC-4)."""

from allusr_sdk import RiskProtocol, hookimpl
from allusr_protocol.engine import Protocol


@hookimpl
def allusr_protocols() -> list[type[RiskProtocol]]:
    """The protocol that this distribution brings."""
    return [Protocol]
