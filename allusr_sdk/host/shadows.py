"""Names that hide another: what is imported, or played, need not be what is listed and locked."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

from allusr_sdk.host.discovery import Found, Status, discover
from allusr_sdk.host.host import Host
from allusr_sdk.market.sources import KINDS
from allusr_sdk.scenarios import packaged


def hidden(use: Sequence[str], host: Host | None) -> tuple[str, ...]:
    """What hides something among the selected plugins and what they bring, one line each; nothing is imported."""
    chosen = [found for found in discover() if found.name in use]
    return (*_twice(chosen), *_elsewhere(chosen), *(_packaged(host) if host else ()))


def _twice(chosen: Sequence[Found]) -> Iterator[str]:
    """A name that several distributions bring, and a distribution that lies on the path more than once."""
    yield from (f"{f.name} {f.problem}" for f in chosen if f.status is Status.DUPLICATE_NAME)
    for found in chosen:
        first, *others = (each.version for each in distributions(name=found.distribution))
        if others:
            yield f"{found.distribution} {first} hides {' and '.join(others)}, later on the path"


def _elsewhere(chosen: Sequence[Found]) -> Iterator[str]:
    """A module that is imported from another place than its distribution says."""
    for found in chosen:
        dist, top = found.entry.dist, found.entry.module.partition(".")[0]
        own = {f"{top}.py", f"{top}/__init__.py"}
        said = [file for file in (dist.files or () if dist else ()) if file.as_posix() in own]
        spec = find_spec(top)
        if said and spec is not None and spec.origin and _place(said[0].locate()) != _place(spec.origin):
            yield f"module {top} is imported from {spec.origin}, and not from {found.distribution}"


def _packaged(host: Host) -> Iterator[str]:
    """A plugin's market that hides a packaged kind, or a scenario that a packaged one hides."""
    told: tuple[tuple[str, Mapping[str, object], frozenset[str], str], ...] = (
        ("market", host.markets, KINDS, "a plugin's hides the packaged one"),
        ("scenario", host.scenarios, frozenset(packaged()), "the packaged one hides a plugin's"),
    )
    for what, brought, known, how in told:
        yield from (f"{what} {name}: {how}" for name in brought if name in known)


def _place(file: object) -> Path:
    return Path(str(file)).resolve()
