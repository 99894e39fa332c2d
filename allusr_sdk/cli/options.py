"""Options that every command takes, and how text becomes values."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from allusr_sdk.errors import InputError

Home = Annotated[
    str,
    typer.Option(
        "--home", envvar="ALLUSR_HOME", metavar="DIR", help="Where the ledger is: a folder, or a database URL."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
RunNumber = Annotated[
    int | None, typer.Option("--run", metavar="N", help="A run by its number; the newest if left out.")
]
LedgerName = Annotated[str | None, typer.Option("--ledger", metavar="NAME", help="One ledger (sleeve) only.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="So many of the newest entries.")]
ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file over the defaults.")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="K=V", help="A setting, as sleeves.gen_acc.dte_max=0 or lq_1.open_interest=600."),
]

HOME = "~/.allusr"


def help_alone(context: typer.Context) -> None:
    """Show the help of a group that is called without a command."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def place(home: str) -> str:
    """The ledger's place that an option or ALLUSR_HOME names."""
    return home if "://" in home else str(Path(home).expanduser())


def day(text: str | None, option: str) -> date | None:
    """A date from an option. Raises `InputError` for other text."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text}: expected a date as 2026-02-11") from None


def names(text: str | None, option: str) -> tuple[str, ...] | None:
    """Names from a comma-separated option. Raises `InputError` where one is empty."""
    if text is None:
        return None
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise InputError(f"{option} {text!r}: expected names separated by commas")
    return found
