"""What a figure was measured on: processor, system, versions, the sources' commit, the load."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "nautilus_trader", "numpy", "pandas", "pyarrow", "opengreeks", "SQLAlchemy", "exchange_calendars", "ib_async",
)  # fmt: skip


def described():
    """Processor, number of CPUs and memory, system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = ".".join(platform.release().split(".")[:2])
    return {
        "processor": f"{_processor()}, {os.cpu_count()} virtual CPUs, {memory:.0f} GB",
        "system": f"{platform.system()} {system}",
        "python": platform.python_version(),
    }


def versions(names=PACKAGES):
    """Versions of packages of this environment."""
    return {name: version(name) for name in names}


def commit():
    """The sources' commit, with a plus where files differ from it."""
    said = subprocess.run(("git", "describe", "--always", "--dirty=+"), cwd=ROOT, capture_output=True, text=True)
    return said.stdout.strip() or "unknown"


def load():
    """The load average of the last minute."""
    return round(os.getloadavg()[0], 1)


def _processor():
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), platform.processor())
