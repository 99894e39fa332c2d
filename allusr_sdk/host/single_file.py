"""A plugin by its path: a single file, or a project that is not installed. For backtests and paper, never live.

Its version is what it says: ``file:`` and the beginning of its content's hash. No path enters a hash or the journal.
"""

import hashlib
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import frozen

from allusr_sdk.errors import PluginError
from allusr_sdk.host import requires
from allusr_sdk.host.contents import digest_of, of_module
from allusr_sdk.host.discovery import API, GROUP, Found, Status
from allusr_sdk.layers import by_path

_DIGITS = 12


@frozen
class _Project:
    """What a project's pyproject.toml says of its plugin, and the `place` of its top-level module."""

    entry: EntryPoint
    distribution: str
    place: Path
    needs: tuple[str, ...]


def found_at(text: str) -> Found:
    """The plugin at a path: a file NAME.py, or a folder with the pyproject.toml of one; nothing is imported.

    Raises:
        PluginError: nothing usable lies there.
    """
    path = Path(text).expanduser()
    if path.is_dir():
        return _project(text, path)
    if not path.is_file():
        raise PluginError(text, "no such file or folder: give a plugin's .py file or its project's folder")
    if path.suffix != ".py":
        raise PluginError(text, "is no Python file: give a plugin's .py file or its project's folder")
    if not path.stem.isidentifier():
        raise PluginError(text, "its name is no plugin name: rename the file to letters, digits and _")
    mark = _mark(path.read_bytes())
    entry = EntryPoint(path.stem, f"{path.stem}_{mark}", GROUP)
    return Found(path.stem, API, "", f"file:{mark}", entry, path=path)


def load(found: Found) -> object:
    """Import what `found_at` found. Raises whatever its code raises, and `PluginError` where the file has changed."""
    assert found.path is not None
    if found.distribution:
        _package(found, found.path)
        return found.entry.load()
    return _module(found, found.path)


def refuse_live(use: Sequence[str]) -> None:
    """Raise `PluginError` for the first plugin that is selected by its path: live runs what is installed and locked."""
    for text in filter(by_path, use):
        raise PluginError(shown(text), "is selected by its path, for backtest and paper: install it, then lock it")


def shown(text: str) -> str:
    """The last part of a path, as messages name what lies there."""
    return Path(text).expanduser().resolve().name


def _declared(text: str, folder: Path) -> _Project:
    """The plugin that a project's folder declares. Raises `PluginError` where it declares none, or several."""
    body = _pyproject(folder, text)
    entries = body.get("entry-points", {}).get(GROUP, {})
    if len(entries) != 1:
        raise PluginError(text, f'declares {len(entries)} plugins: name one under [project.entry-points."{GROUP}"]')
    ((name, value),) = entries.items()
    entry = EntryPoint(name, value, GROUP)
    place = _place(folder, _top(entry))
    if place is None:
        raise PluginError(text, f"has no module {_top(entry)}: its entry point {entry.name} names it")
    return _Project(entry, body.get("name", folder.name), place, tuple(body.get("dependencies", ())))


def _project(text: str, folder: Path) -> Found:
    told = _declared(text, folder)
    mark = digest_of(of_module(told.place))[:_DIGITS]
    problem = requires.unmet(told.needs, requires.running())
    status = Status.INCOMPATIBLE if problem else Status.NOT_SELECTED
    version = f"file:{mark}"
    return Found(told.entry.name, API, told.distribution, version, told.entry, status, problem, path=told.place)


def _pyproject(folder: Path, text: str) -> Mapping[str, Any]:
    file = folder / "pyproject.toml"
    if not file.is_file():
        raise PluginError(text, "has no pyproject.toml: give a plugin's .py file or its project's folder")
    try:
        found: dict[str, Any] = tomllib.loads(file.read_text("utf-8")).get("project", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(text, f"pyproject.toml is no TOML file: {' '.join(str(error).split())}") from None
    return found


def _top(entry: EntryPoint) -> str:
    return entry.module.partition(".")[0]


def _place(folder: Path, module: str) -> Path | None:
    for base in (folder, folder / "src"):
        if (base / module / "__init__.py").is_file():
            return base / module
        if (base / f"{module}.py").is_file():
            return base / f"{module}.py"
    return None


def _mark(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()[:_DIGITS]


def _module(found: Found, path: Path) -> ModuleType:
    """A single file under a name that its content makes its own: the same content is imported once."""
    name, code = found.entry.module, path.read_bytes()
    if name in sys.modules:
        return sys.modules[name]
    if not name.endswith(_mark(code)):
        raise PluginError(found.name, "has changed while it was read: try again")
    module = ModuleType(name)
    module.__file__ = str(path)
    with _imported(module):
        exec(compile(code, str(path), "exec"), module.__dict__)
    return module


def _package(found: Found, place: Path) -> None:
    """A project's package or module under its own name, anew where another one or another content has that name."""
    name = _top(found.entry)
    known = sys.modules.get(name)
    if known is not None and getattr(known.__spec__, "loader_state", None) == (str(place), found.version):
        return
    for stale in [each for each in sys.modules if each == name or each.startswith(f"{name}.")]:
        del sys.modules[stale]
    folder = place.is_dir()
    origin = place / "__init__.py" if folder else place
    spec = spec_from_file_location(name, origin, submodule_search_locations=[str(place)] if folder else None)
    assert spec is not None
    assert spec.loader is not None
    spec.loader_state = (str(place), found.version)
    module = module_from_spec(spec)
    with _imported(module):
        spec.loader.exec_module(module)


@contextmanager
def _imported(module: ModuleType) -> Iterator[None]:
    """Known to the import system while its code runs, and after that only if it ran to its end."""
    sys.modules[module.__name__] = module
    try:
        yield
    except BaseException:
        sys.modules.pop(module.__name__, None)
        raise
