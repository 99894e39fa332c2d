"""All accounts on one page."""

from nicegui import ui

from allusr_console.console import Console
from allusr_console.pages.account import screen
from allusr_console.pages.actions import halt_all
from allusr_console.pages.frame import Parts, follow, frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render


def overview(console: Console, reader: Reader) -> None:
    """Accounts with state, tier, equity, engine and what needs a human."""
    with frame("Accounts", reader, "/"):
        with ui.element("div").classes("lead spread"):
            still(render("title", title="Accounts", sub="Each row rests on the newest entry of its journal."))
            if reader.who.operator:
                halt_all(console, reader)
        parts = Parts()
        parts.add("overview")
        follow(console, reader, lambda: _version(console), lambda: parts.show({"seen": _rows(console)}))


def _version(console: Console) -> tuple[object, ...]:
    return console.house.version, *(found.stale for found in console.house.snapshots.values())


def _rows(console: Console) -> list[object]:
    return [screen(found) for found in console.house.snapshots.values()]
