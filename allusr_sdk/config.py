"""The effective configuration: packaged defaults, then a scenario, a file, and `--set` pairs and options.

`allusr.toml` has the tables [plugins], [account], [run], [market], [execution], [broker], [protocol], [sleeves.NAME],
[ladders.NAME], [forks.NAME] and [rules]. Tables of plugins are kept plain here; the host loads them with each plugin's
own settings class.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import asdict, frozen

from allusr_sdk import _deprecations
from allusr_sdk.errors import InputError, RuleError, SettingsError
from allusr_sdk.rulebook import Rulebook, parse
from allusr_sdk.settings import digest, load, nearest, setting, settings

Table = Mapping[str, Any]


@settings
class Plugins:
    """[plugins]"""

    use: tuple[str, ...] = setting(
        default=(), help="Plugins to load by name or path, in the order in which they are asked."
    )
    protocol: str = setting(default="", help="Name of the protocol, where more than one is loaded.")


@settings
class Account:
    """[account]"""

    capital: Decimal = setting(
        default=Decimal(1_000_000), ge=1, unit="USD", help="Capital at the start, split by CAD-12."
    )
    shares: tuple[str, ...] = setting(
        default=(), help="Part of each sleeve as name=percent, where CAD-12's split is not wanted or not enough."
    )


@settings
class Run:
    """[run]"""

    seed: int = setting(default=7, ge=0, help="Seed of the synthetic market and of the fill model.")
    plugin_seconds: float = setting(
        default=5.0, ge=1, le=60, unit="s", help="A plugin's call that takes longer is stopped, and the account SAFE."
    )
    plugin_memory: int = setting(
        default=1024, ge=16, unit="MB", help="A plugin that adds more to the process is stopped, and the account SAFE."
    )


@settings
class Market:
    """[market]"""

    kind: str = setting(default="synthetic", help="Kind of source: synthetic, chains, lean, or a plugin's.")
    path: str = setting(default="", help="Folder or file of the source.")
    daily: str = setting(default="", help="Folder with daily bars a symbol and VIX.csv.")
    earnings: str = setting(default="", help="CSV with report dates.")
    symbols: tuple[str, ...] = setting(default=(), help="Underlyings to read; empty for all.")
    scenario: str = setting(default="", help="Name of the scenario that the synthetic market plays.")


@settings
class Execution:
    """[execution]"""

    fill: str = setting(default="seeded", choices=("seeded", "touch"), help="Fill model of the simulated venue.")
    rebuild: str = setting(default="week", choices=("week", "month"), help="How often the venue is rebuilt.")


@settings
class Broker:
    """[broker]"""

    use: str = setting(default="", help="Broker connection, by the name that a plugin gives it; empty: simulated.")
    account: str = setting(default="", help="Account that the connection must reach (KS-11.15).")
    currency: str = setting(default="USD", help="Currency of the account.")
    permissions: tuple[str, ...] = setting(
        default=("shares", "options"), help="What the account must be permitted to trade."
    )


_TYPED: Mapping[str, type] = {
    "plugins": Plugins,
    "account": Account,
    "run": Run,
    "market": Market,
    "execution": Execution,
    "broker": Broker,
}
_PLAIN = ("protocol", "sleeves", "ladders", "forks", "rules")
_PLACES = (
    "path",
    "daily",
    "earnings",
)  # where data lies must not enter a hash: the same data elsewhere is the same run
_LIMITS = ("plugin_seconds", "plugin_memory")  # nor how long a plugin may take: it changes nothing that is decided


def by_path(plugin: str) -> bool:
    """Whether a plugin is selected by its path, as `./wheel.py` or `.`, which no name looks like."""
    return any(mark in plugin for mark in "./\\")


@frozen
class Config:
    """What a run is told. Build it with `Config.read`.

    Attributes:
        sleeves, ladders, forks: a plain table for each plugin object, by its name.
        protocol: the protocol's plain table.
        rulebook: with the overrides of [rules], `--set` and `--what-if` applied.
        origins: `default`, `scenario`, `file` or `set` for each value that one of them names, by dotted path.
    """

    plugins: Plugins
    account: Account
    run: Run
    market: Market
    execution: Execution
    broker: Broker
    sleeves: Mapping[str, Table]
    ladders: Mapping[str, Table]
    forks: Mapping[str, Table]
    protocol: Table
    rulebook: Rulebook
    origins: Mapping[str, str]

    @classmethod
    def read(
        cls,
        file: Path | None = None,
        *,
        sets: Sequence[str] = (),
        what_if: Sequence[str] = (),
        options: Mapping[str, object] = MappingProxyType({}),
        scenario: Table = MappingProxyType({}),
        rulebook: Rulebook | None = None,
    ) -> "Config":
        """Read and check the configuration.

        Args:
            file: a TOML file over the packaged defaults.
            sets: `a.b=value` pairs, values as TOML or plain text; `lq_1.open_interest=600` reaches a rule as
                `rules.lq_1.open_interest=600` does.
            what_if: `rule.value=...` pairs that may loosen what the user fixed.
            options: values by dotted path, as command-line options give them; they come last.
            scenario: tables of a scenario, over the defaults and under the file.
            rulebook: in force, before any override; the packaged one if left out.

        Raises:
            InputError: the file cannot be read.
            SettingsError: with all problems of the typed tables at once.
            RuleError: a fixed rule would be loosened, or a rule or value is unknown.
        """
        layers = {
            "default": _toml(files("allusr_sdk").joinpath("default.toml").read_bytes(), "default.toml"),
            "scenario": scenario,
            "file": _file(file),
            "set": _merged([_nested(path, value) for path, value in (*_pairs(sets), *options.items())]),
        }
        layers = {name: _deprecations.renamed(layer) for name, layer in layers.items()}
        tables = _merged(layers.values())
        origins = {path: name for name, layer in layers.items() for path, _ in _leaves(layer)}
        typed = _check(tables)
        rules = (rulebook or Rulebook.default()).tightened(dict(_leaves(tables.get("rules", {}))))
        return cls(
            **typed,
            **{name: tables.get(name, {}) for name in _PLAIN if name != "rules"},
            rulebook=rules.what_if(dict(_rule_pairs(what_if))) if what_if else rules,
            origins=MappingProxyType(origins),
        )

    def origin(self, path: str) -> str:
        """Where the value at a dotted path comes from: `default`, `scenario`, `file` or `set`."""
        return self.origins.get(path, "default")

    @property
    def digest(self) -> str:
        """sha256 of all that the host has not loaded for a plugin, paths left out."""
        typed = {name: asdict(getattr(self, name)) for name in _TYPED}
        typed["market"] = {k: v for k, v in typed["market"].items() if k not in _PLACES}
        typed["run"] = {k: v for k, v in typed["run"].items() if k not in _LIMITS}
        if not self.broker.use:
            del typed["broker"]  # a simulated account is what it was before there were others
        return digest(typed)


def _check(tables: Table) -> dict[str, Any]:
    problems: list[str] = []
    known = (*_TYPED, *_PLAIN)
    problems += [f"{name}: unknown table; {nearest(name, known)}" for name in tables if name not in known]
    for name in _PLAIN:
        problems += _not_tables(name, tables.get(name, {}), inner=name in ("sleeves", "ladders", "forks"))
    typed: dict[str, Any] = {}
    for name, kind in _TYPED.items():
        try:
            typed[name] = load(kind, tables.get(name, {}), where=name)
        except SettingsError as error:
            problems += error.problems
    if problems:
        raise SettingsError(problems)
    return typed


def _not_tables(name: str, body: object, *, inner: bool) -> list[str]:
    if not isinstance(body, Mapping):
        return [f"{name}: expected a table, got {body!r}"]
    return [
        f"{name}.{key}: expected a table, got {value!r}; write [{name}.NAME]"
        for key, value in body.items()
        if inner and not isinstance(value, Mapping)
    ]


def _file(file: Path | None) -> Table:
    if file is None:
        return {}
    try:
        return _beside(file, _toml(file.read_bytes(), file.name))
    except OSError as error:
        raise InputError(f"{file}: configuration cannot be read: {error.strerror}") from None


def _beside(file: Path, tables: Table) -> Table:
    """The tables with plugins by relative paths found from the file's own folder."""
    plugins = tables.get("plugins")
    use = plugins.get("use") if isinstance(plugins, Mapping) else None
    if not isinstance(use, list):
        return tables
    base = file.parent.absolute()
    placed = [str(base / Path(p).expanduser()) if isinstance(p, str) and by_path(p) else p for p in use]
    return {**tables, "plugins": {**tables["plugins"], "use": placed}}


def _toml(raw: bytes, name: str) -> Table:
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: not a TOML file: {' '.join(str(error).split())}") from None


def _pairs(sets: Sequence[str]) -> Iterator[tuple[str, object]]:
    for pair in sets:
        path, equals, text = pair.partition("=")
        path = path.strip()
        if not equals or not all(path.split(".")):
            raise SettingsError([f"--set {pair}: expected path.to.setting=value"])
        yield (f"rules.{path}" if _is_rule(path) else path), parse(text.strip())


def _rule_pairs(what_if: Sequence[str]) -> Iterator[tuple[str, object]]:
    for pair in what_if:
        key, equals, text = pair.partition("=")
        if not equals:
            raise RuleError(f"{key}: --what-if {pair}: expected rule.value=number")
        yield key.strip().removeprefix("rules."), text.strip()


def _is_rule(path: str) -> bool:
    return path.partition(".")[0].upper().replace("_", "-") in Rulebook.default().rules


def _nested(path: str, value: object) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    return {head: _nested(rest, value) if rest else value}


def _merged(layers: Iterable[Table]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
            merged[key] = _merged([merged[key], value]) if both else value
    return merged


def _leaves(table: Table, where: str = "") -> Iterator[tuple[str, object]]:
    for key, value in table.items():
        path = f"{where}.{key}" if where else key
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        else:
            yield path, value
