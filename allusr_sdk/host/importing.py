"""Selecting and importing plugins. What is not selected is never imported."""

import re
from collections.abc import Container, Iterable, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

from attrs import evolve

from allusr_sdk.errors import PluginError
from allusr_sdk.host.build import classes
from allusr_sdk.host.calls import Calls
from allusr_sdk.host.discovery import GROUP, Found, Status, discover
from allusr_sdk.host.guard import watch
from allusr_sdk.host.refuse import demand
from allusr_sdk.host.single_file import found_at, load
from allusr_sdk.host.sources import hooks_of, read
from allusr_sdk.layers import by_path
from allusr_sdk.settings import nearest
from allusr_sdk.settings.secrets import veiled


def select(use: Sequence[str]) -> tuple[Found, ...]:
    """The plugins of these names or paths, in their order; nothing is imported.

    Raises:
        PluginError: one is named twice, not there, or there in a form that cannot be used.
    """
    installed = {found.name: found for found in discover()}
    chosen: list[Found] = []
    for text in use:
        found = found_at(text) if by_path(text) else installed.get(text)
        if found is None:
            raise PluginError(text, _missing(text, installed))
        if found.name in {other.name for other in chosen}:
            raise PluginError(found.name, "is selected twice: name it once")
        if found.problem:
            raise PluginError(found.name, found.problem)
        chosen.append(found)
    return tuple(chosen)


def imported(found: Found) -> object:
    """Import a plugin, after its source was read.

    Raises:
        PluginError: with the line of its own code that failed, or that reaches for what no plugin of its kind may.
    """
    watch()
    source = read(found)
    source.refuse(found.name, source.hooks)
    plugin = _imported(found)
    source.refuse(found.name, hooks_of(plugin) or source.hooks)
    return plugin


def _imported(found: Found) -> object:
    if found.path is not None:
        return demand(found.name, "cannot be imported", found.entry.module, lambda: load(found))
    what = f"{found.name} = {found.entry.value} of {found.distribution} {found.version} cannot be imported"
    return demand(found.name, what, found.entry.module, found.entry.load)


def survey(use: Sequence[str], *, quarantined: Container[str] = ()) -> tuple[Found, ...]:
    """Every installed plugin and every selected one with its status; of them only the selected ones are imported.

    Args:
        use: the selected ones, by name or path.
        quarantined: names of plugins, or of what they bring, that a run holds in quarantine.
    """
    installed = discover()
    known = {found.name for found in installed}
    told = [_tried(found, quarantined) if found.name in use else found for found in installed]
    beside = [_by_path(text, quarantined) if by_path(text) else _absent(text) for text in use if text not in known]
    return (*told, *beside)


def _tried(found: Found, quarantined: Container[str]) -> Found:
    if found.problem:
        return found
    try:
        names = (found.name, *_sleeves(found.name, imported(found)))
    except PluginError as error:
        return evolve(found, status=Status.IMPORT_FAILED, problem=_bare(error))
    held = any(name in quarantined for name in names)
    return evolve(found, status=Status.QUARANTINED if held else Status.OK)


def _by_path(text: str, quarantined: Container[str]) -> Found:
    try:
        return _tried(found_at(text), quarantined)
    except PluginError as error:
        return evolve(_absent(text), problem=_bare(error))


def _absent(name: str) -> Found:
    return Found(name, 0, "", "", EntryPoint(name, "", GROUP), Status.NOT_INSTALLED, f"pip install {_project(name)}")


def _sleeves(name: str, plugin: object) -> Sequence[str]:
    """Names of the sleeves that a plugin brings: a quarantine names the sleeve.

    Raises:
        PluginError: the host could not register it, or take what it brings.
    """
    brought = Calls({name: plugin}).contributions("allusr_sleeves", classes)
    return [sleeve.name for sleeve in brought]


def _bare(error: PluginError) -> str:
    return veiled(str(error).removeprefix(f"plugin {error.plugin}: "))


def _missing(name: str, names: Iterable[str]) -> str:
    if Path(name).exists():
        return f"is not installed; for what lies here write ./{name}"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        return f"is no plugin name; {nearest(name, names)}"
    return f"is not installed; {nearest(name, names)} Otherwise: pip install {_project(name)}"


def _project(name: str) -> str:
    return f"allusr-{name.replace('_', '-')}"
