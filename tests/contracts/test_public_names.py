"""What importing the public names costs; tests/api says which they are."""

import subprocess
import sys

import pytest

import allusr_sdk

HEAVY = ("pandas", "sqlalchemy", "nautilus_trader", "pyarrow", "numpy", "pluggy", "exchange_calendars")


def test_settings_is_the_decorator_and_the_module_whichever_way_it_is_imported():
    from allusr_sdk import setting, settings
    from allusr_sdk.settings import load

    @settings
    class Limits:
        lots: int = setting(default=1, ge=1, help="Lots.")

    assert load(Limits, {"lots": 3}).lots == allusr_sdk.settings.load(Limits, {"lots": 3}).lots == 3


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
