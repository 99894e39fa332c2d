"""What the statistics of advice can reach: values alone, no order, no ledger, no home; and nothing heavy until used."""

import subprocess
import sys

import pytest

SHUT = ("cli", "execution", "kernel", "host", "ledger", "governance", "reports", "config")
HEAVY = ("pandas", "sklearn", "statsmodels", "sqlalchemy", "nautilus_trader", "ib_async")
USED = """
from allusr_advisor.advice import *
from allusr_advisor.advice import LABELS
moves = [0.01, -0.02] * 300
from datetime import date, timedelta
from allusr_sdk.model.views import Bar
bars = [Bar(date(2001, 1, 1) + timedelta(days=i), 100.0, 101.0, 99.0, 100.0 + i % 7) for i in range(600)]
vix = {bar.day: 20.0 + bar.day.day for bar in bars}
anomalies(panel(bars, vix)); regime(bars, least=300); forecast_volatility(bars, vix, least=300)
past = [Week(week=str(i), label=LABELS[i % 3], features={"a": float(i % 5)}) for i in range(51)]
forecast_week(past, Week(week="next", features={"a": 1.0}))
"""


def _loaded(code: str) -> set[str]:
    asked = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=120)
    return set(found.stdout.split())


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Modules that are loaded once everything was asked for."""
    return _loaded(USED)


@pytest.mark.long
@pytest.mark.parametrize("floor", SHUT)
def test_asked_for_everything_it_has_not_loaded_a_floor_that_acts_or_remembers(used: set[str], floor: str) -> None:
    assert not [name for name in used if name.split(".")[:2] == ["allusr_sdk", floor]]


def test_the_import_alone_loads_nothing_heavy() -> None:
    loaded = _loaded("import allusr_advisor.advice")

    assert not loaded & set(HEAVY)
    assert "allusr_advisor.advice.weeks" in loaded
