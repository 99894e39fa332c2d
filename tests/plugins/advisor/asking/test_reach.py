"""No path leads from the advisor to orders: not by its imports, nor by what is loaded once it has answered."""

import subprocess
import sys

import grimp
import pytest

SHUT = (
    "allusr_sdk.execution", "allusr_sdk.kernel", "allusr_sdk.office.telling", "allusr_sdk.cli", "allusr_sdk.testing",
    "ib_async", "nautilus_trader",
)  # fmt: skip
ASKED = """
import sys
from allusr_advisor.asking.answering import answer
from allusr_advisor.asking.reading import read
from allusr_advisor.asking.record import opened
import allusr_advisor.asking.command, allusr_advisor.asking.telling, allusr_advisor.asking.wording
record = opened(sys.argv[1])
for text in ("What happened this week?", "What is at risk?", "Why was the account halted?", "What is PE-2?"):
    assert answer(record, read(text, record.known)).direct
print("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def reached():
    """Every module that an import of the advisor leads to, whichever function it stands in."""
    graph = grimp.build_graph(
        "allusr_advisor", "allusr_sdk", include_external_packages=True, exclude_type_checking_imports=True
    )
    return graph.find_upstream_modules("allusr_advisor", as_package=True)


@pytest.fixture(scope="module")
def loaded(home):
    """Modules of a process that has answered."""
    found = subprocess.run(
        [sys.executable, "-c", ASKED, home("by_hand")], capture_output=True, text=True, check=True, timeout=120
    )
    return set(found.stdout.split())


@pytest.mark.parametrize("shut", SHUT)
def test_no_import_leads_to_orders(reached, shut):
    assert "allusr_sdk.office.followed" in reached
    assert [name for name in reached if name == shut or name.startswith(f"{shut}.")] == []


@pytest.mark.parametrize("shut", SHUT)
def test_nothing_that_orders_is_loaded_once_it_has_answered(loaded, shut):
    assert "allusr_sdk.office.followed" in loaded
    assert [name for name in loaded if name == shut or name.startswith(f"{shut}.")] == []
