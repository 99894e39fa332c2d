"""`Recorded`: a host of objects at hand that remembers which hooks were called, and in which order."""

from collections.abc import Iterator, Mapping
from functools import partial

from attrs import field, frozen

from allusr_sdk.config import Config
from allusr_sdk.host import Host
from allusr_sdk.host.calls import Call, Calls


@frozen
class Called:
    """One call of a plugin's hook, with the arguments offered to it, by name."""

    hook: str
    plugin: str
    arguments: Mapping[str, object] = field(factory=dict, repr=False)


class Recorded(Host):
    """A host as any other that keeps its calls; make it with `Recorded.of`, as `Host.of`.

    Attributes:
        calls: every call of a hook, oldest first, those made while the host was built included.
    """

    def __init__(self, plugins: Mapping[str, object], *, versions: Mapping[str, str], config: Config) -> None:
        self.calls: list[Called] = []
        super().__init__(plugins, versions=versions, config=config)

    def called(self, hook: str) -> tuple[str, ...]:
        """The plugins that a hook was called of, in order."""
        return tuple(call.plugin for call in self.calls if call.hook == hook)

    def _registered(self, plugins: Mapping[str, object]) -> Calls:
        return _Kept(plugins, self.calls)


class _Kept(Calls):
    """Calls that are written down when they are made."""

    def __init__(self, plugins: Mapping[str, object], kept: list[Called]) -> None:
        super().__init__(plugins)
        self._kept = kept

    def each(self, hook: str, **arguments: object) -> Iterator[tuple[str, Call]]:
        """Plugin name and call for every implementation, as `Calls.each`."""
        for plugin, call in super().each(hook, **arguments):
            yield plugin, partial(self._make, Called(hook, plugin, arguments), call)

    def _make(self, called: Called, call: Call) -> object:
        self._kept.append(called)
        return call()
