"""Which plugins are installed, read from distribution metadata without importing anything."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path

from attrs import evolve, frozen

from allusr_sdk.host import requires

API = 1
GROUP = f"allusr.v{API}"
_GENERATION = re.compile(r"allusr\.v(\d+)")


class Status(StrEnum):
    """What `allusr plugins list` says of a plugin."""

    OK = "OK"
    NOT_SELECTED = "NOT SELECTED"
    INCOMPATIBLE = "INCOMPATIBLE"
    IMPORT_FAILED = "IMPORT FAILED"
    DUPLICATE_NAME = "DUPLICATE NAME"
    QUARANTINED = "QUARANTINED"
    NOT_INSTALLED = "NOT INSTALLED"


@frozen
class Found:
    """One entry point of an installed distribution, or a plugin by its path.

    Attributes:
        name: the plugin's name: what stands in `--plugins`.
        api: the generation of the interface that it was built for.
        distribution, version: where it comes from.
        entry: the entry point; loading it is what imports the plugin.
        status: what is known of it; `problem` says more where it is not usable.
        path: where its code lies, if it was selected by its path.
    """

    name: str
    api: int
    distribution: str
    version: str
    entry: EntryPoint
    status: Status = Status.NOT_SELECTED
    problem: str = ""
    path: Path | None = None


def discover() -> tuple[Found, ...]:
    """Every installed plugin by name, of whatever generation; nothing is imported.

    A distribution that another one on the path shadows is left out, as the import system leaves it out. The status is
    NOT SELECTED, DUPLICATE NAME where several distributions use the name, or INCOMPATIBLE where the plugin was built
    for another generation or requires another version of the SDK.
    """
    found = sorted(_entries(), key=lambda f: (f.name, f.api, f.distribution))
    serving: dict[str, list[Found]] = defaultdict(list)
    for each in found:
        if each.api == API:
            serving[each.name].append(each)
    sdk = requires.running()
    return tuple(_judge(f, serving[f.name], sdk) for f in found if f.api == API or not serving[f.name])


def _judge(found: Found, serving: Sequence[Found], sdk: str) -> Found:
    if found.api != API:
        problem = f"is built for API {found.api}, this host speaks API {API}: install a version for {GROUP}"
        return evolve(found, status=Status.INCOMPATIBLE, problem=problem)
    if len(serving) > 1:
        sources = " and ".join(f"{f.distribution} {f.version}" for f in serving)
        return evolve(found, status=Status.DUPLICATE_NAME, problem=f"is brought by {sources}: uninstall all but one")
    problem = requires.unmet(_requirements(found.entry.dist), sdk)
    return evolve(found, status=Status.INCOMPATIBLE, problem=problem) if problem else found


def _entries() -> Iterator[Found]:
    """Entry points of plugins.

    Metadata are read of those distributions alone that bring one: to parse everybody's takes longer than all else here.
    """
    bringing: dict[str, Distribution] = {}
    for each in distributions():
        if any(map(_generation, _entry_points(each))):
            bringing.setdefault(_normal(each.metadata["Name"] or ""), each)
    for name, each in bringing.items():
        first = next(iter(distributions(name=name)), each) if name else each
        about = first.metadata
        for entry in _entry_points(first):
            if generation := _generation(entry):
                yield Found(entry.name, generation, about["Name"] or "", about["Version"], entry)


def _generation(entry: EntryPoint) -> int:
    """The generation of a plugin's entry point; 0 for everybody else's."""
    found = _GENERATION.fullmatch(entry.group)
    return int(found[1]) if found else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _entry_points(distribution: Distribution) -> Sequence[EntryPoint]:
    try:
        return list(distribution.entry_points)
    except (ValueError, TypeError, AttributeError):
        return ()  # a stranger's damaged metadata must not take the host down; its plugin is then not installed


def _requirements(distribution: Distribution | None) -> Sequence[str]:
    try:
        return list(distribution.requires or ()) if distribution is not None else ()
    except (ValueError, TypeError, AttributeError):
        return ()
