"""What authors of plugins may import, and what importing it costs."""

import subprocess
import sys

import pytest

import allusr_sdk

PUBLIC = [
    "Assessment", "Atr", "Band", "Calm", "Candidate", "Chain", "Close", "Contract", "Dividend", "ForkRule", "Grain",
    "Halt", "Hedge", "Intent", "LadderManager", "LedgerBook", "MarketView", "Note", "Pick", "Position", "Quote",
    "Right", "RiskProtocol", "Roll", "Rulebook", "Sell", "Shares", "Skip", "Sleeve", "SleeveView", "Snapshot", "Veto",
    "Watch", "Wheel", "assignment", "choose", "earnings", "greeks", "hookimpl", "liquidity", "wheel",
]  # fmt: skip
HEAVY = ("pandas", "sqlalchemy", "nautilus_trader", "pyarrow", "numpy", "pluggy", "exchange_calendars")


def test_the_public_names_are_these():
    assert allusr_sdk.__all__ == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_each_public_name_is_there_and_documented(name):
    assert getattr(allusr_sdk, name).__doc__


def test_an_unknown_name_is_refused_by_name():
    with pytest.raises(AttributeError, match="allusr_sdk has no public name 'Sleev'"):
        _ = allusr_sdk.Sleev


@pytest.mark.parametrize("code", ["import allusr_sdk", "from allusr_sdk import Sleeve, hookimpl, choose"])
def test_importing_it_brings_no_engine(code):
    allowed = ("numpy", "pluggy") if "from" in code else ()
    text = f"import sys; {code}; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout.split()
    assert "allusr_sdk" in loaded
    assert [name for name in HEAVY if name in loaded and name not in allowed] == []
