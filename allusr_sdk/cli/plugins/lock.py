"""`allusr plugins lock`: which code the selected plugins are, and whether they still are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, ConfigFile, Home, Json
from allusr_sdk.cli.plugins.options import Selected, lock_of, selected
from allusr_sdk.office.places import shown

if TYPE_CHECKING:
    from allusr_sdk.host.lock import Drift


def lock(
    plugins: Selected = None,
    config: ConfigFile = None,
    home: Home = HOME,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The lock's file. [default: plugins.lock in the home]")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Compare instead of writing; exit 3 where a plugin drifted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Pin the code of the selected plugins.

    The lock holds name, version, distribution and a hash of the installed files of each. Live trading refuses
    plugins that drifted from the lock; backtests and paper do not look at it. A plugin selected by its path cannot
    be locked.
    """
    from allusr_sdk.cli.output import emit, fields
    from allusr_sdk.errors import InputError
    from allusr_sdk.host import lock as locks

    use, place = selected(plugins, config), file or lock_of(home)
    if place is None:
        raise InputError(f"plugins lock: the home {shown(home)} is no folder: say with --file where the lock is")
    if check:
        _compare(place, locks.drift(place, use), as_json=as_json)
        return
    found = locks.pins(use)
    locks.write(place, found)
    if as_json:
        emit({"file": str(place), "plugins": found})
        return
    print(f"locked {len(found)} plugins in {place}")
    fields({name: f"{pin.distribution} {pin.version} sha256 {pin.sha256[:12]}" for name, pin in found.items()})


def _compare(place: Path, found: "Sequence[Drift]", *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit
    from allusr_sdk.errors import StateRefusal

    if as_json:
        emit({"file": str(place), "drift": found})
        if found:
            raise typer.Exit(StateRefusal.exit_code)
    elif found:
        told = "; ".join(f"{drift.plugin}: {drift.what}" for drift in found)
        raise StateRefusal(f"plugins drifted from {place}: {told}. Look at what changed, then lock again")
    else:
        print(f"every plugin is as {place} says")
