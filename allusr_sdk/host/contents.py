"""What a plugin's code is, as a hash over its files that no path, clock or installer changes."""

import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution
from importlib.util import find_spec
from pathlib import Path

from allusr_sdk.errors import PluginError

_OF_THE_INSTALLER = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json")


def digest_of(files: Mapping[str, Path]) -> str:
    """sha256 (hex) over names and contents."""
    total = hashlib.sha256()
    for name, path in sorted(files.items()):
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def of_module(place: Path) -> dict[str, Path]:
    """The files of a package's folder or of a single module, by their names beside it; no caches."""
    found = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    named = {path.relative_to(place.parent).as_posix(): path for path in found}
    return {name: path for name, path in named.items() if not _is_cache(name)}


def of_distribution(distribution: Distribution, module: str) -> dict[str, Path]:
    """The installed files of a distribution by RECORD; of an editable one, whose RECORD lists no code, its module's.

    Raises:
        PluginError: neither names a file.
    """
    recorded = dict(_recorded(distribution))
    top = module.partition(".")[0]
    if any(name.split("/")[0].removesuffix(".py") == top for name in recorded):
        return recorded
    place = _place(top)
    if place is None:
        raise PluginError(top, "its files cannot be found: install its distribution again")
    return of_module(place)


def _recorded(distribution: Distribution) -> Iterator[tuple[str, Path]]:
    for file in distribution.files or ():
        name = file.as_posix()
        beside = name.startswith("..") or _is_cache(name)
        if not beside and not (".dist-info/" in name and file.name in _OF_THE_INSTALLER):
            path = Path(str(distribution.locate_file(file)))
            if path.is_file():
                yield name, path


def _place(top: str) -> Path | None:
    """Where a top-level module lies; looking for it does not import it."""
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


def _is_cache(name: str) -> bool:
    return "__pycache__/" in name or name.endswith((".pyc", ".pyo"))
