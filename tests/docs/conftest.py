"""Where a page's blocks run, and what they may import."""

import os
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Runner


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """Runs a page's blocks in an empty folder, from which its files can be imported; what they import is forgotten."""
    examples = [path.parent for path in (ROOT / "examples").glob("*/pyproject.toml")]
    for place in (*examples, tmp_path):
        monkeypatch.syspath_prepend(place)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    yield Runner(tmp_path)
    for name in set(sys.modules) - known:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
