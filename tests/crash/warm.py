"""The command `allusr` with its imports behind it: a fork is a process of it like any other, and is killed like any."""

import importlib

from allusr_sdk.cli import main
from tests.forking import become, serve

HEAVY = (
    "alembic.context", "exchange_calendars", "allusr_sdk.cli.run", "allusr_sdk.cli.planning", "allusr_sdk.cli.summary",
    "allusr_sdk.execution.run", "allusr_sdk.governance", "allusr_sdk.host", "allusr_sdk.market.recording",
    "allusr_sdk.market.synthetic", "allusr_sdk.testing.brokerage",
)  # fmt: skip


if __name__ == "__main__":
    for module in HEAVY:
        importlib.import_module(module)
    become(**serve())
    main()
