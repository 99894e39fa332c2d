"""Selecting and importing plugins. What is not selected is never imported."""

import re
from collections.abc import Container, Iterable, Sequence

from attrs import evolve

from allusr_sdk.errors import PluginError
from allusr_sdk.host.discovery import Found, Status, discover
from allusr_sdk.host.refuse import demand
from allusr_sdk.settings import nearest


def select(use: Sequence[str]) -> tuple[Found, ...]:
    """The installed plugins of these names, in their order; nothing is imported.

    Raises:
        PluginError: one is named twice, not installed, or installed in a form that cannot be used.
    """
    installed = {found.name: found for found in discover()}
    for i, name in enumerate(use):
        if name in use[:i]:
            raise PluginError(name, "is selected twice: name it once")
        if name not in installed:
            raise PluginError(name, _missing(name, installed))
        if installed[name].problem:
            raise PluginError(name, installed[name].problem)
    return tuple(installed[name] for name in use)


def imported(found: Found) -> object:
    """Import a plugin. Raises `PluginError` with the line of its own code that failed."""
    what = f"{found.name} = {found.entry.value} of {found.distribution} {found.version} cannot be imported"
    return demand(found.name, what, found.entry.module, found.entry.load)


def survey(use: Sequence[str], *, quarantined: Container[str] = ()) -> tuple[Found, ...]:
    """Every installed plugin with its status; of them only the selected ones are imported."""
    return tuple(_tried(found, quarantined) if found.name in use else found for found in discover())


def _tried(found: Found, quarantined: Container[str]) -> Found:
    if found.problem:
        return found
    if found.name in quarantined:
        return evolve(found, status=Status.QUARANTINED)
    try:
        imported(found)
    except PluginError as error:
        return evolve(found, status=Status.IMPORT_FAILED, problem=str(error).removeprefix(f"plugin {found.name}: "))
    return evolve(found, status=Status.OK)


def _missing(name: str, names: Iterable[str]) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        return f"is no plugin name; {nearest(name, names)}"
    return f"is not installed; {nearest(name, names)} Otherwise: pip install allusr-{name.replace('_', '-')}"
