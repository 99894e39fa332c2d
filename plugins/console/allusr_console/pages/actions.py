"""What operators tell an account: a dialog each, with the reason, a typed phrase where one is due, and its outcome."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from attrs import frozen
from nicegui import ui

from allusr_console.console import Console
from allusr_console.desk import ACCOUNT
from allusr_console.pages.frame import still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render
from allusr_sdk.errors import AllusrError
from allusr_sdk.office.telling import Told

type Answer = tuple[bool, tuple[str, ...]]
"""Whether it was done, and what came of it, a line each."""

type Call = Callable[[str, str, str], Awaitable[Answer]]
"""Takes scope, reason and phrase."""


@frozen(kw_only=True)
class Asked:
    """A dialog's words. `phrase` is what has to be typed for a scope, empty where nothing has to."""

    title: str
    button: str
    about: str
    scopes: tuple[str, ...] = ()
    phrase: Callable[[str], str] = lambda scope: ""
    stops: bool = False


_ABOUT = {
    "pause": ("Pause", "Nothing more is opened: working entries are cancelled, the state goes to SAFE, exits and the "
                       "protocol go on."),
    "resume": ("Resume", "Ends a pause. A halt is not ended by it."),
    "halt": ("Halt", "Cancels what works and stops everything, whether the engine runs, hangs or is down. Nothing is "
                     "liquidated. Only a re-arm leads back."),
    "rearm": ("Re-arm", "Leads back from a halt, and lifts what KS-4, KS-7 and PE-11 leave to a person."),
}  # fmt: skip


def actions(console: Console, reader: Reader, name: str) -> None:
    """The buttons of one account, for an operator's page alone."""
    with ui.element("div").classes("actions").props('role=group aria-label="Tell this account"'):
        for action, (title, about) in _ABOUT.items():
            asked = Asked(
                title=f"{title} {name}", button=title, about=about, stops=action == "halt",
                scopes=_scopes(console, name) if action != "halt" else (),
                phrase=partial(console.desk.phrase, action, name),
            )  # fmt: skip
            _button(asked, partial(_told, console, reader, name, action))


def halt_all(console: Console, reader: Reader) -> None:
    """The button that halts every account."""
    asked = Asked(
        title="Halt all accounts", button="Halt all", stops=True, phrase=lambda scope: console.desk.phrase_all,
        about="Cancels what works and stops everything in every account. Nothing is liquidated. Each account has to be "
        "re-armed by itself.",
    )  # fmt: skip
    with ui.element("div").classes("actions"):
        _button(asked, partial(_all, console, reader))


def approval(console: Console, reader: Reader, name: str, number: int) -> None:
    """The button that approves a proposal."""
    asked = Asked(
        title=f"Approve proposal {number} of {name}", button="Approve",
        about="The rulebook gets its next version in your name. Runs of this home rest on it from their next start on.",
    )  # fmt: skip
    with ui.element("div").classes("actions"):
        _button(asked, partial(_approved, console, reader, name, number))


def _scopes(console: Console, name: str) -> tuple[str, ...]:
    book = console.house.snapshot(name).book
    return (ACCOUNT, *(ledger for ledger in (book.ledgers if book else ()) if ledger != "undeployed"))


# --- what is done ---------------------------------------------------------------------------------------------------


async def _told(
    console: Console, reader: Reader, name: str, action: str, scope: str, reason: str, phrase: str
) -> Answer:
    told = await console.desk.tell(
        reader.who, name, action, scope or ACCOUNT, reason=reason, phrase=phrase, origin=reader.origin
    )  # fmt: skip
    return not told.refused, _lines(told)


async def _all(console: Console, reader: Reader, scope: str, reason: str, phrase: str) -> Answer:
    found = await console.desk.halt_all(reader.who, reason=reason, phrase=phrase, origin=reader.origin)
    lines = tuple(f"{name}: {line}" for name, one in found.items() for line in _lines(one))
    return all(isinstance(one, Told) and not one.refused for one in found.values()), lines


async def _approved(
    console: Console, reader: Reader, name: str, number: int, scope: str, reason: str, phrase: str
) -> Answer:
    stamp = await console.desk.approve(reader.who, name, number, reason=reason, origin=reader.origin)
    return True, (f"proposal {number} is approved by {reader.who.name}: rulebook {stamp} is in force",)


def _lines(told: Told | str) -> tuple[str, ...]:
    return (f"problem: {told}",) if isinstance(told, str) else told.lines + ((told.refused,) if told.refused else ())


# --- the dialog -----------------------------------------------------------------------------------------------------


def _button(asked: Asked, call: Call) -> None:
    kind = "act stop" if asked.stops else "act"
    button = ui.button(asked.button, color=None).classes(kind).props("no-caps unelevated")
    button.on_click(lambda: _open(asked, call, button))


def _open(asked: Asked, call: Call, button: ui.button) -> None:
    """Show the dialog; whoever leaves it is where they were before."""

    def left() -> None:
        button.client.run_javascript(f"document.getElementById('{button.html_id}')?.focus()")
        dialog.delete()

    with ui.dialog().props(f'aria-label="{asked.title}" transition-duration=0') as dialog, ui.card().classes("ask"):
        _form(asked, call, dialog)
    dialog.on("hide", left)
    dialog.open()


def _form(asked: Asked, call: Call, dialog: ui.dialog) -> None:
    still(render("asked", asked=asked))
    said: dict[str, str] = {"scope": ACCOUNT, "reason": "", "phrase": ""}
    if asked.scopes:
        ui.radio(list(asked.scopes), value=ACCOUNT).bind_value_to(said, "scope").props('inline aria-label="For"')
    ui.input("Reason").bind_value_to(said, "reason").props("outlined data-autofocus")
    if asked.phrase(ACCOUNT):
        typed = ui.input().bind_value_to(said, "phrase").props("outlined autocomplete=off")
        typed.bind_label_from(said, "scope", lambda scope: f"Type: {asked.phrase(scope)}")
    answer = ui.element("div").classes("answers").props("role=status")
    with ui.element("div").classes("actions"):
        sure = ui.button(asked.button, color=None).classes("act main stop" if asked.stops else "act main")
        close = ui.button("Cancel", on_click=dialog.close, color=None).classes("act").props("no-caps unelevated")
    sure.props("no-caps unelevated").on_click(lambda: _do(call, said, sure, close, answer))


async def _do(
    call: Call, said: Mapping[str, str], sure: ui.button, close: ui.button, answer: ui.element
) -> None:  # fmt: skip
    """Do it, and say in the dialog what came of it; a refusal leaves the form as it is."""
    sure.disable()
    try:
        done, lines = await call(said["scope"], said["reason"], said["phrase"])
    except AllusrError as why:
        done, lines = False, (" ".join(str(why).split()),)
    answer.clear()
    with answer:
        still(render("answer", done=done, lines=lines))
    if done:
        sure.delete()
        close.set_text("Close")
    else:
        sure.enable()
