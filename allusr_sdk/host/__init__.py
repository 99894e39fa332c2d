"""Finding, verifying and calling plugins; the only place that knows `PluginManager`."""

from allusr_sdk.host.discovery import Found, Status, discover
from allusr_sdk.host.guard import Answer, Fault, drained
from allusr_sdk.host.host import GUARDS, Host
from allusr_sdk.host.importing import select, survey

__all__ = ["GUARDS", "Answer", "Fault", "Found", "Host", "Status", "discover", "drained", "select", "survey"]
