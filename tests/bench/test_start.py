"""What a cold start costs."""

import sys
from pathlib import Path

import pytest

from tests.bench.measuring import rounds
from tests.bench.parts import CPU

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = rounds(9)
BARE, NAUTILUS = "python -c pass", "import nautilus_trader.backtest.engine"


def test_importing_the_package_and_asking_for_help(figures, children):
    runs = children.in_turn({
        BARE: (sys.executable, "-c", "pass"),
        "import allusr_sdk": (sys.executable, "-c", "import allusr_sdk"),
        "allusr --help": (Path(sys.executable).with_name("allusr"), "--help"),
        NAUTILUS: (sys.executable, "-c", NAUTILUS),
    }, ROUNDS)  # fmt: skip
    assert "Usage" in runs["allusr --help"][0].out
    figures.processes(runs)
    figures.add("import allusr_sdk, wall", [s.wall for s in runs["import allusr_sdk"]], "s", most=0.2)
    for name in ("import allusr_sdk", "allusr --help"):
        for other in (BARE, NAUTILUS):
            figures.beside(runs, name, other, measures=(CPU,))
