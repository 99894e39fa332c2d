"""`Host`: the plugins of one run, chosen, imported, verified, built and called."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType, SimpleNamespace
from typing import Self

from attrs import evolve

from allusr_sdk.config import Config, Plugins
from allusr_sdk.contracts import ForkRule, LadderManager, RiskProtocol, Sleeve
from allusr_sdk.errors import PluginError
from allusr_sdk.hookspecs import Advice, Section, hookimpl
from allusr_sdk.host.build import CLASSES, MAKERS, Maker, assemble, classes, makers, unique
from allusr_sdk.host.calls import Calls, Observers
from allusr_sdk.host.guard import Answer, Fault, Guard, watch
from allusr_sdk.host.importing import imported, select
from allusr_sdk.host.tamper import Seal
from allusr_sdk.host.watch import Limits
from allusr_sdk.model.events import Event
from allusr_sdk.model.intents import Halt, Intent, Veto
from allusr_sdk.model.views import EarningsDate, MarketView
from allusr_sdk.settings import digest

PATIENCE = 3  # an observer that raises so many times running is detached
GUARDS = ("allusr_screen", "allusr_halt")


class Host:
    """The plugins of one run. Build it with `Host.load` (installed plugins) or `Host.of` (objects at hand).

    Attributes:
        config: what it was built from.
        versions: plugin name to version, in the operator's order, for the journal's head.
        sleeves, protocol, ladders, forks: the objects that plugins brought, built with their settings.
        markets, brokers, scenarios: makers by name.
        plugin_of: name of a contribution to the plugin that brought it.
        faults: of guards and observers, oldest first, until `take_faults`.
        quarantined: guards that raised, with the reason; each keeps the account SAFE until released.
    """

    config: Config
    versions: Mapping[str, str]
    sleeves: Mapping[str, Sleeve[object]]
    protocol: RiskProtocol[object] | None
    ladders: Mapping[str, LadderManager[object]]
    forks: Mapping[str, ForkRule[object]]
    plugin_of: Mapping[str, str]

    def __init__(self, plugins: Mapping[str, object], *, versions: Mapping[str, str], config: Config) -> None:
        self.config = config
        self.versions = MappingProxyType(dict(versions))
        self.faults: list[Fault] = []
        self.quarantined: dict[str, str] = {}
        seal = Seal.taken()
        self._calls = self._registered(plugins)
        watch()
        limits = Limits(config.run.plugin_seconds, config.run.plugin_memory)
        self._guard = self._calls.guard = Guard(limits, seal)
        self._observers = Observers(self._calls, patience=PATIENCE)
        parts = assemble(
            config,
            {hook: unique(self._calls.contributions(hook, classes)) for hook in CLASSES},
            {hook: unique(self._calls.contributions(hook, makers)) for hook in MAKERS},
        )
        self.sleeves, self.protocol = parts.sleeves, parts.protocol
        self.ladders, self.forks, self.plugin_of = parts.ladders, parts.forks, parts.plugin_of
        self.markets: Mapping[str, Maker] = parts.makers["allusr_markets"]
        self.brokers: Mapping[str, Maker] = parts.makers["allusr_brokers"]
        self.scenarios: Mapping[str, Maker] = parts.makers["allusr_scenarios"]

    @classmethod
    def load(cls, config: Config) -> "Host":
        """Import, verify and build the plugins that the configuration selects, in its order.

        Raises:
            PluginError: one cannot be found, imported or registered; nothing is skipped with a warning.
            SettingsError: settings do not fit; all problems at once.
        """
        chosen = select(config.plugins.use)
        plugins = {found.name: imported(found) for found in chosen}
        use = Plugins(use=tuple(plugins), protocol=config.plugins.protocol)  # names alone: no path enters the digest
        return cls(
            plugins, versions={found.name: found.version for found in chosen}, config=evolve(config, plugins=use)
        )

    @classmethod
    def of(cls, *plugins: object, config: Config | None = None) -> Self:
        """A host of objects at hand: modules, objects with hooks, contract classes, or names of installed plugins.

        For tests and notebooks.

        Raises:
            PluginError: one cannot be found, imported or registered, or two have one name.
            SettingsError: settings do not fit; all problems at once.
        """
        named: dict[str, object] = {}
        versions: dict[str, str] = {}
        for plugin in plugins:
            found = select((plugin,))[0] if isinstance(plugin, str) else None
            name = found.name if found else _name(plugin)
            if name in named:
                raise PluginError(name, "is registered twice: give one of them another name")
            named[name] = imported(found) if found else _inline(plugin)
            versions[name] = found.version if found else "0"
        return cls(named, versions=versions, config=config or Config.read())

    def unprotected(self) -> Self:
        """This host without its protocol, which is asked nothing more: what it is worth shows beside a run with it."""
        self.protocol = None
        return self

    def _registered(self, plugins: Mapping[str, object]) -> Calls:
        return Calls(plugins)

    @property
    def digest(self) -> str:
        """sha256 (hex) of every effective setting of the run and its plugins; paths and secrets do not enter."""
        protocol = self.protocol.settings if self.protocol else None
        kinds = (self.sleeves, self.ladders, self.forks)
        return digest([self.config.digest, protocol, [{n: x.settings for n, x in kind.items()} for kind in kinds]])

    # --- asking ----------------------------------------------------------------------------------------------------

    def ask[T](self, plugin: str, what: str, call: Callable[[], T]) -> Answer[T] | Fault:
        """Call into a plugin's object; a fault is returned, not collected. Generators come back as tuples."""
        owner = self.plugin_of.get(plugin, plugin)
        return self._guard(owner, what if owner == plugin else f"{plugin}.{what}", call)

    @property
    def informed(self) -> bool:
        """Whether any plugin knows report dates."""
        return bool(self._calls.plugins("allusr_earnings"))

    @property
    def reporting(self) -> bool:
        """Whether any plugin adds sections to reports."""
        return bool(self._calls.plugins("allusr_report"))

    def earnings(self, symbols: Sequence[str], day: date) -> tuple[EarningsDate, ...]:
        """What plugins know of report dates on a day; a raising one knows nothing, and its fault is collected."""
        found: list[EarningsDate] = []
        for answer in self._calls.collect("allusr_earnings", list | tuple, symbols=tuple(symbols), day=day):
            if isinstance(answer, Answer) and not all(isinstance(one, EarningsDate) for one in answer.value):
                answer = Fault(answer.plugin, "allusr_earnings", "returned what is no EarningsDate")
            if isinstance(answer, Fault):
                self.faults.append(answer)
            else:
                found += answer.value
        return tuple(found)

    def screen(self, intent: Intent, view: MarketView) -> tuple[Veto, ...]:
        """Every guard's objection; a guard that raises, or raised before, objects by RULE-0."""
        found = self._asked("allusr_screen", Veto, intent=intent, view=view)
        named = (evolve(veto, why=f"{veto.why} (guard {plugin})") for plugin, veto in found)
        blind = (Veto("RULE-0", text) for text in self._blind("allusr_screen"))
        return (*named, *blind)

    def halt(self, view: MarketView) -> tuple[Halt, ...]:
        """Every guard's wish for a safer state.

        A guard that raised, now or before, asks for SAFE by RULE-0, and so does any plugin that had to be stopped.
        """
        found = self._asked("allusr_halt", Halt, view=view)
        named = (evolve(halt, why=f"{halt.why} (guard {plugin})") for plugin, halt in found)
        stopped = (f"plugin {name} is stopped: {why}" for name, why in self.stopped.items())
        return (*named, *(Halt("SAFE", "RULE-0", text) for text in (*self._blind(*GUARDS), *stopped)))

    def event(self, event: Event) -> None:
        """Tell every observer. Three errors running detach one; faults are collected."""
        self.faults += self._observers.tell(event)

    def mute(self) -> None:
        """Tell observers nothing from now on: what a replay goes through has happened long ago."""
        for plugin in self._calls.plugins("allusr_event"):
            self._calls.drop("allusr_event", plugin)

    def report(self, period: str, ledger: object) -> tuple[Answer[Section] | Fault, ...]:
        """Sections of a report in the operator's order; a fault stands where its section would."""
        return self._calls.collect("allusr_report", Section, period=period, ledger=ledger)

    def advise(self, topic: str, ledger: object) -> tuple[Answer[Advice] | Fault, ...]:
        """Advice with its authors."""
        return self._calls.collect("allusr_advise", Advice, topic=topic, ledger=ledger)

    def commands(self, cli: object) -> tuple[Fault, ...]:
        """Let plugins add commands; returns what went wrong."""
        return tuple(f for f in self._calls.collect("allusr_commands", type(None), cli=cli) if isinstance(f, Fault))

    # --- quarantine ------------------------------------------------------------------------------------------------

    def take_faults(self) -> tuple[Fault, ...]:
        """The faults collected since the last call."""
        taken, self.faults = tuple(self.faults), []
        return taken

    @property
    def stopped(self) -> Mapping[str, str]:
        """Plugins that hung, leaked or replaced what is everybody's, with the reason: they are asked nothing more."""
        return self._guard.stopped

    def stop(self, plugin: str, why: str) -> None:
        """Ask a plugin nothing more; a restart repeats here what the journal says."""
        self._guard.stopped[plugin] = why

    def quarantine(self, plugin: str, why: str) -> None:
        """Hold a guard for blind; a restart repeats here what the journal says."""
        self.quarantined[plugin] = why

    def release(self, plugin: str) -> None:
        """End a quarantine after a human has looked."""
        self.quarantined.pop(plugin, None)
        self._guard.stopped.pop(plugin, None)

    def _asked[T](self, hook: str, kind: type[T], **arguments: object) -> tuple[tuple[str, T], ...]:
        found: list[tuple[str, T]] = []
        for plugin, call in self._calls.each(hook, **arguments):
            if plugin in self.quarantined:
                continue
            answer = self._calls.ask(hook, kind, plugin, call)
            if isinstance(answer, Fault):
                self.faults.append(answer)
                self.quarantine(plugin, answer.error)
            elif answer.value is not None:
                found.append((plugin, answer.value))
        return tuple(found)

    def _blind(self, *hooks: str) -> tuple[str, ...]:
        if not self.quarantined:
            return ()
        names = self._calls.plugins(*hooks)
        return tuple(f"guard {n} is blind: {self.quarantined[n]}" for n in names if n in self.quarantined)


def _name(plugin: object) -> str:
    own = getattr(plugin, "name", "") or getattr(plugin, "__name__", type(plugin).__name__)
    return str(own).rpartition(".")[2]


def _inline(plugin: object) -> object:
    if not isinstance(plugin, type):
        return plugin
    hook = next((hook for hook, base in CLASSES.items() if issubclass(plugin, base)), "")
    return SimpleNamespace(**{hook: hookimpl(lambda: [plugin])}) if hook else plugin
