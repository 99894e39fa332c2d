"""Proposals for the rulebook: what each would change, what that does in a simulation, and their approval."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from attrs import frozen
from markupsafe import Markup
from nicegui import ui

from allusr_console.console import Console
from allusr_console.pages.actions import approval
from allusr_console.pages.frame import frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render, signed
from allusr_sdk.errors import AllusrError
from allusr_sdk.office.proposals import DOLLARS, MEASURES, Proposed


@frozen
class Wish:
    """A value that a proposal changes, in words."""

    rule: str
    key: str
    before: str
    after: str


@frozen
class Beside:
    """A figure of the simulation under both rulebooks."""

    label: str
    old: Markup
    new: Markup
    difference: Markup


async def proposals(console: Console, reader: Reader, account: str | None) -> None:
    """The proposals of one account, or of all of them; those that wait come first."""
    names = console.house.accounts if account is None else (account,)
    found = [(name, *await _of(console, name)) for name in names]
    with frame("Proposals", reader, "/proposals"):
        still(render("title", title="Proposals", sub="Nothing of the rulebook changes before a person approves it."))
        for name, every, problem in found:
            for one in sorted(every, key=lambda p: (not p.waiting, -p.number)):
                _show(console, reader, name, one)
            if problem or not every:
                still(render("nothing", name=name, problem=problem))


async def _of(console: Console, name: str) -> tuple[tuple[Proposed, ...], str]:
    try:
        return await console.house.ask(name).proposals(), ""
    except AllusrError as why:
        return (), str(why)


def _show(console: Console, reader: Reader, name: str, one: Proposed) -> None:
    with ui.element("section").classes("sheet").props(f'aria-labelledby="prop-{one.number}-{name}"'):
        still(render("proposal", name=name, q=one, values=tuple(_values(one)), measures=tuple(_beside(one))))
        if one.waiting and reader.who.operator:
            approval(console, reader, name, one.number)


def _values(one: Proposed) -> Iterator[Wish]:
    """What would change; of one that is approved or cannot be, what was wished for."""
    for change in one.changes:
        yield Wish(change.key.partition(".")[0], change.key, change.before, change.after)
    for key, value in one.wishes.items() if not one.changes else ():
        yield Wish(key.partition(".")[0], key, "", str(value))


def _beside(one: Proposed) -> Iterator[Beside]:
    for key, label in MEASURES.items():
        if key in one.old or key in one.new:
            old, new = _number(one.old.get(key)), _number(one.new.get(key))
            form = ",.2f" if key in DOLLARS else ",.0f"
            gap = None if old is None or new is None else new - old
            yield Beside(label, signed(old, form), signed(new, form), signed(gap, f"+{form}"))


def _number(value: object) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
