"""What `allusr doctor` looks at beside what a run asks for: packages, extras, zones, calendar, database, ports."""

import os
import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from allusr_sdk.cli.checkup import Told
    from allusr_sdk.cli.house import Home
    from allusr_sdk.execution.arming import Row

_AHEAD = timedelta(days=90)  # options of so long are traded: the calendar must know their sessions
_FORMS = {"html": ("plotly",), "pdf": ("matplotlib", "weasyprint")}
_PORTS = {"metrics": 9812, "console": 8750}
_SHOWN = 4


@frozen(kw_only=True)
class Found:
    """What one look found; `ok` is None where it cannot be known. A run needs it where it `matters`."""

    name: str
    asked: str
    found: str
    wanted: str
    ok: bool | None
    do: str = ""
    matters: bool = False


def rows(told: "Told", home: "Home") -> "tuple[Row, ...]":
    """Every look, as a row of the table. Raises `InputError` where the file cannot be read."""
    from attrs import asdict

    from allusr_sdk.execution.arming import Row
    from allusr_sdk.layers import merged, of_file, of_pairs

    tables = merged([of_file(told.config), of_pairs(told.sets, {})])
    looks = (
        _packages(), _brought(), _zones(), _calendar(), _database(home), _reports(), *_commands(tables), _ports(tables),
        *_time(tables),
    )  # fmt: skip
    return tuple(Row(**asdict(look)) for look in looks)


# --- packages ------------------------------------------------------------------------------------------------------


def _packages() -> Found:
    """Whether the SDK and what it stands on are of versions that fit each other."""
    from allusr_sdk.host.requires import SDK

    roots = [SDK, *(requirement.name for requirement in _needs(SDK))]
    bad = list(dict.fromkeys(complaint for root in roots for complaint in _unmet(root)))
    pair = ", ".join(f"{name} {_version(name) or 'absent'}" for name in ("nautilus_trader", "ib_async"))
    found = "; ".join(bad[:_SHOWN]) if bad else f"{len(roots)} fit; {pair}"
    return Found(
        name="packages", asked="do the packages fit together", found=found, wanted="as each asks for", ok=not bad,
        do="install as the SDK asks: `uv sync`, or pip install allusr-sdk again", matters=True,
    )  # fmt: skip


def _unmet(name: str) -> Iterator[str]:
    for need in _needs(name):
        version = _version(need.name)
        if not version:
            yield f"{need.name} is absent, which {name} asks for"
        elif need.specifiers and not need.fits(version):
            yield f"{need.name} {version}, and {name} asks for {need.specifiers}"


@frozen
class Need:
    """A requirement of a distribution that applies here, without extras."""

    name: str
    specifiers: str

    def fits(self, version: str) -> bool:
        """Whether a version is one that is asked for."""
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(self.specifiers).contains(version, prereleases=True)


def _needs(name: str) -> tuple[Need, ...]:
    from packaging.requirements import InvalidRequirement, Requirement

    found, own = [], _distribution(name)
    for text in (own.requires or ()) if own is not None else ():
        try:
            need = Requirement(text)
        except InvalidRequirement:
            continue
        if need.marker is None or need.marker.evaluate({"extra": ""}):
            found.append(Need(need.name, str(need.specifier)))
    return tuple(found)


def _distribution(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _version(name: str) -> str:
    found = _distribution(name)
    return found.version if found is not None else ""


def _brought() -> Found:
    """Every plugin that is installed, selected or not; nothing of them is imported."""
    from allusr_sdk.host import Status
    from allusr_sdk.host.discovery import discover

    every = discover()
    bad = [f"{each.name}: {each.status.value}: {each.problem}" for each in every if each.status != Status.NOT_SELECTED]
    found = "; ".join(bad[:_SHOWN]) or f"{len(every)} plugins"
    return Found(name="installed", asked="can every installed plugin be selected", found=found, wanted="usable",
                 ok=not bad, do="see `allusr plugins list`; update or uninstall it")  # fmt: skip


# --- time, database ------------------------------------------------------------------------------------------------


def _zones() -> Found:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo("America/New_York")
        ok = True
    except (ZoneInfoNotFoundError, OSError):
        ok = False
    found = f"tzdata {_version('tzdata') or 'of the system'}" if ok else "no America/New_York"
    return Found(name="zones", asked="are there time zones", found=found, wanted="New York's", ok=ok,
                 do="install tzdata", matters=True)  # fmt: skip


def _calendar() -> Found:
    """Whether the exchange's calendar reaches as far as options are traded."""
    from allusr_sdk.ledger import clocks
    from allusr_sdk.model.calendar import xnys

    wanted = clocks.now().date() + _AHEAD
    try:
        last: date | None = xnys().before(xnys().after(wanted).day).day
    except ValueError:
        last = None
    found = f"sessions beyond {wanted}; exchange_calendars {_version('exchange_calendars')}" if last else "ends before"
    return Found(name="calendar", asked="does the calendar reach far enough", found=found, wanted=f"{wanted} or later",
                 ok=last is not None, do="update allusr-sdk and exchange_calendars", matters=True)  # fmt: skip


def _database(home: "Home") -> Found:
    """What keeps the ledger. Whether it can be read is the row `schema`."""
    file = Path(home.place) / "ledger.db"
    size = f", {file.stat().st_size / 1e6:,.1f} MB" if file.exists() else ""
    remote = "://" in home.place
    kind = f"PostgreSQL by psycopg {_version('psycopg')}" if remote else f"SQLite {sqlite3.sqlite_version}{size}"
    return Found(
        name="database", asked="what keeps the ledger", found=kind, wanted="a database that answers",
        ok=not home.unread, do="see the row schema; of a server also that it runs and lets us in", matters=True,
    )  # fmt: skip


def _time(tables: Mapping[str, object]) -> Iterator[Found]:
    """Our clock against the time server that is configured, where no broker is asked."""
    from allusr_sdk.cli.checkup import skew_of
    from allusr_sdk.kernel.clock import wrong_clock
    from allusr_sdk.rulebook import Rulebook

    server = _said(tables, "broker", "ntp")
    if not server or _said(tables, "broker", "use"):
        return
    skew, rules = skew_of(server), Rulebook.default()
    yield Found(
        name="time", asked="is our clock right", wanted=f"{rules.number('KS-9.skew_seconds'):g} s or less (KS-9)",
        found=f"no answer of {server}" if skew is None else f"{skew:.1f} s from that of {server}",
        ok=None if skew is None else wrong_clock(skew, rules) is None, do="set the clock, by NTP",
    )  # fmt: skip


# --- extras --------------------------------------------------------------------------------------------------------


def _reports() -> Found:
    forms = [form for form, needs in _FORMS.items() if all(map(find_spec, needs))]
    return Found(
        name="reports", asked="which forms can reports have", found=", ".join(["json", "csv", *forms]),
        wanted="json, csv, html, pdf", ok=len(forms) == len(_FORMS), do="pip install allusr-sdk[reports]",
    )  # fmt: skip


def _commands(tables: Mapping[str, object]) -> Iterator[Found]:
    """The commands of plugins that look at a home from outside: installed, and set up; no secret is shown."""
    from allusr_sdk.cli.added import words

    known = {word.word for word in words()}
    for word, (what, ready) in _COMMANDS.items():
        found = ready(tables) if word in known else "not installed"
        ok = word in known and not found.startswith("no ")
        do = f"`allusr {word} --help` says how" if word in known else f"install the plugin that brings `allusr {word}`"
        yield Found(name=word, asked=what, found=found, wanted="set up, where it is wanted", ok=ok, do=do)


def _ready(tables: Mapping[str, object]) -> str:
    return "ready"


def _channels(tables: Mapping[str, object]) -> str:
    """How many channels are configured; not which."""
    told = len(os.environ.get("ALLUSR_NOTIFY_URLS", "").split())
    if file := _said(tables, "notify", "file"):
        try:
            place = Path(file).expanduser()
            if stat.S_IMODE(place.stat().st_mode) & 0o077:
                return f"no use of {place}, which is open to others: chmod 600 it"
            lines = (line.strip() for line in place.read_text().splitlines())
            told += sum(bool(line) and not line.startswith(("#", "ping=")) for line in lines)
        except (OSError, UnicodeDecodeError):
            return f"no channel can be read from {file}"
    return f"channels: {told}" if told else "no channel"


def _model(tables: Mapping[str, object]) -> str:
    model = _said(tables, "advisor", "model")
    return f"a model words what the ledger says ({model})" if model else "answers are written by rules; no model is set"


_COMMANDS: Mapping[str, tuple[str, Callable[[Mapping[str, object]], str]]] = {
    "console": ("can a browser look at accounts", _ready),
    "notify": ("do notes reach somebody", _channels),
    "metrics": ("can Prometheus measure accounts", _ready),
    "ask": ("who words answers", _model),
    "mcp": ("can other assistants read", _ready),
}


def _ports(tables: Mapping[str, object]) -> Found:
    """Whether the ports of console and metrics are free, or taken, perhaps by them."""
    taken, every = [], {name: _port(_said(tables, name, "port")) or port for name, port in _PORTS.items()}
    for name, port in every.items():
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                taken.append(f"{port} of {name} is taken")
    found = "; ".join(taken) or ", ".join(f"{port} {name}" for name, port in every.items()) + " free"
    return Found(name="ports", asked="are the ports of this machine free", found=found, wanted="free, or taken by them",
                 ok=not taken, do="well where they run already; else set [console] port, [metrics] port")  # fmt: skip


def _port(text: str) -> int:
    """A port; 0, a free one, for what is none."""
    return int(text) if text.isdecimal() and int(text) <= 65535 else 0


def _said(tables: Mapping[str, object], table: str, key: str) -> str:
    """A value of the file as text, empty where it says none; what makes no sense is for the command to refuse."""
    found = tables.get(table)
    value = found.get(key) if isinstance(found, Mapping) else None
    return str(value) if isinstance(value, str | int) else ""
