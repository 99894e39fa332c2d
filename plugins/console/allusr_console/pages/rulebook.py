"""The rules in force, each with its words and its values."""

from nicegui import run

from allusr_console.console import Console
from allusr_console.pages.frame import frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render
from allusr_sdk.office.places import in_force

_CHANGES = {"up": "may only be raised", "down": "may only be lowered", "inside": "may only be narrowed",
            "none": "cannot be changed"}  # fmt: skip


async def rules(console: Console, reader: Reader, name: str) -> None:
    """Every rule of an account; links name one by its id."""
    book = await run.io_bound(in_force, console.house.home(name))
    if book is None:  # the server ends
        return
    facts = console.house.snapshot(name).facts
    with frame(f"Rules · {name}", reader, "/rules"):
        still(render("rules", name=name, book=book, rules=tuple(book.rules.values()), tighten=_CHANGES,
                     used=facts.rulebook if facts else ""))  # fmt: skip


def which(console: Console, reader: Reader) -> None:
    """Whose rules: each account has a rulebook of its own."""
    with frame("Rules", reader, "/rules"):
        still(render("title", title="Rules", sub="Each account has a rulebook of its own: the packaged one, with what "
                     "was approved there."))  # fmt: skip
        still(render("which", names=console.house.accounts))
