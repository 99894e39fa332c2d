"""Where the shared data and vectors are, and what a test does where they are not."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# Hundreds of tests start a process, and each worker rewrites every test: compiled once, and not by each of them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# No example is asked how long it takes: a busy machine is no fault.
if settings.get_current_profile_name() == "default":
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


def _folder(variable: str, default: str) -> Path:
    folder = (ROOT / os.environ.get(variable, default)).resolve()
    if not folder.is_dir():
        pytest.skip(f"{variable} is not set and {default} is absent: this test reads real data in place")
    return folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The real market data (ALLUSR_DATA, ../shared/data by default)."""
    return _folder("ALLUSR_DATA", "../shared/data")


@pytest.fixture(scope="session")
def vectors_dir() -> Path:
    """The worked examples (ALLUSR_VECTORS, ../shared/vectors by default)."""
    return _folder("ALLUSR_VECTORS", "../shared/vectors")


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock is Tokyo's, where it is the next day while New York trades."""
    monkeypatch.setenv("TZ", "JST-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
