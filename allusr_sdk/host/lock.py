"""`plugins.lock`: which code the selected plugins are, so that live trading notices when it is another.

Backtests and paper do not look at it. Live mode asks `drift` before its first cycle and refuses on any answer.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from attrs import asdict, frozen

from allusr_sdk.errors import InputError, PluginError
from allusr_sdk.host.contents import digest_of, of_distribution
from allusr_sdk.host.importing import select
from allusr_sdk.host.single_file import shown
from allusr_sdk.layers import by_path
from allusr_sdk.ledger.copies import PRIVATE_FILE, make_folder
from allusr_sdk.settings import digest as hashed

NAME = "plugins.lock"
_HEAD = (
    "# Written by `allusr plugins lock`. `allusr plugins lock --check` compares; live mode refuses on any difference.\n"
)


@frozen
class Pin:
    """One plugin as it is installed: sha256 (hex) over its files, of an editable install its module's own."""

    version: str
    distribution: str
    sha256: str


@frozen
class Drift:
    """A plugin that is no longer what the lock says, and in what."""

    plugin: str
    what: str


def pins(use: Sequence[str]) -> dict[str, Pin]:
    """The selected plugins as they are installed; nothing is imported.

    Raises:
        PluginError: one cannot be found, or is selected by its path and so cannot be locked.
    """
    for text in filter(by_path, use):
        raise PluginError(shown(text), "is selected by its path and cannot be locked: install it, select its name")
    found: dict[str, Pin] = {}
    for plugin in select(use):
        dist = plugin.entry.dist
        assert dist is not None, "an installed plugin's entry point knows its distribution"
        files = of_distribution(dist, plugin.entry.module)
        found[plugin.name] = Pin(plugin.version, plugin.distribution, digest_of(files))
    return found


def digest(use: Sequence[str]) -> str:
    """sha256 (hex) over the selected plugins as they are installed. Raises `PluginError` as `pins`."""
    return hashed({name: asdict(pin) for name, pin in pins(use).items()})


def write(file: Path, found: Mapping[str, Pin]) -> None:
    """Write a lock. Raises `InputError` where the file cannot be written."""
    text = _HEAD + "".join(_table(name, pin) for name, pin in found.items())
    try:
        make_folder(file.parent)
        with open(file, "w", encoding="utf-8", opener=_private) as lock:
            lock.write(text)
    except OSError as error:
        raise InputError(f"{file}: the lock cannot be written: {error.strerror}") from None


def _private(path: str, flags: int) -> int:
    opened = os.open(path, flags, PRIVATE_FILE)
    os.fchmod(opened, PRIVATE_FILE)  # one that is there already keeps its mode otherwise
    return opened


def _table(name: str, pin: Pin) -> str:
    return f"\n[plugins.{name}]\n" + "".join(f'{key} = "{value}"\n' for key, value in asdict(pin).items())


def read(file: Path) -> dict[str, Pin]:
    """The plugins of a lock. Raises `InputError` where it is missing or damaged."""
    try:
        tables = tomllib.loads(file.read_text("utf-8")).get("plugins", {})
        return msgspec.convert(tables, dict[str, Pin])
    except OSError as error:
        raise InputError(f"{file}: no lock can be read: {error.strerror}; `allusr plugins lock` writes it") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"{file}: damaged: {why}; `allusr plugins lock` writes it anew") from None


def drift(file: Path, use: Sequence[str]) -> tuple[Drift, ...]:
    """In what the selected plugins differ from a lock; empty where they are what it says.

    Args:
        file: the lock.
        use: names of the selected plugins. One by its path always differs: what lies there is nobody's release.

    Raises:
        InputError: the lock is missing or damaged.
    """
    locked = read(file)
    absent = (Drift(name, "is locked and no longer selected") for name in locked if name not in use)
    return (*(found for name in use for found in _differences(name, locked.get(name))), *absent)


def _differences(name: str, locked: Pin | None) -> Iterator[Drift]:
    if locked is None:
        named, what = (shown(name), "is selected by its path") if by_path(name) else (name, "is not in the lock")
        yield Drift(named, what)
        return
    try:
        now = pins([name])[name]
    except PluginError as error:
        yield Drift(name, str(error).removeprefix(f"plugin {name}: "))
        return
    if now.version != locked.version:
        yield Drift(name, f"version {locked.version} is locked, {now.version} is installed")
    if now.distribution != locked.distribution:
        yield Drift(name, f"{locked.distribution} is locked, {now.distribution} is installed")
    if now.sha256 != locked.sha256:
        yield Drift(name, f"its files have changed: sha256 {locked.sha256[:12]} is locked, {now.sha256[:12]} installed")
