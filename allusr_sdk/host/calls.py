"""Hook calls in the operator's order, each plugin guarded on its own."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import UnionType
from typing import Any

import pluggy

from allusr_sdk import hookspecs
from allusr_sdk.host.fit import unfit
from allusr_sdk.host.guard import Answer, Fault, Guard
from allusr_sdk.host.refuse import demand
from allusr_sdk.host.verify import HOOKS, register
from allusr_sdk.model.intents import Halt, Veto

Call = Callable[[], Any]


class Calls:
    """The registered implementations of every hook.

    Attributes:
        guard: how they are called; the host's, once there is one.
    """

    def __init__(self, plugins: Mapping[str, object]) -> None:
        self._plugins, self.guard = dict(plugins), Guard()
        manager = pluggy.PluginManager(hookspecs.PROJECT)
        manager.add_hookspecs(hookspecs)
        for name, plugin in plugins.items():
            demand(name, "cannot be registered", _module(plugin), partial(register, manager, plugin, name))
        order = list(plugins)
        self._impls = {
            hook: sorted(getattr(manager.hook, hook).get_hookimpls(), key=lambda impl: order.index(impl.plugin_name))
            for hook in HOOKS
        }

    def plugins(self, *hooks: str) -> tuple[str, ...]:
        """Plugins that implement one of the hooks, in the operator's order."""
        having = {impl.plugin_name for hook in hooks for impl in self._impls[hook]}
        return tuple(name for name in self._plugins if name in having)

    def each(self, hook: str, **arguments: object) -> Iterator[tuple[str, Call]]:
        """Plugin name and call, arguments bound, for every implementation; nothing is called yet."""
        for impl in tuple(self._impls[hook]):
            yield impl.plugin_name, partial(impl.function, *(arguments[name] for name in impl.argnames))

    def ask(self, hook: str, kind: type | UnionType, plugin: str, call: Call) -> Answer[Any] | Fault:
        """One guarded call whose answer must be of a kind and fit for the journal, or None."""
        answer = self.guard(plugin, hook, call)
        if isinstance(answer, Fault) or answer.value is None:
            return answer
        if not isinstance(answer.value, kind):
            return Fault(plugin, hook, f"returned {type(answer.value).__name__}, expected {_name(kind)} or None")
        wrong = unfit(answer.value) if isinstance(answer.value, Veto | Halt) else ""
        return Fault(plugin, hook, f"returned a {type(answer.value).__name__} {wrong}") if wrong else answer

    def collect(self, hook: str, kind: type | UnionType, **arguments: object) -> tuple[Answer[Any] | Fault, ...]:
        """Every plugin's answer or fault; those that answer None are left out."""
        found = (self.ask(hook, kind, plugin, call) for plugin, call in self.each(hook, **arguments))
        return tuple(f for f in found if isinstance(f, Fault) or f.value is not None)

    def contributions[T](self, hook: str, check: Callable[[str, str, object], list[T]]) -> list[T]:
        """What every plugin brings through a hook. Raises `PluginError` for the first that cannot say."""
        brought: list[T] = []
        for plugin, call in self.each(hook):
            value = demand(plugin, f"{hook} failed", _module(self._plugins[plugin]), call)
            brought += check(hook, plugin, value)
        return brought

    def drop(self, hook: str, plugin: str) -> None:
        """Forget a plugin's implementations of a hook."""
        self._impls[hook] = [impl for impl in self._impls[hook] if impl.plugin_name != plugin]


class Observers:
    """Calls to `allusr_event`, with a count of each observer's errors running."""

    def __init__(self, calls: Calls, *, patience: int) -> None:
        self._calls = calls
        self._patience = patience
        self._strikes: dict[str, int] = {}

    def tell(self, event: object) -> Iterator[Fault]:
        """Tell every observer; yields what went wrong. Whoever fails too often running is told nothing more."""
        for plugin, call in self._calls.each("allusr_event", event=event):
            answer = self._calls.guard(plugin, "allusr_event", call)
            self._strikes[plugin] = self._strikes.get(plugin, 0) + 1 if isinstance(answer, Fault) else 0
            if isinstance(answer, Fault):
                if answer.grave or answer.again or self._strikes[plugin] >= self._patience:
                    self._calls.drop("allusr_event", plugin)
                yield answer


def _name(kind: type | UnionType) -> str:
    return kind.__name__ if isinstance(kind, type) else str(kind)


def _module(plugin: object) -> str:
    return str(getattr(plugin, "__name__", type(plugin).__module__))
