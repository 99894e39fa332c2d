"""Notifications of what an account does, by mail, chat and push."""

from allusr_sdk import hookimpl


@hookimpl
def allusr_commands(cli: object) -> None:
    """`allusr notify`."""
    from typing import cast

    from typer import Typer

    from allusr_notify.command import notify

    cast("Typer", cli).command("notify")(notify)
