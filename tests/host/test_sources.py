"""A plugin that decides is read before it is imported: what reaches beyond its view never runs."""

import sys
import textwrap

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import PluginError
from allusr_sdk.host import Host, Status, survey
from allusr_sdk.host.watch import Limits

SLEEVE = """
from allusr_sdk import Sleeve, hookimpl
from allusr_sdk.settings import setting, settings


@settings
class Mine:
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")


class Reaching(Sleeve[Mine]):
    name = "reaching"


@hookimpl
def allusr_sleeves():
    return [Reaching]
"""

OBSERVER = """
from allusr_sdk import hookimpl


@hookimpl
def allusr_event(event):
    return None
"""

MARKET = """
from allusr_sdk import hookimpl


@hookimpl
def allusr_markets():
    return {"mine": lambda place, seed: None}
"""


def load(*names):
    return Host.load(Config.read(options={"plugins.use": list(names)}))


def refusal(name):
    with pytest.raises(PluginError) as caught:
        load(name)
    return str(caught.value)


REACHES = {
    "import allusr_sdk.kernel.cycle": ("allusr_sdk.kernel.cycle", "engine's own"),
    "from allusr_sdk import execution": ("allusr_sdk.execution", "engine's own"),
    "from allusr_sdk.execution.venue import Venue": ("allusr_sdk.execution.venue.Venue", "engine's own"),
    "import allusr_sdk as a\nrun = lambda: a.ledger.open_ledger": ("allusr_sdk.ledger.open_ledger", "engine's own"),
    "from allusr_sdk.host import Host": ("allusr_sdk.host.Host", "engine's own"),
    "import ib_async": ("ib_async", "talks to a broker"),
    "def late():\n    from nautilus_trader.live import node": ("nautilus_trader.live.node", "talks to a broker"),
    "import sqlalchemy as sa": ("sqlalchemy", "a database"),
    "from socket import create_connection": ("socket.create_connection", "the network"),
    "import urllib.request": ("urllib.request", "the network"),
    "import subprocess": ("subprocess", "one thread"),
    "from threading import Thread": ("threading.Thread", "one thread"),
    "import os\nrun = lambda: os.system('true')": ("os.system", "one thread"),
    "import ctypes": ("ctypes", "gets round"),
    "import importlib\nx = lambda: importlib.import_module('ib_' + 'async')": ("importlib", "gets round"),
    "import importlib.metadata\nx = lambda: importlib.import_module('x')": ("importlib.import_module", "gets round"),
    "x = lambda: __import__('ib_async')": ("__import__", "gets round"),
    "x = lambda: exec('import ib_async')": ("exec", "gets round"),
    "x = lambda: sys.modules['allusr_sdk.kernel']\nimport sys": ("sys.modules", "gets round"),
    "from sys import modules": ("sys.modules", "gets round"),
    "from gc import get_objects": ("gc.get_objects", "gets round"),
    "x = lambda error: error.__traceback__.tb_frame.f_back": ("f_back", "gets round"),
    "x = lambda view: object.__setattr__(view, 'at', None)": ("object.__setattr__", "gets round"),
}


@pytest.mark.parametrize("line", REACHES)
def test_a_sleeve_that_reaches_beyond_its_view_is_refused_with_file_and_line_and_is_never_imported(install, line):
    name, why = REACHES[line]
    module = install("reaching", f"raise AssertionError('imported')\n{SLEEVE}\n{line}\n")
    text = refusal("reaching")
    assert text.startswith("plugin reaching: ")
    assert f"{module}.py:" in text
    assert f"reaches for {name}, which" in text
    assert why in text
    assert module not in sys.modules


def test_the_line_that_is_named_is_the_one_that_reaches(install):
    install("reaching", f"{SLEEVE}\n\nimport ib_async\n")
    line = f"{textwrap.dedent(SLEEVE)}\n\nimport ib_async\n".splitlines().index("import ib_async") + 1
    assert f".py:{line}: reaches for ib_async" in refusal("reaching")


FINE = (
    "import json, math, re, logging",
    "from importlib.resources import files\nfrom importlib import metadata",
    "from urllib.parse import quote",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ib_async",
    "import re\nsignal, gc, compile_ = 1, 2, re.compile('x')",
    "class View:\n    def exec(self):\n        return self.socket",
)


@pytest.mark.parametrize("line", FINE)
def test_what_a_sleeve_may_use_is_not_held_against_it(install, line):
    install("reaching", f"{SLEEVE}\n{line}\n")
    assert list(load("reaching").sleeves) == ["reaching"]


def package(install, tmp_path, files, *, entry=""):
    """A plugin that is a package: its parts by file name."""
    top = install("reaching", "", module="reaching_" + tmp_path.name.replace("-", "_"))
    (single,) = tmp_path.glob(f"site*/{top}.py")
    single.unlink()
    for name, code in files.items():
        path = single.parent / top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code.replace("TOP", top))
    if entry:
        (info,) = single.parent.glob("*.dist-info")
        (info / "entry_points.txt").write_text(f"[allusr.v1]\nreaching = {top}.{entry}\n")
    return top


@pytest.mark.parametrize(
    "line", ["from .deep.inner import x", "from . import deep", "import TOP.deep.inner", "from TOP import deep"]
)
def test_a_package_is_read_along_its_own_imports(install, tmp_path, line):
    package(install, tmp_path, {
        "__init__.py": f"{line}\n{SLEEVE}",
        "deep/__init__.py": "from .inner import x",
        "deep/inner.py": "import ib_async\nx = 1\n",
    })  # fmt: skip
    assert "inner.py:1: reaches for ib_async" in refusal("reaching")


def test_what_a_package_brings_beside_and_does_not_import_is_not_held_against_it(install, tmp_path):
    package(install, tmp_path, {"__init__.py": SLEEVE, "tools.py": "import subprocess\n"})
    assert list(load("reaching").sleeves) == ["reaching"]


def test_an_entry_deep_in_a_package_is_found_and_the_packages_above_it_are_read(install, tmp_path):
    package(install, tmp_path, {"__init__.py": "import socket\n", "plugin.py": SLEEVE}, entry="plugin")
    assert "__init__.py:1: reaches for socket" in refusal("reaching")


def test_a_market_may_use_the_network_and_an_observer_the_ledger_but_neither_the_kernel(install):
    install("feed", f"import socket\nimport subprocess\n{MARKET}")
    install("tail", f"import allusr_sdk.ledger\n{OBSERVER}")
    assert load("feed", "tail").markets.keys() == {"mine"}
    install("nosy", f"import allusr_sdk.kernel.cycle\n{OBSERVER}")
    assert "reaches for allusr_sdk.kernel.cycle" in refusal("nosy")


def test_hooks_that_the_source_hides_are_held_to_what_they_are(install):
    hidden = SLEEVE.replace("def allusr_sleeves", "def brings")
    install("reaching", f"import socket\n{OBSERVER}\n{hidden}\nglobals()['allusr_' + 'sleeves'] = brings\ndel brings\n")
    assert "reaches for socket" in refusal("reaching")


def test_a_plugin_that_replaces_the_clock_when_it_is_imported_is_refused_and_the_clock_put_back(install):
    import time

    clock = time.time
    install("reaching", f"import time\ntime.time = lambda: 0.0\n{SLEEVE}")
    text = refusal("reaching")
    assert "it replaces time.time, which is everybody's" in text
    assert time.time is clock


def test_a_plugin_that_replaces_the_clock_when_it_is_built_is_refused_too(install):
    import datetime

    original = datetime.date
    body = """    name = "reaching"

    def __init__(self, settings):
        import datetime

        datetime.date = 7
"""
    install("reaching", SLEEVE.replace('    name = "reaching"\n', body))
    assert "it replaces datetime.date" in refusal("reaching")
    assert datetime.date is original


def test_a_plugin_that_hangs_when_it_is_imported_is_refused_with_the_line_at_which_it_did(install, monkeypatch):
    monkeypatch.setattr("allusr_sdk.host.guard.STARTING", Limits(0.2, 1024, of="at the start"))
    module = install("reaching", f"import time\ntime.sleep(60)\n{SLEEVE}")
    text = refusal("reaching")
    assert f"{module}.py:2: hangs: no answer within 0.2 s (at the start)" in text
    assert module not in sys.modules


NO_SYMBOLS = {
    "a text": 'tuple[str, ...]:\n        return "SPY"',
    "numbers": "tuple[str, ...]:\n        return (1, 2)",
    "an error": "tuple[str, ...]:\n        raise ValueError('which?')",
}


@pytest.mark.parametrize("name", NO_SYMBOLS)
def test_a_sleeve_that_cannot_say_what_it_trades_is_refused(install, name):
    odd = f'    name = "reaching"\n\n    @property\n    def symbols(self) -> {NO_SYMBOLS[name]}\n'
    install("reaching", SLEEVE.replace('    name = "reaching"\n', odd))
    assert "plugin reaching: reaching: symbols" in refusal("reaching")


def test_a_listing_says_of_a_reaching_plugin_why_and_goes_on(install):
    install("reaching", f"import ib_async\n{SLEEVE}")
    install("tail", OBSERVER)
    found = {each.name: each for each in survey(("reaching", "tail"))}
    assert found["reaching"].status is Status.IMPORT_FAILED
    assert "reaches for ib_async" in found["reaching"].problem
    assert found["tail"].status is Status.OK


def test_a_plugin_without_source_is_refused(install, tmp_path):
    import py_compile

    module = install("reaching", SLEEVE)
    (source,) = tmp_path.glob(f"site*/{module}.py")
    py_compile.compile(str(source), cfile=str(source.with_suffix(".pyc")))
    source.unlink()
    assert "has no source to be read" in refusal("reaching")
