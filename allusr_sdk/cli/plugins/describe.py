"""What `allusr plugins show` tells of a plugin, as values."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from allusr_sdk.contracts.plugins import Configured
    from allusr_sdk.host import Host
    from allusr_sdk.model.intents import Band
    from allusr_sdk.settings import Row


@frozen
class Thing:
    """One sleeve, protocol, ladder or fork rule: `table` is where its settings stand in `allusr.toml`."""

    kind: str
    name: str
    about: str
    table: str
    symbols: tuple[str, ...]
    bands: "tuple[Band, ...]"
    settings: "tuple[Row, ...]"
    schema: Mapping[str, Any]


@frozen
class Shown:
    """A plugin: its own words, the hooks that it implements, and what it brings by kind."""

    name: str
    version: str
    about: str
    hooks: tuple[str, ...]
    markets: tuple[str, ...]
    brokers: tuple[str, ...]
    scenarios: tuple[str, ...]
    objects: tuple[Thing, ...]


def described(plugin: str) -> Shown:
    """The plugin of a name or path, with its default settings. Raises `PluginError` where it cannot be loaded."""
    from allusr_sdk.config import Config
    from allusr_sdk.host import Host
    from allusr_sdk.host.importing import imported, select
    from allusr_sdk.host.verify import HOOKS

    host = Host.load(Config.read(options={"plugins.use": [plugin]}))
    (name,) = host.versions
    module = imported(select([plugin])[0])
    return Shown(
        name, host.versions[name], inspect.getdoc(module) or "",
        tuple(hook for hook in HOOKS if hasattr(getattr(module, hook, None), "allusr_impl")),
        tuple(sorted(host.markets)), tuple(sorted(host.brokers)), tuple(sorted(host.scenarios)), _things(host),
    )  # fmt: skip


def _things(host: "Host") -> tuple[Thing, ...]:
    kinds = (("sleeve", "sleeves", host.sleeves), ("ladder", "ladders", host.ladders), ("fork", "forks", host.forks))
    protocol = (_thing("protocol", "protocol", host.protocol, host),) if host.protocol else ()
    found = [_thing(kind, f"{table}.{n}", item, host) for kind, table, items in kinds for n, item in items.items()]
    return (*protocol, *found)


def _thing(kind: str, table_name: str, item: "Configured[Any]", host: "Host") -> Thing:
    from allusr_sdk.contracts import Sleeve
    from allusr_sdk.settings import schema, table

    settings = item.settings_type()
    sleeve = item if isinstance(item, Sleeve) else None
    return Thing(
        kind, item.name, _first_line(item), table_name,
        sleeve.symbols if sleeve else (), sleeve.bands(host.config.rulebook) if sleeve else (),
        table(settings), schema(settings),
    )  # fmt: skip


def _first_line(item: object) -> str:
    return (type(item).__doc__ or "").strip().partition("\n")[0]
