"""The page of one account, live."""

from nicegui import ui

from allusr_console.console import Console
from allusr_console.pages.account import Screen, screen
from allusr_console.pages.actions import actions
from allusr_console.pages.frame import Parts, follow, frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render
from allusr_console.pages.switches import OUTSIDE, RING

_ABOVE = ("figures",)
_LEFT = ("needs", "positions", "orders", "sleeves", "activity", "refusals")
_RIGHT = ("machine", "week", "breaks", "tree", "ladders")


def account(console: Console, reader: Reader, name: str) -> None:
    """Everything of one account that its newest entry says; operators may tell it something."""
    console.house.snapshot(name)  # another name is told before anything is made
    with frame(name, reader):
        still(render("accountnav", name=name))
        head, body = Parts(), Parts()
        with ui.element("div").classes("lead spread"):
            head.add("heading")
            if reader.who.operator:
                actions(console, reader, name)
        body.add(*_ABOVE)
        with ui.element("div").classes("grid"):
            for side in (_LEFT, _RIGHT):
                with ui.element("div").classes("stack"):
                    body.add(*side)
        follow(console, reader, lambda: _version(console, name), lambda: _show(console, name, head, body))


def _version(console: Console, name: str) -> tuple[object, ...]:
    found = console.house.snapshot(name)
    return found.version, found.stale


def _show(console: Console, name: str, head: Parts, body: Parts) -> None:
    found = console.house.snapshot(name)
    shown = screen(found)
    head.show({"s": shown, "found": found})
    if isinstance(shown, Screen):
        body.show({"s": shown, "ring": RING, "outside": OUTSIDE})
