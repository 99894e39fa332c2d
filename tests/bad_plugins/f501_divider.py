"""Divides by the capital, which may be nothing."""

from allusr_sdk import Skip
from tests.bad_plugins.honest import Fork

KIND, CHECK = "fork", "F501"


class Liar(Fork):
    """Looks at gains, as a share of the capital."""

    name = "divider"

    def decide(self, ledger, on):
        yield Skip("*", "FK-1", f"gain {ledger.equity / ledger.base - 1:.1%}")
