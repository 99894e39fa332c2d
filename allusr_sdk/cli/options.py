"""Options that every command takes, and how text becomes values."""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Annotated, Protocol

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
AccountName = Annotated[
    str | None, typer.Option("--account", metavar="NAME", help="One account of a file that has several.")
]
BrokerName = Annotated[
    str | None,
    typer.Option("--broker", metavar="NAME", help="A broker connection, by the name that a plugin gives it."),
]

HOME = "~/.allusr"


class Parameter(Protocol):
    """What is asked of a parameter of a command, whichever click typer stands on."""

    default: object
    opts: list[str]
    secondary_opts: list[str]


def help_alone(context: typer.Context) -> None:
    """Show the help of a group that is called without a command."""
    if context.invoked_subcommand is None:
        print(context.get_help())


def day(text: str | None, option: str) -> date | None:
    """A date from an option. Raises `InputError` for other text."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text}: expected a date as 2026-02-11") from None


def dollars(text: str | None, option: str) -> Decimal | None:
    """An amount from an option, in whole cents. Raises `InputError` for other text."""
    if text is None:
        return None
    try:
        value = Decimal(text.replace("_", "").replace(",", ""))
        whole = value == value.quantize(Decimal("0.01"))
    except InvalidOperation:
        whole = False
    if not whole:
        raise InputError(f"{option} {text}: expected dollars, as 1000000")
    return value


def names(text: str | None, option: str) -> tuple[str, ...] | None:
    """Names from a comma-separated option. Raises `InputError` where one is empty."""
    if text is None:
        return None
    found = tuple(part.strip() for part in text.split(","))
    if not all(found):
        raise InputError(f"{option} {text!r}: expected names separated by commas")
    return found


def typed(context: typer.Context, *, without: Collection[str]) -> tuple[str, ...]:
    """The options of a command that say something, as one would type them again; `without` some, by parameter."""
    return tuple(
        word
        for parameter in context.command.params
        if parameter.name not in (None, *without)
        for word in _typed(parameter, context.params.get(str(parameter.name)))
    )


def _typed(parameter: "Parameter", value: object) -> Iterator[str]:
    if value in (None, (), []) or value == parameter.default:
        return
    if isinstance(value, bool):
        yield (parameter.opts if value else parameter.secondary_opts)[0]
        return
    for one in value if isinstance(value, list | tuple) else (value,):
        yield f"{parameter.opts[0]}={one.value if isinstance(one, Enum) else one}"
