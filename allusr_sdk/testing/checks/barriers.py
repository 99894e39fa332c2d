"""Checks 201 and 206: nothing is opened, connected or started while a plugin is asked, and nothing is patched."""

import builtins
import datetime
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import BuiltinFunctionType, FrameType, ModuleType

from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_DEEDS = (
    "open",
    "os.",
    "socket.",
    "subprocess.",
    "shutil.",
    "urllib.",
    "http.",
    "ftplib.",
    "sqlite3.connect",
    "ctypes.",
)
_HARMLESS = frozenset({"os.fwalk", "os.walk"})
_OURS = ((time, "time"), (time, "sleep"), (time, "monotonic"), (builtins, "open"))
_IMPORTING = "importlib._bootstrap"
_watched: ContextVar[list[str] | None] = ContextVar("allusr_watched", default=None)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Within it every file, socket and process that a plugin touches is written down; the SDK's own are not."""
    _hooked()
    deeds: list[str] = []
    token = _watched.set(deeds)
    try:
        yield deeds
    finally:
        _watched.reset(token)


@cache
def _hooked() -> None:
    """Hooks cannot be taken out again: there is one, and it does nothing where nobody watches."""
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    deeds = _watched.get()
    if deeds is None or not event.startswith(_DEEDS) or event in _HARMLESS:
        return
    token = _watched.set(None)  # what is looked up here may open files itself
    try:
        if where := _blamed(sys._getframe(1)):
            deeds.append(f"{event} {arguments[0] if arguments else ''} at {where}")
    finally:
        _watched.reset(token)


def _blamed(frame: FrameType | None) -> str:
    """The line of the plugin that led here; empty where an import or the SDK itself did."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(_IMPORTING) or (name.startswith("allusr_sdk.") and not name.startswith(__package__)):
            return ""
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top != "allusr_sdk":
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def no_io(trial: Trial) -> int:
    """Nothing outside the process is touched while it is made and asked."""
    asks = trial.asks(60)
    with watched() as deeds:
        plugin = trial.fresh()
        for ask in asks:
            ask.again(plugin)
            if deeds:
                raise Broken(f"{ask} did {deeds[0]}")
    return len(asks)


def no_patches(trial: Trial) -> int:
    """Clock, chance, built-ins and the SDK's own names are the same objects after it was asked."""
    for module, name in _OURS:
        if not isinstance(getattr(module, name), BuiltinFunctionType):
            raise Broken(f"{module.__name__}.{name} is patched already when it is loaded")
    plugin, asks, before = trial.fresh(), trial.asks(40), _names()
    for ask in asks:
        ask.again(plugin)
    after = _names()
    changed = sorted(f"{m}.{n}" for (m, n), value in before.items() if after.get((m, n), value) is not value)
    if changed:
        raise Broken(f"it replaced {', '.join(changed[:3])}")
    return len(asks)


def _names() -> dict[tuple[str, str], object]:
    modules: list[ModuleType] = [builtins, time, datetime, random]
    modules += [m for name, m in sys.modules.items() if name.startswith("allusr_sdk.") and isinstance(m, ModuleType)]
    return {(m.__name__, n): value for m in modules for n, value in vars(m).items() if not n.startswith("__")}
