"""`allusr plugins list`: what is installed and selected, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from allusr_sdk.cli.options import HOME, ConfigFile, Home, Json
from allusr_sdk.cli.plugins.options import Selected, lock_of, quarantined, selected

if TYPE_CHECKING:
    from allusr_sdk.host import Found


def list_plugins(plugins: Selected = None, config: ConfigFile = None, home: Home = HOME, as_json: Json = False) -> None:
    """List every installed and selected plugin with its state.

    What is not selected is never imported. The states: OK; NOT SELECTED; INCOMPATIBLE: built for another API or
    another version of the SDK; IMPORT FAILED; DUPLICATE NAME: several distributions bring it; QUARANTINED by the
    newest run of the home; NOT INSTALLED. Where the home has a plugins.lock, a column says what drifted from it.
    """
    from allusr_sdk.cli.output import emit, table
    from allusr_sdk.host import survey

    use = selected(plugins, config)
    drifted = _drifted(home, use)
    rows = [
        {"name": f.name, "status": f.status.value, "version": f.version, "distribution": f.distribution, "api": f.api,
         "problem": f.problem, "lock": "" if drifted is None else _lock(f, use, drifted)}
        for f in survey(use, quarantined=quarantined(home))
    ]  # fmt: skip
    if as_json:
        emit({"plugins": rows})
        return
    shown = ("name", "status", "version", "distribution", *(("lock",) if drifted is not None else ()), "problem")
    table(shown, [[str(row[key]) for key in shown] for row in rows], left=len(shown))


def _lock(found: "Found", use: Sequence[str], drifted: Mapping[str, str]) -> str:
    if found.path is not None:
        return "cannot be locked"
    return drifted.get(found.name, "locked" if found.name in use else "")


def _drifted(home: str, use: Sequence[str]) -> Mapping[str, str] | None:
    """What drifted from the home's lock, by plugin; None where there is no lock."""
    from allusr_sdk.host.lock import drift

    file = lock_of(home)
    if file is None or not file.is_file():
        return None
    return {found.plugin: f"DRIFTED: {found.what}" for found in drift(file, use)}
