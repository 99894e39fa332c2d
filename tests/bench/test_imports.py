"""What a cold start costs."""

import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = 9


def test_importing_the_package_and_asking_for_help(figures, in_turn):
    runs = in_turn({
        "python -c pass": (sys.executable, "-c", "pass"),
        "import allusr_sdk": (sys.executable, "-c", "import allusr_sdk"),
        "allusr --help": (Path(sys.executable).with_name("allusr"), "--help"),
        "import nautilus_trader.backtest.engine": (sys.executable, "-c", "import nautilus_trader.backtest.engine"),
    }, ROUNDS)  # fmt: skip
    assert "Usage" in runs["allusr --help"][0].out
    figures.processes(runs, {"import allusr_sdk": "< 0.2 s"})
    bare, theirs = runs["python -c pass"], runs["import nautilus_trader.backtest.engine"]
    for name in ("import allusr_sdk", "allusr --help"):
        ours = [s.cpu for s in runs[name]]
        figures.ratio(f"{name} / python -c pass, CPU", ours, [s.cpu for s in bare])
        figures.ratio(f"{name} / import nautilus_trader.backtest.engine, CPU", ours, [s.cpu for s in theirs])
