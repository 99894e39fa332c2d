"""pytest with the imports behind it that most tests need: it is forked for each guard that is taken out."""

import gc
import importlib
import sys
from datetime import date
from importlib.metadata import entry_points

import pytest

from allusr_sdk.model.calendar import xnys
from tests.forking import become, serve

HEAVY = (
    "alembic.context", "pyarrow.compute", "allusr_sdk.testing", "allusr_sdk.cli.run", "allusr_sdk.execution.run",
    "allusr_sdk.governance", "allusr_sdk.market.synthetic",
)  # fmt: skip
UNUSED = "schemathesis"  # takes as long to import as all else; no guard's test has to do with it

if __name__ == "__main__":
    for plugin in entry_points(group="pytest11"):
        if plugin.name != UNUSED:
            plugin.load()
    for module in HEAVY:
        importlib.import_module(module)
    xnys().after(date(2026, 1, 5))
    gc.freeze()  # pytest collects twice as it ends
    become(**serve())
    sys.exit(pytest.main(["-p", f"no:{UNUSED}", *sys.argv[1:]]))
