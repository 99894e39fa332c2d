"""Calls into plugins, each guarded on its own: pluggy isolates nothing."""

import re
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from attrs import field, frozen

_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_LONGEST = 300


@frozen
class Answer[T]:
    """What a plugin's call returned."""

    plugin: str
    value: T


@frozen
class Fault:
    """A plugin's call raised.

    Attributes:
        plugin: whose call it was; `where` which call.
        error: one line with module and line number, free of paths and addresses: fit for the journal.
        traceback: the whole story for a person, from the plugin's side on.
        cause: the exception itself.
        detached: whether this was the observer's last chance.
    """

    plugin: str
    where: str
    error: str
    traceback: str = field(default="", repr=False)
    cause: BaseException | None = field(default=None, eq=False, repr=False)
    detached: bool = False

    @classmethod
    def of(cls, plugin: str, where: str, error: BaseException) -> Self:
        """The fault that an exception stands for."""
        text = "".join(traceback.format_exception(type(error), error, _beyond(error.__traceback__)))
        return cls(plugin, where, _ADDRESS.sub("0x...", f"{one_line(error)}{_at(error)}"), text, error)


def guarded[T](plugin: str, where: str, call: Callable[[], T]) -> Answer[T] | Fault:
    """Call into a plugin. Generators are drained here, so that what they raise late is caught as well.

    `KeyboardInterrupt` passes: it is the user's kill switch, not the plugin's fault.
    """
    try:
        value = call()
        drained = tuple(value) if isinstance(value, Iterator) else value
    except (Exception, SystemExit) as error:  # the one place where everything a stranger's code may raise is caught
        return Fault.of(plugin, where, error)
    return Answer(plugin, drained)  # type: ignore[arg-type]  # a drained generator is a tuple of what T yields


def one_line(error: BaseException) -> str:
    """Type and message of an exception on one line."""
    try:
        text = str(error)
    except Exception:  # a stranger's exception may not even be printable, and this runs inside the guard
        text = "its message cannot be printed"
    return " ".join(f"{type(error).__name__}: {text}".split())[:_LONGEST].rstrip(": ")


def _beyond(found: TracebackType | None) -> TracebackType | None:
    return found.tb_next if found is not None and found.tb_next is not None else found


def _at(error: BaseException) -> str:
    found = error.__traceback__
    if found is None:
        return ""
    while found.tb_next is not None:
        found = found.tb_next
    return f" (at {found.tb_frame.f_globals.get('__name__', '?')}:{found.tb_lineno})"
