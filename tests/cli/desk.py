"""A plugin that is installed and brings a broker and a market of now, as tests of live trading need them."""

import json
import sys

from allusr_sdk.cli import run as running

PLUGIN = '''
"""A desk: a broker whose account stands in a file, and a market of one instant."""

import json
import os
from datetime import datetime, timedelta
from decimal import Decimal

from allusr_sdk import hookimpl
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.broker import Identity, Statement


class Desk:
    def __init__(self):
        with open(os.environ["DESK"]) as file:
            self.told = json.load(file)

    def identity(self):
        if self.told["raises"]:
            raise ConnectionError(self.told["raises"])
        told = self.told
        return Identity(
            account=told["account"], live=told["live"], currency=told["currency"],
            permissions=frozenset(told["permissions"]),
        )

    def statement(self, at):
        at = at + timedelta(seconds=self.told["skew"])
        return Statement(at=at, holdings=(), orders=(), executions=(), cash=Decimal(1_000_000))

    def close(self):
        pass


class Now:
    description = "the market of now"
    sessions = ()

    def __init__(self, place, seed):
        self._all = open_market("synthetic", seed=seed)

    def steps(self, first, last):
        yield next(iter(self._all.steps(first, last)))


@hookimpl
def allusr_brokers():
    return {"desk": Desk}


@hookimpl
def allusr_markets():
    return {"now": Now}
'''

ACCOUNT = {
    "account": "U7", "live": True, "currency": "USD", "permissions": ["options", "shares"], "skew": 0.0, "raises": "",
}  # fmt: skip

DAY = ("--from", "2026-01-05", "--to", "2026-01-05")
ANN = ("--by", "Ann", "--reason", "ready", "--confirm", "U7")
CONFIG = """
[plugins]
use = ["gen_acc", "protocol", "desk"]
[market]
kind = "now"
[broker]
use = "desk"
account = "U7"
"""


class Desk:
    """A home, and a broker whose account stands in a file that the plugin reads; its plugin is installed."""

    def __init__(self, allusr, folder, monkeypatch, home=None):
        self.home, self.config, self.module = home or folder / "home", folder / "allusr.toml", _installed(folder)
        self._allusr, self._file, self._patch = allusr, folder / "desk.json", monkeypatch
        self.config.write_text(CONFIG)
        monkeypatch.syspath_prepend(str(self.module.parent))
        sys.modules.pop(self.module.stem, None)
        monkeypatch.setenv("DESK", str(self._file))
        self.plan = None
        self.says()

    def says(self, **changes):
        """Let the broker say something else of the account than `ACCOUNT`."""
        self._file.write_text(json.dumps({**ACCOUNT, **changes}))

    def told(self, *arguments):
        """Call a command with the configuration and the home."""
        return self._allusr(*arguments, "--config", self.config, "--home", self.home)

    def runs(self, *more, mode="live"):
        """Try to start a run; what starts hands its plan over and ends there."""
        started = []
        self._patch.setattr(running, "_simulate", lambda plan, *args, **options: started.append(plan))
        done = self.told("run", "--mode", mode, "--pace", "real", *DAY, *more)
        self.plan = started[0] if started else None
        return done


def _installed(folder):
    """Put the plugin where an installer would; returns the file of its code."""
    site = folder / "site"
    info = site / "allusr_desk-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: allusr-desk\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[allusr.v1]\ndesk = allusr_desk_of_the_tests\n")
    module = site / "allusr_desk_of_the_tests.py"
    module.write_text(PLUGIN)
    files = (module.name, f"{info.name}/METADATA", f"{info.name}/entry_points.txt", f"{info.name}/RECORD")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    return module
