"""Calls into plugins, each guarded on its own: pluggy isolates nothing."""

import re
from collections.abc import Callable, Iterable, Iterator
from threading import get_ident, main_thread
from time import monotonic
from types import NoneType
from typing import Self

from attrs import field, frozen

from allusr_sdk.host.tamper import Seal
from allusr_sdk.host.watch import WATCH, InFlight, Limits, Stopped
from allusr_sdk.settings.secrets import veiled

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_LONGEST = 300
_MAIN = main_thread().ident
_PLAIN = frozenset({NoneType, tuple, list, dict, bool, int, float, str})

STARTING = Limits(60, 1024, of="at the start")
"""Of imports and of what is asked before the first cycle: nothing works at a broker then."""


@frozen
class Answer[T]:
    """What a plugin's call returned."""

    plugin: str
    value: T


@frozen
class Fault:
    """A plugin's call raised, or had to be stopped.

    Attributes:
        plugin: whose call it was; `where` which call.
        error: one line with module and line number, free of paths and addresses: fit for the journal.
        cause: the exception itself.
        grave: whether it harms what lies outside the plugin (it hangs, leaks, replaced what is everybody's): it is
            stopped, and the account's GUARD switch goes to SAFE.
        again: whether the plugin was not called, for it is stopped; that is no news.
    """

    plugin: str
    where: str
    error: str
    cause: BaseException | None = field(default=None, eq=False, repr=False)
    grave: bool = False
    again: bool = False

    @classmethod
    def of(cls, plugin: str, where: str, error: BaseException) -> Self:
        """The fault that an exception stands for."""
        told = error.why if isinstance(error, Stopped) else one_line(error)
        return cls(plugin, where, _ADDRESS.sub("0x...", f"{told}{_at(error)}"), error, grave=isinstance(error, Stopped))


@frozen(eq=False)
class Guard:
    """How the plugins of one host are called: under limits, and under a seal on what they may not replace.

    Attributes:
        stopped: plugins that are not called any more, with the reason.
    """

    limits: Limits = STARTING
    seal: Seal | None = None
    stopped: dict[str, str] = field(factory=dict)

    def __call__[T](self, plugin: str, where: str, call: Callable[[], T]) -> Answer[T] | Fault:
        """Call into a plugin. Generators are drained here, so that what they raise late is caught as well.

        `KeyboardInterrupt` passes: it is the user's kill switch, not the plugin's fault.
        """
        if self.stopped and plugin in self.stopped:
            return Fault(plugin, where, f"it is stopped: {self.stopped[plugin]}", again=True)
        found = _watched(plugin, where, call, self.limits)
        if self.seal is not None and self.seal.broken():
            found = Fault(plugin, where, f"replaced {self.seal.mend()}", grave=True)
        if type(found) is Fault and found.grave:
            self.stopped[plugin] = found.error
        return found


def _watched[T](plugin: str, where: str, call: Callable[[], T], limits: Limits) -> Answer[T] | Fault:
    if get_ident() != _MAIN:
        return _elsewhere(plugin, where, call, limits)
    watch = WATCH
    outer = watch.call
    before = watch.memory.now() if watch.memory.measuring else 0
    mine = watch.call = (plugin, where, limits, outer)
    try:
        value = _run(call)
    except KeyboardInterrupt:
        watch.call = outer
        raise
    except BaseException as error:  # the one place where everything a stranger's code may raise is caught
        watch.call = outer
        if isinstance(error, Stopped) and error.call is not mine:
            raise
        _struck(mine)
        return Fault.of(plugin, where, error)
    watch.call = outer
    if before or watch.strike is not None:
        return _late(mine, before) or Answer(plugin, value)
    return Answer(plugin, value)


def _late(mine: InFlight, before: int) -> Fault | None:
    """What became of a call that ended by itself: it swallowed its interruption, or kept too much."""
    plugin, where, limits, _ = mine
    if before:
        WATCH.memory.charge(plugin, before)
    if why := _struck(mine):
        return Fault(plugin, where, why, grave=True)
    if before and WATCH.memory.beyond(plugin, limits.megabytes):
        return Fault(plugin, where, limits.leaks, grave=True)
    return None


def _struck(mine: InFlight) -> str:
    """Why the call that ends here was to be stopped, or an empty text; what was ordered of it is done with."""
    strike = WATCH.strike
    if strike is None or (strike.call is not mine and mine[3] is not None):
        return ""
    WATCH.settle()
    return strike.why if strike.call is mine else ""


def _elsewhere[T](plugin: str, where: str, call: Callable[[], T], limits: Limits) -> Answer[T] | Fault:
    """Off the main thread nothing can be interrupted; what took too long is known when it ends."""
    began = monotonic()
    try:
        value = _run(call)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return Fault.of(plugin, where, error)
    late = monotonic() - began >= limits.seconds
    return Fault(plugin, where, limits.hangs, grave=True) if late else Answer(plugin, value)


def _run[T](call: Callable[[], T]) -> T:
    value = call()
    if type(value) not in _PLAIN and isinstance(value, Iterator):
        return drained(value)  # type: ignore[return-value]  # a drained generator is a tuple of what T yields
    return value


def drained[T](values: Iterable[T]) -> tuple[T, ...]:
    """What a plugin yields, by Python's own loop: an endless one is interrupted there, in `tuple` it would not be."""
    return tuple([value for value in values])  # noqa: C416


def guarded[T](plugin: str, where: str, call: Callable[[], T]) -> Answer[T] | Fault:
    """One call outside of a host's life: an import, a contribution, a look at what is installed."""
    return _watched(plugin, where, call, STARTING)


def watch() -> None:
    """Watch over the main thread's calls from now on."""
    WATCH.start(_watched.__code__, _late.__code__, _struck.__code__)


def one_line(error: BaseException) -> str:
    """Type and message of an exception on one line."""
    try:
        text = str(error)
    except Exception:  # a stranger's exception may not even be printable, and this runs inside the guard
        text = "its message cannot be printed"
    return " ".join(f"{type(error).__name__}: {veiled(text)}".split())[:_LONGEST].rstrip(": ")


def _at(error: BaseException) -> str:
    """The deepest line that an exception went through; of one that was stopped, where it was stopped."""
    found, at = error.__traceback__, ""
    while found is not None:
        module = found.tb_frame.f_globals.get("__name__", "?")
        if module != Stopped.__module__:
            at = f" (at {module}:{found.tb_lineno})"
        found = found.tb_next
    return at
