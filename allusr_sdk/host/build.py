"""From registered plugins to objects: contributions collected and checked, settings loaded, all problems at once."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast

from attrs import frozen

from allusr_sdk.config import Config
from allusr_sdk.contracts import ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import PluginError, SettingsError
from allusr_sdk.host.refuse import demand
from allusr_sdk.settings import is_settings, load, nearest

CLASSES: Mapping[str, type[Configured[Any]]] = {
    "allusr_sleeves": Sleeve,
    "allusr_protocols": RiskProtocol,
    "allusr_ladders": LadderManager,
    "allusr_forks": ForkRule,
}
MAKERS = ("allusr_markets", "allusr_brokers", "allusr_scenarios")
Maker = Callable[..., object]


@frozen
class Brought[T]:
    """One contribution: its name, the plugin it comes from, and the class or maker."""

    name: str
    plugin: str
    what: T


@frozen
class Parts:
    """All objects of a run, by their own names; `plugin_of` tells which plugin brought a name."""

    sleeves: Mapping[str, Sleeve[Any]]
    protocol: RiskProtocol[Any] | None
    ladders: Mapping[str, LadderManager[Any]]
    forks: Mapping[str, ForkRule[Any]]
    makers: Mapping[str, Mapping[str, Maker]]
    plugin_of: Mapping[str, str]


def classes(hook: str, plugin: str, value: object) -> list[Brought[type]]:
    """The classes that a plugin returned from a contributing hook. Raises `PluginError` where they are not."""
    base = CLASSES[hook]
    if not isinstance(value, list | tuple):
        raise PluginError(plugin, f"{hook} returned {value!r}: return a list of {base.__name__} classes")
    for item in value:
        if not (isinstance(item, type) and issubclass(item, base)):
            raise PluginError(plugin, f"{hook} returned {item!r}, which is not a {base.__name__} class")
        if not (isinstance(item.name, str) and item.name.isidentifier()):
            raise PluginError(plugin, f'{hook}: {item.__name__} has no name: write name = "my_sleeve" in the class')
        if not is_settings(_settings_type(item, plugin)):
            raise PluginError(plugin, f"{hook}: the settings of {item.__name__} are not a @settings class")
    return [Brought(item.name, plugin, item) for item in value]


def _settings_type(item: Any, plugin: str) -> object:  # noqa: ANN401
    try:
        return item.settings_type()
    except TypeError as error:
        raise PluginError(plugin, str(error)) from None


def makers(hook: str, plugin: str, value: object) -> list[Brought[Maker]]:
    """The makers that a plugin returned by name. Raises `PluginError` where they are not."""
    if not isinstance(value, Mapping) or not all(isinstance(k, str) and callable(v) for k, v in value.items()):
        raise PluginError(plugin, f"{hook} returned {value!r}: return a mapping from names to callables")
    return [Brought(name, plugin, make) for name, make in value.items()]


def unique[T](brought: Iterable[Brought[T]]) -> dict[str, Brought[T]]:
    """Contributions by name. Raises `PluginError` where two plugins bring one name."""
    found: dict[str, Brought[T]] = {}
    for item in brought:
        if item.name in found:
            first = found[item.name].plugin
            also = "a second time" if first == item.plugin else f"which plugin {first} brings too"
            raise PluginError(item.plugin, f"brings '{item.name}', {also}: give one of them another name")
        found[item.name] = item
    return found


def assemble(
    config: Config, found: Mapping[str, dict[str, Brought[type]]], made: Mapping[str, dict[str, Brought[Maker]]]
) -> Parts:
    """Build all objects with their settings.

    Raises:
        SettingsError: with the problems of all tables at once, tables without a plugin included.
        PluginError: no single protocol can be chosen.
    """
    problems: list[str] = []
    sleeves = _configured("sleeves", config.sleeves, found["allusr_sleeves"], problems)
    ladders = _configured("ladders", config.ladders, found["allusr_ladders"], problems)
    forks = _configured("forks", config.forks, found["allusr_forks"], problems)
    protocol = _protocol(config, found["allusr_protocols"], problems)
    if problems:
        raise SettingsError(problems)
    for name, sleeve in sleeves.items():
        _traded(found["allusr_sleeves"][name], sleeve)
    owners = {item.name: item.plugin for kind in found.values() for item in kind.values()}
    every = {hook: MappingProxyType({n: item.what for n, item in items.items()}) for hook, items in made.items()}
    return Parts(sleeves, protocol, ladders, forks, MappingProxyType(every), MappingProxyType(owners))


def _traded(item: Brought[type], sleeve: Sleeve[Any]) -> None:
    """Refuse a sleeve that cannot say what it trades: the kernel asks for it all the time."""
    symbols = demand(item.plugin, f"{item.name}: symbols failed", item.what.__module__, lambda: sleeve.symbols)
    if not isinstance(symbols, tuple) or not all(isinstance(symbol, str) for symbol in symbols):
        raise PluginError(
            item.plugin, f"{item.name}: symbols are {symbols!r}: name the underlyings in a tuple of texts"
        )


def _configured(
    kind: str, tables: Mapping[str, Mapping[str, Any]], found: dict[str, Brought[type]], problems: list[str]
) -> Mapping[str, Any]:
    for name in tables:
        if name not in found:
            problems.append(f"{kind}.{name}: no selected plugin brings '{name}'; {nearest(name, found)}")
    built = {n: _build(item, tables.get(n, {}), f"{kind}.{n}", problems) for n, item in found.items()}
    return MappingProxyType(built)


def _protocol(config: Config, found: dict[str, Brought[type]], problems: list[str]) -> RiskProtocol[Any] | None:
    wanted = config.plugins.protocol
    if wanted and wanted not in found:
        problems.append(f"plugins.protocol: no selected plugin brings '{wanted}'; {nearest(wanted, found)}")
        return None
    if len(found) > 1 and not wanted:
        problems.append(f"plugins.protocol: name one of {', '.join(sorted(found))}")
        return None
    if not found:
        problems += ["protocol: no selected plugin brings a protocol"] if config.protocol else []
        return None
    chosen = found[wanted] if wanted else next(iter(found.values()))
    return cast("RiskProtocol[Any] | None", _build(chosen, config.protocol, "protocol", problems))


def _build(item: Brought[type], table: Mapping[str, Any], where: str, problems: list[str]) -> object:
    def make() -> object:
        kind: Any = item.what
        try:
            return kind(load(kind.settings_type(), table, where=where))
        except SettingsError as error:
            problems.extend(error.problems)
            return None

    return demand(item.plugin, f"{item.what.__name__} cannot be built", item.what.__module__, make)
