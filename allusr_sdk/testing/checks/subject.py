"""`Subject`: one plugin object to be checked, however it was given: a class, a module, hooks, or an installed name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from attrs import frozen

from allusr_sdk.contracts import ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import InputError
from allusr_sdk.host.build import CLASSES, Brought, classes, makers
from allusr_sdk.host.importing import imported, select
from allusr_sdk.host.refuse import demand
from allusr_sdk.settings import load

Table = Mapping[str, object]

BASES: Mapping[str, type[Configured[Any]]] = {
    "sleeve": Sleeve,
    "protocol": RiskProtocol,
    "ladder": LadderManager,
    "fork": ForkRule,
}

_HOOKS = {
    "allusr_sleeves": "sleeve",
    "allusr_protocols": "protocol",
    "allusr_ladders": "ladder",
    "allusr_forks": "fork",
    "allusr_markets": "market",
    "allusr_brokers": "broker",
    "allusr_event": "observer",
}


@frozen(eq=False)
class Subject:
    """What is checked.

    Attributes:
        kind: sleeve, protocol, ladder, fork, market, broker or observer.
        name: its own; `given` is how it was named to the checks, as the line that repeats one names it.
        made: the class, the maker of a market or broker, or an observer's module.
        plugin: the installed plugin that brings it; empty for what was given as an object.
        settings: its table, as `allusr.toml` has it.
    """

    kind: str
    name: str
    given: str
    made: object
    plugin: str = ""
    settings: Table = MappingProxyType({})

    @property
    def cls(self) -> type[Configured[Any]]:
        """The class of a sleeve, protocol, ladder or fork rule."""
        return cast("type[Configured[Any]]", self.made)

    @property
    def maker(self) -> Callable[..., object]:
        """The maker of a market or broker."""
        return cast("Callable[..., object]", self.made)

    def fresh(self, **settings: object) -> Configured[Any]:
        """A new object with its settings, some of them changed. Raises `SettingsError` where they do not fit."""
        return self.cls(load(self.cls.settings_type(), {**self.settings, **settings}, where=self.where))

    @property
    def where(self) -> str:
        """Dotted path of its settings table."""
        return "protocol" if self.kind == "protocol" else f"{self.kind}s.{self.name}"

    def tables(self, **settings: object) -> dict[str, dict[str, object]]:
        """The configuration that gives it its settings."""
        table: dict[str, object] = {**self.settings, **settings}
        return {"protocol": table} if self.kind == "protocol" else {f"{self.kind}s": {self.name: table}}

    @property
    def symbols(self) -> tuple[str, ...]:
        """The underlyings of a sleeve; of anything else those of the company it is tried in."""
        return cast("Sleeve[object]", self.fresh()).symbols if self.kind == "sleeve" else ("AAPL", "SPY")


def subjects(what: object, *, settings: Table = MappingProxyType({}), kind: str = "") -> tuple[Subject, ...]:
    """Everything that a plugin brings and that can be checked, in the order of the hooks.

    Args:
        what: a contract class, a module or object with hooks, or the name or path of an installed plugin.
        settings: the table of a single object; with several of them `Report` names each.
        kind: one kind alone.

    Raises:
        InputError: it cannot be loaded, or brings nothing (of that kind) to check.
    """
    found = next((k for k, base in BASES.items() if isinstance(what, type) and issubclass(what, base)), "")
    if found:
        cls = cast("type[Configured[Any]]", what)
        return _asked((Subject(found, cls.name, cls.name, cls, "", settings),), kind, what)
    if not isinstance(what, str) and callable(what) and kind in ("market", "broker"):
        name = getattr(what, "__name__", type(what).__name__).lower()
        return (Subject(kind, name, name, what, "", settings),)
    module = imported(select([what])[0]) if isinstance(what, str) else what
    return _asked(tuple(_brought(module, what if isinstance(what, str) else "", settings)), kind, what)


def _brought(module: object, given: str, settings: Table) -> Iterator[Subject]:
    name = given or str(getattr(module, "__name__", type(module).__name__)).rpartition(".")[2].lower()
    for hook, kind in _HOOKS.items():
        implementation = getattr(module, hook, None)
        if not hasattr(implementation, "allusr_impl"):
            continue
        if kind == "observer":
            yield Subject(kind, name, name, module, given, settings)
            continue
        value = demand(name, f"{hook} failed", name, partial(cast("Callable[[], object]", implementation)))
        read: Callable[[str, str, object], Sequence[Brought[Any]]] = classes if hook in CLASSES else makers
        yield from (Subject(kind, item.name, name, item.what, given, settings) for item in read(hook, name, value))


def _asked(found: tuple[Subject, ...], kind: str, what: object) -> tuple[Subject, ...]:
    fitting = tuple(subject for subject in found if kind in ("", subject.kind))
    if not fitting:
        raise InputError(f"{what}: brings no {kind or 'object'} to check")
    return fitting
