"""What several commands of `allusr plugins` take and ask."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from allusr_sdk.cli.options import names
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.model.events import PluginFaulted

Selected = Annotated[
    str | None,
    typer.Option("--plugins", metavar="A,B", help="Plugins by name or path. [default: those of the configuration]"),
]
NameOrPath = Annotated[
    str,
    typer.Argument(metavar="NAME|PATH", help="An installed plugin, a file ./wheel.py, or a project's folder."),
]


def selected(plugins: str | None, config: Path | None) -> tuple[str, ...]:
    """The plugins that an option names, else the configuration."""
    from allusr_sdk.config import Config

    return names(plugins, "--plugins") or Config.read(config).plugins.use


def quarantined(home: str) -> frozenset[str]:
    """Sleeves, blind guards and stopped plugins that the newest run of a home asks nothing more; none without one."""
    from allusr_sdk.errors import InputError
    from allusr_sdk.host import GUARDS
    from allusr_sdk.ledger import open_ledger

    try:
        with open_ledger(place(home), create=False) as ledger:
            run = ledger.latest()
            if run is None:
                return frozenset()
            faults = [cast("PluginFaulted", entry.event) for entry in run.entries(kind="PluginFaulted")]
            sleeves = (name for name, book in run.book.ledgers.items() if book.quarantined)
            return frozenset((*sleeves, *(f.plugin for f in faults if f.stopped or f.where in GUARDS)))
    except InputError:
        return frozenset()


def lock_of(home: str) -> Path | None:
    """Where a home's lock is or would be; None for a home that is no folder."""
    from allusr_sdk.host.lock import NAME

    return None if "://" in home else Path(place(home)) / NAME
