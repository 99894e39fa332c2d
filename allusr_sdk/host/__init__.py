"""Finding, verifying and calling plugins; the only place that knows `PluginManager`."""

from allusr_sdk.host.discovery import Found, Status, discover
from allusr_sdk.host.guard import Answer, Fault
from allusr_sdk.host.host import Host
from allusr_sdk.host.importing import select, survey

__all__ = ["Answer", "Fault", "Found", "Host", "Status", "discover", "select", "survey"]
