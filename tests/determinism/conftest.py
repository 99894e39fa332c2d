"""A small market made by the tests, and runs of it in processes of their own."""

import json
import math
import os
import subprocess
import sys
from statistics import NormalDist

import pytest

HEADER = "quote_time,symbol,expiry,right,strike,bid,ask,volume,open_interest,delta,spot"
# A falling Thursday and Friday: entries, a change of level, an assignment.
INSTANTS = (
    ("2026-02-11T16:00:00Z", 0.995, 53.0), ("2026-02-12T15:09:00Z", 1.0, 30.8), ("2026-02-12T17:58:00Z", 0.985, 28.0),
    ("2026-02-13T15:50:00Z", 0.975, 6.2), ("2026-02-13T18:30:00Z", 0.972, 3.5),
)  # fmt: skip
SPOTS = {"SPY": 690.4, "QQQ": 610.3, "IWM": 262.6}
LOCALES = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout.split()


def _chain(symbol, spot):
    rows = [HEADER]
    for at, factor, hours in INSTANTS:
        now = round(spot * factor, 2)
        for strike in range(round(spot * 0.94), round(spot * 1.03)):
            for days, expiry in ((0, "2026-02-13"), (7, "2026-02-20"), (14, "2026-02-27")):
                bid = max(round(_put(now, strike, (hours + 24 * days) / 8760), 2), 0.01)
                sizes = f"{2000 + strike},{3000 + strike}"
                rows.append(f"{at},{symbol},{expiry},P,{strike},{bid:.2f},{bid + 0.01:.2f},{sizes},,{now}")
    return "\n".join(rows) + "\n"


def _put(spot, strike, years, sigma=0.2):
    normal, root = NormalDist().cdf, sigma * math.sqrt(years)
    d1 = (math.log(spot / strike) + (0.04 + sigma**2 / 2) * years) / root
    return strike * math.exp(-0.04 * years) * normal(root - d1) - spot * normal(-d1)


def write_market(folder):
    """Chains of three funds, their closes, and VIX."""
    chains, daily = folder / "chains", folder / "daily"
    chains.mkdir(parents=True)
    daily.mkdir()
    days = [f"2026-02-{day:02d}" for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13)]
    (daily / "VIX.csv").write_text("date,open,high,low,close\n" + "".join(f"{d},17,18,16,17.5\n" for d in days))
    for symbol, spot in SPOTS.items():
        (chains / f"{symbol}.csv").write_text(_chain(symbol, spot))
        bars = [f"{d},{spot},{spot * 1.004:.2f},{spot * 0.996:.2f},{spot * (0.972 if d == days[-1] else 1):.2f},9e7"
                for d in days]  # fmt: skip
        (daily / f"{symbol}.csv").write_text("date,open,high,low,close,volume\n" + "\n".join(bars) + "\n")
    return folder


@pytest.fixture(scope="session")
def market(tmp_path_factory):
    """The folder with the small market."""
    return write_market(tmp_path_factory.mktemp("market"))


@pytest.fixture(scope="session")
def finished(market, tmp_path_factory):
    """Runs the command in a process of its own and returns its facts."""

    def run(folder=market, *, cwd=None, more=(), **environment):
        home = tmp_path_factory.mktemp("home")
        command = (
            "run", "--plugins", "gen_acc,rev_acc,com_acc,protocol", "--market", f"chains:{folder}/chains",
            "--daily", f"{folder}/daily", "--from", "2026-02-11", "--to", "2026-02-13", "--home", str(home), "--json",
        )  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", "from allusr_sdk.cli import main; main()", *command, *more],
            cwd=cwd or home, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) | {"home": home}

    return run


@pytest.fixture(scope="session")
def first(finished):
    """The run that others are compared with."""
    return finished(PYTHONHASHSEED="1", TZ="America/New_York", LC_ALL="C.UTF-8")


@pytest.fixture(scope="session")
def other_locale():
    """A locale with commas for decimal points where the machine has one."""
    return next((name for name in LOCALES if name.startswith(("de_", "fr_", "tr_"))), "POSIX")
