"""What is promised to plugins, operators and scripts, pinned line by line."""

import contextlib
import inspect
import io
import json
from typing import get_origin

import attrs
import pytest

from allusr_sdk import errors
from allusr_sdk.cli.entry import invoke
from allusr_sdk.config import _PLAIN, Config
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import AllusrError
from allusr_sdk.host import Host
from allusr_sdk.model.events import Event
from allusr_sdk.settings import is_settings, table
from tests.api.pins import holds
from tests.api.shapes import lines
from tests.api.surface import HOOKS, ROOMS, called, members, ours, public
from tests.api.words import described, fields, signatures
from tests.montecarlo.orchard import MEANS, kept, lived

BUILT_IN = ("gen_acc", "rev_acc", "com_acc", "protocol")


def kind(thing):
    """What a public name stands for."""
    if inspect.ismodule(thing):
        return "module"
    return "class" if inspect.isclass(thing) else "type" if get_origin(thing) is not None else "function"


@pytest.mark.parametrize("room", ROOMS)
def test_the_public_names_are_these(room):
    names = {name: getattr(ROOMS[room], name) for name in sorted(ROOMS[room].__all__)}
    found = []
    for name, thing in names.items():
        inner = sorted(n for n, _ in members(thing)) if kind(thing) == "module" and thing not in ROOMS.values() else []
        found += [f"{kind(thing)} {name}", *(f"    {n}" for n in inner)]
    holds(f"names.{room}", found)


def test_the_errors_and_their_exit_codes_are_these():
    found = [cls for cls in vars(errors).values() if inspect.isclass(cls) and issubclass(cls, AllusrError)]
    holds("errors", [f"{cls.__name__}({cls.__base__.__name__}): exit {cls.exit_code}" for cls in found])


def test_the_hooks_are_these():
    holds("hooks", [line for name, hook in HOOKS.items() for line in signatures(name, hook)])


def test_the_kinds_of_events_are_these():
    kinds = {
        name: cls for name, cls in Event.kinds.items() if cls.__module__.startswith(Event.__module__.rpartition(".")[0])
    }
    shown = ["Event", *(f"    {line}" for line in fields(Event))]
    for name, cls in sorted(kinds.items()):
        shown += [name, *(f"    {line}" for line in fields(cls))]
    holds("events", shown)


def rows(where, cls):
    """The settings of a class by their paths."""
    for row in table(cls):
        tail = "".join(f"; {text}" for text in (row.unit, row.bounds) if text)
        yield f"{where}.{row.name}: {row.type} = {row.default or '(empty)'}{tail}"


def test_the_settings_of_the_configuration_are_these():
    tables = {field.name: field.type for field in attrs.fields(Config)}
    typed = [row for name, cls in tables.items() if is_settings(cls) for row in rows(name, cls)]
    holds("settings.config", [*typed, *(f"[{name}]" for name in _PLAIN)])


def test_the_settings_of_the_built_in_plugins_are_these():
    host = Host.load(Config.read(options={"plugins.use": list(BUILT_IN)}))
    tables = {f"sleeves.{name}": sleeve for name, sleeve in host.sleeves.items()} | {"protocol": host.protocol}
    holds(
        "settings.plugins", [row for where, brought in tables.items() for row in rows(where, brought.settings_type())]
    )


def signed(room):
    """Every public class and function of a room, events aside."""
    own = {id(thing): (name, thing) for name, thing in public(room) if ours(thing)}
    for name, thing in own.values():
        if inspect.isclass(thing) and not issubclass(thing, Event):
            yield from described(thing)
        elif callable(thing) and kind(thing) == "function":
            yield from signatures(name.removeprefix(f"{room}."), called(thing))


@pytest.mark.parametrize("room", ["allusr_sdk", "allusr_sdk.testing"])
def test_classes_and_functions_are_called_like_this(room):
    base = described(Configured) if room == "allusr_sdk" else ()
    holds(f"signatures.{room}", [*base, *signed(room)])


# --- what --json prints ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with one run: a week of a synthetic market that VIX has stopped at its end."""
    return tmp_path_factory.mktemp("pinned")


@pytest.fixture(scope="module")
def ran(home):
    """What that run printed."""
    week = ("--scenario", "vix_81", "--from", "2026-02-02", "--to", "2026-02-06", "--what-if", "lq_1.spread=0.2")
    return printed_by(["run", *week, "--home", str(home)])


def printed_by(arguments):
    """One JSON object of one command."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert invoke([*arguments, "--json"]) == 0
    return json.loads(printed.getvalue())


def test_run_prints_this(ran):
    holds("json.run", lines(ran))


COMMANDS = {
    "status": ("status",),
    "audit": ("audit",),
    "doctor": ("doctor",),
    "explain.symbol": ("explain", "AAPL"),
    "explain.week": ("explain", "2026-W06"),
    "explain.entry": ("explain", "#100"),
    "report.week": ("report", "week"),
    "report.quarter": ("report", "quarter"),
    "advise": ("advise", "week-type", "--no-log"),
    "ledger.show": ("ledger", "show", "--limit", "50"),
    "ledger.verify": ("ledger", "verify"),
    "ledger.balances": ("ledger", "balances"),
    "ledger.tax": ("ledger", "tax", "2026"),
    "plugins.list": ("plugins", "list"),
    "plugins.show": ("plugins", "show", "gen_acc"),
    "plugins.check": ("plugins", "check", "gen_acc", "--only", "S102"),
    "plugins.lock": ("plugins", "lock", "--plugins", "gen_acc"),
    "rules.show": ("rules", "show"),
}


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prints_this(name, home, monkeypatch):
    monkeypatch.setenv("ALLUSR_HOME", str(home))
    holds(f"json.{name}", lines(printed_by(COMMANDS[name])))


def test_backtest_prints_this(tmp_path):
    week = ("--scenario", "vix_81", "--from", "2026-02-02", "--to", "2026-02-06", "--alone", "--home", str(tmp_path))
    holds("json.backtest", lines(printed_by(["backtest", *week])))


def test_sweep_prints_this(tmp_path):
    day = ("--from", "2026-01-05", "--to", "2026-01-05", "--symbols", "SPY", "--home", str(tmp_path / "home"))
    over = ("--over", "lq_1.open_interest=500", "--workers", "0", "--out", str(tmp_path / "sweep"))
    holds("json.sweep", lines(printed_by(["sweep", *over, *day])))


@pytest.mark.parametrize(("name", "words"), [
    ("montecarlo", ("--paths", "40", "--years", "2")), ("montecarlo.agree", ("--agree",)),
])  # fmt: skip
def test_montecarlo_prints_this(name, words, tmp_path):
    with lived(2, 40, means={**MEANS, "gen_acc": 0.04}) as world:
        home = str(kept(world, tmp_path))
    holds(f"json.{name}", lines(printed_by(["montecarlo", *words, "--home", home])))


def test_crowd_prints_this(tmp_path):
    day = ("--from", "2026-01-05", "--to", "2026-01-05", "--symbols", "SPY", "--home", str(tmp_path / "home"))
    some = ("--accounts", "2", "--workers", "0", "--out", str(tmp_path / "crowd.parquet"))
    holds("json.crowd", lines(printed_by(["crowd", *some, *day])))


@pytest.mark.usefixtures("ran")
def test_rules_diff_prints_this(home, tmp_path):
    other = tmp_path / "other.toml"
    other.write_text("[rules.lq_1]\nopen_interest = 600\n[rules.cad_4]\nstress = true\n")
    holds("json.rules.diff", lines(printed_by(["rules", "diff", "default", str(other), "--home", str(home)])))
